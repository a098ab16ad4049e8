"""Rows of a table that are none: totals, footnotes, a header that comes again, a line of units below the header.

Each gets one finding that says what it looks like, in place of one for every field that it lacks; the same for text
files and workbooks. What might be a row is left alone. Vectorised: only rows with few cells, or with a header's, are
looked at. May import `model.sources`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.intake.readers.shown import shortened
from pipeline.model.finding_codes import FindingCode
from pipeline.model.sources import REPORT_COLUMNS, Defect

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_LEAST_COLUMNS = 4
"""In a narrower table a row with few cells may well be meant."""

_UNITS_WITHIN_ROWS = 3

_TOTAL = re.compile(
    r"(grand |sub[ -]?|over-?all )?(totals?|sum|count|average|summe|gesamt(summe|zahl)?|insgesamt|anzahl|somme|"
    r"suma|totale|totaal|aantal|total g[ée]n[ée]ral)\b.{0,20}",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"([*†‡#•§]|//|--|note\b|notes\b|source\b|n\.?b\.?\b|hinweis\b|remarque\b).*", re.IGNORECASE | re.DOTALL
)
_END_OF_FILE = "\x1a"
_SENTENCE = re.compile(r"\S+(\s+\S+){3,}|.*[.:!?]", re.DOTALL)
_VALUE = re.compile(r"\S*[@0-9]\S*")
_UNIT = re.compile(
    r"[(\[<{].*[)\]>}]|text|string|number|integer|int|bool(ean)?|date(time)?|yes/no|host|port|required|optional|mandatory",
    re.IGNORECASE | re.DOTALL,
)


def find_odd_rows(
    columns: Sequence[pa.Array], rows: Sequence[int], header: Sequence[str], header_row: int
) -> list[Defect]:
    """One finding for each row that is none.

    Args:
        columns: k columns x n cells of text.
        rows: The rows' n numbers.
        header: The k header cells, trimmed; blank where a column has none.
        header_row: The row they stand in.
    """
    named = [index for index, name in enumerate(header) if name and name not in REPORT_COLUMNS]
    if len(named) < _LEAST_COLUMNS or not rows:
        return []
    filled, repeated = _counts(columns, named, header)
    likely = (filled <= len(named) // 2) | (repeated > 1)
    likely |= _array(rows) <= header_row + _UNITS_WITHIN_ROWS
    found: list[Defect] = []
    for position in likely.nonzero()[0].tolist():
        cells = [columns[index][position].as_py().strip() for index in named]
        apart = rows[position] > (rows[position - 1] if position else header_row) + 1
        near = rows[position] <= header_row + _UNITS_WITHIN_ROWS
        what = _what(cells, [header[index] for index in named], apart=apart, near=near)
        if what:
            code, message = what
            found.append(Defect(position=position, code=code, message=message))
    return found


def _array(numbers: Sequence[int]) -> NDArray[np.int64]:
    import numpy as np

    return np.asarray(numbers, dtype=np.int64)


def _counts(columns: Sequence[Any], named: Sequence[int], header: Sequence[str]) -> tuple[Any, Any]:
    """Of each row, how many named cells are not empty, and how many repeat the header's."""
    import numpy as np
    import pyarrow.compute as pc

    filled = np.zeros(len(columns[0]), dtype=np.int64)
    repeated = np.zeros(len(columns[0]), dtype=np.int64)
    for index in named:
        filled += pc.not_equal(columns[index], "").to_numpy(zero_copy_only=False)
        repeated += pc.equal(columns[index], header[index]).to_numpy(zero_copy_only=False)
    return filled, repeated


def _what(cells: Sequence[str], header: Sequence[str], *, apart: bool, near: bool) -> tuple[FindingCode, str] | None:
    """The code and the message for a row that is none."""
    texts = [cell for cell in cells if cell]
    if sum(cell == name for cell, name in zip(cells, header, strict=True)) * 2 > len(texts) > 1:
        return FindingCode.SECOND_HEADER, "repeats the header: it is not a row of the table; delete the line"
    if near and len(texts) > 1 and all(_UNIT.fullmatch(one) for one in texts):
        return FindingCode.SECOND_HEADER, "looks like a second line of the header, not like a row: delete it"
    return _what_is_short(texts, apart=apart) if 0 < len(texts) <= len(header) // 2 else None


def _what_is_short(texts: Sequence[str], *, apart: bool) -> tuple[FindingCode, str] | None:
    first = texts[0]
    if texts == [_END_OF_FILE]:
        return FindingCode.END_OF_FILE, "is the end-of-file mark of an old program (Ctrl-Z), not a row: delete it"
    if _TOTAL.fullmatch(first):
        return FindingCode.TOTAL, f"looks like a total ({shortened(first)!r}), not like a row: delete it"
    if len(texts) == 1 and _is_note(first, apart=apart):
        return FindingCode.FOOTNOTE, f"looks like a note ({shortened(first)!r}), not like a row: delete it"
    return None


def _is_note(text: str, *, apart: bool) -> bool:
    if _NOTE.fullmatch(text):
        return True
    return not _VALUE.fullmatch(text) and (apart or bool(_SENTENCE.fullmatch(text)))
