"""What travels through the queue between producer and workers, and the settings they share.

May import `model` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.model.rows import Record


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkItem:
    """A row that is to be sent, looked up, or used to change a record.

    Attributes:
        record: The row.
        in_doubt: It was sent before, without a readable answer.
        since: When it was first sent, by the target's clock, if it was.
        last_at: When it was last sent, by that clock.
        existing_id: The record to change instead of creating one.
    """

    record: Record
    in_doubt: bool = False
    since: float | None = None
    last_at: float | None = None
    existing_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SendOptions:
    """How rows are sent.

    Attributes:
        concurrency: POSTs in flight.
        attempts: How often a row may be sent, or fail to be sent, before it is given up.
        settle_s: How long a record may take to show up in the list.
        timeout_s: How long an answer may take.
    """

    concurrency: int
    attempts: int
    settle_s: float
    timeout_s: float
