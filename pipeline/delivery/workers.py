"""The pool of workers that take rows from the producer, each row to its end.

May import every other part of `delivery` but `engine` and `producer`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from pipeline.delivery.failures import internal_error
from pipeline.errors import ImportFailure
from pipeline.events import about_row
from pipeline.stop import Stopping

if TYPE_CHECKING:
    from pipeline.delivery.reconciler import Reconciler
    from pipeline.delivery.sender import Sender
    from pipeline.delivery.updater import Updater
    from pipeline.delivery.work_item import WorkItem
    from pipeline.remote.clock import TargetClock
    from pipeline.remote.resource import Resource
    from pipeline.stop import Stop

_MOST_IN_DOUBT = 1_000

_Work: TypeAlias = Callable[[], Coroutine[None, None, None]]
"""Begins when it is called: what is cut off before that leaves nothing behind."""


@dataclass(kw_only=True)
class Workers:
    """Works on rows until there are no more.

    Attributes:
        count: Rows that are worked on at the same time, those in doubt not counted.
        sender: Sends new rows.
        reconciler: Settles rows in doubt.
        updater: Changes records that exist.
        resource: Asked for the target's time.
        clock: The target's clock.
        stop: The order to end.
    """

    count: int
    sender: Sender
    reconciler: Reconciler
    updater: Updater
    resource: Resource
    clock: TargetClock
    stop: Stop
    _doubts: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MOST_IN_DOUBT))
    _probing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _probed: bool = False

    async def run(self, items: AsyncGenerator[WorkItem]) -> None:
        """Works on rows until there are no more or the run is to end; returns when none is in flight."""
        queue: asyncio.Queue[WorkItem | None] = asyncio.Queue(maxsize=self.count)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self.count):
                tasks.create_task(self._work(queue, tasks))
            async with contextlib.aclosing(items):
                async for item in items:
                    await queue.put(item)
                    if self.stop.is_set:
                        break
            for _ in range(self.count):
                await queue.put(None)

    async def _work(self, queue: asyncio.Queue[WorkItem | None], tasks: asyncio.TaskGroup) -> None:
        while (item := await queue.get()) is not None:
            if not self.stop.is_set:
                await self._guarded(partial(self._finish, item, tasks))

    async def _guarded(self, work: _Work) -> None:
        """Whatever goes wrong with one row ends the run in good order instead of cutting off the others."""
        try:
            await work()
        except Stopping:
            return  # where the row stands is in the ledger; resuming the run takes it up
        except ImportFailure as reason:
            self.stop.because(reason)
        except Exception as error:  # noqa: BLE001 - reported as the run's reason, with what it was
            self.stop.because(internal_error(error))

    async def _finish(self, item: WorkItem, tasks: asyncio.TaskGroup) -> None:
        record = item.record
        about_row(self.sender.ledger.label_of(record.ref), record.ref.row)
        if item.existing_id is not None and not item.in_doubt:
            await self.updater.update(record, item.existing_id, item.changes)
            return
        await self._learn_the_time()
        since = item.since if item.since is not None else self.clock.now()
        if item.in_doubt:
            await self._in_background(partial(self.reconciler.take_up, item, since), tasks)
            return
        doubt = await self.sender.send(record)
        if doubt is not None:
            await self._in_background(partial(self.reconciler.settle, record, since, doubt), tasks)

    async def _in_background(self, settling: _Work, tasks: asyncio.TaskGroup) -> None:
        """Settles a row in doubt while the worker goes on to others."""
        await self._doubts.acquire()
        task = tasks.create_task(self._guarded(settling))
        task.add_done_callback(lambda _: self._doubts.release())

    async def _learn_the_time(self) -> None:
        """Asks for the target's time, once, before it is written down when a row was sent."""
        if self.clock.known:
            return
        async with self._probing:
            if not self._probed:
                self._probed = True
                await self.resource.probe()
