"""Rows in doubt, settled: looked up, adopted, sent once more, or left to a person.

May import `delivery`'s sender, lookup and recorder, and `model`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.delivery.sender import Doubt
from pipeline.events import Event, tell
from pipeline.model.findings import envelope
from pipeline.model.rows import Outcome, Record, Status

if TYPE_CHECKING:
    from pipeline.delivery.lookup import Found, Lookup
    from pipeline.delivery.recorder import Recorder
    from pipeline.delivery.sender import Sender
    from pipeline.delivery.work_item import SendOptions
    from pipeline.remote.clock import TargetClock


_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Reconciler:
    """Settles rows in doubt.

    Attributes:
        sender: Sends a row once more that is known to be absent.
        lookup: Finds a row's record.
        recorder: Notes how rows end.
        clock: The target's clock.
        options: How long doubts take, and how often a row is sent.
    """

    sender: Sender
    lookup: Lookup
    recorder: Recorder
    clock: TargetClock
    options: SendOptions

    async def take_up(self, record: Record, since: float, last_at: float | None) -> None:
        """Settles a row that an earlier process, or an earlier part of this run, left in doubt.

        Args:
            record: The row.
            since: When it was first sent, by the target's clock.
            last_at: When it was last sent, if that is known.
        """
        now = self.clock.now()
        wait_s = self.options.still_at_work_for(now - last_at if last_at is not None else None)
        # What is known to be later than its last sending proves as much as what is later than now.
        await self._settle(record, since, Doubt(began_at=last_at if last_at is not None else now, is_old=True), wait_s)

    async def settle(self, record: Record, since: float, doubt: Doubt) -> None:
        """Settles a row that was just sent without a readable answer.

        Args:
            record: The row.
            since: When it was first sent, by the target's clock.
            doubt: What is not known of it.
        """
        await self._settle(record, since, doubt, self.options.settling_time(timed_out=doubt.timed_out))

    async def _settle(self, record: Record, since: float, doubt: Doubt, wait_s: float) -> None:
        for _ in range(self.options.attempts):
            if await self._is_settled(record, since, doubt, wait_s):
                return
            tell(_log, Event.SENT_AGAIN, "there is no record of it: sent once more")
            again = await self.sender.send(record)
            if again is None:
                return
            doubt, wait_s = again, self.options.settling_time(timed_out=again.timed_out)
        if not await self._is_settled(record, since, doubt, wait_s):
            message = f"sent {self.options.attempts + 1} times without a readable answer, and never created"
            await self.recorder.record(record, Outcome(status=Status.FAILED, response=envelope([], message)))
            _tell(Status.FAILED)

    async def _is_settled(self, record: Record, since: float, doubt: Doubt, wait_s: float) -> bool:
        """Ends a row whose record is found, or of which nothing can be said; `False` where it is known to be absent."""
        while True:
            found = await self.lookup.find_when_settled(record.key, since, doubt.began_at, wait_s)
            if found.absent and not doubt.is_final:
                return False
            if found.remote_id is None:
                outcome = self._left_in_doubt(record, found, doubt)
                await self.recorder.record(record, outcome, is_news=not doubt.is_old)
                _tell(Status.IN_DOUBT)
                return True
            if await self.recorder.adopt(record, found.remote_id):
                _tell(Status.CREATED, found.remote_id)
                return True
            wait_s = 0.0  # another row was faster: the next look-up passes over its record

    def _left_in_doubt(self, record: Record, found: Found, doubt: Doubt) -> Outcome:
        """What only a person can settle, with how to do it."""
        why = doubt.why if doubt.is_final else f"sent, without a readable answer: {found.why}"
        where = record.key.described(self.lookup.endpoint.key)
        message = (
            f"{why}; look for {where} at the target, then settle the row with its Id, or `missing`, in in_doubt.csv"
        )
        return Outcome(status=Status.IN_DOUBT, response=envelope([], message), candidates=found.candidates)


def _tell(status: Status, remote_id: int | None = None) -> None:
    message = "left to a person" if status is Status.IN_DOUBT else f"settled: {status.value}"
    tell(_log, Event.SETTLED, message, Status=status.value, Id=remote_id)
