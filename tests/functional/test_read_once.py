"""How often a source is read: `validate` goes through it once, refused rows and all."""

import csv
from pathlib import Path

import pytest

from pipeline.intake.readers import delimited
from tests.support.command_line import SAMPLES, call

ROWS = 60_000  # several blocks


@pytest.fixture
def readings(monkeypatch):
    """The rows that each reading of a text file has given."""
    read, counted = delimited.DelimitedTable.batches, []

    def counting(table):
        counted.append(0)
        for batch in read(table):
            counted[-1] += len(batch.rows)
            yield batch

    monkeypatch.setattr(delimited.DelimitedTable, "batches", counting)
    return counted


def test_validate_reads_all_rows_once_and_copies_each_refused_row_from_its_place(readings):
    header, good, *_ = (SAMPLES / "accounts.csv").read_text("utf-8").splitlines()
    cells = next(csv.reader([good]))
    at = header.split(",").index("BusinessId")
    bad = {number: [*cells[:at], f"bad {number}", *cells[at + 1 :]] for number in (5, 29_000, 59_999)}
    with Path("long.csv").open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(header.split(","))
        lines.writerows(bad.get(number, cells) for number in range(2, ROWS + 2))

    call("validate", "long.csv", "--report-dir", "out")

    assert [count for count in readings if count > ROWS // 2] == [ROWS]
    with Path("out/rejected.csv").open(encoding="utf-8-sig", newline="") as stream:
        refused = list(csv.reader(stream))[1:]
    assert [(row[at], row[-2]) for row in refused] == [(f"bad {number}", str(number)) for number in bad]
