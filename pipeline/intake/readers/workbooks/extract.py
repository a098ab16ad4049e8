"""What has been read of a workbook: its sheets, and the text of their rows, as often as it is wanted.

The text lies in a file without a name, which only this process can read and which is gone with it.
May import `process` and `spool`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pipeline.intake.readers.workbooks import process, spool

if TYPE_CHECKING:
    import pyarrow as pa

Range = tuple[int, int]
"""First and last row or column, from 1."""


class _Spool:
    """The file that the sheets lie in, closed with the last of them."""

    def __init__(self, file: IO[bytes], index: dict[str, Any]) -> None:
        self.file = file
        self.index = index
        self.lock = threading.Lock()
        weakref.finalize(self, file.close)


_OPEN: weakref.WeakValueDictionary[tuple[Path, str], _Spool] = weakref.WeakValueDictionary()
"""Workbooks that somebody is reading, by path and content: each of their sheets is a source of its own."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet of a workbook that has been read.

    Attributes:
        number: Its place among the tabs, from 1.
        name: What its tab says.
        visible: Whether its tab is shown.
        readable: Whether it could be read.
        rows: How many rows that are not blank it has.
        first_column: The first column that holds anything, from 0: its cells begin there.
        odd: Cells without a value: row number, index among the row's cells, and a code of `cells`.
        hidden_rows: Rows that are hidden.
        hidden_columns: Columns that are hidden.
        filtered: Whether a filter hides rows.
        merged: References of merged cells, such as `B2:B4`.
        uncalculated: Whether its formulas' values are still to be calculated, as the program says that wrote it.
    """

    number: int
    name: str
    visible: bool
    readable: bool
    rows: int
    first_column: int
    odd: tuple[tuple[int, int, str], ...]
    hidden_rows: tuple[Range, ...]
    hidden_columns: tuple[Range, ...]
    filtered: bool
    merged: tuple[str, ...]
    uncalculated: bool
    _spool: _Spool
    _offset: int

    def batches(self) -> Iterator[tuple[list[int], list[pa.Array]]]:
        """Row numbers and columns of text, of rows that are not blank."""
        if self.rows:
            for batch in spool.read_sheet(self._spool.file, self._spool.lock, self._offset):
                yield batch.column(spool.ROW).to_pylist(), batch.columns[1:]

    def head(self, count: int) -> list[tuple[int, tuple[str, ...]]]:
        """Numbers and cells of the first rows."""
        return list(islice(self._cells(count), count))

    def _cells(self, count: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        for rows, columns in self.batches():
            cells = zip(*(column.slice(0, count).to_pylist() for column in columns), strict=True)
            yield from zip(rows, cells, strict=False)


def read_workbook(path: Path, sha256: str, max_unpacked: int) -> list[Sheet]:
    """Reads all sheets of a workbook; once, as long as anything holds one of them.

    Args:
        path: The workbook.
        sha256: Of its bytes.
        max_unpacked: How many bytes it may unpack to.

    Raises:
        UnreadableError: It cannot be read.
    """
    shared = _OPEN.get(key := (path, sha256))
    if shared is None:
        shared = _OPEN[key] = _Spool(*process.extracted(path, max_unpacked))
    return [_sheet(number, one, shared) for number, one in enumerate(shared.index["sheets"], start=1)]


def _sheet(number: int, found: dict[str, Any], shared: _Spool) -> Sheet:
    return Sheet(
        number=number,
        name=found["name"],
        visible=found["visible"],
        readable=found["readable"],
        rows=found["rows"],
        first_column=found.get("first_column", 0),
        odd=tuple((row, column, code) for row, column, code in found.get("odd", ())),
        hidden_rows=tuple((first, last) for first, last in found["hidden_rows"]),
        hidden_columns=tuple((first, last) for first, last in found["hidden_columns"]),
        filtered=found["filtered"],
        merged=tuple(found["merged"]),
        uncalculated=found["uncalculated"],
        _spool=shared,
        _offset=found.get("offset", 0),
    )
