"""`rejected.xlsx`: a workbook's own rows that did not make it, to be corrected and given to `run` as they are.

One workbook for each that was read, with the sheets that were read of it; bad cells are coloured and have a note.
May import XlsxWriter; `rejected` and `cell_values` of this room.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pipeline.model.printable import printable
from pipeline.model.sources import REPORT_COLUMN, ROW_COLUMN
from pipeline.private_files import open_private_bytes
from pipeline.reports.base import REFUSED, errors_of
from pipeline.reports.cell_values import CellValue, SourceCells, cell_value
from pipeline.reports.rejected import RejectedFiles, SourceRows, explained, explained_error, sheets_beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.model.sources import SheetPlace, Source
    from pipeline.reports.base import ReportContext
    from pipeline.reports.rejected import SourceRow

ORDER = 31
TAKES = REFUSED

_MOST_NOTES = 10_000
"""Notes are held in memory, and slow spreadsheet programs down; what is wrong stands in the last column as well."""

_LONGEST_TEXT = 32_767
_LONGEST_NOTE = 1_000
_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
_BAD: Mapping[str, Any] = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
_ADDED: Mapping[str, Any] = {"font_color": "#6B7280", "italic": True}
_HEADER: Mapping[str, Any] = {"bold": True, "bottom": 1}
_ADDED_HEADER: Mapping[str, Any] = {**_HEADER, **_ADDED}
_PLAIN: Mapping[str, Any] = {}
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME = 31


def open_writer(context: ReportContext) -> RejectedFiles:
    """Begins `rejected.xlsx`, or `rejected-1.xlsx` … where there are other sources as well: one for each workbook."""
    return RejectedFiles(context, ".xlsx", partial(_opened, context))


def _opened(context: ReportContext, path: Path, number: int) -> _Book:
    return _Book(path, context, sheets_beside(context.run, number))


class _Styles:
    """A workbook's formats, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[int, str], Any] = {}

    def __call__(self, style: Mapping[str, Any], number_format: str = "General") -> Any:
        """The format with this look."""
        key = (id(style), number_format)  # looks are constants of this module: this is asked of every cell
        if key not in self._made:
            # What openpyxl calls format 14: the short date of whoever looks at it.
            shown: str | int = 14 if number_format == "mm-dd-yy" else number_format
            self._made[key] = self._book.add_format({"num_format": shown, **style})
        return self._made[key]


class _Book:
    """A workbook on its way; rows leave memory as they are written."""

    def __init__(self, path: Path, context: ReportContext, sources: Sequence[Source]) -> None:
        from xlsxwriter import Workbook

        self._path = path
        self._unfinished = TemporaryDirectory(prefix=".rejected-", dir=path.parent)
        self._file = open_private_bytes(path)
        options = {"constant_memory": True, "tmpdir": self._unfinished.name, "strings_to_urls": False}
        self._book = Workbook(self._file, options)
        self._book.use_zip64()
        self._notes_left = _MOST_NOTES
        self._sheets = self._with_sheets(context, sources)

    def _with_sheets(self, context: ReportContext, sources: Sequence[Source]) -> dict[int, _Sheet]:
        """A sheet for each that was read, in the order of their tabs: the same options must find them again."""
        styles = _Styles(self._book)
        by_number = any(one.isdecimal() for one in context.config.read.sheets)
        names: set[str] = set()
        sheets: dict[int, _Sheet] = {}
        for source in sorted(sources, key=lambda one: context.sheets[one.number].number):
            place = context.sheets[source.number]
            while by_number and len(names) + 1 < place.number:
                self._book.add_worksheet(_free_name(f"(left out {len(names) + 1})", names))
            written = self._book.add_worksheet(_free_name(place.name, names))
            sheets[source.number] = _Sheet(written, styles, context, source, place)
        return sheets

    def copy(self, end: RowResult) -> None:
        self._notes_left -= self._sheets[end.ref.source].copy(end, self._notes_left)

    def close(self) -> Path:
        """Writes the file, which until then lies beside it in pieces.

        Raises:
            OSError: The disk is full.
        """
        from xlsxwriter.exceptions import FileCreateError

        for sheet in self._sheets.values():
            sheet.close()
        try:
            self._book.close()
        except FileCreateError as error:
            raise OSError(*getattr(error.args[0], "args", error.args)) from error
        finally:
            self._file.close()
            self._unfinished.cleanup()
        return self._path


def _free_name(name: str, names: set[str]) -> str:
    """The name as a workbook can have it, once."""
    cleaned = _NOT_IN_A_NAME.sub("_", name).strip("'")[:_LONGEST_NAME] or "Rows"
    while cleaned.casefold() in names:
        cleaned = f"{cleaned[: _LONGEST_NAME - 1]}_" if not cleaned.endswith("_") else f"{cleaned[:-2]}{len(names)}_"
    names.add(cleaned.casefold())
    return cleaned


def _note(lines: Iterable[str]) -> str:
    """What is wrong with a cell, as its note says it."""
    text = printable("\n".join(lines))
    return text if len(text) <= _LONGEST_NOTE else f"{text[:_LONGEST_NOTE]}…"


class _Sheet:
    """Follows a source's sheet beside the rows that come along, so that neither is held in memory."""

    def __init__(
        self, written: Any, styles: _Styles, context: ReportContext, source: Source, place: SheetPlace
    ) -> None:
        self._written = written
        self._styles = styles
        self._source = SourceRows(context.open_source(source))
        self._cells = SourceCells(source.path, place.name, place.first_column)
        self._places = _places(context.places.get(source.number, {}), self._source.own)
        width = len(self._source.header) + 2
        self._left = place.first_column if place.first_column + width <= 16_384 else 0
        self._at = (context.config.read.header_row or 1) - 1
        self._write_header()

    def _write_header(self) -> None:
        names = [*self._source.header, ROW_COLUMN, REPORT_COLUMN]
        for place, name in enumerate(names):
            added = place >= len(self._source.header)
            column = self._left + place
            self._written.write_string(self._at, column, name, self._styles(_ADDED_HEADER if added else _HEADER))
            self._written.set_column(column, column, 80 if name == REPORT_COLUMN else min(max(len(name) + 3, 12), 40))
        self._at += 1
        self._written.freeze_panes(self._at, 0)

    def copy(self, end: RowResult, notes_left: int) -> int:
        """Writes a row, and returns how many notes it took."""
        row = self._source.row(end.ref.row)
        found = self._cells.row(end.ref.row, max(self._source.own, default=-1) + 1)
        problems = self._problems(end, row)
        for place, text in enumerate(row.cells):
            value = cell_value(text, found[self._source.own[place]])
            self._write(place, value, row.odd.get(place), bad=place in problems)
        self._write_added(row, explained(end), whole_row=not problems)
        noted = sorted(problems)[: max(notes_left, 0)]
        for place in noted:
            style = {"author": "nexudus-import", "x_scale": 2, "font_size": 9}
            self._written.write_comment(self._at, self._left + place, _note(problems[place]), style)
        self._at += 1
        return len(noted)

    def _problems(self, end: RowResult, row: SourceRow) -> dict[int, list[str]]:
        """What is wrong, by the place of the cell that it is about."""
        lines: dict[int, list[str]] = defaultdict(list)
        for error in errors_of(end):
            for place in self._places.get(str(error.get("PropertyName")).casefold(), ()):
                lines[place].append(explained_error(error))
        for place, text in enumerate(row.cells):
            if len(text) > _LONGEST_TEXT:
                lines[place].append("The text is too long for a cell of this file: copy it from the file imported.")
        return lines

    def _write(self, place: int, found: CellValue, odd: str | None, *, bad: bool) -> None:
        style = self._styles(_BAD if bad else _PLAIN, found.number_format)
        where, value = (self._at, self._left + place), found.value
        if odd is not None or (isinstance(value, str) and len(value) > _LONGEST_TEXT):
            # Stays an error cell until somebody corrects it: as text or blank it would be taken for a value.
            code = value if value in _ERRORS else "#N/A"
            self._written.write_formula(*where, f"={code}", style, code)
        elif isinstance(value, str):
            self._write_text(*where, value, style, needs_style=bad or found.number_format == "@")
        elif isinstance(value, bool):
            self._written.write_boolean(*where, value, style)
        elif isinstance(value, (int, float)):
            self._written.write_number(*where, value, style)
        else:
            self._written.write_datetime(*where, value, style)

    def _write_text(self, row: int, column: int, text: str, style: Any, *, needs_style: bool) -> None:
        """Text is never taken for a formula, a number or a link; a blank cell stays one."""
        if text:
            self._written.write_string(row, column, text, style)
        elif needs_style:
            self._written.write_blank(row, column, None, style)

    def _write_added(self, row: SourceRow, why: str, *, whole_row: bool) -> None:
        place = self._left + len(self._source.header)
        self._write(place - self._left, cell_value(row.number, None), None, bad=False)
        style = self._styles(_BAD if whole_row else _ADDED)
        self._written.write_string(self._at, place + 1, printable(why)[:_LONGEST_TEXT], style)

    def close(self) -> None:
        self._cells.close()


def _places(indexes: Mapping[str, Iterable[int]], own: Sequence[int]) -> dict[str, list[int]]:
    """Where the cells of a field stand among the source's own columns, by the field's name in any case."""
    at = {index: place for place, index in enumerate(own)}
    return {name.casefold(): [at[index] for index in some if index in at] for name, some in indexes.items()}
