"""`.xls`: formulas whose values no program has stored, which fastexcel gives as blank cells.

May import `compound`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from pipeline.intake.readers.workbooks.compound import CompoundFile

_END, _FORMULA, _SHEET, _BEGIN = 0x0A, 0x06, 0x85, 0x0809
_EXCEL_97 = 0x0600

_ABOUT = "\x05SummaryInformation"

# A formula's record: its row, column and style, then what it came to: here the empty text.
_EMPTY_RESULT = re.compile(rb"\x06\x00.\x00.{6}\x03.{5}\xff\xff", re.DOTALL)
_EMPTY, _NO_NUMBER = 3, 0xFFFF

Cell = tuple[int, int]
"""Row and column, from 0."""


def unstored(content: bytes) -> list[set[Cell]]:
    """The cells of each sheet with a formula and no value, in the order of their tabs.

    Programs that do not calculate, such as xlwt, leave the empty text in each formula. That is a value like any other
    where a workbook has others as well, or says who wrote it, as spreadsheet programs do: they calculate.

    Args:
        content: The file. Of one that is damaged nothing is found: whoever reads its cells will say so.
    """
    if not _EMPTY_RESULT.search(content):
        return []
    try:
        file = CompoundFile(content)
        book = file.stream("Workbook")
        if book is None or _ABOUT in file.names:
            return []
        sheets = [list(_formulas(book, start)) for start in _sheets(book)]
    except (ValueError, struct.error):
        return []
    if any(calculated for formulas in sheets for _, calculated in formulas):
        return []
    return [{cell for cell, _ in formulas} for formulas in sheets]


def _sheets(book: bytes) -> Iterator[int]:
    """Where each sheet begins."""
    for kind, at, _ in _records(book, 0):
        if kind == _BEGIN and int.from_bytes(book[at : at + 2], "little") != _EXCEL_97:
            return
        if kind == _SHEET:
            yield int.from_bytes(book[at : at + 4], "little")


def _formulas(book: bytes, start: int) -> Iterator[tuple[Cell, bool]]:
    """Each cell with a formula, and whether something other than the empty text is stored for it."""
    for kind, at, _ in _records(book, start):
        if kind == _FORMULA:
            row, column, result, number = struct.unpack_from("<HH2xB5xH", book, at)
            yield (row, column), (result, number) != (_EMPTY, _NO_NUMBER)


def _records(book: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and size of the records until the end of what begins there; charts in between have ends too."""
    depth = 0
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        depth += (kind == _BEGIN) - (kind == _END)
        if depth <= 0:
            return
        yield kind, at + 4, size
        at += 4 + size
