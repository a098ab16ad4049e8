"""What a worker's process keeps of a run between two batches: its sign-in, its connections, its way into the ledger.

It signs in as its own environment says, so that no secret travels. It works as long as the leading process holds the
lock that says so, and holds a lock of its own meanwhile, so that nobody takes the run up while it sends.
May import the other operations and all rooms below. Must know nothing of Dask.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeVar

from pipeline.delivery.engine import Engine
from pipeline.delivery.existing import ExistingRecords
from pipeline.errors import ClusterUnavailable, Code, ImportFailure, Interrupted
from pipeline.ledger.ledger import Ledger
from pipeline.model.config import Existing, MaxErrors
from pipeline.operations.cluster.environment import ledger_here
from pipeline.operations.cluster.job import Sent
from pipeline.operations.connection import Connection, signed_in
from pipeline.operations.history import find_run
from pipeline.operations.observer import Unobserved
from pipeline.operations.runtime import Runtime
from pipeline.operations.sign_in import who_we_are
from pipeline.stop import Stop, Stopping
from schemas import endpoints

if TYPE_CHECKING:
    from pipeline.ledger.entry import PendingRow
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.ledger.writing import RunLock
    from pipeline.model.findings import CheckedBatch
    from pipeline.model.rows import Outcome, Record, RowRef, RowResult
    from pipeline.operations.cluster.job import Job

T = TypeVar("T")

PACKAGE = "nexudus-import"

_LOOK_EVERY_S = 1.0
_MOST_MISSED = 15
"""So often the leading process may be missed: its connection may be on its way back."""

_benches: dict[str, Bench] = {}
_opening = threading.Lock()


def bench_of(job: Job) -> Bench:
    """This process's bench for a run, opened where there is none yet.

    Raises:
        ImportFailure: It cannot be opened: no sign-in, no ledger, another version.
    """
    with _opening:
        bench = _benches.get(job.session)
        if bench is None:
            bench = _benches[job.session] = Bench(job)
            try:
                bench.open()
            except BaseException:  # whoever comes next is not to find one that works on nothing
                del _benches[job.session]
                raise
        return bench


def open_benches() -> list[str]:
    """The runs that this process has a bench for."""
    return [bench.run_id for bench in list(_benches.values())]


class Bench:
    """One run's place in this process, with an event loop and a thread of its own.

    Args:
        job: The run.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self.run_id = job.run_id
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run_loop, name=f"bench {job.run_id}", daemon=True)
        self._held = contextlib.AsyncExitStack()
        self._at_work = 0
        self._presence: RunLock | None = None
        self._turn = asyncio.Lock()
        self._idle = asyncio.Event()
        self._idle.set()
        self._answers: dict[RowRef, tuple[Record, Outcome]] = {}

    def open(self) -> None:
        """Signs in and opens the ledger.

        Raises:
            ImportFailure: That cannot be done.
        """
        self._thread.start()
        try:
            self._do(self._open())
        except BaseException:
            self._do(self._held.aclose())
            self._loop.call_soon_threadsafe(self._loop.stop)
            raise

    def enter(self, batch: CheckedBatch) -> list[PendingRow]:
        """Enters a batch; returns the rows that have something left to do."""
        return self._do(self._enter(batch))

    def send(self, batch: CheckedBatch) -> Sent:
        """Sends what is left of a batch."""
        return self._do(self._send(batch))

    def _run_loop(self) -> None:
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _do(self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    # -- in the loop ---------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        job, runtime = self._job, Runtime(handle_signals=False)
        _demand_version(job)
        credentials, sign_ins = who_we_are(os.environ, job.config.base_url)
        location = ledger_here(job.ledger)
        connection = Connection(
            credentials=credentials, sign_ins=sign_ins, ledger=location, observer=Unobserved(), runtime=runtime
        )
        endpoint = endpoints()[job.config.endpoint]
        self._ledger = self._held.enter_context(contextlib.closing(Ledger(location)))
        self._stop = Stop(runtime.sleep)
        run = find_run(self._ledger, job.run_id)
        target = await self._held.enter_async_context(signed_in(connection, job.config, endpoint))
        ledger = await self._held.enter_async_context(self._ledger.at_work(run, target.clock.now))
        resource = target.resource(ledger, self._stop)
        existing = ExistingRecords(
            endpoint=endpoint, resource=resource, ledger=ledger, at_once=job.config.concurrency, is_found=True
        )
        self._run_ledger: RunLedger = ledger
        self._engine = Engine(
            config=replace(job.config, max_errors=MaxErrors()),  # of all rows, which only the leading process sees
            resource=resource,
            existing_records=existing,
            ledger=ledger,
            stop=self._stop,
            on_read=lambda _read, _ended: None,
            on_answer=self._answered,
            on_end=self._noted,
        )
        self._following = asyncio.create_task(self._follow())

    async def _enter(self, batch: CheckedBatch) -> list[PendingRow]:
        return await self._run_ledger.enter(batch, update=self._job.config.existing is Existing.UPDATE)

    async def _send(self, batch: CheckedBatch) -> Sent:
        with contextlib.suppress(Stopping):
            async with self._present(), self._alone_with(batch):
                await self._run_ledger.doubt_unanswered(batch)
                await self._engine.deliver(one for one in (batch,))
        return Sent(reason=self._stop.reason, unrecorded=self._unrecorded(batch))

    @contextlib.asynccontextmanager
    async def _present(self) -> AsyncIterator[None]:
        """Shows that this process works on the run, for as long as it works on any of its batches.

        Raises:
            Stopping: The leading process has gone, or wants no more.
        """
        async with self._turn:
            self._at_work += 1
            self._idle.clear()
        try:
            async with self._turn:
                if self._presence is None:
                    self._presence = await asyncio.to_thread(self._ledger.join, self._job.run_id)
            # After having shown it: whoever takes the run up anew looks for us after he has taken the lead.
            if not await asyncio.to_thread(self._ledger.is_led, self._job.go):
                await self._look_for_the_lead()
            self._stop.check()
            yield
        finally:
            async with self._turn:
                self._at_work -= 1
                if not self._at_work:
                    await self._absent()

    async def _absent(self) -> None:
        presence, self._presence = self._presence, None
        if presence is not None:
            await asyncio.to_thread(presence.release)
        self._idle.set()

    @contextlib.asynccontextmanager
    async def _alone_with(self, batch: CheckedBatch) -> AsyncIterator[None]:
        """Waits for a worker that Dask has given up and that is at work on the batch still.

        Raises:
            Stopping: The run is to end.
        """
        name = self._job.batch(batch.source, batch.rows[0])
        while (lock := await asyncio.to_thread(self._ledger.lock, name)) is None:
            await self._stop.sleep(_LOOK_EVERY_S)
        try:
            yield
        finally:
            await asyncio.to_thread(lock.release)

    # -- who leads -----------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Ends the work here when the leading process says so or has gone; then closes the bench."""
        try:
            while not self._stop.is_set:
                await asyncio.sleep(_LOOK_EVERY_S)
                await self._look_for_the_lead()
        except ImportFailure as reason:
            self._stop.because(reason)
        await self._end_of_the_lead()
        await self._idle.wait()
        await self._close()

    async def _look_for_the_lead(self) -> None:
        """Waits out a short absence of the leading process; one that leads but has let go wants no more."""
        for _ in range(_MOST_MISSED):
            if await asyncio.to_thread(self._ledger.is_led, self._job.go):
                return
            if await asyncio.to_thread(self._ledger.is_led, self._job.run_id):
                break
            await asyncio.sleep(_LOOK_EVERY_S)
        message = "The process that leads the run has ended it, or has gone."
        self._stop.because(Interrupted(Code.STOPPED_ON_REQUEST, message))

    async def _end_of_the_lead(self) -> None:
        """Waits for the end of a run that this worker can do nothing more for: its batches are told why."""
        with contextlib.suppress(ImportFailure):
            while await asyncio.to_thread(self._ledger.is_led, self._job.go):  # noqa: ASYNC110 - no event tells it
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _close(self) -> None:
        _benches.pop(self._job.session, None)
        with contextlib.suppress(ImportFailure):
            await self._held.aclose()
        self._loop.call_soon(self._loop.stop)

    # -- answers that the ledger may not get -----------------------------------------------------------------------

    def _answered(self, record: Record, outcome: Outcome) -> None:
        self._answers[record.ref] = (replace(record, body=b""), outcome)

    def _noted(self, result: RowResult) -> None:
        self._answers.pop(result.ref, None)

    def _unrecorded(self, batch: CheckedBatch) -> list[tuple[Record, Outcome]]:
        rows = {ref for ref in self._answers if ref.source == batch.source and ref.row in set(batch.rows)}
        return [self._answers.pop(ref) for ref in rows]


def _demand_version(job: Job) -> None:
    here = version(PACKAGE)
    if here != job.version:
        message = f"A worker has {PACKAGE} {here}, and the run is led by {job.version}."
        raise ClusterUnavailable(Code.WORKER_DIFFERS, message, worker=here, leader=job.version)
