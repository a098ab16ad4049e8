"""What JSON can hold, as types. Imports nothing of the project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

JsonScalar: TypeAlias = str | int | float | bool | None
Json: TypeAlias = "JsonScalar | list[Json] | Mapping[str, Json]"
