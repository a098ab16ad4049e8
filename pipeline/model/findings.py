"""What is found about cells and rows, in the endpoint's documented form of an error.

May import `errors` and `model`'s other modules; pandas for type checking only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.model.finding_codes import FindingCode
from pipeline.model.json_types import Json, JsonScalar
from pipeline.model.rows import Key

if TYPE_CHECKING:
    import pandas as pd


REDACTED = "(secret)"
"""Stands wherever the value of a secret field would have to be written down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldError:
    """One finding about one cell (or, with no property, about the whole row), in the endpoint's own terms.

    Attributes:
        property_name: The field, by its documented name.
        attempted_value: The cell, as it stands in the source.
        message: What is wrong or odd.
        code: Which kind of finding it is, for scripts; no part of the documented form.
    """

    property_name: str | None
    attempted_value: JsonScalar
    message: str
    code: FindingCode

    def as_json(self) -> dict[str, Json]:
        """The documented form: `{"AttemptedValue", "Message", "PropertyName"}`."""
        return {
            "AttemptedValue": self.attempted_value,
            "Message": self.message,
            "PropertyName": self.property_name,
        }

    def with_code(self) -> dict[str, Json]:
        """The same for places that no documentation describes: with its code."""
        return {**self.as_json(), "Code": self.code.value}

    def __str__(self) -> str:
        return f"{self.property_name}: {self.message}" if self.property_name else self.message


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What was found or decided about a source as a whole, before any of its rows is looked at.

    Attributes:
        code: The kind of notice.
        message: What was decided, and how to decide otherwise.
        row: The row that it is about, if one is.
        value: A sample of the text that it is about, if there is any.
        asked_for: Whether the person's own options say so: then it is told, and `--strict` lets it pass.
    """

    code: FindingCode
    message: str
    row: int | None = None
    value: str | None = None
    asked_for: bool = False

    @property
    def as_finding(self) -> FieldError:
        """The notice in the form in which reports list it."""
        return FieldError(property_name=None, attempted_value=self.value, message=self.message, code=self.code)


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


def codes_of(response: Mapping[str, Json] | None) -> tuple[str, ...]:
    """The codes of the errors in an answer of the endpoint, whose words are its own."""
    if response is None:
        return ()
    errors = response.get("Errors")
    return (FindingCode.REFUSED.value,) * (len(errors) if isinstance(errors, list) else 0)


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
        key_fields: The fields of the endpoint's key.
        duplicates: Positions of rows whose key an earlier row of the run has.
    """

    source: int
    rows: list[int]
    typed: pd.DataFrame = field(repr=False)
    errors: Findings = field(repr=False)
    warnings: Findings = field(repr=False)
    key_fields: tuple[str, ...]
    duplicates: frozenset[int] = frozenset()

    @cached_property
    def keys(self) -> list[Key | None]:
        """The key of each row; `None` where a part of it is missing."""
        if any(name not in self.typed for name in self.key_fields):
            return [None] * len(self.rows)
        return Key.of_columns([self._cells(name) for name in self.key_fields])

    def _cells(self, name: str) -> list[JsonScalar]:
        column = self.typed[name]
        cells: list[JsonScalar] = column.astype(object).where(column.notna(), None).tolist()
        return cells
