"""The progress of a run at work: told to the observer about once a second, and to the ledger now and then.

So `runs` and `show` in another process say the same as the bar does. May import `operations.outlook`, `ledger` and
`model`. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import LedgerUnavailable
from pipeline.model.rows import Status
from pipeline.operations.outlook import Outlook

if TYPE_CHECKING:
    from pipeline.ledger.ledger import Ledger
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.model.rows import RowResult
    from pipeline.model.standing import Standing
    from pipeline.model.waits import Cause
    from pipeline.operations.connection import Connection
    from pipeline.operations.observer import Observer
    from pipeline.remote.resource import Resource

_log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_ESTIMATE_EVERY_S = 5.0
_KEEP_FIRST_AFTER_S = 1.0
_KEEP_EVERY_S = 15.0
_LATELY_S = 120.0
"""A run that was last heard of longer ago takes no calls away."""

_ENDED_BY_READING = frozenset({Status.INVALID, Status.SKIPPED})


@dataclass(kw_only=True)
class Progress:
    """What becomes of the rows of a run at work, on its way to whoever follows it.

    Attributes:
        outlook: Counts, and says when all is done.
        observer: Who is told.
        ledger: Where other processes look.
        run_ledger: The run's part of it.
        keeps: Whether other processes are to know; of a run that is undone they need not.
        is_watched: Whether there is somebody who could see the time pass.
    """

    outlook: Outlook
    observer: Observer
    ledger: Ledger
    run_ledger: RunLedger
    keeps: bool = True
    is_watched: bool = True
    _due_at: float | None = None
    _estimated_at: float = 0.0
    _kept_at: float = 0.0
    _keep_after_s: float = _KEEP_FIRST_AFTER_S
    _cause: Cause | None = None

    # -- what happens --------------------------------------------------------------------------------------------

    def read(self, rows: int, settled: int) -> None:
        """Rows were read; so many of them need not be sent."""
        if not self.observer.follows_rows:  # else each of them is told, too
            self.outlook.settled(settled)
        self.observer.read(rows, settled)

    def row_ended(self, result: RowResult) -> None:
        """A row ended, or was left in doubt for the moment."""
        if self.observer.follows_rows and result.status in _ENDED_BY_READING:
            self.outlook.settled(1)
        elif result.status is not Status.IN_DOUBT:  # its end is still to come
            self.outlook.ended()
        self.observer.row_ended(result)

    def undone(self) -> None:
        """A record was taken back."""
        self.outlook.ended()
        self.observer.read(1, 1)

    # -- as time goes by -----------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Tells how the run stands for as long as this lasts."""
        if not self.is_watched:
            yield
            return
        following = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            following.cancel()
            [ended] = await asyncio.gather(following, return_exceptions=True)
            if isinstance(ended, Exception):  # the rows are worth more than the figures about them
                _log.warning("How far it is could not be said to the end: %s: %s", type(ended).__name__, ended)
            with contextlib.suppress(LedgerUnavailable):  # whoever notes the rows has found that, too
                await self._keep(self.outlook.standing(self._due_at))

    async def _follow(self) -> None:
        with contextlib.suppress(LedgerUnavailable):
            while True:
                await self.tell()
                await asyncio.sleep(_LOOK_EVERY_S)

    async def tell(self) -> None:
        """Looks, and tells how the run stands now."""
        self.outlook.look()
        now, cause = self.outlook.now(), self._present_cause()
        is_news, self._cause = cause != self._cause, cause
        if is_news or now - self._estimated_at >= _ESTIMATE_EVERY_S:
            self._estimated_at = now
            self._due_at = await asyncio.to_thread(self._estimated)
        standing = self.outlook.standing(self._due_at)
        self.observer.stands(standing)
        if is_news or now - self._kept_at >= self._keep_after_s:
            await self._keep(standing)

    async def _keep(self, standing: Standing) -> None:
        self._kept_at = standing.at
        self._keep_after_s = min(2 * self._keep_after_s, _KEEP_EVERY_S)
        if self.keeps:
            await self.run_ledger.note_standing(standing, self.outlook.waits.news())

    def _present_cause(self) -> Cause | None:
        present = self.outlook.waits.present
        return present.cause if present is not None else None

    def _estimated(self) -> float | None:
        run, limits = self.run_ledger.run, self.outlook.limits
        with self.ledger.snapshot() as snapshot:
            spent = snapshot.spent(run.run.target, limits)
            others = snapshot.standings_at(run, since=self.outlook.now() - _LATELY_S) if limits else []
        return self.outlook.due_at(spent, [other.calls_left for other in others])


def progress_of(
    connection: Connection,
    ledger: Ledger,
    run_ledger: RunLedger,
    resource: Resource,
    rows: tuple[int, int],
    *,
    keeps: bool = True,
) -> Progress:
    """The progress of a run that is about to be at work.

    Args:
        connection: Who is told, and what time it is.
        ledger: Where other processes look.
        run_ledger: The run's part of it.
        resource: What makes the calls.
        rows: How many there are, and how many of them are to be sent.
        keeps: Whether other processes are to know.
    """
    calls, runtime = resource.calls, connection.runtime
    outlook = Outlook(
        total=rows[0],
        to_send=rows[1],
        limits=calls.limiter.limits,
        calls=calls.counts,
        waits=calls.stop.waits,
        now=runtime.now,
    )
    return Progress(
        outlook=outlook,
        observer=connection.observer,
        ledger=ledger,
        run_ledger=run_ledger,
        keeps=keeps,
        is_watched=not runtime.is_played,
    )
