"""The cells of CSV reports: nothing in them acts, and nothing else is changed."""

import csv

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.model.printable import printable
from pipeline.reports.base import CsvFile, escape_formula

ODD = "=+-@\t\r\n \u00a0\u2028\x0b\x1b\x85\u202ea1.,"
cells = st.lists(st.one_of(st.text(st.sampled_from(ODD), max_size=6), st.integers(), st.none()), min_size=1, max_size=5)


def written(path, rows):
    """What a CSV report of these rows holds."""
    file = CsvFile(path, ["A"])
    for row in rows:
        file.write(row)
    file.close()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))[1:]


@given(st.lists(cells, min_size=1, max_size=4))
@example([["\n=1", "x"], ["x\n", "-1"], ["x\n", "-a"]])
def test_every_cell_is_written_as_if_it_stood_alone(tmp_path_factory, rows):
    alone = [[escape_formula(printable("" if cell is None else str(cell))) for cell in row] for row in rows]
    assert written(tmp_path_factory.mktemp("reports") / "a.csv", rows) == alone


@pytest.mark.parametrize("cell", ["=1+1", "+a", "-a", "@a", "\ta", " =1", "\n=1", "\u00a0@a"])
def test_no_cell_can_be_a_formula_wherever_it_stands(tmp_path, cell):
    assert written(tmp_path / "a.csv", [["a", cell], [cell, "a"]]) == [["a", f"'{cell}"], [f"'{cell}", "a"]]


def test_what_acts_on_a_terminal_is_shown(tmp_path):
    assert written(tmp_path / "a.csv", [["a", "\x1b[2J", 7, None]]) == [["a", r"\x1b[2J", "7", ""]]
