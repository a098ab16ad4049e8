"""Office Open XML (`.xlsx` and its kin): which part is which sheet, what is hidden in it, what must be marked.

Works on the bytes of the parts with regular expressions: a parser in Python would take longer than all the rest.
May import `marks`, `number_formats`, `scan` and `package`.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from pipeline.errors import Code
from pipeline.intake.readers.workbooks import marks
from pipeline.intake.readers.workbooks.number_formats import padded_styles, shown
from pipeline.intake.readers.workbooks.package import UnreadableError
from pipeline.intake.readers.workbooks.scan import Patterns, Scan, damaged

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zipfile import ZipFile

BOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"

_P = r"<(\w+:)?"
_END = r"</(\w+:)?"
_ERROR = r"#(N(U[^LM]|[^/AU])|[^NDRV])"
_LARGE = r"-?([0-9]{16,}|[0-9.]+[Ee]\+?(1[5-9]|[2-9][0-9]|[0-9]{3}))"
_MOMENT = r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
_NAMED = {
    "calculated": rf"({_END}f>|{_P}f [^>]*/>)\s*{_P}v>[^<]",
    "unstored": rf"({_END}f>|{_P}f( [^>]*)?/>)\s*({_P}v\s*/>|{_P}v>\s*</|{_END}c>)",
    # Errors that came after the seven of old; fastexcel refuses a sheet that holds one.
    "error": rf"{_P}v>{_ERROR}",
    "large": rf"{_P}v>{_LARGE}</",
    "moment": rf"{_P}[tv]( [^>]*)?>{_MOMENT}",
    "hidden": rf'{_P}row [^>]*hidden="(1|true)"',
}
_WIDE = r' r="[A-Z]{2,3}[0-9]'
PATTERNS = (
    Patterns(
        sieve=rf"</?(\w+:)?(f[ />]|row [^>]*hidden=|v>({_ERROR}|{_LARGE}</)|[tv]( [^>]*)?>{_MOMENT})",
        named=_NAMED,
    ),
    Patterns(sieve=_WIDE, named={"wide": _WIDE, "far": r' r="[A-Z]{3}[0-9]'}),
)
"""What to look for in the part of a sheet, and in the shared strings."""

TO_MARK = frozenset({"unstored", "error", "large"})
"""What is marked before fastexcel reads the sheet."""


@dataclass(frozen=True, kw_only=True)
class SheetPart:
    """A sheet as the workbook lists it.

    Attributes:
        name: What its tab says.
        part: The archive's entry that holds its cells, if it is a sheet of cells.
    """

    name: str
    part: str | None


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What a sheet's part says beside its cells. Rows and columns count from 1.

    Attributes:
        hidden_rows: Ranges of hidden rows, first and last.
        hidden_columns: Ranges of hidden columns.
        filtered: Whether a filter hides rows.
        merged: References of merged cells.
        uncalculated: Whether the values of its formulas are none that a spreadsheet program has calculated.
    """

    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    filtered: bool = False
    merged: list[str] = field(default_factory=list)
    uncalculated: bool = False


def sheet_parts(archive: ZipFile) -> list[SheetPart]:
    """The sheets in the order of their tabs.

    Raises:
        UnreadableError: The list is missing or damaged.
    """
    try:
        listed = elements(archive.read(BOOK), "sheet")
        relations = {r["Id"]: r for r in elements(archive.read(RELATIONS), "Relationship")}
        return [SheetPart(name=s["name"], part=_part(relations[relation_of(s)])) for s in listed]
    except (KeyError, StopIteration, expat.ExpatError) as error:
        raise damaged("its list of sheets is missing or damaged") from error


def wants_calculation(archive: ZipFile) -> bool:
    """Whether the workbook asks to be calculated when it is opened, as files do that no spreadsheet program wrote."""
    properties = elements(archive.read(BOOK), "calcPr")
    return any(one.get("fullCalcOnLoad") in {"1", "true"} for one in properties)


def formats_that_pad(archive: ZipFile) -> dict[int, str]:
    """Styles whose numbers are shown with more than their digits: the style's number, and its format."""
    try:
        styles = archive.read(_STYLES)
        formats = {one["numFmtId"]: one["formatCode"] for one in elements(styles, "numFmt", within="numFmts")}
        used = [one.get("numFmtId", "") for one in elements(styles, "xf", within="cellXfs")]
    except (KeyError, expat.ExpatError):  # there are none, or fastexcel will say what is wrong with them
        return {}
    return padded_styles(formats, used)


def relation_of(sheet: Mapping[str, str]) -> str:
    """The identifier under which the workbook's list of parts has a sheet."""
    return next(value for name, value in sheet.items() if name.endswith(":id"))


def _part(relation: Mapping[str, str]) -> str | None:
    if not relation["Type"].endswith("/worksheet"):
        return None
    return posixpath.normpath(posixpath.join("/xl", relation["Target"])).removeprefix("/")


def elements(xml: bytes, name: str, *, within: str | None = None) -> list[dict[str, str]]:
    """Attributes of a small part's elements of that name; only of those right in another one, if that is named."""
    found: list[dict[str, str]] = []
    around: list[str] = [""]

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == name and within in {None, around[-1]}:
            found.append(attributes)
        around.append(tag.rpartition(":")[2])

    parser: Any = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: around.pop()
    parser.Parse(xml, True)
    return found


# -- what stands beside the cells --------------------------------------------------------------------------------

_HIDDEN = re.compile(rb'\shidden="(?:1|true)"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?hidden="(?:1|true)"[^>]*>')
_FILTERS = re.compile(rb'filterMode="(?:1|true)"|<(?:\w+:)?filterColumn[ >]')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z0-9:]+)"')


def layout(archive: ZipFile, part: str, scan: Scan, *, calculate: bool) -> Layout:
    """What is to be said about a sheet.

    Args:
        archive: The workbook.
        part: The sheet's entry.
        scan: What was seen of it.
        calculate: Whether the workbook asks to be calculated.
    """
    head, tail = scan.head.partition(b"sheetData")[0], scan.tail.rpartition(b"sheetData")[2]
    columns = [one for one in _COLUMN.findall(head) if _HIDDEN.search(one)]
    rows = _ROW.findall(archive.read(part)) if "hidden" in scan.seen else []
    return Layout(
        hidden_rows=ranges([_number(one, b"r") for one in rows]),
        hidden_columns=[(_number(one, b"min"), _number(one, b"max")) for one in columns],
        filtered=bool(_FILTERS.search(head) or _FILTERS.search(tail)),
        merged=[one.decode() for one in _MERGED.findall(tail)],
        uncalculated=calculate and "calculated" in scan.seen,
    )


def _number(tag: bytes, name: bytes) -> int:
    found = re.search(rb"\s" + name + rb'="([0-9]{1,7})"', tag)
    return int(found.group(1)) if found else 0


def ranges(numbers: list[int]) -> list[tuple[int, int]]:
    """Ascending numbers as first and last of those that follow each other."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        elif number:
            found.append((number, number))
    return found


# -- how far a sheet reaches -------------------------------------------------------------------------------------

_DIMENSION = re.compile(rb'<(?:\w+:)?dimension\s[^>]*?ref="[A-Z]*[0-9]*:?([A-Z]+)([0-9]+)"')
_LAST_ROWS = re.compile(rb'<(?:\w+:)?(?:row|c)\s[^>]*?\br="[A-Z]{0,3}([0-9]{1,7})"')
_WIDE_REFERENCE = re.compile(rb' r="([A-Z]{2,3})[0-9]')
_FILLED_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*?(?<!/)>')
_COLUMNS_OF_ONE_LETTER, _COLUMNS_OF_TWO_LETTERS = 26, 702


def refuse_absurd_extent(archive: ZipFile, sheet: SheetPart, scan: Scan, most_cells: int) -> None:
    """Refuses a sheet whose cells lie so far apart that all between them could not be held.

    The size that the sheet declares is believed where it can be true; else its cells are looked at.

    Raises:
        UnreadableError: There is such a cell; it is named.
    """
    declared = _DIMENSION.search(scan.head)
    columns = column_number(declared.group(1).decode()) if declared else 0
    last = _LAST_ROWS.findall(scan.tail)[-1:]
    rows = max([int(declared.group(2)) if declared else 0, *(int(one) for one in last)])
    if columns < _least_columns(scan.seen):
        columns = _widest_reference(archive, sheet) if "wide" in scan.seen else _COLUMNS_OF_ONE_LETTER
    if rows * columns > most_cells:
        _refuse_far_cell(archive, sheet, most_cells)


def _least_columns(seen: frozenset[str]) -> int:
    """How many columns a sheet has at least, by the letters of its cells' references."""
    if "far" in seen:
        return _COLUMNS_OF_TWO_LETTERS + 1
    return _COLUMNS_OF_ONE_LETTER + 1 if "wide" in seen else 1


def _widest_reference(archive: ZipFile, sheet: SheetPart) -> int:
    letters = set(_WIDE_REFERENCE.findall(archive.read(sheet.part or "")))
    return max(column_number(one.decode()) for one in letters)


def _refuse_far_cell(archive: ZipFile, sheet: SheetPart, most_cells: int) -> None:
    widest, lowest = (0, 0), (0, 0)
    for letters, digits in _FILLED_CELL.findall(archive.read(sheet.part or "")):
        cell = (column_number(letters.decode()), int(digits))
        widest, lowest = max(widest, cell), max(lowest, cell[::-1])
    if widest[0] * lowest[0] > most_cells:
        raise far_cell(sheet.name, widest[::-1], (lowest[0], lowest[1]))


def far_cell(sheet: str, widest: tuple[int, int], lowest: tuple[int, int]) -> UnreadableError:
    """What is said of a sheet that reaches too far.

    Args:
        sheet: Its name.
        widest: Row and column of its cell furthest to the right.
        lowest: Row and column of its lowest cell.
    """
    cells = " and ".join(dict.fromkeys(f"{column_letters(c)}{r}" for r, c in (widest, lowest)))
    what = f"sheet {sheet!r} reaches to cell {cells}: {widest[1] * lowest[0]:,} cells, too many to read"
    return UnreadableError(Code.WORKBOOK_FAR_CELL, what, sheet=sheet, cells=cells)


def column_number(letters: str) -> int:
    """From 1, for a column's letters: A to Z, then AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """The letters of a column, counted from 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


# -- marking -----------------------------------------------------------------------------------------------------

_TYPE = re.compile(rb'\st="(\w*)"')
_ROOT = re.compile(rb"<(\w+:)?worksheet[ >]")


def marked(seen: frozenset[str], padded: Mapping[int, str], xml: bytes) -> bytes:
    """A sheet's part with marks in place of what fastexcel would refuse, pass over or round.

    Args:
        seen: Which patterns occur in it.
        padded: `formats_that_pad`: cells of these styles hold what they show.
        xml: The part.
    """
    root = _ROOT.search(xml)
    p = (root.group(1) if root and root.group(1) else b"").decode()
    cell, formula = rf"<{p}c((?:\s[^>]*)?)>\s*", rf"<{p}f(?:\s[^>]*)?(?:/>|>[^<]*</{p}f>)\s*"
    if "unstored" in seen:
        empty = rf"{cell}{formula}(<{p}v\s*/>|<{p}v>\s*</{p}v>)?\s*</{p}c>"
        xml = re.sub(empty.encode(), lambda m: _unstored(m, p), xml)
    if "error" in seen:
        error = rf'(<{p}c(?:\s[^>]*)?)\st="e"([^>]*>\s*(?:{formula})?<{p}v>)(?=#)'
        xml = re.sub(error.encode(), rb'\1 t="str"\2' + marks.ERROR.encode(), xml)
    if "large" in seen:
        number = rf"{cell}(?:{formula})?<{p}v>(-?[0-9]+(?:\.[0-9]+)?(?:[Ee]\+?[0-9]+)?)</{p}v>\s*</{p}c>"
        xml = re.sub(number.encode(), lambda m: _exact(m, p), xml)
    if padded:
        whole = rf"{cell}(?:{formula})?<{p}v>([0-9]+)(?:\.0+)?</{p}v>\s*</{p}c>"
        xml = re.sub(whole.encode(), lambda m: _as_shown(m, padded, p), xml)
    return xml


def _unstored(cell: re.Match[bytes], prefix: str) -> bytes:
    """Marks a formula that has no value; one whose stored value is the empty text has one."""
    attributes, value = cell.groups()
    kind = _TYPE.search(attributes)
    if value is not None and kind and kind.group(1) == b"str":
        return cell.group(0)
    return _text_cell(attributes, marks.UNSTORED.encode(), prefix)


_MOST_DIGITS = 400
_EXACT_DIGITS = 15


def _exact(cell: re.Match[bytes], prefix: str) -> bytes:
    """Writes a number with more digits than fastexcel keeps as text, digit by digit."""
    attributes, text = cell.groups()
    kind = _TYPE.search(attributes)
    number = Decimal(text.decode())
    if (kind and kind.group(1) != b"n") or not _EXACT_DIGITS <= number.adjusted() < _MOST_DIGITS:
        return cell.group(0)
    return _text_cell(attributes, f"{number:f}".encode(), prefix)


_STYLE = re.compile(rb'\ss="([0-9]{1,5})"')


def _as_shown(cell: re.Match[bytes], padded: Mapping[int, str], prefix: str) -> bytes:
    """Writes a whole number as the text that its format shows."""
    attributes, digits = cell.groups()
    kind, style = _TYPE.search(attributes), _STYLE.search(attributes)
    code = padded.get(int(style.group(1))) if style else None
    if code is None or (kind and kind.group(1) != b"n") or len(digits) > _EXACT_DIGITS:
        return cell.group(0)
    return _text_cell(attributes, escape(shown(int(digits), code)).encode(), prefix)


def _text_cell(attributes: bytes, text: bytes, prefix: str) -> bytes:
    p = prefix.encode()
    return b'<%sc%s t="str"><%sv>%s</%sv></%sc>' % (p, _TYPE.sub(b"", attributes), p, text, p, p)
