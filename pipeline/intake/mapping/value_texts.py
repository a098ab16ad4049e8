"""Values that a person writes for a field: as text, and whether the field can take them.

May import `schemas` and `mapping.names`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from pipeline.intake.mapping.names import nearest
from schemas.endpoint import FALSE_WORDS, TRUE_WORDS, FieldType

if TYPE_CHECKING:
    from schemas.endpoint import Field

_INTEGER = re.compile(r"[+-]?[0-9]+")


def text_of(value: object) -> str:
    """A TOML value as the cell of a source would hold it.

    Raises:
        ValueError: It is a list, a table or a number that is no integer.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | str):
        return str(value).strip()
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    raise ValueError(f"{value!r} is neither text, an integer, a date nor true or false")


def checked_text(field: Field, text: str) -> str:
    """The text, if the field can take it; blank always can.

    Raises:
        ValueError: It cannot; says what it takes.
    """
    if not text or field.type is FieldType.STRING:
        return text
    if field.type is FieldType.BOOLEAN:
        if text.lower() not in {*TRUE_WORDS, *FALSE_WORDS}:
            raise ValueError(f"is true or false, not {text!r}")
    elif not _INTEGER.fullmatch(text) and text.casefold() not in {name.casefold() for name in field.choices}:
        raise ValueError(_no_integer(field, text))
    return text


def _no_integer(field: Field, text: str) -> str:
    if not field.choices:
        return f"is an integer, not {text!r}"
    hint = nearest(text, list(field.choices))
    return f"{text!r} is not one of {', '.join(field.choices)}" + (f"; the nearest is {hint!r}" if hint else "")
