"""The empty file to fill in, made from an endpoint's fields: CSV, or a workbook with notes, lists and instructions.

May import `schemas`, `pipeline.model` and `pipeline.errors`. Must know nothing of how the filled one is read.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Code, ConfigurationError
from pipeline.model.sources import INSTRUCTIONS_SHEET
from schemas.describe import allowed_values
from schemas.endpoint import Endpoint, Field, FieldType, Shape

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_LAST_ROW = 1_048_575
"""The last row that a sheet can have, from 0: lists and checks reach down to it."""

_EXACT = 10**15 - 1
"""A spreadsheet program keeps 15 digits; a number that is longer must be text, which its check would refuse."""

_MADE_ON = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook knows no zones; always the same, so that its bytes are
_YES_NO = ["yes", "no"]
_LONGEST_MESSAGE = 255
_WIDTHS = {Shape.EMAIL: 30, Shape.HOST: 26, Shape.DATE_TIME: 22}
_COLUMN_FORMATS = {FieldType.STRING: "@", FieldType.INTEGER: "0", FieldType.BOOLEAN: "General"}
"""Text stays as it is typed, with its leading zeros; a long number is shown with all of its digits."""


def write_template(endpoint: Endpoint, path: Path, *, force: bool) -> None:
    """Writes an empty file with a column for each field, in the form that the file's name says.

    Args:
        endpoint: Whose fields.
        path: Ends in `.xlsx` or `.csv`.
        force: Whether a file that is there already is written over.

    Raises:
        ConfigurationError: It has another ending, is there already, or cannot be written.
    """
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise ConfigurationError(Code.TEMPLATE_FORM, f"{path}: is no kind of template.", path=str(path))
    content = form(endpoint)
    try:
        with path.open("wb" if force else "xb") as stream:
            stream.write(content)
    except FileExistsError:
        message = f"{path}: is there already, maybe with rows in it."
        raise ConfigurationError(Code.FILE_EXISTS, message, path=str(path)) from None
    except OSError as error:
        reason = str(error.strerror or error)
        message = f"{path}: cannot be written ({reason})."
        raise ConfigurationError(Code.FILE_NOT_WRITTEN, message, path=str(path), reason=reason) from error


def _csv(endpoint: Endpoint) -> bytes:
    """One line of headers; the mark makes spreadsheet programs save it as UTF-8 again."""
    return (",".join(f.name for f in endpoint.fields) + "\r\n").encode("utf-8-sig")


def _workbook(endpoint: Endpoint) -> bytes:
    from xlsxwriter import Workbook

    content = io.BytesIO()
    book = Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"{endpoint.label.capitalize()}s to import", "created": _MADE_ON})
    template = _Template(endpoint=endpoint, book=book)
    template.rows_sheet()
    template.instructions_sheet()
    book.close()
    return content.getvalue()


_FORMS: Mapping[str, Callable[[Endpoint], bytes]] = {".csv": _csv, ".xlsx": _workbook}


@dataclass(frozen=True, kw_only=True)
class _Need:
    """How much a field is needed, and the colours that say so.

    Attributes:
        word: For people.
        meaning: In a sentence, for the legend.
        style: Of its header.
    """

    word: str
    meaning: str
    style: Mapping[str, Any]


_REQUIRED = _Need(
    word="required",
    meaning="every row needs a value",
    style={"bg_color": "#1F4E79", "font_color": "#FFFFFF"},
)
_EXPECTED = _Need(
    word="expected",
    meaning="fill it in where you can: a blank gets a warning",
    style={"bg_color": "#BDD7EE", "font_color": "#1F2933"},
)
_OPTIONAL = _Need(
    word="optional",
    meaning="may stay blank",
    style={"bg_color": "#E7E9EC", "font_color": "#1F2933"},
)


def _need(field: Field) -> _Need:
    if field.required:
        return _REQUIRED
    return _EXPECTED if field.required_by_newer_pages else _OPTIONAL


@dataclass(frozen=True, kw_only=True)
class _Template:
    """A workbook on its way."""

    endpoint: Endpoint
    book: Workbook

    @property
    def _rows_sheet(self) -> str:
        return f"{self.endpoint.label.capitalize()}s"[:31]

    def rows_sheet(self) -> None:
        """The sheet to fill in: headers with notes, and columns that help to fill them."""
        sheet = self.book.add_worksheet(self._rows_sheet)
        sheet.freeze_panes(1, 0)
        for column, field in enumerate(self.endpoint.fields):
            sheet.set_column(column, column, _width(field), self._format({"num_format": _column_format(field)}))
            sheet.write_string(0, column, field.name, self._header_format(field))
            sheet.write_comment(0, column, _note(field), {"author": "nexudus-import", "x_scale": 2.2, "y_scale": 2})
            sheet.data_validation(1, column, _LAST_ROW, column, _validation(field))

    def _header_format(self, field: Field) -> Any:
        return self._format({"bold": True, "valign": "vcenter", "border": 1, **_need(field).style})

    def _format(self, style: Mapping[str, Any]) -> Any:
        return self.book.add_format(dict(style))

    def instructions_sheet(self) -> None:
        """How to go on, what the colours mean, and all fields in words."""
        sheet = self.book.add_worksheet(INSTRUCTIONS_SHEET)
        wrapped = self._format({"text_wrap": True, "valign": "top"})
        for column, width in enumerate((30, 11, 10, 42, 22, 72)):
            sheet.set_column(column, column, width)
        sheet.write_string(0, 0, f"How to import {self.endpoint.label}s", self._format({"bold": True, "font_size": 14}))
        row = 2
        for step in self._steps():
            sheet.write_string(row, 0, step)
            row += 1
        for need in (_REQUIRED, _EXPECTED, _OPTIONAL):
            row += 1
            sheet.write_string(row, 0, need.word, self._format({"bold": True, "border": 1, **need.style}))
            sheet.write_string(row, 1, need.meaning)
        row += 2
        bold = self._format({"bold": True, "bottom": 1})
        for column, title in enumerate(("Column", "Needed", "Type", "Allowed", "Example", "What it is")):
            sheet.write_string(row, column, title, bold)
        for field in self.endpoint.fields:
            row += 1
            sheet.write_string(row, 0, field.name, self._header_format(field))
            for column, text in enumerate(_described(field), start=1):
                sheet.write_string(row, column, text, wrapped)

    def _steps(self) -> list[str]:
        return [
            f"1. Fill in the sheet {self._rows_sheet!r}, one row for each {self.endpoint.label}; keep its first row.",
            "2. Save the file. This sheet may stay: it is not imported.",
            "3. Check it:    nexudus-import validate FILE    (needs no network)",
            "4. Import it:   nexudus-import run FILE",
            "5. Rows that did not make it come back in rejected.xlsx: correct them, and give that file to run.",
        ]


def _described(field: Field) -> tuple[str, ...]:
    return (_need(field).word, field.type.value, allowed_values(field), field.example, field.hint or field.description)


def _note(field: Field) -> str:
    need, kind, allowed, example, hint = _described(field)
    lines = [f"{need}, {kind}", hint, f"Allowed: {allowed}", f"Example: {example}" if example else ""]
    return "\n".join(filter(None, lines))


def _column_format(field: Field) -> str:
    if field.shape is Shape.DATE_TIME:
        return "yyyy-mm-dd hh:mm"
    return "General" if field.choices else _COLUMN_FORMATS[field.type]


def _width(field: Field) -> int:
    return max(len(field.name) + 3, _WIDTHS.get(field.shape, 12) if field.shape else 12)


def _validation(field: Field) -> dict[str, Any]:
    """What the spreadsheet program checks, and says beside the cell."""
    allowed = allowed_values(field)
    return {
        **_checked(field),
        "input_title": field.name[:32],
        "input_message": (f"{allowed}. Example: {field.example}" if field.example else allowed)[:_LONGEST_MESSAGE],
        "error_title": field.name[:32],
        "error_message": f"Allowed: {allowed}."[:_LONGEST_MESSAGE],
    }


def _checked(field: Field) -> dict[str, Any]:
    # A list warns only: it is case-sensitive, and other words and numbers mean the same.
    if field.choices or field.type is FieldType.BOOLEAN:
        return {"validate": "list", "source": list(field.choices) or _YES_NO, "error_type": "warning"}
    if field.type is FieldType.INTEGER:
        low, high = (1, 65535) if field.shape is Shape.PORT else field.range
        return {
            "validate": "integer",
            "criteria": "between",
            "minimum": max(low, -_EXACT),
            "maximum": min(high, _EXACT),
        }
    return {"validate": "any"}
