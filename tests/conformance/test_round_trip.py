"""Any table, written as text in any dialect and encoding, comes back cell by cell; no bytes whatever are a defect."""

import csv
import io
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.errors import ImportFailure
from pipeline.intake.readers import delimited, open_table, open_tables
from pipeline.intake.readers.workbooks.package import is_office_document
from pipeline.intake.sources import identify
from pipeline.model.config import ReadOptions
from tests.support.mutations import mutated

CASES = Path(__file__).parents[1] / "files" / "cases"
HEADER = ["Name", "Größe", "Note"]
ALPHABET = {
    "utf-8": "aZ 09\"'\\,;|\tßéł東😀_@.-",
    "utf-8-sig": "aZ 09\"',;ßéł東",
    "utf-16": "aZ 09\"',;ßéł東😀",
    "utf-32": "aZ 09\"',;ßéł東😀",
    "cp1252": "aZ 09\"',;|ßéüö",
}


def names_fields(cells):
    """Counts the cells that are this table's headers."""
    return sum(cell in HEADER for cell in cells)


@st.composite
def tables(draw):
    """Encoding, dialect and rows; a cell that spans lines holds no delimiter, since it could pass for rows."""
    encoding = draw(st.sampled_from(sorted(ALPHABET)))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    text = st.text(ALPHABET[encoding], max_size=8)
    lines = st.lists(st.text("aé ß", max_size=4), min_size=2, max_size=3).map("\n".join)
    cells = st.one_of(text, text, lines)
    rows = draw(st.lists(st.tuples(cells, cells, st.just("é")), max_size=12))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return encoding, {"delimiter": delimiter, "quoting": quoting, "lineterminator": end}, [list(row) for row in rows]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(table=tables(), chunk_bytes=st.sampled_from([64, 1 << 22]))
@example(table=("utf-8", {"delimiter": ",", "quoting": csv.QUOTE_ALL, "lineterminator": "\n"}, []), chunk_bytes=64)
def test_a_table_comes_back_cell_by_cell(tmp_path, monkeypatch, table, chunk_bytes):
    monkeypatch.setattr(delimited, "CHUNK_BYTES", chunk_bytes)
    encoding, dialect, rows = table
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows([HEADER, *rows])
    path = tmp_path / "accounts.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    given_encoding = None if encoding.startswith("utf") else encoding  # another one would be a guess
    opened = open_table(identify(1, path.name, path), ReadOptions(encoding=given_encoding), names_fields)
    assert (opened.header, opened.header_row) == (tuple(HEADER), 1)
    found = {}
    for batch in opened.batches():
        assert batch.defects == ()
        found |= dict(zip(batch.rows, batch.frame.to_numpy().tolist(), strict=True))
    assert found == dict(enumerate(rows, start=2))


def judged(path):
    """Whether a file was read; what is neither read nor refused in words fails here."""
    try:
        tables = open_tables(identify(1, path.name, path), ReadOptions(), names_fields)  # an archive may have several
        read = [[row for batch in table.batches() for row in batch.rows] for table in tables]
    except ImportFailure as refused:
        assert path.name in refused.message  # noqa: PT017 - either end is a good one
        return False
    assert all(rows == sorted(set(rows)) for rows in read)
    return True


def fuzzed(folder, cases, tries, seed):
    """How many of so many mutations of each case are read."""
    chance = random.Random(seed)
    read = 0
    for case in cases:
        content = case.read_bytes()
        path = folder / case.name
        for _ in range(tries):
            path.write_bytes(mutated(content, chance))
            read += judged(path)
    return read


FILES = sorted(path for path in CASES.iterdir() if path.suffix != ".json")
WORKBOOKS = [path for path in FILES if is_office_document(path, path.read_bytes()[:4096])]
TEXTS = [path for path in FILES if path not in WORKBOOKS]


def test_a_few_mutations_of_each_case_are_read_or_refused(tmp_path):
    assert fuzzed(tmp_path, TEXTS, 10, seed=1) > 100


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(20))
def test_many_mutations_of_each_case_are_read_or_refused(tmp_path, seed):
    assert fuzzed(tmp_path, TEXTS, 100, seed=seed) > 1000
