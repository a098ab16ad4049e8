"""What travels through the queue between producer and workers, and how rows are sent.

May import `model` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.model.rows import Change, Record


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkItem:
    """A row that is to be sent, looked up, or used to change a record.

    Attributes:
        record: The row.
        in_doubt: It was sent before, without a readable answer.
        since: When it was first sent, by the target's clock, if it was.
        last_at: When it was last sent, by that clock.
        final_because: Why its doubt is for a person alone to settle, if it is.
        existing_id: The record to change instead of creating one.
        changes: What it was about to change of it when a process that has ended noted that.
    """

    record: Record
    in_doubt: bool = False
    since: float | None = None
    last_at: float | None = None
    final_because: str | None = None
    existing_id: int | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SendOptions:
    """How rows are sent.

    Attributes:
        concurrency: POSTs in flight.
        attempts: How often a row may be sent, or fail to be sent, before it is given up.
        settle_s: How long a record usually takes to show up in the list.
        max_lag_s: How long the list is given to show a record where nothing proves that it has caught up.
        timeout_s: How long an answer may take.
    """

    concurrency: int
    attempts: int
    settle_s: float
    max_lag_s: float
    timeout_s: float

    def settling_time(self, *, timed_out: bool) -> float:
        """Seconds before a row in doubt is looked up.

        Args:
            timed_out: Its request may still be at work: it is given as long again as it was waited for.
        """
        return self.settle_s + (self.timeout_s if timed_out else 0.0)

    def still_at_work_for(self, passed_s: float | None) -> float:
        """Seconds for which the target may still be at work on what a dead process sent.

        Nobody waits for that answer any more, but the record may still come: the row may have had to wait for a slot
        before it was sent, and is given as long again as one that timed out.

        Args:
            passed_s: Seconds since it was sent; `None` where that is not known.
        """
        longest = self.settle_s + 2 * self.timeout_s
        return min(max(0.0, longest - (passed_s if passed_s is not None else 0.0)), longest)

    @property
    def longest_doubt_s(self) -> float:
        """Seconds that it takes at most to settle a row in doubt."""
        return self.attempts * (self.settle_s + 2 * self.timeout_s + self.max_lag_s)
