"""Delimited text taken apart record by record, whatever its quotation marks are like.

Strict where a record keeps to RFC 4180; where it does not, a record never reaches past its line, so that a quotation
mark that is badly escaped or never closed costs one row and not those behind it. Slow: only for what pyarrow will not
take. May import nothing of the project.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

_FEW = 4
"""In a table of so few columns the lines of a text may well hold as many delimiters as a row."""

LINE_END = re.compile(r"\r\n|\r|\n")


class Oddity(StrEnum):
    """What is wrong with a record's quotation marks."""

    REPAIRED = "quotes-repaired"
    BROKEN = "quotes-broken"
    UNCLOSED = "unclosed-quote"


UNREADABLE = frozenset({Oddity.BROKEN, Oddity.UNCLOSED})
"""Records with these have cells only as far as delimiters tell."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """The signs with which a file sets its cells apart.

    Attributes:
        delimiter: Between cells.
        quote: Around cells.
    """

    delimiter: str
    quote: str = '"'

    @cached_property
    def strict_cell(self) -> re.Pattern[str]:
        """A cell as RFC 4180 has it, but for blanks around the quotation marks, and what follows it."""
        d, q = re.escape(self.delimiter), self.quote
        quoted = rf" *+{q}([^{q}]*+(?:{q}{q}[^{q}]*+)*+){q} *+"
        return re.compile(rf"(?:{quoted}|([^{q}{d}\r\n][^{d}\r\n]*+|))({d}|\r\n|\r|\n|\Z)")

    @cached_property
    def open_cell(self) -> re.Pattern[str]:
        """A quoted cell that nothing closes."""
        q = self.quote
        return re.compile(rf" *+{q}[^{q}]*+(?:{q}{q}[^{q}]*+)*+\Z")

    @cached_property
    def lenient_cells(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """Cells of one line whose quotation marks are escaped by backslashes, or not at all."""
        d, q = re.escape(self.delimiter), self.quote
        plain = rf"([^{q}{d}]*+)({d}|\Z)"
        return (
            re.compile(rf"(?:{q}((?:[^{q}\\]|\\.|{q}{q})*+){q}({d}|\Z)|{plain})"),
            re.compile(rf"(?:{q}((?:{q}{q}|.)*?){q}({d}|\Z)|{plain})"),
        )

    def splits(self, line: str) -> list[str]:
        """The line's cells if no quotation mark meant anything."""
        return line.split(self.delimiter)


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A row as the text has it.

    Attributes:
        cells: Its cells.
        end: Where the next record begins.
        oddity: What is wrong with its quotation marks, if anything.
        reach: Where it would end if a quotation mark in it that is never closed were closed by a later one.
    """

    cells: list[str]
    end: int
    oddity: Oddity | None = None
    reach: int = 0


def records(text: str, dialect: Dialect, *, width: int | None, whole: bool, longest: int) -> Iterator[Record]:
    """Takes text apart.

    Args:
        text: Begins with a record.
        dialect: Its delimiter and quotation mark.
        width: How many cells a record should have, where that is known.
        whole: Whether the text ends where the file does; otherwise a record that more text may belong to is left.
        longest: A record that has no end within so many characters is taken to have an unclosed quotation mark.
    """
    at = stray = 0
    while at < len(text):
        left_out = not whole and len(text) - at <= longest
        record = _record(text, at, dialect, width, wait=left_out)
        if record is None or (left_out and record.end == len(text) and not text.endswith("\n")):
            return
        closes_another = record.oddity is None and record.end == stray
        yield replace(record, oddity=Oddity.REPAIRED) if closes_another else record
        at, stray = record.end, max(stray, record.reach)


def _record(text: str, at: int, dialect: Dialect, width: int | None, *, wait: bool) -> Record | None:
    """The record that begins there; `None` where it is to wait for the text that closes its quotation mark."""
    found = LINE_END.search(text, at)
    stop, end = found.span() if found else (len(text), len(text))
    line = text[at:stop]
    if dialect.quote not in line:
        return Record(cells=dialect.splits(line), end=end)
    strict = _strict(text, at, dialect)
    if not isinstance(strict, int):
        swallows = strict.end > end and _swallows(strict.cells, dialect, width)
        return replace(_repaired(line, end, dialect, width), reach=strict.end) if swallows else strict
    if wait and dialect.open_cell.match(text, strict):
        return None
    return _repaired(line, end, dialect, width)


def _strict(text: str, at: int, dialect: Dialect) -> Record | int:
    """The record that begins there, or the place of the first cell that is not as RFC 4180 has it."""
    cells: list[str] = []
    while cell := dialect.strict_cell.match(text, at):
        quoted, plain, after = cell.groups()
        cells.append(plain if quoted is None else quoted.replace(dialect.quote * 2, dialect.quote))
        at = cell.end()
        if after != dialect.delimiter:
            return Record(cells=cells, end=at)
    return at


def _swallows(cells: Sequence[str], dialect: Dialect, width: int | None) -> bool:
    """Whether a record fits the header only because a quotation mark in its first line was never closed."""
    return len(cells) == width and any(holds_rows(c, index, width, dialect) for index, c in enumerate(cells))


def holds_rows(cell: str, index: int, width: int, dialect: Dialect) -> bool:
    """Whether a cell is made of other rows, since a quotation mark was never closed.

    Such a cell ends where the next quotation mark or the file does: its first line then holds the rest of its own
    row, its last line the beginning of another one, as far as the same column.

    Args:
        cell: Its text.
        index: Of its column.
        width: How many cells a row has.
        dialect: How the text sets them apart.
    """
    lines = LINE_END.split(cell.strip("\r\n"))
    if len(lines) < 2 or width < 2:
        return False
    counts = [line.count(dialect.delimiter) for line in lines]
    after = width - 1 - index
    if dialect.quote in cell:
        return counts[0] >= after and counts[-1] >= index
    if width > _FEW and counts == [after, *[width - 1] * (len(lines) - 2), index]:
        return True  # closed by a stray mark in the same column
    # In the last column the mark may be one at the end of a line, which leaves no trace in the cell.
    return after == 0 and width > 2 and counts == [0] + [index] * (len(lines) - 1)


def _repaired(line: str, end: int, dialect: Dialect, width: int | None) -> Record:
    escaped, bare = dialect.lenient_cells
    if f"\\{dialect.quote}" in line:
        cells = _lenient(line, escaped, dialect)
        if cells and _fits(cells, width):
            unescaped = [cell.replace(f"\\{dialect.quote}", dialect.quote) for cell in cells]
            return Record(cells=unescaped, end=end, oddity=Oddity.REPAIRED)
    cells = _lenient(line, bare, dialect)
    if cells and _fits(cells, width):
        return Record(cells=cells, end=end, oddity=Oddity.REPAIRED)
    oddity = Oddity.UNCLOSED if line.count(dialect.quote) % 2 else Oddity.BROKEN
    return Record(cells=dialect.splits(line), end=end, oddity=oddity)


def _fits(cells: Sequence[str], width: int | None) -> bool:
    return width is None or (len(cells) >= width and not any(cell.strip() for cell in cells[width:]))


def _lenient(line: str, pattern: re.Pattern[str], dialect: Dialect) -> list[str] | None:
    """The line's cells, unless some are quoted in a way that leaves open where they end."""
    cells: list[str] = []
    at = 0
    while cell := pattern.match(line, at):
        quoted, after_quoted, plain, after_plain = cell.groups()
        cells.append(plain if quoted is None else quoted.replace(dialect.quote * 2, dialect.quote))
        at = cell.end()
        if dialect.delimiter not in (after_quoted, after_plain):
            return cells
    return None
