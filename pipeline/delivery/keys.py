"""The key of a record as the target gives it, compared as the keys of rows are, and asked for in its lists.

May import `model` and `schemas`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.model.rows import Key
from schemas.endpoint import FieldType

if TYPE_CHECKING:
    from schemas.endpoint import Endpoint, Field


def key_in(record: Mapping[str, Any], endpoint: Endpoint) -> str | None:
    """The folded key of a record at the target; `None` where a part of it is missing."""
    values = [_typed(endpoint.field(name), record.get(name)) for name in endpoint.key]
    return None if any(value is None or value == "" for value in values) else Key.of(values).folded


def filters_of(key: Key, endpoint: Endpoint) -> dict[str, str]:
    """The query of a list that shows the records of a key."""
    return {endpoint.filters[name]: str(value) for name, value in key.named(endpoint.key).items()}


def filters_of_part(part: Any, endpoint: Endpoint) -> dict[str, str]:
    """The query of a list that shows the records of a part of the target."""
    return {endpoint.filters[endpoint.partition]: str(part)}


def _typed(field: Field, value: Any) -> Any:
    """A part of a key in its documented type, since some servers write numbers as text."""
    if isinstance(value, str) and field.type is FieldType.INTEGER:
        return int(value) if value.strip().isdecimal() and len(value) < 20 else None
    if isinstance(value, str):  # halves of characters, which JSON can hold, would fit into no database
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int | float | bool):
        return value
    return None
