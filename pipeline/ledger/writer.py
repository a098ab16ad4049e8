"""The one writer of a run: requests that arrive together become one durable commit (group commit).

A run so waits for the disk a few times a second and not once for every row. What takes some milliseconds is committed
in the event loop's own thread: a second thread lets go of the interpreter and waits for it again two dozen times for
every commit, which took longer than the commits (20,000 rows: 11.4 s with it, 6.9 s without). Only what would wait for
somebody, or is work of another size, is done in a thread. May import the rest of `ledger`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar, cast

import sqlalchemy as sa

from pipeline.ledger import claims, outcomes
from pipeline.ledger.patience import WouldWait
from pipeline.model.rows import Outcome, Status

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.model.rows import Record

T = TypeVar("T")
Write: TypeAlias = "Callable[[Callable[[sa.Connection], list[Any]]], list[Any]]"


@dataclass
class _Waiting:
    """Requests that the next commit will carry."""

    ended: list[tuple[tuple[Record, Outcome], asyncio.Future[Outcome]]] = field(default_factory=list)
    claimed: list[tuple[Record, asyncio.Future[claims.KeyOwner | None]]] = field(default_factory=list)
    others: list[tuple[Callable[[sa.Connection], Any], asyncio.Future[Any]]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.ended or self.claimed or self.others)

    def without_cancelled_claims(self) -> _Waiting:
        """Leaves out rows that are not sent after all: nobody would take their claims back."""
        if any(future.cancelled() for _, future in self.claimed):
            self.claimed = [one for one in self.claimed if not one[1].cancelled()]
        return self

    @property
    def futures(self) -> list[asyncio.Future[Any]]:
        return [*(f for _, f in self.ended), *(f for _, f in self.claimed), *(f for _, f in self.others)]


class LedgerWriter:
    """The one writer of a run: gathers what its tasks ask for and commits it together.

    Use as an asynchronous context manager; on leaving, all that was asked for is on disk.

    Args:
        write: Runs something in a transaction, and returns when that is on disk.
        write_at_once: The same, without waiting for anybody; raises `WouldWait` where it would have to.
        run: Whose rows.
        clock: Seconds since 1970, by the target's clock as far as it is known.
    """

    def __init__(
        self,
        write: Write,
        write_at_once: Write,
        run: StoredRun,
        clock: Callable[[], float],
    ) -> None:
        self._write = write
        self._write_at_once = write_at_once
        self._run = run
        self._clock = clock
        self._waiting = self._committing = _Waiting()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            while self._task is not None:
                await asyncio.shield(self._task)
        finally:
            self._thread.shutdown()

    async def claim(self, record: Record) -> claims.KeyOwner | None:
        """Claims a row's key and notes that it is about to be sent; `None` when that is on disk.

        Returns:
            The row that holds the key instead, where there is one: then nothing may be sent.

        Raises:
            LedgerUnavailable: It could not be noted, so the row must not be sent.
        """
        future = self._future()
        self._waiting.claimed.append((record, future))
        try:
            return cast("claims.KeyOwner | None", await self._committed(future))
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None and future.result() is None:
                self._take_back(record)  # whoever asked was cancelled before it could be told
            raise

    async def record_outcome(self, record: Record, outcome: Outcome) -> Outcome:
        """Notes how a row ended; returns the outcome that stands when that is on disk.

        Raises:
            LedgerUnavailable: It could not be noted: the row stays as sent without an answer.
        """
        future = self._future()
        self._waiting.ended.append(((record, outcome), future))
        return cast("Outcome", await self._committed(future))

    async def execute(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs anything else in the next transaction.

        Raises:
            LedgerUnavailable: It could not be committed.
        """
        future = self._future()
        self._waiting.others.append((work, future))
        return cast("T", await self._committed(future))

    def _take_back(self, record: Record) -> None:
        """Puts back a row whose claim is on disk and that nobody is going to send: the next commit carries it."""
        self._waiting.ended.append(((record, Outcome(status=Status.UNPROCESSED)), self._future()))
        self._begin()

    def _future(self) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().create_future()

    def _begin(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._commit_all())
            self._task.add_done_callback(self._given_up)

    async def _committed(self, future: asyncio.Future[Any]) -> Any:
        self._begin()
        return await future  # cancelled, it is passed over by the commit: what others wait for there goes on

    async def _commit_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # whatever is ready now may have more to ask for
            self._committing, self._waiting = self._waiting.without_cancelled_claims(), _Waiting()
            await self._commit(self._committing)
        self._task = None

    def _given_up(self, task: asyncio.Task[None]) -> None:
        """Lets nobody wait for a commit that does not come, where the loop ends before its tasks do."""
        if self._task is task:
            for future in (*self._committing.futures, *self._waiting.futures):
                future.cancel()
            self._task, self._waiting = None, _Waiting()

    async def _commit(self, batch: _Waiting) -> None:
        try:
            results = await self._written(batch)
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
            for future in batch.futures:
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # somebody may have been cancelled and never ask
            return
        for future, result in zip(batch.futures, results, strict=True):
            if not future.done():
                future.set_result(result)
        holders = results[len(batch.ended) :]
        for (record, future), holder in zip(batch.claimed, holders, strict=False):
            if future.cancelled() and holder is None:  # while the claim was being committed
                self._take_back(record)

    async def _written(self, batch: _Waiting) -> list[Any]:
        def work(connection: sa.Connection) -> list[Any]:
            return self._apply(connection, batch)

        if not batch.others:
            with contextlib.suppress(WouldWait):
                return self._write_at_once(work)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, work)

    def _apply(self, connection: sa.Connection, batch: _Waiting) -> list[Any]:
        """One transaction: answers first, since they free keys that intents may be waiting for."""
        now = self._clock()
        ended = [request for request, _ in batch.ended]
        records = [record for record, _ in batch.claimed]
        standing = outcomes.record_outcomes(connection, self._run, ended, now) if ended else []
        holders = claims.claim_rows(connection, self._run, records, now) if records else {}
        others = [work(connection) for work, _ in batch.others]
        return [*standing, *(holders[r.ref] for r in records), *others]
