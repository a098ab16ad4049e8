"""The process that leads a run on a cluster: reads, hands batches out, follows their rows in the ledger.

How rows end it sees in the ledger, where a worker that has died afterwards has noted it as well; so there is one
progress, one count of errors and one report, whoever did the work.
May import the other operations and all rooms below. Of Dask it knows a client's `submit` and the futures that gives.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.delivery.failures import internal_error
from pipeline.delivery.reading import ReadInThread
from pipeline.errors import ClusterUnavailable, Code, ImportFailure
from pipeline.model.config import Existing
from pipeline.model.rows import Outcome, RowResult, Status
from pipeline.operations.cluster import tasks
from pipeline.operations.cluster.connection import lacking
from pipeline.stop import Stopping

if TYPE_CHECKING:
    from pipeline.delivery.engine import Engine
    from pipeline.intake.validation.text_batch import TextBatch
    from pipeline.operations.cluster.job import Entered, Job

BATCH_ROWS = 500
"""So many rows are one task: seconds of work for a worker, so that several have something to do."""

_LOOK_EVERY_S = 1.0
_AHEAD = 2
"""Batches for each thread of the cluster that are handed out before any of them is done."""


@dataclass(eq=False)
class _Out:
    """A batch that was handed out.

    Attributes:
        text: The batch.
        told: Rows of which it was told how they ended.
    """

    text: TextBatch
    told: set[int] = field(default_factory=set)

    @property
    def rows(self) -> tuple[int, int]:
        """Its first and its last row."""
        return self.text.batch.rows[0], self.text.batch.rows[-1]


@dataclass(kw_only=True)
class ClusterDelivery:
    """One run's delivery by the workers of a cluster.

    Attributes:
        client: Dask's, of the cluster.
        job: The run, as workers need it.
        engine: The run's delivery as this process would do it: the target, the ledger, and who is told.
        rows_read: How many rows were read so far.
    """

    client: Any
    job: Job
    engine: Engine
    rows_read: int = 0
    _out: set[_Out] = field(default_factory=set)
    _left: deque[TextBatch] = field(default_factory=deque)
    _began_at: float = 0.0

    async def deliver(self, texts: Generator[TextBatch, None, None], *, end: Callable[[], None]) -> int:
        """Has all that is due sent; returns the rows that were read.

        Args:
            texts: The run's rows, as they were read.
            end: Tells the workers to take no more rows.
        """
        self._began_at = self.engine.resource.clock.now()
        ending = asyncio.create_task(self._tell_to_end(end))
        following = [asyncio.create_task(one) for one in (self._follow(), self.engine.resource.follow_waits())]
        try:
            with contextlib.closing(ReadInThread(texts)) as reading:
                await self._hand_out(reading)
                await self._drain(reading)
        except ImportFailure as reason:
            self.engine.stop.because(reason)
        finally:
            for one in (ending, *following):
                one.cancel()
            await asyncio.gather(ending, *following, return_exceptions=True)
        return self.rows_read

    async def _tell_to_end(self, end: Callable[[], None]) -> None:
        await self.engine.stop.wait()
        await asyncio.to_thread(end)

    # -- handing out ---------------------------------------------------------------------------------------------

    async def _hand_out(self, texts: ReadInThread[TextBatch]) -> None:
        threads = sum(worker["nthreads"] for worker in self._workers().values())
        slots = asyncio.Semaphore(max(1, threads) * _AHEAD)
        async with asyncio.TaskGroup() as sending, contextlib.aclosing(self._checked(texts)) as batches:
            async for text, checked in batches:
                self._left.append(text)
                if not await self._slot(slots):
                    break
                out = await self._guarded(self._entered(text, checked))
                if out is None:
                    break
                sending.create_task(self._sent(out, checked, slots))

    async def _checked(self, texts: ReadInThread[TextBatch]) -> AsyncGenerator[tuple[TextBatch, Any]]:
        """Batches with what checks them, a few of them ahead of what is entered."""
        ahead: deque[tuple[TextBatch, Any]] = deque()
        try:
            while not self.engine.stop.is_set:
                while len(ahead) <= _AHEAD and (text := await self._read(texts)) is not None:
                    ahead.append((text, self._submit(tasks.check, text, text)))
                if not ahead:
                    return
                yield ahead.popleft()
        finally:
            self._left.extend(text for text, _ in ahead)

    async def _read(self, texts: ReadInThread[TextBatch]) -> TextBatch | None:
        """The next batch; `None` also where the source fails: what is in flight is finished."""
        read: TextBatch | None = await self._guarded(texts.next())
        return read

    def _submit(self, work: Callable[..., Any], text: TextBatch, *given: Any) -> Any:
        key = f"{work.__name__}-{self.job.run_id}-{self.job.session[:8]}-{text.source}-{text.first_row}"
        return self.client.submit(work, self.job, *given, key=key, pure=False)

    async def _slot(self, slots: asyncio.Semaphore) -> bool:
        """Waits until the cluster has room for another batch; `False` where the run is to end."""
        waits = [asyncio.ensure_future(slots.acquire()), asyncio.ensure_future(self.engine.stop.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return not self.engine.stop.is_set

    async def _entered(self, text: TextBatch, checked: Any) -> _Out | None:
        """Has a batch entered, and looks for what exists of its keys; `None` where the run is to end."""
        entered: Entered = await self._result(self._submit(tasks.enter, text, checked))
        if entered.reason is not None:
            raise entered.reason
        out = _Out(text, {row for row in text.batch.rows if row not in entered.pending})
        self.rows_read += len(text.batch.rows)
        self._left.clear()
        await self._tell_read(out)
        reason = self.engine.breaker.read(len(text.batch.rows), entered.invalid)
        if reason is not None:
            self.engine.stop.because(reason)
        knows = self.engine.existing_records.knows
        unknown = {part: [k for k in keys if not knows(part, k)] for part, keys in entered.unknown.items()}
        async for _ in self.engine.existing_records.find({part: keys for part, keys in unknown.items() if keys}):
            pass
        return None if self.engine.stop.is_set else out

    async def _sent(self, out: _Out, checked: Any, slots: asyncio.Semaphore) -> None:
        self._out.add(out)
        try:
            await self._guarded(self._sent_and_told(out, checked))
        finally:
            self._out.discard(out)
            slots.release()

    async def _sent_and_told(self, out: _Out, checked: Any) -> None:
        sent = await self._result(self._submit(tasks.send, out.text, checked))
        for record, outcome in sent.unrecorded:
            self.engine.on_answer(record, outcome)
        if sent.reason is not None:
            self.engine.stop.because(sent.reason)
        await self._tell_ends(out, with_doubts=True)

    async def _guarded(self, work: Any) -> Any:
        """Whatever goes wrong ends the run in good order, with what it was."""
        try:
            return await work
        except Stopping:
            return None
        except ImportFailure as reason:
            self.engine.stop.because(reason)
        except Exception as error:  # noqa: BLE001 - reported as the run's reason, with what it was
            self.engine.stop.because(internal_error(error))
        return None

    async def _result(self, future: Any) -> Any:
        """What a worker returned.

        Raises:
            ClusterUnavailable: Dask has given up the work, or a worker cannot do it.
        """
        try:
            return await self._waited_for(future)
        except asyncio.CancelledError as error:
            if not future.cancelled():
                raise  # it is this process that is to end
            raise _broken("it was cancelled") from error
        except ImportError as error:
            raise lacking(error) from error
        except Exception as error:
            if type(error).__module__.partition(".")[0] in {"distributed", "tornado"} or isinstance(error, OSError):
                raise _broken(str(error)) from error
            raise

    async def _waited_for(self, future: Any) -> Any:
        waiting = asyncio.ensure_future(future.result())
        try:
            while not (await asyncio.wait([waiting], timeout=_LOOK_EVERY_S))[0]:
                if self.engine.stop.is_set and not self._workers():
                    raise _broken("no worker is left")
            return waiting.result()
        finally:
            waiting.cancel()

    def _workers(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.scheduler_info(n_workers=-1)["workers"]
        return found

    # -- following -----------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Tells how rows end while their batches are out."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            for out in list(self._out):
                await self._guarded(self._tell_ends(out))

    async def _tell_read(self, out: _Out) -> None:
        self.engine.on_read(len(out.text.batch.rows), len(out.told))
        if self.engine.follows_rows and out.told:
            for result in await self.engine.ledger.stand_in(out.text.source, out.rows):
                if result.ref.row in out.told:
                    self.engine.on_end(result)

    async def _tell_ends(self, out: _Out, *, with_doubts: bool = False) -> None:
        for result in await self.engine.ledger.stand_in(out.text.source, out.rows, with_doubts=with_doubts):
            if result.ref.row in out.told:
                continue
            out.told.add(result.ref.row)
            self.engine.on_end(result)
            reason = self.engine.breaker.ended(_outcome(result)) if self._is_news(result) else None
            if reason is not None:
                self.engine.stop.because(reason)

    def _is_news(self, result: RowResult) -> bool:
        """Whether an end says anything about the target as it is now: an old doubt does not."""
        return result.status is not Status.IN_DOUBT or (result.sent_at or 0.0) >= self._began_at

    # -- ending --------------------------------------------------------------------------------------------------

    async def _drain(self, texts: ReadInThread[TextBatch]) -> None:
        """Enters what was not handed out, without sending it, so that the report names every row."""
        endpoint, config = self.engine.resource.endpoint, self.job.config
        while (text := self._left.popleft() if self._left else await texts.next()) is not None:
            checked = await asyncio.to_thread(text.checked, endpoint, strict=config.strict)
            pending = await self.engine.ledger.enter(checked, update=config.existing is Existing.UPDATE)
            self.rows_read += len(checked.rows)
            out = _Out(text, set(checked.rows) - {checked.rows[row.position] for row in pending})
            await self._tell_read(out)


def _broken(why: str) -> ClusterUnavailable:
    message = f"The Dask cluster gave up a batch ({why})."
    return ClusterUnavailable(Code.CLUSTER_BROKEN, message, reason=why)


def _outcome(result: RowResult) -> Outcome:
    return Outcome(status=result.status, remote_id=result.remote_id, response=result.response)
