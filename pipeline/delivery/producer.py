"""Checked batches into the ledger, and what is due of them out to the workers.

Reading and checking run in a thread, one batch ahead of what is being sent.
May import `delivery.payload`, `delivery.reading`, `ledger`, `stop` and `model`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.delivery.existing import parts_of_new
from pipeline.delivery.failures import internal_error
from pipeline.delivery.payload import bodies
from pipeline.delivery.work_item import WorkItem
from pipeline.errors import ImportFailure
from pipeline.model.config import Existing
from pipeline.model.rows import Record, RowRef, Status
from pipeline.stop import Stopping

if TYPE_CHECKING:
    from pipeline.delivery.breaker import Breaker
    from pipeline.delivery.existing import ExistingRecords
    from pipeline.delivery.reading import ReadInThread
    from pipeline.ledger.entry import PendingRow
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.model.findings import CheckedBatch
    from pipeline.model.rows import RowResult
    from pipeline.stop import Stop
    from schemas.endpoint import Endpoint


@dataclass(kw_only=True)
class Producer:
    """The rows of a run on their way from the sources to the workers.

    Attributes:
        batches: Reads and checks them.
        endpoint: Where they go.
        existing: What to do with a row whose record exists.
        ledger: Where they are entered.
        existing_records: Finds what exists at the target.
        breaker: Watches how many are invalid.
        stop: The order to end.
        on_read: Told how many rows were read, and how many of them have ended already.
        on_end: Told of each row that has ended by being entered; `None` where nobody follows the rows.
        rows_read: How many rows were read so far.
    """

    batches: ReadInThread[CheckedBatch]
    endpoint: Endpoint
    existing: Existing
    ledger: RunLedger
    existing_records: ExistingRecords
    breaker: Breaker
    stop: Stop
    on_read: Callable[[int, int], None]
    on_end: Callable[[RowResult], None] | None = None
    rows_read: int = 0
    _entered: bool = True
    _batch: CheckedBatch | None = None

    async def items(self) -> AsyncGenerator[WorkItem]:
        """What is to be sent, in the order of the sources but for what exists. Ends when the run is to end."""
        try:
            while not self.stop.is_set and (batch := await self._next()) is not None:
                async with contextlib.aclosing(self._due(batch)) as due:
                    async for pending in due:
                        for item in await asyncio.to_thread(self._work_items, batch, pending):
                            yield item
        except Stopping:
            return
        except ImportFailure as reason:
            self.stop.because(reason)
        except Exception as error:  # noqa: BLE001 - rows in flight are finished, and the run ends with what it was
            self.stop.because(internal_error(error))

    async def drain(self) -> None:
        """Enters what has not been read yet, without sending it, so that the report names every row."""
        while (batch := await self._next()) is not None:
            await self._tell(batch, len(batch.rows), await self._entered_rows(batch))

    def close(self) -> None:
        """Closes the sources, once the batch that is being read is complete."""
        self.batches.close()

    async def _next(self) -> CheckedBatch | None:
        if self._entered:
            self._batch = await self.batches.next()
            if self._batch is not None:
                self._entered = False
                self.rows_read += len(self._batch.rows)
                reason = self.breaker.read(len(self._batch.rows), len(self._batch.errors))
                if reason is not None:
                    self.stop.because(reason)
        return self._batch

    async def _due(self, batch: CheckedBatch) -> AsyncGenerator[list[PendingRow]]:
        """The rows of a batch that are to be sent, each as soon as it is known that its record does not exist."""
        pending = await self._entered_rows(batch)
        await self._tell(batch, len(batch.rows), pending)
        unknown = {} if self.existing is Existing.IGNORE else self._unknown(batch, pending)
        yield [row for row in pending if row.position not in unknown]
        wanted: dict[Any, list[int]] = defaultdict(list)
        for position, part in unknown.items():
            wanted[part].append(position)
        keys = {part: [key for p in rows if (key := batch.keys[p]) is not None] for part, rows in wanted.items()}
        async with contextlib.aclosing(self.existing_records.find(keys)) as found:
            async for parts in found:
                positions = [position for part in parts for position in wanted[part]]
                left = await self.ledger.sift(batch, positions, update=self.existing is Existing.UPDATE)
                await self._tell(batch, 0, left, positions)
                yield left

    def _unknown(self, batch: CheckedBatch, pending: list[PendingRow]) -> dict[int, Any]:
        """Rows of which nobody knows whether their record exists: position to the part of the target they are for."""
        new, knows = parts_of_new(self.endpoint, batch, pending), self.existing_records.knows
        return {position: part for position, (part, key) in new.items() if not knows(part, key)}

    async def _entered_rows(self, batch: CheckedBatch) -> list[PendingRow]:
        pending = await self.ledger.enter(batch, update=self.existing is Existing.UPDATE)
        self._entered = True
        return pending

    async def _tell(
        self, batch: CheckedBatch, read: int, pending: list[PendingRow], among: Sequence[int] | None = None
    ) -> None:
        """Tells how many rows were read, and which of the batch, or of some of its rows, have ended by that."""
        open_rows = {row.position for row in pending}
        ended = [p for p in (range(len(batch.rows)) if among is None else among) if p not in open_rows]
        self.on_read(read, len(ended))
        if self.on_end is not None and ended:
            for result in await self.ledger.ended_in(batch, ended):
                self.on_end(result)

    def _work_items(self, batch: CheckedBatch, pending: list[PendingRow]) -> list[WorkItem]:
        encoded = bodies(self.endpoint, batch.typed, [p.position for p in pending]) if pending else []
        return [self._work_item(batch, row, body) for row, body in zip(pending, encoded, strict=True)]

    @staticmethod
    def _work_item(batch: CheckedBatch, row: PendingRow, body: bytes) -> WorkItem:
        key = batch.keys[row.position]
        if key is None:
            raise ValueError(f"row {batch.rows[row.position]} is pending without a key")
        ref = RowRef(source=batch.source, row=batch.rows[row.position])
        return WorkItem(
            record=Record(ref=ref, key=key, body=body),
            in_doubt=row.status is Status.IN_DOUBT,
            since=row.intent_at,
            last_at=row.last_at,
            final_because=row.final_because,
            existing_id=row.existing_id,
            changes=row.changes,
        )
