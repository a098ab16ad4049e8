"""Streams of an OLE compound file, which holds named streams as a disk holds files; `.xls` is one.

Must know nothing of workbooks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_HEADER_BYTES = 512
_IN_HEADER = 109
"""So many sectors of the table are listed in the header, the others in sectors of their own."""

_LAST_SECTOR = 0xFFFFFFFA
_SECTOR_POWERS = (9, 12)
_ENTRY_BYTES = 128
_STREAM = 2

# Where the header says how large sectors are, where the directory begins, and so on.
_SECTOR_AT, _DIRECTORY_AT, _LEAST_AT, _MORE_TABLE_AT, _TABLE_AT = 30, 48, 56, 68, 76


@dataclass(frozen=True)
class CompoundFile:
    """A compound file. Where it is damaged, its methods raise `ValueError`.

    Attributes:
        content: Its bytes.
    """

    content: bytes

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of its streams."""
        return frozenset(name for name, kind, _, _ in self._entries() if kind == _STREAM)

    def stream(self, name: str) -> bytes | None:
        """The bytes of a stream; `None` where there is none, or one so short that it lies among others."""
        (least,) = self._numbers(_LEAST_AT, 1)
        found = (
            (first, size)
            for one, kind, first, size in self._entries()
            if kind == _STREAM and one == name and size >= least
        )
        first, size = next(found, (None, 0))
        return None if first is None else self._chain(first)[:size]

    def _entries(self) -> Iterator[tuple[str, int, int, int]]:
        """Name, kind, first sector and size of what the directory lists."""
        (start,) = self._numbers(_DIRECTORY_AT, 1)
        directory = self._chain(start)
        for at in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
            entry = directory[at : at + _ENTRY_BYTES]
            length, kind = struct.unpack_from("<HB", entry, 64)
            first, size = struct.unpack_from("<II", entry, 116)
            yield entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace"), kind, first, size

    @cached_property
    def _table(self) -> tuple[int, ...]:
        """Which sector follows each sector."""
        listed = list(self._numbers(_TABLE_AT, _IN_HEADER))
        (more,) = self._numbers(_MORE_TABLE_AT, 1)
        while more < _LAST_SECTOR and len(listed) * 4 < len(self.content):
            *numbers, more = struct.unpack(f"<{self._sector_bytes // 4}I", self._sector(more))
            listed += numbers
        sectors = b"".join(self._sector(number) for number in listed if number < _LAST_SECTOR)
        return struct.unpack(f"<{len(sectors) // 4}I", sectors)

    def _chain(self, start: int) -> bytes:
        return b"".join(self._sector(number) for number in _followed(self._table, start))

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._sector_bytes
        sector = self.content[at : at + self._sector_bytes]
        if not sector:
            raise ValueError("a sector is missing")
        return sector.ljust(self._sector_bytes, b"\0")

    @property
    def _sector_bytes(self) -> int:
        (power,) = struct.unpack_from("<H", self.content, _SECTOR_AT)
        if power not in _SECTOR_POWERS:
            raise ValueError("sectors have no size that they can have")
        return int(1 << power)

    def _numbers(self, at: int, count: int) -> tuple[int, ...]:
        if len(self.content) < _HEADER_BYTES:
            raise ValueError("the header is cut off")
        return struct.unpack_from(f"<{count}I", self.content, at)


def _followed(table: tuple[int, ...], start: int) -> list[int]:
    """The numbers of a chain's sectors; one that bites its tail is damaged."""
    numbers: list[int] = []
    while start < _LAST_SECTOR:
        if start >= len(table) or len(numbers) > len(table):
            raise ValueError("a chain of sectors is broken")
        numbers.append(start)
        start = table[start]
    return numbers
