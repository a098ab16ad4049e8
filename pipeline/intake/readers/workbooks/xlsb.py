"""Sheets of `.xlsb` whose cells are written in a short form, as SheetJS does: fastexcel would pass over them.

A short cell says nothing of its column: it is the one behind the cell before. Must know nothing of archives.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

_ROW = 0
_CELLS = frozenset({*range(1, 12), 62})
"""Records of cells, which begin with their column in four bytes."""

_SHORT_CELLS = range(12, 19)
_LONGER = 11
"""The record of a short cell has the number of the usual one and so many more."""

_COLUMN_BYTES = 4
_LAST_COLUMN = 0x3FFF
_LOOKED_AT = 10_000
"""A sheet with short cells has them among its first records: in the first row with cells side by side."""


def has_short_cells(sheet: bytes) -> bool:
    """Whether a sheet's part has cells in the short form."""
    return any(kind in _SHORT_CELLS for kind, _, _, _ in islice(_records(sheet), _LOOKED_AT))


def with_usual_cells(sheet: bytes) -> bytes:
    """A sheet's part with all of its cells in the usual form."""
    column = -1
    parts: list[bytes] = []
    for kind, start, at, end in _records(sheet):
        if kind == _ROW:
            column = -1
        elif kind in _CELLS:
            column = int.from_bytes(sheet[at : at + _COLUMN_BYTES], "little")
        if kind in _SHORT_CELLS:
            column += 1
            content = (column & _LAST_COLUMN).to_bytes(_COLUMN_BYTES, "little") + sheet[at:end]
            parts += [bytes([kind - _LONGER]), _number(len(content)), content]
        else:
            parts.append(sheet[start:end])
    return b"".join(parts)


def _records(sheet: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Kind of each record, where it begins, where its content does, and where that ends."""
    at = 0
    while at + 1 < len(sheet):
        start = at
        kind, at = sheet[at], at + 1
        if kind & 0x80:
            kind, at = kind & 0x7F | sheet[at] << 7, at + 1
        size = shift = 0
        more = True
        while more and at < len(sheet):
            size, more = size | (sheet[at] & 0x7F) << shift, bool(sheet[at] & 0x80)
            shift, at = shift + 7, at + 1
        yield kind, start, at, min(at + size, len(sheet))
        at += size


def _number(value: int) -> bytes:
    """A size as records have it: seven bits in each byte, the lowest first."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
