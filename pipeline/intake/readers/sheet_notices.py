"""What is said of the sheet that is read: what stands around its table, what is hidden in it, what has no header.

May import `header`, `workbooks` and `model`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.intake.readers.header import Header
from pipeline.intake.readers.workbooks.extract import Range, Sheet
from pipeline.intake.readers.workbooks.ooxml import column_letters, column_number
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import Notice

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_NAMED = 5
"""So many rows, columns or cells are named in one notice; of the rest, how many they are."""

_REFERENCE = re.compile(r"([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)")


def sheet_notices(sheet: Sheet, header: Header) -> list[Notice]:
    """What a person should know of the sheet before its rows are sent."""
    found = (
        _hidden_rows(sheet, header),
        _hidden_columns(sheet, header),
        _merged(sheet, header),
        _uncalculated(sheet),
        *_nameless_columns(sheet, header),
    )
    return [one for one in found if one]


def _named(items: Sequence[str]) -> str:
    """A list that stays short."""
    shown = ", ".join(items[:_MOST_NAMED])
    return shown if len(items) <= _MOST_NAMED else f"{shown} … ({len(items):,} in all)"


def _hidden_rows(sheet: Sheet, header: Header) -> Notice | None:
    if not sheet.hidden_rows:
        return None
    hidden = list(_within(_rows_below(sheet, header), sheet.hidden_rows))
    if not hidden:
        return None
    by = "by a filter; they are" if sheet.filtered else "and are"
    message = f"rows are hidden {by} imported like the others: {_named([str(row) for row in hidden])}"
    return Notice(code=FindingCode.HIDDEN_ROWS, message=message, row=hidden[0])


def _rows_below(sheet: Sheet, header: Header) -> Iterator[int]:
    for rows, _ in sheet.batches():
        yield from (row for row in rows if row > header.row)


def _within(numbers: Iterable[int], ranges: Sequence[Range]) -> Iterator[int]:
    """Those of ascending numbers that lie in one of ascending ranges."""
    at = iter(ranges)
    current = next(at, None)
    for number in numbers:
        while current is not None and current[1] < number:
            current = next(at, None)
        if current is None:
            return
        if number >= current[0]:
            yield number


def _hidden_columns(sheet: Sheet, header: Header) -> Notice | None:
    columns = [sheet.first_column + 1 + index for index, name in enumerate(header.cells) if name]
    hidden = [column_letters(column) for column in _within(columns, sorted(sheet.hidden_columns))]
    if not hidden:
        return None
    message = f"columns are hidden and are imported like the others: {_named(hidden)}"
    return Notice(code=FindingCode.HIDDEN_COLUMNS, message=message, row=header.row)


def _merged(sheet: Sheet, header: Header) -> Notice | None:
    """Merged cells of the table: a person sees their value in each of the rows, the file has it in the first.

    Those that begin in the header, or above it, show a name in each of the rows, and no value.
    """
    last = max(index for index, name in enumerate(header.cells) if name) + sheet.first_column + 1
    found = [one for one in sheet.merged if _in_table(one, header.row, last)]
    if not found:
        return None
    message = f"merged cells count by their first cell, the others are blank: {_named(found)}"
    return Notice(code=FindingCode.MERGED_CELLS, message=message, row=header.row)


def _in_table(reference: str, header_row: int, last_column: int) -> bool:
    found = _REFERENCE.fullmatch(reference)
    return found is not None and int(found.group(2)) > header_row and column_number(found.group(1)) <= last_column


def _uncalculated(sheet: Sheet) -> Notice | None:
    if not sheet.uncalculated:
        return None
    message = (
        "the program that wrote the workbook left its formulas to be calculated: their values may be missing or old; "
        "open it in a spreadsheet program and save it"
    )
    return Notice(code=FindingCode.FORMULAS_NOT_CALCULATED, message=message)


def _nameless_columns(sheet: Sheet, header: Header) -> Iterator[Notice]:
    """Columns that hold values below a blank header."""
    first: dict[int, tuple[int, str]] = {}
    count = 0
    for rows, columns in sheet.batches():
        count = len(columns)
        nameless = [i for i in range(count) if i not in first and not (i < len(header.cells) and header.cells[i])]
        for index in nameless:
            found = _first_filled(rows, columns[index], header.row)
            if found:
                first[index] = found
    if first:
        letters = _named([column_letters(sheet.first_column + 1 + index) for index in sorted(first)])
        row, value = first[min(first)]
        message = f"columns without a header are not imported: {letters}"
        yield Notice(code=FindingCode.COLUMNS_WITHOUT_HEADER, message=message, row=row, value=value)


def _first_filled(rows: Sequence[int], column: pa.Array, header_row: int) -> tuple[int, str] | None:
    import pyarrow.compute as pc

    filled = pc.indices_nonzero(pc.not_equal(pc.utf8_trim_whitespace(column), ""))
    at = next((position for position in filled.to_pylist() if rows[position] > header_row), None)
    return None if at is None else (rows[at], column[at].as_py().strip())
