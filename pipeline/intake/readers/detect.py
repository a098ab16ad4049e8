"""What a text file does not say of itself: its encoding, its delimiter, where its header stands.

Plain rules that can be written down and foreseen, rather than statistics that guess well on prose and badly on lists.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from pipeline.errors import ConfigurationError, SourceError
from pipeline.intake.readers.header import Header, NamesFields, find_header
from pipeline.model.config import ReadOptions

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK_BYTES = 1 << 20
_SAMPLE_RECORDS = 20
# Excel writes and obeys a first line like this; it is not a row of the sheet.
_SEPARATOR_LINE = re.compile(r'\A"?sep=(.)"?(\r\n|\r|\n)', re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """How a text file is laid out.

    Attributes:
        delimiter: Between its cells.
        found: The row that names its columns.
        lines_before_rows: Records before row 1 that a spreadsheet does not show (a `sep=` line).
    """

    delimiter: str
    found: Header
    lines_before_rows: int

    @property
    def header(self) -> tuple[str, ...]:
        """Its header cells, trimmed."""
        return self.found.cells

    @property
    def header_row(self) -> int:
        """The row they stand in, as a spreadsheet counts."""
        return self.found.row


def known_encoding(name: str) -> str:
    """Python's name of an encoding.

    Raises:
        ConfigurationError: Python has no such encoding.
    """
    try:
        "".encode(name)  # a codec may also turn text into text or bytes into bytes; those are no encodings
        return codecs.lookup(name).name
    except (LookupError, UnicodeError):
        advice = "Leave it out to have it found, or name one such as utf-8, utf-16 or windows-1252."
        raise ConfigurationError(f"--encoding {name}: there is no such encoding.", advice=advice) from None


def find_encoding(stream: IO[bytes]) -> str:
    """UTF-8 with a byte order mark, UTF-16, UTF-8, else Windows-1252: the first that fits, in this order.

    Reads the whole stream where only that can tell UTF-8 from Windows-1252.
    """
    head = stream.read(_CHUNK_BYTES)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    even, odd = head[:4096:2].count(0), head[1:4096:2].count(0)
    if max(even, odd) > len(head[:4096]) // 8:
        return "utf-16-le" if odd > even else "utf-16-be"
    stream.seek(0)
    return "utf-8" if undecodable_at(stream, "utf-8") is None else "cp1252"


def undecodable_at(stream: IO[bytes], encoding: str) -> int | None:
    """Offset of the first byte that the encoding cannot read, `None` where there is none. Reads the whole stream."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    while True:
        chunk = stream.read(_CHUNK_BYTES)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            kept_from_before = len(error.object) - len(chunk)
            return done - kept_from_before + error.start
        if not chunk:
            return None
        done += len(chunk)


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
    delimiter = options.delimiter
    separator = _SEPARATOR_LINE.match(head)
    if separator:
        head = head[separator.end() :]
        delimiter = delimiter or separator.group(1)
    layouts = []
    for candidate in [delimiter] if delimiter else DELIMITERS:
        found = find_header(enumerate(_records(head, candidate), start=1), names_fields, options.header_row)
        if found:
            layouts.append(Layout(delimiter=candidate, found=found, lines_before_rows=1 if separator else 0))
    if not layouts:
        where = f"row {options.header_row}" if options.header_row else "the file"
        advice = "The first row must name the columns; --header-row N tells where they stand."
        raise SourceError(f"{label}: no header was found in {where}.", advice=advice)
    return max(layouts, key=lambda one: (names_fields(one.header), *_fit(head, one)))


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        try:
            yield next(reader)
        except (StopIteration, csv.Error):  # the sample may end in the middle of an over-long cell
            return


def _fit(head: str, layout: Layout) -> tuple[int, int]:
    """How well a delimiter fits: rows with as many cells as the header, if it splits it at all; then its columns."""
    columns = len(layout.header)
    if columns == 1:
        return 0, 1
    records = [
        r for _, r in zip(range(layout.header_row + _SAMPLE_RECORDS), _records(head, layout.delimiter), strict=False)
    ]
    rows = records[layout.header_row :]
    return 1 + sum(len(r) == columns for r in rows), columns
