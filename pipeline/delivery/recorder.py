"""How a row's end becomes known: noted in the ledger first, then told to whoever follows the run.

May import `ledger`, `breaker`, `stop` and `model`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.model.rows import Outcome, Record, RowResult, Status

if TYPE_CHECKING:
    from pipeline.delivery.breaker import Breaker
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.stop import Stop


@dataclass(frozen=True, kw_only=True)
class Recorder:
    """Notes and tells how rows end.

    Attributes:
        ledger: Where ends are noted.
        breaker: Watches how rows end.
        stop: Ends the run where the breaker says so.
        on_answer: Told of each end before the ledger is, since the ledger may be lost.
        on_end: Told of each row that has ended, once that is on disk.
    """

    ledger: RunLedger
    breaker: Breaker
    stop: Stop
    on_answer: Callable[[Record, Outcome], None]
    on_end: Callable[[RowResult], None]

    async def record(self, record: Record, outcome: Outcome, *, is_news: bool = True) -> Outcome:
        """Notes a row's end and tells it; returns the outcome that stands.

        A record that another row owns was not created by this one: then the row is in doubt instead.

        Args:
            record: The row.
            outcome: How it ended.
            is_news: Whether that says anything about the target as it is now.
        """
        self.on_answer(record, outcome)
        standing = await self.ledger.record_outcome(record, outcome)
        self._tell(record, standing, is_news=is_news)
        return standing

    async def put_back(self, record: Record) -> None:
        """Notes that a row is known not to have been processed: its turn is still to come."""
        await self.ledger.record_outcome(record, Outcome(status=Status.UNPROCESSED))

    async def adopt(self, record: Record, remote_id: int) -> bool:
        """Notes that a record found at the target is the row's own; `False` where another row owns it."""
        outcome = Outcome(status=Status.CREATED, remote_id=remote_id)
        if not await self.ledger.adopt(record, remote_id):
            return False
        self.on_answer(record, outcome)
        self._tell(record, outcome)
        return True

    def _tell(self, record: Record, outcome: Outcome, *, is_news: bool = True) -> None:
        self.on_end(
            RowResult(
                ref=record.ref,
                status=outcome.status,
                key=record.key,
                remote_id=outcome.remote_id,
                response=outcome.response,
                reason=outcome.reason,
            )
        )
        reason = self.breaker.ended(outcome) if is_news else None
        if reason is not None:
            self.stop.because(reason)
