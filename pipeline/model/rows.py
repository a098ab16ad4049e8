"""A row on its way: its place, its key, its status, and how it ended.

May import `model.json_types`. Must know nothing of files, networks or databases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from json.encoder import encode_basestring
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.model.json_types import Json, JsonScalar

MOST_ID = 2**63 - 1
"""The largest Id, and the largest number of a row, that a ledger can hold."""


class Status(StrEnum):
    """Where a row stands. `SENDING` is the only one that no report shows: its intent is on disk, its answer is not."""

    UNPROCESSED = "unprocessed"
    SENDING = "sending"
    CREATED = "created"
    UPDATED = "updated"
    SKIPPED = "skipped"
    INVALID = "invalid"
    REJECTED = "rejected"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.UNPROCESSED: frozenset(
        {Status.SENDING, Status.SKIPPED, Status.UPDATED, Status.REJECTED, Status.FAILED, Status.IN_DOUBT}
    ),
    Status.SENDING: frozenset(
        {
            Status.UNPROCESSED,
            Status.CREATED,
            Status.SKIPPED,
            Status.REJECTED,
            Status.FAILED,
            Status.IN_DOUBT,
        }
    ),
    Status.IN_DOUBT: frozenset(
        {Status.SENDING, Status.CREATED, Status.SKIPPED, Status.FAILED, Status.IN_DOUBT, Status.UNPROCESSED}
    ),
    Status.CREATED: frozenset(),
    Status.UPDATED: frozenset(),
    Status.SKIPPED: frozenset(),
    Status.INVALID: frozenset(),
    Status.REJECTED: frozenset({Status.UNPROCESSED}),
    Status.FAILED: frozenset({Status.UNPROCESSED}),
}
"""The diagram of `docs/delivery.md`: from each status, those that may follow. The ledger refuses all others."""


@dataclass(frozen=True, slots=True)
class Key:
    """What identifies a record at the target: the values of the endpoint's key fields.

    Attributes:
        values: In the order of the endpoint's key, as the row gives them.
        folded: The text by which two keys are compared; see `folded_values`.
    """

    values: tuple[JsonScalar, ...]
    folded: str

    @classmethod
    def of(cls, values: Iterable[JsonScalar]) -> Key:
        """The key with these values."""
        [key] = cls.of_columns([[value] for value in values])
        if key is None:
            raise ValueError("a part of the key is missing")
        return key

    @classmethod
    def of_columns(cls, columns: Sequence[Sequence[JsonScalar]]) -> list[Key | None]:
        """The key of each of n rows; `None` where a part of it is missing.

        Args:
            columns: The n values of each key field.
        """
        folded = json_arrays([folded_values(column) for column in columns])
        values = zip(*columns, strict=True)
        return [None if None in given else cls(given, text) for given, text in zip(values, folded, strict=True)]

    def described(self, fields: Iterable[str]) -> str:
        """The key in words."""
        return ", ".join(f"{name} {value}" for name, value in self.named(fields).items())

    def named(self, fields: Iterable[str]) -> dict[str, JsonScalar]:
        """The values by the names of their fields."""
        return dict(zip(fields, self.values, strict=True))


def json_arrays(columns: Sequence[Iterable[JsonScalar]]) -> list[str]:
    """The values of each row as `json.dumps` would write them without blanks, at a fraction of its cost.

    Column by column, since a long run has a million keys and a call for each value would cost several times as much.

    Args:
        columns: The n values of each column.
    """
    texts = [
        [encode_basestring(v) if isinstance(v, str) else repr(v) if type(v) is int else json.dumps(v) for v in column]
        for column in columns
    ]
    return [f"[{','.join(parts)}]" for parts in zip(*texts, strict=True)]


def folded_values(values: Iterable[JsonScalar]) -> list[JsonScalar]:
    """Parts of keys as they are compared: text without blanks around it and without case, anything else as it is.

    Nothing else folds; by Python's own rules, since Arrow's and Python's differ in a few letters.
    """
    return [value.strip().lower() if isinstance(value, str) else value for value in values]


@dataclass(frozen=True, kw_only=True, slots=True)
class RowRef:
    """A row's place: which source (from 1), which row (as a spreadsheet counts)."""

    source: int
    row: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A valid row on its way to the endpoint.

    Attributes:
        ref: Where it came from.
        key: What identifies it.
        body: The JSON object to send, encoded. Never written down: it may hold secrets.
    """

    ref: RowRef
    key: Key
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What was changed in one field of a record that existed.

    Attributes:
        property_name: The field.
        before: Its value before; `(secret)` for a secret field.
        after: Its value since, likewise.
    """

    property_name: str
    before: Json
    after: Json

    def as_json(self) -> dict[str, Json]:
        """`{"PropertyName", "Before", "After"}`."""
        return {"PropertyName": self.property_name, "Before": self.before, "After": self.after}

    @classmethod
    def from_json(cls, found: Mapping[str, Json]) -> Change:
        """What `as_json` wrote."""
        return cls(property_name=str(found["PropertyName"]), before=found["Before"], after=found["After"])

    @classmethod
    def all_from_json(cls, text: str | None) -> tuple[Change, ...]:
        """Those of a list that `as_json` wrote, as text; none where there is no text."""
        return tuple(cls.from_json(one) for one in json.loads(text)) if text else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """How a person settles a row in doubt.

    Attributes:
        ref: The row.
        remote_id: The Id of its record; `None` where there is none, so that it may be sent once more.
    """

    ref: RowRef
    remote_id: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a row ended.

    Attributes:
        status: A status that reports show.
        remote_id: The record's Id, where one is known.
        response: The documented 400 body, where the row was refused or its end is unknown.
        reason: Why it was skipped, in words; of a row in doubt, why it is for a person alone to settle, if it is.
        updated_on: The record's `UpdatedOn` when it was created: a later one means that somebody changed it.
        candidates: Ids of records that may be the row's own, where that cannot be told.
        changes: What was changed in a record that existed.
    """

    status: Status
    remote_id: int | None = None
    response: Mapping[str, Json] | None = None
    reason: str | None = None
    updated_on: str | None = None
    candidates: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RowResult:
    """A row as the reports see it.

    Attributes:
        ref: Its place.
        status: How it stands.
        key: What identifies it, where it has all of that.
        remote_id: The record's Id, where one is known.
        response: Why it is not created.
        reason: Why it was skipped.
        codes: Of what kinds the errors of the response are, in their order.
        warnings: What is odd about it, each in the documented form of an error, with its code.
        listed: Whether it stands in a list of its own; a valid row of `validate` has only its warnings shown.
        sent_at: When it was first sent, by the target's clock, in seconds since 1970.
        ended_at: When it ended, by the target's clock, in seconds since 1970.
        candidates: Ids of records that may be its own, where it is in doubt.
        changes: What was changed in a record that existed.
    """

    ref: RowRef
    status: Status
    key: Key | None = None
    remote_id: int | None = None
    response: Mapping[str, Json] | None = None
    reason: str | None = None
    codes: tuple[str, ...] = ()
    warnings: tuple[Mapping[str, Json], ...] = ()
    listed: bool = True
    sent_at: float | None = None
    ended_at: float | None = None
    candidates: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
