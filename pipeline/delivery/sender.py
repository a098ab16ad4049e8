"""One row sent until the target has its record or may have it.

May import `delivery`'s claims, lookup and recorder, `remote`, `ledger` and `model`.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.delivery.claims import KeyHeld
from pipeline.delivery.failures import not_the_endpoint, refused_user, unreachable
from pipeline.errors import ImportFailure
from pipeline.events import Event, tell
from pipeline.model.rows import Outcome, Record, Status
from pipeline.remote.calls import MissingRole, NotTheEndpoint
from pipeline.remote.responses import CallResult, Verdict
from pipeline.remote.retry import NotSent
from pipeline.stop import Stopping

if TYPE_CHECKING:
    from pipeline.delivery.claims import Claims
    from pipeline.delivery.lookup import Lookup
    from pipeline.delivery.recorder import Recorder
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.remote.clock import TargetClock
    from pipeline.remote.resource import Resource
    from pipeline.stop import Stop

_log = logging.getLogger(__name__)

_STATUS = {
    Verdict.SUCCEEDED: Status.CREATED,
    Verdict.REFUSED: Status.REJECTED,
    Verdict.IN_DOUBT: Status.IN_DOUBT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """What is not known of a row that was sent.

    Attributes:
        began_at: Since when, by the target's clock.
        timed_out: Whether the target may still be at work on it.
        final_because: Why it must not be sent once more, whatever the list shows, if it must not.
        is_old: Whether it is an earlier process's, so that it says nothing about the target as it is now.
    """

    began_at: float
    timed_out: bool = False
    final_because: str | None = None
    is_old: bool = False


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Sends rows, one at a time each.

    Attributes:
        resource: The creating call.
        claims: Claims each row's key.
        lookup: Told of each created record.
        recorder: Notes how rows end.
        ledger: Notes when a row is sent again.
        clock: The target's clock.
        stop: The order to end.
    """

    resource: Resource
    claims: Claims
    lookup: Lookup
    recorder: Recorder
    ledger: RunLedger
    clock: TargetClock
    stop: Stop

    async def send(self, record: Record) -> Doubt | None:
        """Sends a row and notes how it ended.

        Returns:
            What is in doubt about it; `None` where the row has ended, or is put back because the run is to end.

        Raises:
            Stopping: The run is to end; the row is put back.
            ImportFailure: The run cannot go on; the row is put back, or in doubt where it may have been created.
        """
        attempt = _Attempt(self, record)
        try:
            result = await self.resource.create(record.body, attempt.begin, attempt.leave)
        except KeyHeld as held:
            await self.recorder.record(record, held.outcome)
            return None
        except NotSent as error:
            await self._put_back(record, attempt)
            self.stop.because(unreachable(error.result.message if error.result else "no message"))
            return None
        except NotTheEndpoint as error:
            await self._put_back(record, attempt)
            raise not_the_endpoint(error) from error
        except MissingRole as error:
            await self._put_back(record, attempt)
            raise refused_user(error) from error
        except (Stopping, ImportFailure):
            await self._put_back(record, attempt)
            raise
        except asyncio.CancelledError:  # the second Ctrl-C: what has left is in doubt, what waits for its turn is not
            if not attempt.has_left:
                await self._put_back_at_last(record, attempt)
            raise
        return await self._ended(record, result, attempt.sent_at)

    async def _put_back(self, record: Record, attempt: _Attempt) -> None:
        if attempt.is_claimed:
            await self.recorder.put_back(record)

    async def _put_back_at_last(self, record: Record, attempt: _Attempt) -> None:
        try:
            await self._put_back(record, attempt)
        except ImportFailure as reason:  # it must not take the place of the cancellation, which ends this task
            self.stop.because(reason)

    async def _ended(self, record: Record, result: CallResult, sent_at: float) -> Doubt | None:
        outcome = Outcome(
            status=_STATUS[result.verdict],
            remote_id=result.remote_id,
            response=result.response,
            updated_on=result.updated_on,
        )
        standing = await self.recorder.record(record, outcome)
        if standing.status is Status.CREATED and standing.remote_id is not None:
            self.lookup.created(record.key, standing.remote_id, sent_at)
        if standing.status is not Status.IN_DOUBT:
            return None
        tell(_log, Event.DOUBT, "sent, without a readable answer", Status=result.status, TimedOut=result.timed_out)
        if result.is_page:
            # Asked at once, since a page of a proxy would put one row after another in doubt: it answers this, too.
            await self.lookup.find(record.key, sent_at)
        return Doubt(began_at=self.clock.now(), timed_out=result.timed_out, final_because=standing.reason)


class _Attempt:
    """What is done right before each time that a row is sent."""

    def __init__(self, sender: Sender, record: Record) -> None:
        self._sender = sender
        self._record = record
        self.is_claimed = self.has_left = False
        self.sent_at = 0.0

    async def begin(self) -> None:
        """Claims the row's key, or notes that it is sent again."""
        if self.is_claimed and not await self._sender.ledger.claim_again(self._record):
            self.is_claimed = False
            await self._sender.recorder.put_back(self._record)
        if not self.is_claimed:
            await self._sender.claims.claim(self._record)
            self.is_claimed = True
        self.sent_at = self._sender.clock.now()

    def leave(self, has_left: bool) -> None:
        """Notes that the target may process the row from here on, or that it has not done so."""
        self.has_left = has_left
