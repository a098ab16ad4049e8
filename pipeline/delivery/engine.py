"""Puts a run's delivery together and lets it run in this process.

May import every other part of `delivery`, `remote`, `ledger`, `stop` and `model`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.delivery.breaker import Breaker
from pipeline.delivery.claims import Claims
from pipeline.delivery.lookup import Lookup
from pipeline.delivery.producer import Producer
from pipeline.delivery.reading import ReadInThread
from pipeline.delivery.reconciler import Reconciler
from pipeline.delivery.recorder import Recorder
from pipeline.delivery.sender import Sender
from pipeline.delivery.updater import Updater
from pipeline.delivery.work_item import SendOptions
from pipeline.delivery.workers import Workers
from pipeline.errors import ImportFailure, LedgerUnavailable

if TYPE_CHECKING:
    from pipeline.delivery.existing import ExistingRecords
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.model.config import RunConfig
    from pipeline.model.findings import CheckedBatch
    from pipeline.model.rows import Outcome, Record, RowResult
    from pipeline.remote.resource import Resource
    from pipeline.stop import Stop


_log = logging.getLogger(__name__)


def _is_cancelled_again() -> bool:
    """Whether the task was cancelled once more while it ended what it had in flight."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 1


@dataclass(kw_only=True)
class Engine:
    """One run's delivery, or the part of it that this process has.

    Attributes:
        config: How rows are sent.
        resource: Where they are sent.
        existing_records: Finds what exists there.
        ledger: The run's part of the ledger.
        stop: The order to end.
        on_read: Told how many rows were read, and how many of them have ended already.
        on_answer: Told of each end before the ledger is.
        on_end: Told of each row that has ended.
        follows_rows: Whether `on_end` is told also of rows that ended by being read: invalid, skipped.
    """

    config: RunConfig
    resource: Resource
    existing_records: ExistingRecords
    ledger: RunLedger
    stop: Stop
    on_read: Callable[[int, int], None]
    on_answer: Callable[[Record, Outcome], None]
    on_end: Callable[[RowResult], None]
    follows_rows: bool = False

    async def deliver(self, batches: Generator[CheckedBatch, None, None]) -> int:
        """Sends all that is due; returns the rows that were read.

        Cancelled once the run is to end, it leaves what is in flight in doubt, and still enters the rows that are left,
        so that the report names them; cancelled once more, it leaves those, too.
        May be at work several times at once: what was seen of the target is known to all of them.

        Args:
            batches: The run's rows, checked.
        """
        producer, workers = self._producer(batches), self._workers()
        following = asyncio.create_task(self.resource.follow_waits())
        try:
            with contextlib.closing(producer):
                try:
                    await workers.run(producer.items())
                    await self._drain(producer)
                except asyncio.CancelledError:
                    if self.stop.is_set and not _is_cancelled_again():
                        _log.warning("Rows that were not read are entered for the report: once more leaves them out.")
                        await self._drain(producer)
                    raise
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        return producer.rows_read

    async def _drain(self, producer: Producer) -> None:
        if isinstance(self.stop.reason, LedgerUnavailable):
            return
        try:
            await producer.drain()
        except ImportFailure as reason:  # a source that fails, or the ledger
            self.stop.because(reason)

    @cached_property
    def breaker(self) -> Breaker:
        """Watches how rows end."""
        return Breaker(self.config.stop_after, self.config.max_errors)

    @cached_property
    def _options(self) -> SendOptions:
        return SendOptions(
            concurrency=self.config.concurrency,
            attempts=self.config.attempts,
            settle_s=self.config.settle_s,
            max_lag_s=self.config.max_lag_s,
            timeout_s=self.config.timeout_s,
        )

    @cached_property
    def _lookup(self) -> Lookup:
        return Lookup(
            endpoint=self.resource.endpoint,
            resource=self.resource,
            ledger=self.ledger,
            clock=self.resource.clock,
            options=self._options,
            stop=self.stop,
        )

    def _producer(self, batches: Generator[CheckedBatch, None, None]) -> Producer:
        endpoint = self.resource.endpoint
        return Producer(
            batches=ReadInThread(batches),
            endpoint=endpoint,
            existing=self.config.existing,
            ledger=self.ledger,
            existing_records=self.existing_records,
            breaker=self.breaker,
            stop=self.stop,
            on_read=self.on_read,
            on_end=self.on_end if self.follows_rows else None,
        )

    def _workers(self) -> Workers:
        client, stop, ledger = self.resource.calls.client, self.stop, self.ledger
        options, lookup = self._options, self._lookup
        recorder = Recorder(
            ledger=ledger, breaker=self.breaker, stop=stop, on_answer=self.on_answer, on_end=self.on_end
        )
        sender = Sender(
            resource=self.resource,
            claims=Claims(ledger=ledger, lookup=lookup, clock=client.clock, options=options, stop=stop),
            lookup=lookup,
            recorder=recorder,
            ledger=ledger,
            clock=client.clock,
            stop=stop,
        )
        return Workers(
            # A worker waits for the disk before and after its POST; with no budget to wait for, as many again keep
            # the slots filled meanwhile.
            count=options.concurrency * (1 if self.config.limits else 3),
            sender=sender,
            reconciler=Reconciler(sender=sender, lookup=lookup, recorder=recorder, clock=client.clock, options=options),
            updater=Updater(endpoint=self.resource.endpoint, resource=self.resource, recorder=recorder, ledger=ledger),
            resource=self.resource,
            clock=client.clock,
            stop=stop,
        )
