"""Which sheets of a workbook are read: those asked for, else the visible one that names fields.

May import `header`, `workbooks`, `model` and `errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import Code, ConfigurationError, SeveralSheets, SourceError
from pipeline.intake.readers.header import WITHIN_ROWS, Header, NamesFields, find_header
from pipeline.intake.readers.workbooks.extract import Sheet
from pipeline.model.counts import counted
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import Notice
from pipeline.model.sources import INSTRUCTIONS_SHEET

ALL = "all"
"""Instead of a sheet's name: every visible one that names fields."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The sheets that are read.

    Attributes:
        sheets: With the header of each, in the order of their tabs or as they were asked for.
        notices: What was decided, and what is left out.
    """

    sheets: tuple[tuple[Sheet, Header], ...]
    notices: tuple[Notice, ...]


def choose_sheets(
    label: str, sheets: Sequence[Sheet], wanted: Sequence[str], header_row: int | None, names_fields: NamesFields
) -> Choice:
    """Decides which sheets are read.

    Args:
        label: The workbook, for messages.
        sheets: All its sheets.
        wanted: What the person asked for: names, numbers, or `all`.
        header_row: The row of the headers, if the person gave it.
        names_fields: Counts the fields that a row names.

    Raises:
        SourceError: A sheet holds no header, or cannot be read.
        ConfigurationError: There is no such sheet.
        SeveralSheets: Several fit and none was asked for.
    """
    headers = {one.number: _header(one, header_row, names_fields) for one in sheets}
    to_choose = [one for one in sheets if one.name != INSTRUCTIONS_SHEET] or sheets
    chosen = _wanted(label, sheets, wanted, headers) if wanted else [_fitting(label, to_choose, headers)]
    found = [(one, _demanded(label, one, headers[one.number], header_row)) for one in chosen]
    return Choice(sheets=tuple(found), notices=tuple(_notices(to_choose, chosen, headers, wanted)))


def _header(sheet: Sheet, header_row: int | None, names_fields: NamesFields) -> Header | None:
    return find_header(sheet.head(max(WITHIN_ROWS, header_row or 0)), names_fields, header_row)


def _demanded(label: str, sheet: Sheet, header: Header | None, header_row: int | None) -> Header:
    if not sheet.readable:
        message = f"{label}: sheet {sheet.name!r} cannot be read (it is damaged)."
        raise SourceError(Code.SHEET_DAMAGED, message, source=label, sheet=sheet.name)
    if header is None:
        where = f"row {header_row} of sheet {sheet.name!r}" if header_row else f"sheet {sheet.name!r}"
        message = f"{label}: no header was found in {where}."
        raise SourceError(Code.SHEET_HEADER_NOT_FOUND, message, source=label, sheet=sheet.name, header_row=header_row)
    return header


def _wanted(
    label: str, sheets: Sequence[Sheet], wanted: Sequence[str], headers: dict[int, Header | None]
) -> list[Sheet]:
    found: dict[int, Sheet] = {}
    for one in wanted:
        for sheet in _named(label, sheets, one, headers):
            found.setdefault(sheet.number, sheet)
    return list(found.values())


def _named(label: str, sheets: Sequence[Sheet], wanted: str, headers: dict[int, Header | None]) -> list[Sheet]:
    """The sheet of that name, else of that number; `all` where no sheet is called so."""
    by_name = [one for one in sheets if one.name == wanted]
    if by_name:
        return by_name[:1]
    if wanted.isdecimal() and wanted.isascii() and 1 <= int(wanted) <= len(sheets):
        return [sheets[int(wanted) - 1]]
    if wanted.lower() == ALL:
        visible = [one for one in sheets if one.visible and one.rows and one.name != INSTRUCTIONS_SHEET]
        return _plain(visible, headers) or visible or list(sheets[:1])
    there = {str(one.number): one.name for one in sheets}
    raise ConfigurationError(
        Code.SHEET_UNKNOWN, f"{label}: has no sheet {wanted!r}.", source=label, sheet=wanted, sheets=there
    )


def _plain(sheets: Sequence[Sheet], headers: dict[int, Header | None]) -> list[Sheet]:
    """Those that name fields; one that names far fewer than another, as a list of allowed values does, is none."""
    named = {one.number: header.named for one in sheets if (header := headers[one.number]) and header.plain}
    return [one for one in sheets if one.number in named and 2 * named[one.number] >= max(named.values())]


def _fitting(label: str, sheets: Sequence[Sheet], headers: dict[int, Header | None]) -> Sheet:
    """The sheet that is meant where none was asked for: a visible one comes before a hidden one."""
    if not sheets:
        raise SourceError(Code.WORKBOOK_WITHOUT_SHEETS, f"{label}: the workbook has no sheets.", source=label)
    visible = [one for one in sheets if one.visible and one.rows]
    candidates = visible or [one for one in sheets if one.rows]
    plain = _plain(candidates, headers)
    plain = [one for one in plain if _has_rows(one, headers[one.number])] or plain
    if len(plain) > 1:
        raise SeveralSheets(label, {one.number: one.name for one in plain})
    if plain:
        return plain[0]
    unreadable = [one for one in sheets if one.visible and not one.readable]
    return (unreadable or candidates or list(sheets))[0]


def _has_rows(sheet: Sheet, header: Header | None) -> bool:
    """Whether anything stands below a sheet's header."""
    return header is not None and sheet.rows > len(header.above) + 1


def _listed(sheets: Sequence[Sheet]) -> str:
    return ", ".join(f"{one.number} {one.name!r}" for one in sheets)


def _notices(
    sheets: Sequence[Sheet], chosen: Sequence[Sheet], headers: dict[int, Header | None], wanted: Sequence[str]
) -> list[Notice]:
    notices: list[Notice] = []
    if not wanted and chosen[0] is not sheets[0]:
        (one,) = chosen
        what = f"{'' if one.visible else 'hidden '}sheet {one.name!r}"
        message = f"{what} was taken: it is the {_reason(sheets, one, headers)}"
        notices.append(Notice(code=FindingCode.SHEET_CHOSEN, message=message))
    left_out = [_described(one) for one in sheets if one not in chosen and (one.rows or not one.readable)]
    if left_out:
        by_name = bool(wanted) and all(one.lower() != ALL for one in wanted)
        message = f"not imported: {', '.join(left_out)}"
        notices.append(Notice(code=FindingCode.SHEETS_LEFT_OUT, message=message, asked_for=by_name))
    better = None if wanted else _better(sheets, chosen, headers)
    if better:
        message = f"{'' if better.visible else 'hidden '}sheet {better.name!r} names fields"
        notices.append(Notice(code=FindingCode.SHEET_THAT_FITS, message=message, value=better.name))
    return notices


def _better(sheets: Sequence[Sheet], chosen: Sequence[Sheet], headers: dict[int, Header | None]) -> Sheet | None:
    """A sheet that names fields, where those chosen name none, or far fewer, or have no rows."""
    plain = _plain(sheets, headers)
    if not any(one in plain for one in chosen):
        return next(iter(plain), None)
    if any(_has_rows(one, headers[one.number]) for one in chosen):
        return None
    return next((one for one in plain if _has_rows(one, headers[one.number])), None)


def _reason(sheets: Sequence[Sheet], one: Sheet, headers: dict[int, Header | None]) -> str:
    if not any(other.rows for other in sheets if other is not one):
        return "only one that holds anything"
    if one not in _plain(sheets, headers):
        return "first one that holds anything"
    plain = _plain(sheets, headers)
    if any(other.visible and other is not one for other in plain):
        return "only one with rows below its header"
    return "only one that names fields" if len(plain) == 1 else "only visible one that names fields"


def _described(sheet: Sheet) -> str:
    what = f"{'' if sheet.visible else 'hidden '}sheet {sheet.name!r}"
    if not sheet.readable:
        return f"{what} (cannot be read)"
    return f"{what} ({counted(sheet.rows, 'row')})"
