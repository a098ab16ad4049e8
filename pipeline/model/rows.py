"""The small types that travel from room to room: sources, batches, findings, records, outcomes, tallies.

All frozen and keyword-only; a bad row is an `Outcome`, not an exception.
May import pandas for type checking only, so that importing this module costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.model.findings import Json


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
    Status.IN_DOUBT: frozenset({Status.SENDING, Status.CREATED, Status.SKIPPED, Status.FAILED, Status.IN_DOUBT}),
    Status.CREATED: frozenset(),
    Status.UPDATED: frozenset(),
    Status.SKIPPED: frozenset(),
    Status.INVALID: frozenset(),
    Status.REJECTED: frozenset(),
    Status.FAILED: frozenset(),
}
"""The diagram of `docs/delivery.md`: from each status, those that may follow. The ledger refuses all others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """What identifies a record at the target: the business and the e-mail address, compared without case."""

    business_id: int
    email: str

    @property
    def folded(self) -> tuple[int, str]:
        """The form in which keys are compared."""
        return self.business_id, self.email.lower()


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
class Outcome:
    """How a row ended.

    Attributes:
        status: A status that reports show.
        remote_id: The record's Id, where one is known.
        response: The documented 400 body, where the row was refused or its end is unknown.
        reason: Why it was skipped, in words.
        updated_on: The record's `UpdatedOn` when it was created: a later one means that somebody changed it.
    """

    status: Status
    remote_id: int | None = None
    response: Mapping[str, Json] | None = None
    reason: str | None = None
    updated_on: str | None = None


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
        warnings: What is odd about it, each in the documented form of an error.
        listed: Whether it stands in a list of its own; a valid row of `validate` has only its warnings shown.
    """

    ref: RowRef
    status: Status
    key: Key | None = None
    remote_id: int | None = None
    response: Mapping[str, Json] | None = None
    reason: str | None = None
    warnings: tuple[Mapping[str, Json], ...] = ()
    listed: bool = True
