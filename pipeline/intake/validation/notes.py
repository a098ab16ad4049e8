"""Rows that are plainly none, in any language: what they hold is not for their columns.

Notes and totals are nearly blank; another line of the header names columns, in words that are not the fields' own.

Readers tell those whose look gives them away (`readers.odd_rows`); this tells the others by the fields' types. What
might be a row that somebody has yet to fill in is left with a finding for each field that it lacks. May import
`mapping`, `model` and `schemas`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.model.finding_codes import FindingCode
from schemas.endpoint import FieldType, Shape

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.intake.mapping.plan import ColumnPlan
    from pipeline.model.findings import FieldError, Findings
    from schemas.endpoint import Endpoint, Field

_LEAST_REQUIRED = 4
"""In a narrower table a row with few cells may well be meant."""

_MOST_FILLED = 4
_MOST_NUMBERS = 1
"""Two numbers that fit speak for a row that was filled in from a template."""

_OF_ANOTHER_TYPE = frozenset({FindingCode.NOT_AN_INTEGER, FindingCode.NOT_A_BOOLEAN})
_DAMAGED = frozenset(
    {FindingCode.ERROR_CELL, FindingCode.ERROR_TEXT, FindingCode.FORMULA_WITHOUT_VALUE, FindingCode.ENCODING}
)
"""Of cells that were meant, whatever they hold now."""

_LEAST_WORDS = 3
"""So many words where numbers belong, and so many different ones, are no slip; "tbd" in each cell is a row to come."""

_IDENTIFIER = re.compile(r"[\w.#-]*[0-9][\w.#-]*|[0-9]{3}.*", re.DOTALL)
"""A value that was mistyped or is of another system, such as ID1000 or 1000 (Acme)."""

_NUMBER = re.compile(r"[0-9.,]+")
_LETTER = re.compile(r"[^\W\d_]")
_VALUE = re.compile(r"[0-9@]")
_HOST = re.compile(r"\w\.[^\W\d]")


def find_notes(
    endpoint: Endpoint, plan: ColumnPlan, frame: pd.DataFrame, errors: Findings, warnings: Findings
) -> Iterator[tuple[int, str]]:
    """Position of each row that is plainly a note, and the text of a cell that tells.

    Args:
        endpoint: Whose fields the columns are for.
        plan: Where each field's text comes from.
        frame: n rows x source columns.
        errors: What was found wrong with cells, by position.
        warnings: What was found odd about them.
    """
    fields = [field for field in endpoint.fields if plan.cells_of(field.name)]
    asked = {field.name for field in fields if field.required}.difference(plan.mapping.defaults)
    if len(asked) < _LEAST_REQUIRED:
        return
    nearly_blank = {
        position: (*found, *warnings.get(position, ()))
        for position, found in errors.items()
        if 2 * sum(one.code is FindingCode.REQUIRED for one in found) > len(asked)
    }
    telling = {position: text for position, found in nearly_blank.items() if (text := _telling(found))}
    if not telling:
        return
    few = frame.iloc[list(telling)]
    texts = [_texts(few, plan.cells_of(field.name)) for field in fields]
    for (position, text), cells in zip(telling.items(), zip(*texts, strict=True), strict=True):
        filled = [(field, cell) for field, cell in zip(fields, cells, strict=True) if cell]
        unfit = {one.property_name for one in nearly_blank[position]}
        if len(filled) <= _MOST_FILLED and not _speak_for_a_row(filled, unfit):
            yield position, text


def find_header_lines(endpoint: Endpoint, plan: ColumnPlan, frame: pd.DataFrame, errors: Findings) -> Iterator[int]:
    """Position of each row that names columns: words only, and not one cell that its column asks for.

    Args:
        endpoint: Whose fields the columns are for.
        plan: Where each field's text comes from.
        frame: n rows x source columns.
        errors: What was found wrong with cells, by position.
    """
    likely = [position for position, found in errors.items() if _has_words_for_numbers(found)]
    if not likely:
        return
    fields = [field for field in endpoint.fields if plan.cells_of(field.name)]
    texts = [_texts(frame.iloc[likely], plan.cells_of(field.name)) for field in fields]
    for position, cells in zip(likely, zip(*texts, strict=True), strict=True):
        filled = [(field, cell) for field, cell in zip(fields, cells, strict=True) if cell]
        unfit = {one.property_name for one in errors[position]}
        words = {cell.casefold() for _, cell in filled}
        if len(words) >= _LEAST_WORDS and not any(_is_of_a_row(field, cell, unfit) for field, cell in filled):
            yield position


def _has_words_for_numbers(found: Sequence[FieldError]) -> bool:
    if any(one.code in _DAMAGED for one in found):
        return False
    return sum(one.code in _OF_ANOTHER_TYPE and _is_out_of_place(one) for one in found) >= _LEAST_WORDS


def _is_of_a_row(field: Field, text: str, unfit: Collection[str | None]) -> bool:
    fits = field.type is not FieldType.STRING and field.name not in unfit
    return fits or bool(_VALUE.search(text)) or _was_meant(field, text, fits)


def _texts(frame: pd.DataFrame, columns: Sequence[int]) -> list[str]:
    """What stands in a field's columns, row by row."""
    return ["".join(cells) for cells in zip(*(frame[index].str.strip() for index in columns), strict=True)]


def _telling(found: Sequence[FieldError]) -> str | None:
    """The text of the first cell that is plainly not meant for its column."""
    if any(one.code in _DAMAGED for one in found):
        return None
    return next((str(one.attempted_value) for one in found if _is_out_of_place(one)), None)


def _is_out_of_place(one: FieldError) -> bool:
    text = str(one.attempted_value)
    if one.code in _OF_ANOTHER_TYPE:
        return bool(_LETTER.search(text)) and not _IDENTIFIER.fullmatch(text)
    return one.code is FindingCode.NOT_AN_ADDRESS and bool(_NUMBER.fullmatch(text))


def _speak_for_a_row(filled: Sequence[tuple[Field, str]], unfit: Collection[str | None]) -> bool:
    """Whether a cell looks like what its column asks for; a single number may be a total."""
    numbers = sum(field.type is not FieldType.STRING and bool(_NUMBER.fullmatch(text)) for field, text in filled)
    return numbers > _MOST_NUMBERS or any(_was_meant(field, text, field.name not in unfit) for field, text in filled)


def _was_meant(field: Field, text: str, fits: bool) -> bool:
    if field.shape is Shape.EMAIL:
        return "@" in text
    if field.shape is Shape.HOST:
        return bool(_HOST.search(text))
    return fits and field.type is not FieldType.STRING and not _NUMBER.fullmatch(text)
