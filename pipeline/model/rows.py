"""The small types that travel from room to room: sources, batches, findings, records, outcomes, tallies.

All frozen and keyword-only; a bad row is an `Outcome`, not an exception.
May import pandas for type checking only, so that importing this module costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

JsonScalar: TypeAlias = str | int | float | bool | None
Json: TypeAlias = "JsonScalar | list[Json] | Mapping[str, Json]"

REDACTED = "(secret)"
"""Stands wherever the value of a secret field would have to be written down."""


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
class ReadOptions:
    """How to read a source; `None` leaves it to be found out.

    Attributes:
        sheet: A workbook's sheet, by name or by 1-based number.
        header_row: The row that holds the headers, 1-based.
        delimiter: The character between the cells of a text file.
        encoding: A text file's encoding, by any name that Python knows.
    """

    sheet: str | None = None
    header_row: int | None = None
    delimiter: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file of rows, as found at the start of a run.

    Attributes:
        number: Its place among the run's sources, from 1.
        label: What the person called it (`-` for standard input); stands in every report.
        path: The file that is read.
        sha256: Of the file's bytes; tells on resume whether it is still the same file.
    """

    number: int
    label: str
    path: Path
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Defect:
    """Something wrong with a row or a cell before its meaning is looked at.

    Attributes:
        position: Index of the row in its batch, from 0.
        column: Index of the cell's column, from 0; `None` where the whole row is meant.
        message: What is wrong.
        value: The cell's text, if one cell is meant.
        cells: All of the row's cells as they stand in the source, where they do not fit the header.
    """

    position: int
    column: int | None = None
    message: str
    value: str | None = None
    cells: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RowBatch:
    """Consecutive rows of a source.

    Attributes:
        rows: n row numbers, 1-based as a spreadsheet shows them, ascending.
        frame: n rows x source columns, all text (Arrow), columns named by their index from 0; blank is "".
        defects: What the reader found wrong.
    """

    rows: list[int]
    frame: pd.DataFrame
    defects: tuple[Defect, ...] = ()


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
class RowEnd:
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


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many rows ended how. Built from the ledger, compared with the rows that were read."""

    rows_read: int = 0
    by_status: Mapping[Status, int] = field(default_factory=dict)
    warnings: int = 0

    def count(self, status: Status) -> int:
        """Rows that ended so."""
        return self.by_status.get(status, 0)

    @property
    def adds_up(self) -> bool:
        """Whether each row that was read has exactly one end."""
        return self.rows_read == sum(self.by_status.values())

    def as_json(self) -> dict[str, int]:
        """The report's `Summary`."""
        named = {"".join(part.title() for part in s.value.split("_")): self.count(s) for s in REPORTED}
        return {"RowsRead": self.rows_read, **named, "Warnings": self.warnings}


REPORTED = (
    Status.CREATED,
    Status.UPDATED,
    Status.SKIPPED,
    Status.INVALID,
    Status.REJECTED,
    Status.FAILED,
    Status.IN_DOUBT,
    Status.UNPROCESSED,
)
"""The statuses in the order in which summaries show them."""


class RunStatus(StrEnum):
    """How a run stands; `RUNNING` in the ledger of a dead process means that it was killed."""

    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One import, as the reports head it.

    Attributes:
        run_id: Its name: the moment it began and a few random letters.
        status: How it stands.
        endpoint: The endpoint's name.
        target: The URL that rows are posted to.
        sources: What was read.
        rows_by_source: Rows read of each source, by its number.
        started_on: When it began (UTC).
        finished_on: When it ended (UTC).
        report_dir: The folder of its reports.
    """

    run_id: str
    status: RunStatus
    endpoint: str
    target: str
    sources: tuple[Source, ...]
    rows_by_source: Mapping[int, int] = field(default_factory=dict)
    started_on: datetime
    finished_on: datetime | None = None
    report_dir: Path

    def as_json(self) -> dict[str, Json]:
        """The report's `Run`."""
        return {
            "RunId": self.run_id,
            "Status": self.status.value,
            "Endpoint": self.endpoint,
            "Target": self.target,
            "Sources": [
                {"Path": s.label, "Sha256": s.sha256, "Rows": self.rows_by_source.get(s.number, 0)}
                for s in self.sources
            ],
            "StartedOn": iso(self.started_on),
            "FinishedOn": iso(self.finished_on) if self.finished_on else None,
        }

    def label_of(self, source_number: int) -> str:
        """What the person called that source."""
        return self.sources[source_number - 1].label


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with Z, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
