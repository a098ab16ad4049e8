"""Any table, written as a workbook, comes back cell by cell; no damage whatever ends in a defect or an abort."""

import logging
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ImportFailure
from pipeline.intake.readers import open_table
from pipeline.intake.readers.workbooks.package import ZIP_MAGIC
from pipeline.intake.sources import identify
from pipeline.model.config import ReadOptions
from tests.support.mutations import mutated, mutated_package
from tests.support.workbooks import WRITERS

HEADER = ["Name", "Größe", "Note", "Since"]
CASES = Path(__file__).parents[1] / "files" / "cases"
DAMAGED = ["x_formula_nocache.xlsx", "x_hidden_first.xlsx", "x_merged_title.xlsx"]
KINDS = ["ods", "xls", "xlsx"]


def names_fields(cells):
    """Counts the cells that are this table's headers."""
    return sum(cell in HEADER for cell in cells)


def opened(path, **options):
    return open_table(identify(1, path.name, path), ReadOptions(**options), names_fields)


def as_typed(value):
    """The text that a person would have typed to mean a value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


words = st.text("aZ 09\"'<&>,;ßéł東😀_@.-=#", max_size=8).filter(lambda text: text == text.strip() and text[:1] != "=")
numbers = st.one_of(st.integers(-(10**9), 10**9), st.integers(-(10**6), 10**6).map(lambda n: n / 8))
tables = st.lists(st.tuples(words.filter(bool), numbers, words, st.booleans()), min_size=1, max_size=8)


@pytest.mark.parametrize("kind", KINDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(rows=tables)
def test_a_table_comes_back_cell_by_cell(tmp_path, kind, rows):
    path = tmp_path / f"accounts.{kind}"
    WRITERS[kind](path, {"Accounts": [HEADER, *map(list, rows)]})
    table = opened(path)
    assert (table.header, table.header_row, table.notices) == (tuple(HEADER), 1, ())
    found = {}
    for batch in table.batches():
        assert [defect for defect in batch.defects if defect.column is not None] == []
        found |= dict(zip(batch.rows, batch.frame.to_numpy().tolist(), strict=True))
    assert found == {number: [as_typed(value) for value in row] for number, row in enumerate(rows, start=2)}


def judged(path):
    """Whether a workbook was read; what is neither read nor refused in words fails here."""
    try:
        rows = [row for batch in opened(path, sheets=("1",)).batches() for row in batch.rows]
    except ImportFailure as refused:
        assert path.name in refused.message  # noqa: PT017 - either end is a good one
        return False
    assert rows == sorted(set(rows))
    return True


def samples(folder):
    """A workbook of each kind, and some with formulas, hidden sheets and merged cells."""
    for kind in KINDS:
        path = folder / f"accounts.{kind}"
        WRITERS[kind](path, {"Accounts": [HEADER, *([f"Desk {n}", n, "x", True] for n in range(20))]})
        yield path.name, path.read_bytes()
    yield from ((name, (CASES / name).read_bytes()) for name in DAMAGED)


def fuzzed(folder, caplog, tries, seed):
    """How many of so many mutations of each sample were tried and read; each is read by a process of its own."""
    caplog.set_level(logging.DEBUG, "pipeline.intake.readers.workbooks")
    chance = random.Random(seed)
    tried = read = 0
    for name, content in samples(folder):
        path = folder / name
        for number in range(tries):
            zipped = content.startswith(ZIP_MAGIC) and number % 2 == 0
            path.write_bytes((mutated_package if zipped else mutated)(content, chance))
            read += judged(path)
            tried += 1
    # What ends that process may be the system's doing, but no mistake of ours.
    assert [line for line in caplog.messages if "Traceback" in line and "MemoryError" not in line] == []
    return tried, read


def test_a_few_mutations_of_workbooks_are_read_or_refused(tmp_path, caplog, capfd):
    tried, read = fuzzed(tmp_path, caplog, 3, seed=1)
    assert (tried, read > 0) == (18, True)
    assert capfd.readouterr().out == ""


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(10))
def test_many_mutations_of_workbooks_are_read_or_refused(tmp_path, caplog, capfd, seed):
    tried, read = fuzzed(tmp_path, caplog, 60, seed=seed)
    assert capfd.readouterr().out == ""
    print(f"{read} of {tried} mutated workbooks were read, the others refused")  # noqa: T201 - what `make soak` shows
    assert (tried, read > 50) == (360, True)
