"""How a run stands while it is at work: what is done, how fast, when it will be done, what it waits for.

May import `model.durations` and `model.waits`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.model.durations import in_words, moment_in_words
from pipeline.model.waits import Wait, iso, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.model.json_types import Json


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a run stands at a moment.

    Attributes:
        at: The moment, in seconds since 1970.
        done: Rows that have their end.
        total: Rows that there are; `None` where that is not known.
        per_minute: Rows that were sent and have ended in a minute, of late.
        calls_left: Modifying calls that are still to come.
        due_at: When all is done, in seconds since 1970; `None` where that cannot be said yet.
        wait: What is waited for, if anything is.
    """

    at: float
    done: int
    total: int | None
    per_minute: float
    calls_left: float = 0.0
    due_at: float | None = None
    wait: Wait | None = None

    def in_words(self, now: float) -> Iterator[str]:
        """Rate, end and wait, each labelled.

        Args:
            now: Seconds since 1970.
        """
        if self.per_minute:
            yield f"{_rate(self.per_minute)} a minute"
        if self.due_at is not None and self.due_at > now:
            due = moment_in_words(_moment(self.due_at), _moment(now))
            yield f"due {due}, in {in_words(self.due_at - now)}"
        if self.wait is not None:
            yield self.wait.in_words(now)

    def as_json(self) -> dict[str, Json]:
        """For scripts and for the ledger; `from_json` reads it back."""
        return {
            "At": iso(self.at),
            "Done": self.done,
            "Total": self.total,
            "PerMinute": round(self.per_minute, 1),
            "CallsLeft": round(self.calls_left, 1),
            "DueAt": iso(self.due_at) if self.due_at is not None else None,
            "Wait": self.wait.as_json() if self.wait is not None else None,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Json]) -> Standing:
        """What `as_json` wrote."""
        wait, total, due_at = found["Wait"], found["Total"], found["DueAt"]
        return cls(
            at=seconds_of(found["At"]),
            done=int(str(found["Done"])),
            total=int(str(total)) if total is not None else None,
            per_minute=float(str(found["PerMinute"])),
            calls_left=float(str(found["CallsLeft"])),
            due_at=seconds_of(due_at) if due_at is not None else None,
            wait=Wait.from_json(wait) if isinstance(wait, dict) else None,
        )


def _rate(per_minute: float) -> str:
    return f"{per_minute:,.0f}" if per_minute >= 10 else f"{per_minute:.1f}"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
