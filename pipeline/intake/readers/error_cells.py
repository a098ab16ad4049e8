"""Where a workbook's error cells (`#N/A`, `#DIV/0!` …) are, which python-calamine gives as blanks.

Each format is first searched for the mark of an error cell, so that a workbook without any costs nothing more.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections import defaultdict
from typing import IO, TYPE_CHECKING, Any
from xml.parsers import expat

if TYPE_CHECKING:
    from pathlib import Path

ErrorCells = dict[int, dict[int, str]]
"""Row number (from 1) to column index (from 0) to the error's text."""

_CHUNK_BYTES = 1 << 20
_XLSX_MARK = b't="e"'
_ODS_MARK = b'calcext:value-type="error"'
_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"


def error_cells(path: Path, sheet: str) -> ErrorCells:
    """The sheet's error cells, by row and column."""
    with path.open("rb") as stream:
        if stream.read(4) == _OLE_MAGIC:
            return _in_xls(path, sheet)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if "content.xml" in names:
            return _found(archive, "content.xml", _ODS_MARK, _OdsErrors(sheet))
        if _BOOK not in names:  # a binary workbook (.xlsb), which nobody was promised
            return {}
        return _found(archive, _part_of(archive, sheet), _XLSX_MARK, _XlsxErrors())


def _found(archive: zipfile.ZipFile, part: str, mark: bytes, cells: _OdsErrors | _XlsxErrors) -> ErrorCells:
    if not _holds(archive, part, mark):
        return {}
    with archive.open(part) as stream:
        return cells.parse(stream)


def _holds(archive: zipfile.ZipFile, part: str, mark: bytes) -> bool:
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            if mark in tail + chunk:
                return True
            tail = chunk[-len(mark) :]
    return False


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The part of an Office Open XML workbook that holds a sheet: its name leads to an id, the id to a target."""
    (listed,) = (s for s in _elements(archive, _BOOK, "sheet") if s["name"] == sheet)
    relation = next(value for name, value in listed.items() if name.endswith(":id"))
    (target,) = (r["Target"] for r in _elements(archive, _RELATIONS, "Relationship") if r["Id"] == relation)
    return posixpath.normpath(posixpath.join("/xl", target)).removeprefix("/")


def _elements(archive: zipfile.ZipFile, part: str, name: str) -> list[dict[str, str]]:
    """Attributes of a small part's elements of that name."""
    found: list[dict[str, str]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda tag, attributes: found.append(attributes) if _local(tag) == name else None
    parser.Parse(archive.read(part), True)
    return found


def _local(tag: str) -> str:
    """An element's name without its namespace's prefix."""
    return tag.rpartition(":")[2]


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


class _XlsxErrors:
    """Follows an Office Open XML sheet cell by cell; a row or cell without a reference stands behind the one before."""

    def __init__(self) -> None:
        self._found: ErrorCells = defaultdict(dict)
        self._row, self._column = 0, -1
        self._is_error = False
        self._error_text: list[str] | None = None

    def parse(self, stream: IO[bytes]) -> ErrorCells:
        """Reads the sheet's part."""
        _parse(self, stream)
        return self._found

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if _local(name) == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = -1
        elif _local(name) == "c":
            letters = attributes.get("r", "").rstrip("0123456789")
            self._column = _column_index(letters) if letters else self._column + 1
            self._is_error = attributes.get("t") == "e"
        elif _local(name) == "v" and self._is_error:
            self._error_text = []

    def text(self, text: str) -> None:
        """Some text stands in it."""
        if self._error_text is not None:
            self._error_text.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        if _local(name) == "v" and self._error_text is not None:
            self._found[self._row][self._column] = "".join(self._error_text)
            self._error_text = None


def _column_index(letters: str) -> int:
    """From 0, for a column's letters: A to Z, then AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _parse(cells: _OdsErrors | _XlsxErrors, stream: IO[bytes]) -> None:
    parser: Any = expat.ParserCreate()
    parser.StartElementHandler = cells.start
    parser.EndElementHandler = cells.end
    parser.CharacterDataHandler = cells.text
    parser.ParseFile(stream)


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
        _parse(self, stream)
        return self._found

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
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

    def text(self, text: str) -> None:
        """Some text stands in it."""
        if self._error_text is not None:
            self._error_text.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "table:table":
            self._in_sheet = False
            self._next_row = 1
        elif name == "table:table-cell" and self._error_text is not None:
            text = "".join(self._error_text) or "#ERROR!"
            for row in range(self._row, self._row + self._rows):
                for column in range(self._column, self._next_column):
                    self._found[row][column] = text
            self._error_text = None
