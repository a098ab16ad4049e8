"""What a text file does not say of itself: its delimiter, its quotation mark, where its header stands.

Plain rules that can be written down and foreseen, rather than statistics that guess well on prose and badly on lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from pipeline.errors import Code, SourceError
from pipeline.intake.readers.header import Header, NamesFields, find_header
from pipeline.intake.readers.records import UNREADABLE, Dialect, Record, records
from pipeline.model.config import ReadOptions

DELIMITERS = (",", ";", "\t", "|")
RARE_DELIMITERS = ("^", "~", ":", "!", "\x1f", "\x01")
"""Found only where a row that they set apart plainly names fields."""

QUOTES = ('"', "'")

_SAMPLE_RECORDS = 20
# Excel writes and obeys a first line like this; it is not a row of the sheet.
_SEPARATOR_LINE = re.compile(r'\A\ufeff*"?sep=(.)"?(\r\n|\r|\n)', re.IGNORECASE)


def _named(sign: str) -> str | None:
    """The delimiter that such a line names, if it can be one: what pyarrow takes, and no end of a line."""
    return sign if sign.isascii() and sign not in "\r\0" else None


def can_delimit(text: str) -> bool:
    """Whether a text can be given as the delimiter of a file."""
    return len(text) == 1 and text.isascii() and text not in '"\r\n\0'


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """How a text file is laid out.

    Attributes:
        dialect: How its cells are set apart.
        found: The row that names its columns.
        rows_at: Where the rows below it begin, in bytes of the text as UTF-8.
    """

    dialect: Dialect
    found: Header
    rows_at: int

    @property
    def delimiter(self) -> str:
        """The character between its cells."""
        return self.dialect.delimiter

    @property
    def header(self) -> tuple[str, ...]:
        """Its header cells, trimmed."""
        return self.found.cells

    @property
    def header_row(self) -> int:
        """The row they stand in, as a spreadsheet counts."""
        return self.found.row


def find_layout(label: str, head: str, options: ReadOptions, names_fields: NamesFields) -> Layout:
    """Finds the delimiter and the header.

    Args:
        label: The source, for messages.
        head: The file's first part, decoded.
        options: Delimiter and header row, where the person gives them.
        names_fields: Counts the fields that a row names.

    Raises:
        SourceError: There is no header.
    """
    separator = _SEPARATOR_LINE.match(head)
    named = separator and _named(separator.group(1))
    delimiter = options.delimiter
    begin = separator.end() if separator else len(head) - len(head.lstrip("\ufeff"))
    tried = [delimiter] if delimiter else list(dict.fromkeys([*filter(None, [named]), *DELIMITERS, *RARE_DELIMITERS]))
    dialects = [Dialect(delimiter=d, quote=q) for q in QUOTES for d in tried if d != q]
    found = [one for d in dialects if (one := _layout(head, begin, d, options.header_row, names_fields))]
    known = {*DELIMITERS, delimiter, named}
    layouts = [one for one in found if one.delimiter in known or one.found.named > 1]
    layouts = _as_is_said(layouts, named) if named and not delimiter else layouts
    if not layouts:
        where = f"row {options.header_row}" if options.header_row else "the file"
        message = f"{label}: no header was found in {where}."
        raise SourceError(Code.HEADER_NOT_FOUND, message, source=label, header_row=options.header_row)
    best = max(layouts, key=lambda one: (names_fields(one.header), one.dialect.quote == QUOTES[0], *_fit(head, one)))
    return _without_delimiters_at_the_end(head, best)


def _as_is_said(layouts: list[Layout], delimiter: str) -> list[Layout]:
    """Those with the delimiter that the file names, unless only others name fields: then somebody has saved it anew."""
    said = [one for one in layouts if one.delimiter == delimiter]
    wrong = all(one.found.named <= 1 for one in said) and any(one.found.named > 1 for one in layouts)
    return layouts if wrong or not said else said


def _layout(
    head: str, begin: int, dialect: Dialect, header_row: int | None, names_fields: NamesFields
) -> Layout | None:
    ends: list[int] = []

    def rows() -> Iterator[tuple[int, list[str]]]:
        for number, record in enumerate(_records(head[begin:], dialect), start=1):
            ends.append(begin + record.end)
            yield number, record.cells

    found = find_header(rows(), names_fields, header_row)
    if not found:
        return None
    rows_at = len(head[: ends[found.row - 1]].encode("utf-8", "surrogateescape"))
    return Layout(dialect=dialect, found=found, rows_at=rows_at)


def _records(text: str, dialect: Dialect) -> Iterator[Record]:
    return records(text, dialect, width=None, whole=True, longest=len(text))


def _fit(head: str, layout: Layout) -> tuple[int, int]:
    """How well a delimiter fits: rows with as many cells as the header, if it splits it at all; then its columns."""
    columns = len(layout.header)
    if columns == 1:
        return 0, 1
    rows = islice(_records(_below(head, layout), layout.dialect), _SAMPLE_RECORDS)
    return 1 + sum(len(row.cells) == columns and row.oddity not in UNREADABLE for row in rows), columns


def _without_delimiters_at_the_end(head: str, layout: Layout) -> Layout:
    """The header without the blank cells that end it, where none of the first rows has a cell below them.

    Where some rows do, a shorter one may have lost a cell in its middle: that stays for the reader to say.
    """
    named = 1 + max(index for index, name in enumerate(layout.header) if name)
    if named == len(layout.header):
        return layout
    rows = islice(_records(_below(head, layout), layout.dialect), _SAMPLE_RECORDS)
    widths = {len(row.cells) for row in rows if row.oddity not in UNREADABLE}
    if max(widths, default=0) != named:
        return layout
    return replace(layout, found=replace(layout.found, cells=layout.header[:named]))


def _below(head: str, layout: Layout) -> str:
    return head.encode("utf-8", "surrogateescape")[layout.rows_at :].decode("utf-8", "surrogateescape")


def nameless_columns(head: str, layout: Layout) -> dict[int, tuple[int, str]]:
    """The columns that hold values below a blank header, as far as the file's first part tells.

    Returns:
        Index of the column to the first row and value.
    """
    nameless = [index for index, name in enumerate(layout.header) if not name]
    found: dict[int, tuple[int, str]] = {}
    if not nameless:
        return found
    for row, record in enumerate(_records(_below(head, layout), layout.dialect), start=layout.header_row + 1):
        if len(record.cells) >= len(layout.header):  # else it is no row, or one that has lost cells
            values = {index: record.cells[index].strip() for index in nameless}
            found = {index: (row, value) for index, value in values.items() if value} | found
    return found
