"""Checked batches into the ledger, and what is due of them out to the workers.

CallResult and checking run in a thread, one batch ahead of what is being sent.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pipeline.delivery.payload import bodies
from pipeline.delivery.work_item import WorkItem
from pipeline.errors import ImportFailure
from pipeline.ledger import entry
from pipeline.model.config import Existing
from pipeline.model.rows import Key, Record, RowRef, Status
from pipeline.stop import Stopping

if TYPE_CHECKING:
    from pipeline.delivery.breaker import Breaker
    from pipeline.delivery.existing import Listing
    from pipeline.ledger.entry import PendingRow
    from pipeline.ledger.runs import StoredRun
    from pipeline.ledger.writer import LedgerWriter
    from pipeline.model.findings import CheckedBatch
    from pipeline.stop import Stop
    from schemas.endpoint import Endpoint


@dataclass(kw_only=True)
class Producer:
    """The rows of a run on their way from the sources to the workers.

    Attributes:
        batches: Reads and checks them.
        endpoint: Where they go.
        existing: What to do with a row whose record exists.
        run: The run they belong to.
        writer: Enters them into the ledger.
        listing: Finds what exists at the target.
        breaker: Watches how many are invalid.
        stop: The order to end.
        on_read: Told how many rows were read, and how many of them have ended already.
        rows_read: How many rows were read so far.
    """

    batches: Generator[CheckedBatch, None, None]
    endpoint: Endpoint
    existing: Existing
    run: StoredRun
    writer: LedgerWriter
    listing: Listing
    breaker: Breaker
    stop: Stop
    on_read: Callable[[int, int], None]
    rows_read: int = 0
    _reading: threading.Lock = field(default_factory=threading.Lock)
    _entered: bool = True
    _batch: CheckedBatch | None = None

    async def due(self) -> AsyncIterator[WorkItem]:
        """What is to be sent, in the order of the sources. Ends when the run is to end."""
        try:
            while not self.stop.is_set and (batch := await self._next()) is not None:
                due = await self._enter(batch)
                self.on_read(len(batch.rows), len(batch.rows) - len(due))
                for delivery in await asyncio.to_thread(self._deliveries, batch, due):
                    yield delivery
        except Stopping:
            return
        except ImportFailure as reason:
            self.stop.because(reason)

    async def rest(self) -> None:
        """Enters what has not been read yet, without sending it, so that the report names every row."""
        while (batch := await self._next()) is not None:
            await self.writer.do(self._entering(batch))
            self._entered = True

    def close(self) -> None:
        """Lets go of the sources, once the batch that is being read is complete."""
        # A run that was cut off leaves its thread reading, and a generator must not be closed while it runs.
        with self._reading:
            self.batches.close()

    def _read(self) -> CheckedBatch | None:
        with self._reading:
            return next(self.batches, None)

    async def _next(self) -> CheckedBatch | None:
        if self._entered:
            self._batch = await asyncio.to_thread(self._read)
            if self._batch is not None:
                self._entered = False
                self.rows_read += len(self._batch.rows)
                reason = self.breaker.read(len(self._batch.rows), len(self._batch.errors))
                if reason is not None:
                    self.stop.because(reason)
        return self._batch

    async def _enter(self, batch: CheckedBatch) -> list[PendingRow]:
        due = await self.writer.do(self._entering(batch))
        self._entered = True
        if self.existing is Existing.IGNORE:
            return due
        # Only businesses with rows that the ledger does not know: a repeated import costs no quota.
        new = [d.position for d in due if d.status is Status.UNPROCESSED and d.existing_id is None]
        wanted = batch.typed[self.endpoint.key[0]].iloc[new].unique().tolist() if new else []
        if await self.listing.ensure(wanted):
            due = await self.writer.do(self._entering(batch))
        return due

    def _entering(self, batch: CheckedBatch) -> Callable[..., list[PendingRow]]:
        update = self.existing is Existing.UPDATE
        return partial(entry.enter, run=self.run, batch=batch, key=self.endpoint.key, update=update)

    def _deliveries(self, batch: CheckedBatch, due: list[PendingRow]) -> list[WorkItem]:
        endpoint = self.endpoint
        positions = [d.position for d in due]
        if not positions:
            return []
        numbers, texts = (batch.typed[name].iloc[positions].tolist() for name in endpoint.key)
        encoded = bodies(endpoint, batch.typed, positions)
        return [
            WorkItem(
                record=Record(
                    ref=RowRef(source=batch.source, row=batch.rows[d.position]),
                    key=Key(business_id=int(number), email=str(text)),
                    body=body,
                ),
                in_doubt=d.status is Status.IN_DOUBT,
                since=d.intent_at,
                last_at=d.last_at,
                existing_id=d.existing_id,
            )
            for d, number, text, body in zip(due, numbers, texts, encoded, strict=True)
        ]
