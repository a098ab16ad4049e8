"""Cells of binary sheets in the short form that says nothing of their columns."""

import struct
from random import Random

from pipeline.intake.readers.workbooks.xlsb import has_short_cells, with_usual_cells

BEGIN, END = b"\x91\x01\x00", b"\x92\x01\x00"
STYLE = bytes(4)


def row(number):
    return b"\x00\x04" + struct.pack("<I", number)


def usual(kind, column, value):
    return bytes([kind, len(value) + 8]) + struct.pack("<I", column) + STYLE + value


def short(kind, value):
    return bytes([kind + 11, len(value) + 4]) + STYLE + value


def test_short_cells_stand_behind_the_cell_before_them_in_their_row():
    sheet = (
        BEGIN
        + row(0)
        + usual(7, 2, b"\1\0\0\0")
        + short(7, b"\2\0\0\0")
        + short(5, bytes(8))
        + row(1)
        + short(4, b"\1")
        + usual(1, 5, b"")
        + short(2, bytes(4))
        + END
    )
    assert has_short_cells(sheet)
    assert with_usual_cells(sheet) == (
        BEGIN
        + row(0)
        + usual(7, 2, b"\1\0\0\0")
        + usual(7, 3, b"\2\0\0\0")
        + usual(5, 4, bytes(8))
        + row(1)
        + usual(4, 0, b"\1")
        + usual(1, 5, b"")
        + usual(2, 6, bytes(4))
        + END
    )


def test_long_contents_keep_their_sizes():
    text = b"x" * 200
    sheet = row(0) + b"\x11\xcc\x01" + STYLE + text
    assert with_usual_cells(sheet) == row(0) + b"\x06\xd0\x01" + struct.pack("<I", 0) + STYLE + text


def test_sheets_with_usual_cells_stay_as_they_are():
    sheet = BEGIN + row(0) + usual(7, 0, bytes(4)) + usual(6, 1, b"\1\0\0\0x\0") + END
    assert not has_short_cells(sheet)
    assert with_usual_cells(sheet) == sheet


def test_sheets_that_are_damaged_do_not_end_the_reading():
    chance = Random(7)
    for size in range(200):
        sheet = chance.randbytes(size)
        assert len(with_usual_cells(sheet)) >= len(sheet) - 12
        assert has_short_cells(sheet) in (True, False)
