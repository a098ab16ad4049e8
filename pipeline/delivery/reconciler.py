"""Rows in doubt, settled: looked up, adopted, sent once more, or left to a person.

May import `delivery`'s sender, lookup and recorder, and `model`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.delivery.lookup import Found
from pipeline.delivery.sender import Doubt
from pipeline.events import Event, tell
from pipeline.model.counts import counted
from pipeline.model.findings import envelope
from pipeline.model.rows import Outcome, Record, Status

if TYPE_CHECKING:
    from pipeline.delivery.lookup import Lookup
    from pipeline.delivery.recorder import Recorder
    from pipeline.delivery.sender import Sender
    from pipeline.delivery.work_item import SendOptions, WorkItem
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

    async def take_up(self, item: WorkItem, since: float) -> None:
        """Settles a row that an earlier process, or an earlier part of this run, left in doubt.

        Args:
            item: The row.
            since: When it was first sent, by the target's clock.
        """
        now, last_at = self.clock.now(), item.last_at
        wait_s = self.options.still_at_work_for(now - last_at if last_at is not None else None)
        # What is known to be later than its last sending proves as much as what is later than now.
        began_at = last_at if last_at is not None else now
        doubt = Doubt(began_at=began_at, is_old=True, final_because=item.final_because)
        await self._settle(item.record, since, doubt, wait_s, self.options.attempts)

    async def settle(self, record: Record, since: float, doubt: Doubt) -> None:
        """Settles a row that was just sent without a readable answer.

        Args:
            record: The row.
            since: When it was first sent, by the target's clock.
            doubt: What is not known of it.
        """
        wait_s = self.options.settling_time(timed_out=doubt.timed_out)
        await self._settle(record, since, doubt, wait_s, self.options.attempts - 1)

    async def _settle(self, record: Record, since: float, doubt: Doubt, wait_s: float, more: int) -> None:
        """Settles a row that may be sent so many more times."""
        is_assumed = False
        for _ in range(more):
            absent = await self._unsettled(record, since, doubt, wait_s)
            if absent is None:
                return
            is_assumed = is_assumed or absent.is_assumed
            tell(_log, Event.SENT_AGAIN, "there is no record of it: sent once more")
            again = await self.sender.send(record)
            if again is None:
                return
            doubt, wait_s = again, self.options.settling_time(timed_out=again.timed_out)
        absent = await self._unsettled(record, since, doubt, wait_s)
        if absent is not None:
            await self._give_up(record, doubt, more + 1, is_assumed=is_assumed or absent.is_assumed)

    async def _give_up(self, record: Record, doubt: Doubt, times: int, *, is_assumed: bool) -> None:
        """Ends a row that was sent as often as it may be: as failed only where it is known that none was created."""
        sent = f"sent {counted(times, 'time')} without a readable answer"
        if is_assumed:
            why = f"{sent}; no record of it is listed, but the list was never seen to be up to date"
            found = Found(absent=True)
            outcome = self._left_in_doubt(record, found, replace(doubt, final_because=why))
        else:
            outcome = Outcome(status=Status.FAILED, response=envelope([], f"{sent}, and never created"))
        await self.recorder.record(record, outcome)
        _tell(outcome.status)

    async def _unsettled(self, record: Record, since: float, doubt: Doubt, wait_s: float) -> Found | None:
        """How a row is known to be absent; `None` where it has ended: its record is found, or nobody can say."""
        while True:
            found = await self.lookup.find_when_settled(record.key, since, doubt.began_at, wait_s)
            if found.absent and doubt.final_because is None:
                return found
            if found.remote_id is None:
                outcome = self._left_in_doubt(record, found, doubt)
                await self.recorder.record(record, outcome, is_news=not doubt.is_old)
                _tell(Status.IN_DOUBT)
                return None
            if await self.recorder.adopt(record, found.remote_id):
                _tell(Status.CREATED, found.remote_id)
                return None
            wait_s = 0.0  # another row was faster: the next look-up passes over its record

    def _left_in_doubt(self, record: Record, found: Found, doubt: Doubt) -> Outcome:
        """What only a person can settle, with how to do it."""
        why = doubt.final_because or f"sent, without a readable answer: {found.why}"
        where = record.key.described(self.lookup.endpoint.key)
        message = (
            f"{why}; look for {where} at the target, then settle the row with its Id, or `missing`, in in_doubt.csv"
        )
        return Outcome(
            status=Status.IN_DOUBT,
            response=envelope([], message),
            reason=doubt.final_because,
            candidates=found.candidates,
        )


def _tell(status: Status, remote_id: int | None = None) -> None:
    message = "left to a person" if status is Status.IN_DOUBT else f"settled: {status.value}"
    tell(_log, Event.SETTLED, message, Status=status.value, Id=remote_id)
