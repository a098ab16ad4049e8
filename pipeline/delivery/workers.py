"""The life of a valid row: claimed and intended in the ledger, posted, answered, concluded.

Around each POST, from the outside in: retries (`retry`), the budget (`pacing`), the intent (`ledger`), a slot among
those in flight. Limits stand inside and retries outside, so that a row that waits to be sent again holds no slot.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pipeline.errors import Defect, ImportFailure, SignInError, TargetUnavailable
from pipeline.ledger import claims, outcomes
from pipeline.model.findings import envelope
from pipeline.model.rows import Outcome, Status
from pipeline.remote.responses import CallResult, Verdict
from pipeline.remote.retry import NotProcessed, NotSent, Throttled, TokenRenewed, with_retries
from pipeline.stop import Stopping

if TYPE_CHECKING:
    from pipeline.delivery.breaker import Breaker
    from pipeline.delivery.lookup import Lookup
    from pipeline.delivery.updater import Updater
    from pipeline.delivery.work_item import SendOptions, WorkItem
    from pipeline.ledger.ledger import Ledger
    from pipeline.ledger.runs import StoredRun
    from pipeline.ledger.writer import LedgerWriter
    from pipeline.model.rows import Record
    from pipeline.remote.client import Client
    from pipeline.remote.rate_limit import RateLimiter
    from pipeline.stop import Stop
    from schemas.endpoint import Endpoint

_log = logging.getLogger(__name__)

_MOST_IN_DOUBT = 1_000
_ASK_AGAIN_S = 0.5


class _KeyHeld(Exception):
    """Another row owns the key: nothing was sent."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(kw_only=True)
class Submitter:
    """Sends the rows of a run.

    Attributes:
        run: Whose rows.
        endpoint: Where they go.
        client: Makes one exchange.
        ledger: Knows which runs are alive.
        writer: Notes intents and ends.
        pacer: Lets each call pass.
        slots: Calls in flight.
        look_up: Settles what is in doubt.
        changes: Updater records that exist.
        breaker: Watches how rows end.
        stop: The order to end.
        settings: How rows are sent.
        on_end: Told of each row that has ended, once that is on disk.
        worked_with: The token with which a row was last processed.
    """

    run: StoredRun
    endpoint: Endpoint
    client: Client
    ledger: Ledger
    writer: LedgerWriter
    limiter: RateLimiter
    slots: asyncio.Semaphore
    lookup: Lookup
    updater: Updater
    breaker: Breaker
    stop: Stop
    settings: SendOptions
    on_end: Callable[[Status], None]
    worked_with: str = ""
    _doubts: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MOST_IN_DOUBT))
    _greeting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _greeted: bool = False

    async def deliver(self, deliveries: AsyncIterator[WorkItem]) -> None:
        """Sends rows until there are no more or the run is to end; returns when none is in flight."""
        # A worker waits for the disk before and after its POST; with no budget to wait for, as many again keep the
        # slots filled meanwhile.
        workers = self.settings.concurrency * (1 if self.limiter.limits else 3)
        queue: asyncio.Queue[WorkItem | None] = asyncio.Queue(maxsize=workers)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(workers):
                tasks.create_task(self._work(queue, tasks))
            async for delivery in deliveries:
                await queue.put(delivery)
                if self.stop.is_set:
                    break
            for _ in range(workers):
                await queue.put(None)

    async def _work(self, queue: asyncio.Queue[WorkItem | None], tasks: asyncio.TaskGroup) -> None:
        while (delivery := await queue.get()) is not None:
            if self.stop.is_set:
                continue
            await self._guarded(self._live(delivery, tasks))

    async def _guarded(self, life: Coroutine[None, None, None]) -> None:
        """Whatever goes wrong with one row ends the run in good order instead of cutting off the others."""
        try:
            await life
        except Stopping:
            return  # where the row stands is in the ledger; resuming the run takes it up
        except ImportFailure as reason:
            self.stop.because(reason)
        except Exception as error:  # noqa: BLE001 - reported as the run's reason, with what it was
            _log.debug("a row ended in a defect", exc_info=True)
            advice = "Please report it: --verbose logs the traceback. Nothing is lost: `nexudus-import resume --last`."
            self.stop.because(Defect(f"A defect: {type(error).__name__}: {error}", advice=advice))

    async def _live(self, delivery: WorkItem, tasks: asyncio.TaskGroup) -> None:
        if delivery.existing_id is not None and not delivery.in_doubt:
            await self._conclude(delivery.record, await self.updater.apply(delivery.record, delivery.existing_id))
            return
        if not self.client.clock.known:
            await self._greet()
        since = delivery.since if delivery.since is not None else self.client.clock.now()
        if delivery.in_doubt:
            await self._doubt(delivery.record, since, self._at_work_for(delivery.last_at), tasks)
            return
        reading = await self._send(delivery.record)
        if reading is not None:
            await self._answered(delivery.record, reading)
            if reading.verdict is Verdict.IN_DOUBT:
                await self._doubt(delivery.record, since, self._settling_time(reading), tasks)

    async def _greet(self) -> None:
        """Asks for the target's time, once, before it is written down when a row was sent."""
        async with self._greeting:
            if not self._greeted:
                self._greeted = True
                await self.lookup.resource.probe()

    # -- sending -------------------------------------------------------------------------------------------------

    async def _send(self, record: Record) -> CallResult | None:
        """Posts a row until the target has processed it or may have; `None` where it ended without a POST.

        Raises:
            Stopping: The run is to end; the row is put back.
        """
        attempt = _Attempt(self, record)
        try:
            return await with_retries(attempt, self.settings.attempts, self.stop)
        except _KeyHeld as held:
            await self._conclude(record, held.outcome)
        except NotSent as error:
            await self._put_back(record, attempt)
            message = (error.reading.response or {}).get("Message") if error.reading else None
            advice = "`nexudus-import resume --last` goes on from here when it is back."
            self.stop.because(TargetUnavailable(f"The target cannot be reached ({message}).", advice=advice))
        except (Stopping, ImportFailure):
            await self._put_back(record, attempt)
            raise
        return None

    async def _put_back(self, record: Record, attempt: _Attempt) -> None:
        """The row is known not to have been processed: its turn is still to come."""
        if attempt.intended:
            await self.writer.conclude(record, Outcome(status=Status.UNPROCESSED))

    async def _answered(self, record: Record, reading: CallResult) -> None:
        status = {
            Verdict.CREATED: Status.CREATED,
            Verdict.REFUSED: Status.REJECTED,
            Verdict.IN_DOUBT: Status.IN_DOUBT,
        }[reading.verdict]
        outcome = Outcome(
            status=status,
            remote_id=reading.remote_id,
            response=reading.response,
            updated_on=reading.updated_on,
        )
        await self._conclude(record, outcome)

    async def _conclude(self, record: Record, outcome: Outcome) -> None:
        await self.writer.conclude(record, outcome)
        self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        """A row's end is on disk: now it can be told."""
        self.on_end(outcome.status)
        reason = self.breaker.ended(outcome)
        if reason is not None:
            self.stop.because(reason)

    # -- in doubt ------------------------------------------------------------------------------------------------

    def _settling_time(self, reading: CallResult) -> float:
        """A request that timed out may still be at work: it is given as long again as it was waited for."""
        return self.settings.settle_s + (self.settings.timeout_s if reading.timed_out else 0.0)

    def _at_work_for(self, last_at: float | None) -> float:
        """How much longer the target may be at work on what a process sent that has died since, or was cut off.

        Nobody waits for that answer any more, but the record may still come: the row may have had to wait for a slot
        before it was sent, and is given as long again as one that timed out.
        """
        longest = self.settings.settle_s + 2 * self.settings.timeout_s
        succeeded = self.client.clock.now() - last_at if last_at is not None else longest
        return min(max(0.0, longest - succeeded), longest)

    async def _doubt(self, record: Record, since: float, wait_s: float, tasks: asyncio.TaskGroup) -> None:
        """Settles a row in the background, so that the worker can send others meanwhile."""
        await self._doubts.acquire()
        task = tasks.create_task(self._guarded(self._settle(record, since, wait_s)))
        task.add_done_callback(lambda _: self._doubts.release())

    async def _settle(self, record: Record, since: float, wait_s: float) -> None:
        for _ in range(self.settings.attempts):
            await self.stop.sleep(wait_s)
            if await self._settled_by_look_up(record, since):
                return
            reading = await self._send(record)
            if reading is None:
                return
            await self._answered(record, reading)
            if reading.verdict is not Verdict.IN_DOUBT:
                return
            wait_s = self._settling_time(reading)
        await self.stop.sleep(wait_s)
        if not await self._settled_by_look_up(record, since):
            message = f"sent {self.settings.attempts + 1} times without a readable answer, and never created"
            await self._conclude(record, Outcome(status=Status.FAILED, response=envelope([], message)))

    async def _settled_by_look_up(self, record: Record, since: float) -> bool:
        """Ends a row whose record is found, or of which nothing can be said; `False` where it is known not to exist."""
        while not (found := await self.lookup.find(record.key, since)).absent:
            if found.remote_id is None:
                message = f"sent, without a readable answer: {found.why}"
                await self._conclude(record, Outcome(status=Status.IN_DOUBT, response=envelope([], message)))
                return True
            at = self.client.clock.now()
            adopt = partial(outcomes.adopt, run=self.run, record=record, remote_id=found.remote_id, at=at)
            if await self.writer.do(adopt):
                self._tell(Outcome(status=Status.CREATED, remote_id=found.remote_id))
                return True
        return False

    # -- keys of others ------------------------------------------------------------------------------------------

    async def claim(self, record: Record) -> None:
        """Notes the intent to send a row, as soon as its key is free.

        Raises:
            _KeyHeld: Another row has created the record, or nobody can say whether it has.
            Stopping: The run is to end.
        """
        while (holder := await self.writer.intend(record)) is not None:
            if holder.remote_id is not None:
                reason = f"created by {holder}"
                raise _KeyHeld(Outcome(status=Status.SKIPPED, remote_id=holder.remote_id, reason=reason))
            if holder.run_id == self.run.id or not self.ledger.is_free(holder.run_name):
                self._check_patience(holder)
                await self.stop.sleep(_ASK_AGAIN_S)
                continue
            await self._succeed(record, holder)

    def _check_patience(self, holder: claims.KeyOwner) -> None:
        """Two runs that each keep a row in doubt that the other needs would wait for each other forever.

        Raises:
            _KeyHeld: The holder is in doubt for longer than it takes to settle that.
        """
        longest = self.settings.attempts * (self.settings.settle_s + 2 * self.settings.timeout_s)
        if holder.in_doubt and self.client.clock.now() - (holder.last_at or 0.0) > longest:
            message = f"{holder} has the same key and is in doubt: resume this run when that one has ended"
            raise _KeyHeld(Outcome(status=Status.IN_DOUBT, response=envelope([], message)))

    async def _succeed(self, record: Record, holder: claims.KeyOwner) -> None:
        """Takes a key over from a row in doubt whose process has ended, once it is known to have created nothing."""
        await self.stop.sleep(self._at_work_for(holder.last_at))
        found = await self.lookup.find(record.key, holder.intent_at or 0.0)
        if found.remote_id is not None:
            reason = f"exists at the target (sent by {holder})"
            raise _KeyHeld(Outcome(status=Status.SKIPPED, remote_id=found.remote_id, reason=reason))
        if not found.absent:
            message = f"{holder} has the same key and is in doubt: {found.why}"
            raise _KeyHeld(Outcome(status=Status.IN_DOUBT, response=envelope([], message)))
        await self.writer.do(partial(claims.take_over, run=self.run, record=record, holder=holder))


class _Attempt:
    """One row's attempts: each either yields a reading of what the target did, or raises that it did nothing."""

    def __init__(self, submitter: Submitter, record: Record) -> None:
        self._s = submitter
        self._record = record
        self._renewed = False
        self.intended = False

    async def __call__(self) -> CallResult:
        s = self._s
        await s.limiter.acquire(modifying=True)
        if self.intended:
            now = s.client.clock.now()
            await s.writer.do(partial(claims.send_again, run=s.run, record=self._record, at=now))
        else:
            await s.claim(self._record)
            self.intended = True
        async with s.slots:
            token = s.client.session.token
            reading = await s.client.create(self._record.body)
        if reading.verdict is Verdict.THROTTLED:
            await s.limiter.throttled(reading.retry_after_s)
            raise Throttled(reading)
        if reading.verdict is Verdict.NOT_SENT:
            raise NotSent(reading)
        if reading.verdict is Verdict.UNAUTHORIZED:
            raise await self._unauthorised(token, reading)
        s.limiter.succeeded()
        s.worked_with = token
        return reading

    async def _unauthorised(self, token: str, reading: CallResult) -> NotProcessed | SignInError:
        """A 401 was not processed: once it is an expired token, twice it is a missing role.

        Unless the new token has worked meanwhile: then it has expired as well before this row's turn came.
        """
        may_be_expired = not self._renewed or token == self._s.worked_with
        if may_be_expired and await self._s.client.session.renew(token):
            self._renewed = True
            return TokenRenewed(reading)
        role = self._s.endpoint.roles.create
        said = (reading.response or {}).get("Message")
        return SignInError(
            f"The target refuses {self._s.client.session.user} ({said}).",
            advice=f"The token is wrong or has expired, or the user lacks the role {role}. Then resume the run.",
        )
