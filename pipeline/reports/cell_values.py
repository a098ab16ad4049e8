"""A workbook's cells as they were: number, date or text, and the format that shows it, for `rejected.xlsx`.

A cell's text, as the readers gave it, is what counts: a value stands for it only if it is read as that text again.
May import openpyxl, and nothing of the project.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import warnings
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_log = logging.getLogger(__name__)

Value: TypeAlias = str | bool | float | dt.datetime

_MOST_CELLS = 400_000
"""So many cells of the source are looked at for their formats, which takes a few seconds; the rest get plain ones."""

_MOST_SHARED_BYTES = 32_000_000
"""As many bytes of texts and styles are held in memory for it; of a workbook with more, no format is known."""

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]*[1-9])?")
_MOMENT = re.compile(r"(19[0-9]{2}|2[0-9]{3})-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2})?")
_FIRST_SAFE_YEAR = 1901
"""Before it, spreadsheet programs count days in two ways."""

_DATE, _DATE_TIME, _PLAIN = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "General"


@dataclass(frozen=True, kw_only=True, slots=True)
class CellValue:
    """What to write into a cell.

    Attributes:
        value: A value that is read as the cell's text again.
        number_format: How it is shown.
    """

    value: Value
    number_format: str = _PLAIN


def cell_value(text: str, found: CellValue | None) -> CellValue:
    """The value that stands for a cell's text.

    Args:
        text: What the readers made of the cell.
        found: What the source's cell holds, where that is known.
    """
    if found is None:
        return _plain(text)
    if _spelled(found.value) == text and (isinstance(found.value, str) or _plain(text).value == found.value):
        return found
    return CellValue(value=text)


def _spelled(value: Value) -> str:
    """The text that readers make of a value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(float(value)).removesuffix(".0")
    if isinstance(value, dt.datetime):
        return value.isoformat().removesuffix("T00:00:00")
    return value


def _plain(text: str) -> CellValue:
    """A number, a date or a boolean that is read as this text again, else the text."""
    if text in {"true", "false"}:
        return CellValue(value=text == "true")
    if _NUMBER.fullmatch(text) and (number := _exact(text)) is not None:
        return CellValue(value=number)
    if _MOMENT.fullmatch(text) and (moment := _moment(text)) is not None:
        return CellValue(value=moment, number_format=_DATE_TIME if "T" in text else _DATE)
    return CellValue(value=text)


def _exact(text: str) -> float | None:
    """The number, if it keeps its digits in a file that has 16 of them."""
    number = float(text)
    keeps = _spelled(number) == text and float(f"{number:.16G}") == number
    return number if keeps else None


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    # A midnight that is written out would come back as a date alone.
    return moment if moment.year >= _FIRST_SAFE_YEAR and _spelled(moment) == text else None


class SourceCells:
    """The cells of an `.xlsx` sheet, row after row; of any other file, none are known.

    Args:
        path: The workbook.
        sheet: The sheet's name.
        first_column: The column that a row's first cell stands in, from 0.
    """

    def __init__(self, path: Path, sheet: str, first_column: int) -> None:
        self._first_column = first_column
        self._stream: IO[bytes] | None = None
        self._seen = 0
        self._at = 0
        self._rows: Iterator[Sequence[Any]] | None = None
        self._try(lambda: self._open(path, sheet))

    def row(self, number: int, width: int) -> list[CellValue | None]:
        """The cells of a row; rows are asked for in order."""
        cells: Sequence[Any] = self._try(lambda: self._read_on(number)) or ()
        found = [_found(cell) for cell in cells[self._first_column : self._first_column + width]]
        return found + [None] * (width - len(found))

    def close(self) -> None:
        """Closes the file."""
        self._rows = None
        if self._stream is not None:
            self._stream.close()

    def _try(self, what: Any) -> Any:
        """Formats are an extra: whatever a strange file does to openpyxl, its values are known without it."""
        try:
            with warnings.catch_warnings(action="ignore"):
                return what()
        except Exception as error:  # noqa: BLE001 - see above; there is no list of what openpyxl raises
            _log.debug("Formats of cells are not known: %s: %s", type(error).__name__, error)
            self.close()
            return None

    def _open(self, path: Path, sheet: str) -> None:
        self._stream = path.open("rb")
        with zipfile.ZipFile(self._stream) as archive:
            parts = {part.filename: part.file_size for part in archive.infolist()}
        if sum(parts.get(name, 0) for name in ("xl/sharedStrings.xml", "xl/styles.xml")) > _MOST_SHARED_BYTES:
            self.close()
            return
        from openpyxl import load_workbook

        found: Any = load_workbook(self._stream, read_only=True, data_only=True, keep_links=False)[sheet]
        found.reset_dimensions()
        self._rows = found.iter_rows()

    def _read_on(self, number: int) -> Sequence[Any]:
        while self._rows is not None:
            cells = next(self._rows)
            self._at += 1
            self._seen += len(cells)
            if self._at == number:
                return cells
            if self._seen > _MOST_CELLS:
                self.close()
        return ()


def _found(cell: Any) -> CellValue | None:
    """What a cell of openpyxl holds; `None` for what has no value, or one of its own kind."""
    value = cell.value
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    if not isinstance(value, (str, bool, int, float, dt.datetime)):
        return None
    return CellValue(value=value, number_format=cell.number_format or _PLAIN)
