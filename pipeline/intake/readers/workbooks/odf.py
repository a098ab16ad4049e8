"""OpenDocument (`.ods`): what is hidden in each sheet, how far it reaches, what must be marked in its cells.

May import `marks`, `ooxml` (for what both formats share) and `scan`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from pipeline.intake.readers.workbooks import marks
from pipeline.intake.readers.workbooks.ooxml import Layout, column_letters, far_cell, ranges
from pipeline.intake.readers.workbooks.scan import Patterns, damaged

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTENT = "content.xml"

_FILLED = r"<table:(covered-)?table-cell[^>]*[^/]>"
_MANY = r'-repeated="[0-9]{3,}"'
_NAMED = {
    # Attributes behind a formula, none of which says what it came to.
    "unstored": r'table:formula="[^"]*"(\s(table|calcext|xml):[\w-]+="[^"]*")*\s*/?>',
    "error": r'calcext:value-type="error"',
    "time": r"office:time-value=",
    "large": r'office:value="-?([0-9]{16,}|[0-9.]+[Ee]\+?(1[5-9]|01[5-9]|[2-9][0-9]))',
    "break": r"<text:(tab|line-break)",
    # A number that is shown with leading zeros: its format says so, and it means what it shows.
    "padded": r'office:value="[0-9]+"[^>]*>\s*<text:p>0[0-9]+</text:p>',
    # fastexcel refuses a document with blanks between its cells.
    "indented": r">\s+</?table:",
    "hidden": r'table:visibility="(collapse|filter)"',
    "merged": r'table:number-(columns|rows)-spanned="([2-9]|[0-9]{2,})"',
    # Cells that are repeated or stand behind a gap; every document ends in blank rows and cells that are repeated.
    "repeated": (
        rf"columns{_MANY}[^>]*[^/]>|columns{_MANY}[^>]*/>\s*{_FILLED}|columns{_MANY}[^>]*office:value"
        rf"|rows{_MANY}[^>]*>\s*(<table:(covered-)?table-cell[^>]*/>\s*)*{_FILLED}"
    ),
}
PATTERNS = (Patterns(sieve="|".join(f"({one})" for one in _NAMED.values()), named=_NAMED),)
"""What to look for in the document's content."""

TO_MARK = frozenset({"unstored", "error", "time", "large", "break", "padded", "indented"})
"""What is marked before fastexcel reads the document."""

TO_WALK = frozenset({"hidden", "merged", "repeated"})
"""What only a walk through the document tells of each sheet."""

# -- marking -----------------------------------------------------------------------------------------------------

_ATTRIBUTE = re.compile(rb'\s([\w:-]+)="([^"]*)"')
_START = re.compile(
    rb'<table:((?:covered-)?table-cell)((?:\s[\w:-]+="[^"]*")*)\s*(/?)>(?:(?=\s*<text:p>(0[0-9]+)</text:p>))?'
)
_BETWEEN_CELLS = re.compile(rb"(?<=>)\s+(?=</?(?:table:|text:p[ />]))")
_TIME = re.compile(rb"-?PT(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:[.,]([0-9]+))?S)?")
_VALUES = (b"office:value", b"office:string-value", b"office:time-value", b"office:value-type", b"office:boolean-value")
_EXACT_DIGITS = 15


def marked(xml: bytes) -> bytes:
    """The document's content with marks in place of what fastexcel would pass over or round."""
    xml = re.sub(rb"<text:tab\s*/>", b"\t", xml)
    xml = re.sub(rb"<text:line-break\s*/>", b"\n", xml)
    xml = _BETWEEN_CELLS.sub(b"", xml)
    return _START.sub(_marked_cell, xml)


def _marked_cell(cell: re.Match[bytes]) -> bytes:
    attributes: dict[bytes, bytes] = dict(_ATTRIBUTE.findall(cell.group(2)))
    kind = attributes.get(b"office:value-type")
    if attributes.get(b"calcext:value-type") == b"error":
        return _error_cell(cell, attributes)
    if kind is None and b"table:formula" in attributes:
        return _text_cell(cell, attributes, marks.UNSTORED.encode())
    if kind == b"time":
        return _text_cell(cell, attributes, _time(attributes.get(b"office:time-value", b"")))
    if kind == b"float" and cell.group(4) and cell.group(4).lstrip(b"0") == attributes.get(b"office:value"):
        return _text_cell(cell, attributes, cell.group(4))
    if kind == b"float" and (exact := _exact(attributes.get(b"office:value", b""))):
        return _text_cell(cell, attributes, exact)
    return cell.group(0)


def _text_cell(cell: re.Match[bytes], attributes: Mapping[bytes, bytes], text: bytes) -> bytes:
    """The start of a cell that holds that text, whatever it shows."""
    name, closed = cell.group(1, 3)
    kept = _without_value(attributes)
    return b'<table:%s%s office:value-type="string" office:string-value="%s"%s>' % (name, kept, text, closed)


def _error_cell(cell: re.Match[bytes], attributes: Mapping[bytes, bytes]) -> bytes:
    """The start of a cell whose text is a mark and then the error that it shows."""
    name, closed = cell.group(1, 3)
    if closed:
        return _text_cell(cell, attributes, marks.ERROR.encode())
    kept = _without_value(attributes)
    return b'<table:%s%s office:value-type="string"><text:p>%s</text:p>' % (name, kept, marks.ERROR.encode())


def _without_value(attributes: Mapping[bytes, bytes]) -> bytes:
    return b"".join(b' %s="%s"' % item for item in attributes.items() if item[0] not in _VALUES)


def _time(value: bytes) -> bytes:
    """A duration as the time of day that a clock shows; longer than a day, as the hours that have gone by."""
    found = _TIME.fullmatch(value)
    if not found:
        return value
    hours, minutes, seconds = (int(one or 0) for one in found.groups()[:3])
    fraction = (found.group(4) or b"").rstrip(b"0")
    return b"%02d:%02d:%02d%s" % (hours, minutes, seconds, b"." + fraction if fraction else b"")


def _exact(value: bytes) -> bytes | None:
    try:
        number = Decimal(value.decode())
    except (InvalidOperation, UnicodeDecodeError):
        return None
    return f"{number:f}".encode() if _EXACT_DIGITS <= number.adjusted() < 400 else None


# -- a walk through the sheets -----------------------------------------------------------------------------------


def walk(xml: bytes, most_cells: int) -> dict[str, Layout]:
    """What is to be said about each sheet, by its name.

    Raises:
        UnreadableError: A sheet reaches too far to be read, or the content is damaged.
    """
    walker = _Walker(most_cells)
    parser: Any = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = walker.start
    parser.EndElementHandler = walker.end
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise damaged("its content is damaged") from error
    return walker.found


class _Walker:
    """Counts rows and columns, repeated ones included."""

    def __init__(self, most_cells: int) -> None:
        self.found: dict[str, Layout] = {}
        self._most_cells = most_cells
        self._depth = 0
        self._sheet = ""
        self._hidden: list[int] = []
        self._row = self._rows = self._column = self._columns = self._cells = 0
        self._widest = self._lowest = (0, 0)
        self._filled = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "table:table":
            self._depth += 1
            if self._depth == 1:
                self._begin_sheet(attributes.get("table:name", ""))
        elif self._depth == 1 and name in _HANDLED:
            _HANDLED[name](self, attributes)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "table:table":
            self._depth -= 1
            if self._depth == 0 and self._sheet in self.found:
                self.found[self._sheet].hidden_rows.extend(ranges(self._hidden))
        elif name in {"table:table-cell", "table:covered-table-cell"} and self._filled and self._depth == 1:
            self._fill()

    def _begin_sheet(self, name: str) -> None:
        self._sheet = name
        self.found[name] = Layout()
        self._hidden = []
        self._row = self._rows = self._column = self._columns = self._cells = 0
        self._widest = self._lowest = (0, 0)

    def column(self, attributes: dict[str, str]) -> None:
        """A column, or several alike."""
        first = self._columns + 1
        self._columns += _repeated(attributes, "columns")
        if attributes.get("table:visibility") in _HIDDEN:
            self.found[self._sheet].hidden_columns.append((first, self._columns))

    def row(self, attributes: dict[str, str]) -> None:
        """A row, or several alike."""
        self._row += self._rows
        self._rows = _repeated(attributes, "rows")
        self._column, self._cells = 0, 0
        visibility = attributes.get("table:visibility")
        if visibility == "filter":
            self.found[self._sheet] = _filtered(self.found[self._sheet])
        if visibility in _HIDDEN and self._rows < _FILLER_ROWS:
            self._hidden += range(self._row + 1, self._row + self._rows + 1)

    def cell(self, attributes: dict[str, str]) -> None:
        """A cell, or several alike."""
        self._column += self._cells
        self._cells = _repeated(attributes, "columns")
        self._filled = "office:value-type" in attributes
        spans = [attributes.get(f"table:number-{one}-spanned", "1") for one in ("columns", "rows")]
        if spans != ["1", "1"]:
            self.found[self._sheet].merged.append(_reference(self._row + 1, self._column + 1, spans))

    def text(self, _attributes: dict[str, str]) -> None:
        """Some text in a cell."""
        self._filled = True

    def _fill(self) -> None:
        self._filled = False
        row, column = self._row + self._rows, self._column + self._cells
        self._widest, self._lowest = max(self._widest, (column, row)), max(self._lowest, (row, column))
        if self._widest[0] * self._lowest[0] > self._most_cells:
            raise far_cell(self._sheet, self._widest[::-1], self._lowest)


_HIDDEN = frozenset({"collapse", "filter"})
_FILLER_ROWS = 100_000
_HANDLED = {
    "table:table-column": _Walker.column,
    "table:table-row": _Walker.row,
    "table:table-cell": _Walker.cell,
    "table:covered-table-cell": _Walker.cell,
    "text:p": _Walker.text,
}


def _repeated(attributes: Mapping[str, str], what: str) -> int:
    count = attributes.get(f"table:number-{what}-repeated", "1")
    return int(count) if count.isdecimal() else 1


def _filtered(layout: Layout) -> Layout:
    return replace(layout, filtered=True)


def _reference(row: int, column: int, spans: list[str]) -> str:
    columns, rows = (int(one) if one.isdecimal() else 1 for one in spans)
    return f"{column_letters(column)}{row}:{column_letters(column + columns - 1)}{row + rows - 1}"
