"""Columns of text as fastexcel gives them, turned into the text that a person would have typed to mean the same.

Dates are ISO 8601, error cells show their error, marks become findings. Vectorised: only what is odd is looked at.
May import `marks`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.intake.readers.workbooks import marks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import fastexcel
    import pyarrow as pa

ERROR = "error"
UNSTORED = "unstored"

# How fastexcel writes the moment of a date cell. A text may look the same.
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?$"
# Days after day 0, before Excel's count meets the calendar in March 1900, and days before it.
_EARLY = r"^(1900-0[12]|1899-(0|1[01]|12-[012])|18([0-8]|9[0-8]))"
_DAY_0 = datetime(1899, 12, 31)  # noqa: DTZ001 - cells know no zones
_ISO = (
    # A time of day alone is a moment of day 0, which is another day in the two ways of counting.
    (r"^1899-12-3[01] ", ""),
    (r"^1904-01-01 (00:00:00)$", r"1904-01-01"),
    (r"^1904-01-01 ", ""),
    # A date alone is a moment at midnight.
    (r"^(\S+) 00:00:00$", r"\1"),
    (r"^(\S+) (\S+)$", r"\1T\2"),
)
_ERRORS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}
_ERROR_DETAIL = re.compile(r"Error\((\w+)\)")


@dataclass(frozen=True, kw_only=True)
class OddCell:
    """A cell that holds no value.

    Attributes:
        row: Its row, from 0.
        column: Its column, from 0.
        code: `ERROR` or `UNSTORED`.
    """

    row: int
    column: int
    code: str


def as_text(
    columns: Sequence[pa.Array],
    errors: Iterable[fastexcel.CellError],
    is_date: Callable[[int], pa.Array | None],
) -> tuple[list[pa.Array], list[OddCell]]:
    """The columns as text, and the cells that hold no value.

    Args:
        columns: k columns x n cells of text, as fastexcel gives them.
        errors: What it could not give as text.
        is_date: Tells of a column which of its cells are dates, where text may look like one; else `None`.
    """
    odd: list[OddCell] = []
    failed = _failed(errors)
    texts: list[Any] = []
    for index, column in enumerate(columns):
        text = _with_errors(_with_iso_dates(column, partial(is_date, index)), failed[index])
        odd += [OddCell(row=row, column=index, code=ERROR) for row in failed[index]]
        texts.append(_without_marks(text, index, odd))
    return texts, sorted(odd, key=lambda one: (one.row, one.column))


def _failed(errors: Iterable[fastexcel.CellError]) -> defaultdict[int, dict[int, str]]:
    """Column and row to an error's text."""
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for error in errors:
        row, column = error.offset_position
        name = _ERROR_DETAIL.search(error.detail)
        found[column][row] = _ERRORS.get(name.group(1), "#ERROR!") if name else "#ERROR!"
    return found


def _with_iso_dates(column: pa.Array, is_date: Callable[[], pa.Array | None]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    text = column.cast(pa.large_string())
    moments = pc.fill_null(pc.match_substring_regex(text, _MOMENT), fill_value=False)
    if not pc.any(moments).as_py():
        return text
    dates = is_date()
    if dates is not None:
        moments = pc.and_(moments, dates)
    iso = _with_durations(text.filter(moments))
    for pattern, replacement in _ISO:
        iso = pc.replace_substring_regex(iso, pattern, replacement)
    return pc.replace_with_mask(text, moments, iso)


def _with_durations(moments: pa.Array) -> pa.Array:
    """Moments so early that what is meant is a duration of more than a day, as 30:00:00, and no date."""
    import pyarrow as pa
    import pyarrow.compute as pc

    early = pc.match_substring_regex(moments, _EARLY)
    if not pc.any(early).as_py():
        return moments
    durations = [_duration(moment) for moment in moments.filter(early).to_pylist()]
    return pc.replace_with_mask(moments, early, pa.array(durations, pa.large_string()))


def _duration(moment: str) -> str:
    seconds = round((datetime.fromisoformat(moment) - _DAY_0).total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    return f"{'-' * (seconds < 0)}{hours}:{rest // 60:02}:{rest % 60:02}"


def _with_errors(text: pa.Array, failed: dict[int, str]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not failed:
        return text
    rows = sorted(failed)
    mask = pc.is_in(pa.array(range(len(text)), pa.int64()), pa.array(rows, pa.int64()))
    return pc.replace_with_mask(text, mask, pa.array([failed[row] for row in rows], pa.large_string()))


def _without_marks(text: pa.Array, column: int, odd: list[OddCell]) -> pa.Array:
    import pyarrow.compute as pc

    text = pc.fill_null(text, "")
    marked = pc.starts_with(text, marks.TOKEN)
    if not pc.any(marked).as_py():
        return text
    for row in pc.indices_nonzero(marked).to_pylist():
        unstored = text[row].as_py().startswith(marks.UNSTORED)
        odd.append(OddCell(row=row, column=column, code=UNSTORED if unstored else ERROR))
    plain = pc.replace_substring_regex(text.filter(marked), rf"^{marks.ERROR}$", "#ERROR!")
    plain = pc.replace_substring_regex(plain, rf"^{marks.UNSTORED}|^{marks.ERROR}\n?", "")
    return pc.replace_with_mask(text, marked, plain)


def with_unstored(
    columns: Sequence[pa.Array], odd: Sequence[OddCell], unstored: Iterable[tuple[int, int]]
) -> tuple[list[pa.Array], list[OddCell]]:
    """The columns, and their odd cells, with formulas that came as blank cells and have no value.

    Args:
        columns: k columns x n cells of text. Rows are added where such cells stand below the last one.
        odd: The odd cells that are known.
        unstored: Row and column of each, from 0; those beside the columns have no header and are passed over.
    """
    import pyarrow as pa

    within = {(row, column) for row, column in unstored if 0 <= column < len(columns)}
    found = [OddCell(row=row, column=column, code=UNSTORED) for row, column in within]
    missing = max((row + 1 for row, _ in within), default=0) - (len(columns[0]) if columns else 0)
    below = pa.array([""] * max(missing, 0), pa.large_string())
    padded = [pa.concat_arrays([column, below]) for column in columns] if missing > 0 else list(columns)
    return padded, sorted([*odd, *found], key=lambda one: (one.row, one.column))


def blank_rows(columns: Sequence[pa.Array], odd: Iterable[OddCell], count: int) -> pa.Array:
    """N booleans: whether a row has neither text nor an odd cell."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    without = np.ones(count, dtype=bool)
    without[[one.row for one in odd]] = False
    blank = pa.array(without)
    for column in columns:
        if not pc.any(blank).as_py():
            break
        blank = pc.and_(blank, pc.equal(pc.utf8_trim_whitespace(column), ""))
    return blank
