"""What is found about cells and rows, in the endpoint's documented form of an error.

May import `errors` and `model`'s other modules; pandas for type checking only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

JsonScalar: TypeAlias = str | int | float | bool | None
Json: TypeAlias = "JsonScalar | list[Json] | Mapping[str, Json]"

REDACTED = "(secret)"
"""Stands wherever the value of a secret field would have to be written down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldError:
    """One finding about one cell (or, with no property, about the whole row), in the endpoint's own terms."""

    property_name: str | None
    attempted_value: JsonScalar
    message: str

    def as_json(self) -> dict[str, Json]:
        """The documented form: `{"AttemptedValue", "Message", "PropertyName"}`."""
        return {
            "AttemptedValue": self.attempted_value,
            "Message": self.message,
            "PropertyName": self.property_name,
        }

    def __str__(self) -> str:
        return f"{self.property_name}: {self.message}" if self.property_name else self.message


def envelope(errors: list[FieldError], message: str | None = None) -> dict[str, Json]:
    """The documented 400 body for these errors.

    Source: developers.nexudus.com, POST /api/crm/emailaccounts, "400".

    Args:
        errors: At least one, or none where only a message is known.
        message: Stands in place of the joined errors.
    """
    return {
        "Message": message if message is not None else "; ".join(str(e) for e in errors),
        "Value": None,
        "Errors": [e.as_json() for e in errors],
        "WasSuccessful": False,
    }


Findings = dict[int, list[FieldError]]
"""Position in the batch to what was found there, in the endpoint's order of fields."""


@dataclass(frozen=True, kw_only=True)
class CheckedBatch:
    """A batch after validation.

    Attributes:
        source: The source's number.
        rows: n row numbers.
        typed: n rows x the fields that the source gives, typed as in `schemas.rules.DTYPES`.
        errors: What forbids a row, by position; rows without any may be sent.
        warnings: What is odd about a row, by position.
        repeated: Positions of rows whose key an earlier row of the run has.
    """

    source: int
    rows: list[int]
    typed: pd.DataFrame
    errors: Findings
    warnings: Findings
    duplicates: frozenset[int] = frozenset()

    @property
    def valid(self) -> list[int]:
        """Positions of the rows that may be sent."""
        return [p for p in range(len(self.rows)) if p not in self.errors]
