"""Text files with delimited cells: CSV and its kin, compressed or not.

What a file does not say of itself is found out here and in `detect`; `blocks`, `parsing` and `records` read it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError, SourceError
from pipeline.intake.readers.base import lines_above
from pipeline.intake.readers.blocks import READ_ERRORS, chunks, decoder, opened
from pipeline.intake.readers.detect import Layout, can_delimit, find_layout, nameless_columns
from pipeline.intake.readers.encodings import TextEncoding, find_encoding, known_encoding, undecodable_at
from pipeline.intake.readers.header import Header, NamesFields
from pipeline.intake.readers.parsing import batches
from pipeline.model.config import ReadOptions
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import Notice
from pipeline.model.sources import RowBatch

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.sources import Source

PRIORITY = 100
"""Asked last: any file that is nothing else is text."""

CHUNK_BYTES = 1 << 22
"""How much text is parsed at once. Larger batches are checked faster a row, and hold more memory."""

_HEAD_BYTES = 1 << 18


def accepts(_path: Path, _head: bytes) -> bool:
    """Every file, since any can be tried as text."""
    return True


def open_tables(source: Source, options: ReadOptions, names_fields: NamesFields) -> list[DelimitedTable]:
    """Finds encoding, delimiter and header of a text file, which is one table.

    Raises:
        SourceError: It is not text in that encoding, or holds no header.
        ConfigurationError: A sheet was asked for, or the delimiter is not one character.
    """
    return [open_text(source.path, source.label, options, names_fields)]


def open_text(
    path: Path, label: str, options: ReadOptions, names_fields: NamesFields, member: str | None = None
) -> DelimitedTable:
    """Finds encoding, delimiter and header of a text file.

    Args:
        path: The file.
        label: What messages call it.
        options: How to read it.
        names_fields: Counts the fields that a row names.
        member: Which file of an archive is meant; `None` where it is none, or holds one only.

    Raises:
        SourceError: It is not text in that encoding, or holds no header.
        ConfigurationError: A sheet was asked for, or the delimiter is not one character.
    """
    _refuse_unfit_options(label, options)
    try:
        encoding = _encoding(path, label, options, member)
        with opened(path, member) as stream:
            head = decoder(encoding.name).decode(stream.read(_HEAD_BYTES))
    except READ_ERRORS as error:
        raise _unreadable(label, error) from error
    layout = find_layout(label, head, options, names_fields)
    layout = replace(layout, found=_readable(layout.found, encoding))
    nameless = nameless_columns(head, layout)
    notices = (
        *encoding.notices(layout.delimiter),
        *(() if options.header_row else lines_above(layout.found)),
        *_about_nameless(nameless),
    )
    return DelimitedTable(
        path=path,
        label=label,
        text_encoding=encoding,
        layout=layout,
        notices=notices,
        told=frozenset(nameless),
        part=member,
    )


_MOST_NAMED = 5


def _about_nameless(found: Mapping[int, tuple[int, str]]) -> Iterator[Notice]:
    if found:
        columns = ", ".join(str(index + 1) for index in sorted(found)[:_MOST_NAMED])
        more = f" … ({len(found):,} in all)" if len(found) > _MOST_NAMED else ""
        row, value = found[min(found)]
        message = f"columns without a header are not imported: {columns}{more}"
        yield Notice(code=FindingCode.COLUMNS_WITHOUT_HEADER, message=message, row=row, value=value)


def _unreadable(label: str, error: Exception) -> SourceError:
    return SourceError(Code.SOURCE_BROKEN_OFF, f"{label}: cannot be read ({error}).", source=label, reason=str(error))


def _readable(header: Header, encoding: TextEncoding) -> Header:
    above = tuple((row, encoding.readable(cells)) for row, cells in header.above)
    return replace(header, cells=encoding.readable(header.cells), above=above)


def _refuse_unfit_options(label: str, options: ReadOptions) -> None:
    if options.sheets:
        message = f"{label}: is a text file and has no sheets."
        raise ConfigurationError(Code.OPTION_UNFIT, message, source=label, option="sheet")
    if options.delimiter is not None and not can_delimit(options.delimiter):
        message = f"The delimiter {options.delimiter!r} cannot stand between cells."
        raise ConfigurationError(Code.DELIMITER_UNFIT, message, delimiter=options.delimiter)


_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})


def _encoding(path: Path, label: str, options: ReadOptions, member: str | None) -> TextEncoding:
    if options.encoding:
        return _given_encoding(path, label, options.encoding, member)
    with opened(path, member) as stream:
        found = find_encoding(stream)
    if found is None and path.suffix.lower() in _WORKBOOKS:
        message = f"{label}: has the name of a workbook and is none, or a damaged one."
        raise SourceError(Code.WORKBOOK_FALSE, message, source=label)
    if found is None:
        message = f"{label}: is not text in any encoding that is known here."
        raise SourceError(Code.ENCODING_NOT_FOUND, message, source=label)
    return found


_MARKED = ("utf-16", "utf-32")
"""Encodings whose files begin with a mark, or show without one in which order their bytes stand."""


def _given_encoding(path: Path, label: str, name: str, member: str | None) -> TextEncoding:
    encoding = known_encoding(name)
    if encoding in _MARKED:
        with opened(path, member) as stream:
            found = find_encoding(stream)
        if found and found.name.startswith(encoding):
            return found
    with opened(path, member) as stream:
        offset = undecodable_at(stream, encoding)
    if offset is not None:
        message = f"{label}: is not {encoding} text: byte {offset + 1} cannot be read."
        raise SourceError(Code.ENCODING_WRONG, message, source=label, encoding=encoding, byte=offset + 1)
    return TextEncoding(name=encoding)


@dataclass(frozen=True, kw_only=True)
class DelimitedTable:
    """A text file whose layout is known."""

    path: Path
    label: str
    text_encoding: TextEncoding
    layout: Layout
    notices: tuple[Notice, ...] = ()
    told: frozenset[int] = frozenset()
    part: str | None = None
    sheet: None = None

    @property
    def header(self) -> tuple[str, ...]:
        """The header cells' text."""
        return self.layout.header

    @property
    def header_row(self) -> int:
        """The row they stand in."""
        return self.layout.header_row

    @property
    def encoding(self) -> str:
        """Python's name of its encoding."""
        return self.text_encoding.name

    @property
    def delimiter(self) -> str:
        """The character between its cells."""
        return self.layout.delimiter

    def batches(self) -> Generator[RowBatch, None, None]:
        """The rows below the header; a batch is what a chunk of text holds."""
        text = chunks(self.path, self.encoding, self.layout.rows_at, CHUNK_BYTES, self.part)
        try:
            yield from batches(text, self.layout, self.text_encoding.others, self.told)
        except READ_ERRORS as error:
            raise _unreadable(self.label, error) from error
