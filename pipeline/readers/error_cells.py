"""Where a workbook's error cells (`#N/A`, `#DIV/0!` …) are, which python-calamine gives as blanks.

Each format is first searched for the mark of an error cell, so that a workbook without any costs nothing more.
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from pathlib import Path

ErrorCells = dict[int, dict[int, str]]
"""Row number (from 1) to column index (from 0) to the error's text."""

_CHUNK_BYTES = 1 << 20
_XLSX_MARK = b't="e"'
_ODS_MARK = b'calcext:value-type="error"'
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"


def error_cells(path: Path, sheet: str) -> ErrorCells:
    """The sheet's error cells, by row and column."""
    with path.open("rb") as stream:
        if stream.read(4) == _OLE_MAGIC:
            return _in_xls(path, sheet)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if "content.xml" in names:
            return _in_ods(archive, sheet) if _holds(archive, "content.xml", _ODS_MARK) else {}
        sheets = [n for n in names if n.startswith("xl/worksheets/")]
        if not any(_holds(archive, name, _XLSX_MARK) for name in sheets):
            return {}
    return _in_xlsx(path, sheet)


def _holds(archive: zipfile.ZipFile, name: str, mark: bytes) -> bool:
    tail = b""
    with archive.open(name) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            if mark in tail + chunk:
                return True
            tail = chunk[-len(mark) :]
    return False


def _in_xlsx(path: Path, sheet: str) -> ErrorCells:
    from openpyxl import load_workbook

    found: ErrorCells = defaultdict(dict)
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        for row in book[sheet].iter_rows():
            for cell in row:
                if cell.data_type == "e" and cell.row is not None and cell.column is not None:
                    found[cell.row][cell.column - 1] = str(cell.value)
    finally:
        book.close()
    return found


def _in_xls(path: Path, sheet: str) -> ErrorCells:
    import xlrd

    found: ErrorCells = defaultdict(dict)
    with xlrd.open_workbook(str(path), on_demand=True) as book:
        table = book.sheet_by_name(sheet)
        for row in range(table.nrows):
            for column, kind in enumerate(table.row_types(row)):
                if kind == xlrd.XL_CELL_ERROR:
                    code = int(table.cell_value(row, column))
                    found[row + 1][column] = xlrd.error_text_from_code.get(code, "#ERROR!")
    return found


def _in_ods(archive: zipfile.ZipFile, sheet: str) -> ErrorCells:
    with archive.open("content.xml") as stream:
        return _OdsErrors(sheet).parse(stream)


class _OdsErrors:
    """Follows an OpenDocument sheet cell by cell, repeated rows and columns included."""

    def __init__(self, sheet: str) -> None:
        self._sheet = sheet
        self._found: ErrorCells = defaultdict(dict)
        self._in_sheet = False
        self._row = self._column = 0
        self._next_row, self._next_column = 1, 0
        self._rows = 1
        self._error_text: list[str] | None = None

    def parse(self, stream: IO[bytes]) -> ErrorCells:
        """Reads the document's `content.xml`."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ParseFile(stream)
        return self._found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._in_sheet = attributes.get("table:name") == self._sheet
        elif name == "table:table-row":
            self._rows = int(attributes.get("table:number-rows-repeated", 1))
            self._row, self._next_row = self._next_row, self._next_row + self._rows
            self._next_column = 0
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            repeated = int(attributes.get("table:number-columns-repeated", 1))
            self._column, self._next_column = self._next_column, self._next_column + repeated
            if self._in_sheet and attributes.get("calcext:value-type") == "error":
                self._error_text = []

    def _text(self, text: str) -> None:
        if self._error_text is not None:
            self._error_text.append(text)

    def _end(self, name: str) -> None:
        if name == "table:table":
            self._in_sheet = False
            self._next_row = 1
        elif name == "table:table-cell" and self._error_text is not None:
            text = "".join(self._error_text) or "#ERROR!"
            for row in range(self._row, self._row + self._rows):
                for column in range(self._column, self._next_column):
                    self._found[row][column] = text
            self._error_text = None
