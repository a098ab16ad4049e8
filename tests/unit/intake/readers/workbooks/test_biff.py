"""Formulas of `.xls` that nobody has calculated, and those that came to nothing."""

import struct

import pytest

from pipeline.intake.readers.workbooks.biff import unstored
from tests.support.workbooks import compound_file

EMPTY = b"\x03\0\0\0\0\0\xff\xff"


def record(kind, content=b""):
    return struct.pack("<HH", kind, len(content)) + content


def formula(row, column, result):
    return record(0x06, struct.pack("<HHH", row, column, 0) + result + bytes(6) + b"\x03\0\x1e\x01\0")


def book(*sheets, version=0x0600):
    """A workbook's stream of these sheets, each of records."""
    begin = record(0x0809, struct.pack("<HHHHII", version, 5, 0, 0, 0, 0))
    end = record(0x0A)
    listed_bytes = len(begin) + len(sheets) * len(record(0x85, bytes(9))) + len(end)
    parts = [begin + b"".join(sheet) + end for sheet in sheets]
    starts = [listed_bytes + sum(map(len, parts[:index])) for index in range(len(parts))]
    listed = b"".join(record(0x85, struct.pack("<IH", start, 0) + b"\1\0A") for start in starts)
    return begin + listed + end + b"".join(parts)


def compound(tmp_path, **streams):
    path = tmp_path / "book.xls"
    compound_file(path, {name.replace("About", "\x05SummaryInformation"): one for name, one in streams.items()})
    return path.read_bytes()


@pytest.mark.parametrize("padding", [b"", bytes(5000)])
def test_formulas_with_the_empty_text_are_not_calculated(tmp_path, padding):
    content = book([formula(1, 2, EMPTY), formula(3, 0, EMPTY)], [], [formula(5, 5, EMPTY)]) + padding
    assert unstored(compound(tmp_path, Workbook=content)) == [{(1, 2), (3, 0)}, set(), {(5, 5)}]


def test_a_chart_in_a_sheet_does_not_end_it(tmp_path):
    chart = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x20, 0, 0, 0, 0)) + record(0x0A)
    content = book([formula(1, 2, EMPTY), chart, formula(3, 0, EMPTY)])
    assert unstored(compound(tmp_path, Workbook=content)) == [{(1, 2), (3, 0)}]


@pytest.mark.parametrize("result", [struct.pack("<d", 42), b"\0\0\0\0\0\0\xff\xff", b"\1\0\1\0\0\0\xff\xff"])
def test_where_one_formula_has_a_value_the_others_came_to_nothing(tmp_path, result):
    content = book([formula(1, 2, EMPTY)], [formula(3, 0, result)])
    assert unstored(compound(tmp_path, Workbook=content)) == []


def test_what_a_spreadsheet_program_wrote_came_to_nothing(tmp_path):
    assert unstored(compound(tmp_path, Workbook=book([formula(1, 2, EMPTY)]), About=bytes(80))) == []


def test_workbooks_before_excel_97_are_not_looked_into(tmp_path):
    assert unstored(compound(tmp_path, Workbook=book([formula(1, 2, EMPTY)], version=0x0500))) == []


def test_damaged_workbooks_tell_nothing(tmp_path):
    whole = compound(tmp_path, Workbook=book([formula(1, 2, EMPTY)]) + bytes(5000))
    for size in (0, 100, 600, 1100, 1600, len(whole) - 100):
        assert unstored(whole[:size]) in ([], [{(1, 2)}])
    for at in range(0, 80, 4):
        assert unstored(whole[:at] + b"\x77\x77\x77\x07" + whole[at + 4 :]) in ([], [{(1, 2)}])
