"""A run, how it stands, and the summary of its rows.

May import `model.rows` and `model.sources`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.model.rows import Status

if TYPE_CHECKING:
    from pipeline.model.json_types import Json
    from pipeline.model.sources import Source


_FIRST_YEAR, _LAST_YEAR = 1, 9999


@dataclass(frozen=True, kw_only=True)
class Summary:
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
    """How a run stands.

    `UNCONFIRMED` is one to which nobody has said yes yet, or a dry run: nothing of it was sent, and nothing may be.

    `RUNNING` in the ledger of a dead process means that it was killed: whoever asks is told `CRASHED`, which the
    ledger never holds. Of a `PRUNED` run the ledger keeps nothing but what its records need.
    """

    UNCONFIRMED = "unconfirmed"
    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    CRASHED = "crashed"
    PRUNED = "pruned"


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
        host: The machine that works on it, or did last; `None` before that.
        process: The number of its process there.
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
    host: str | None = None
    process: int | None = None

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
            "StartedOn": format_utc(self.started_on),
            "FinishedOn": format_utc(self.finished_on) if self.finished_on else None,
        }

    def label_of(self, source_number: int) -> str:
        """What the person called that source."""
        return self.sources[source_number - 1].label


def parse_moment(value: object) -> datetime | None:
    """A date-time as the API writes it, in UTC where it names no zone; `None` where it is none."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None or not _FIRST_YEAR < moment.year < _LAST_YEAR:  # no zone may carry it out of the calendar
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def format_utc(moment: datetime) -> str:
    """ISO 8601 in UTC with Z, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
