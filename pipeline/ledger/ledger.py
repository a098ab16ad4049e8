"""The ledger as the rest of the program sees it: opened once, written by one thread, read as a stream.

Many requests that arrive together become one durable commit (group commit), so that a run waits for the disk a few
times a second and not once for every row.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import sqlalchemy as sa

from pipeline.ledger import locks, outcomes
from pipeline.ledger.database import is_deadlock, open_engine, translated

if TYPE_CHECKING:
    from pipeline.ledger.runs import LedgerRun
    from pipeline.model.rows import Outcome, Record

T = TypeVar("T")

_MOST_DEADLOCKS = 5


class Ledger:
    """An open ledger.

    Args:
        location: A path (SQLite) or a SQLAlchemy URL.

    Raises:
        ConfigurationError: It cannot be opened.
    """

    def __init__(self, location: str) -> None:
        self._engine = open_engine(location)

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs something in a transaction of its own; when it returns, that is on disk.

        Args:
            work: Does nothing but SQL, since it is done again where another process was in its way.

        Raises:
            LedgerFailed: The database cannot be written.
        """
        with translated():
            for _ in range(_MOST_DEADLOCKS):
                try:
                    return self._transaction(work)
                except sa.exc.DBAPIError as error:
                    if not is_deadlock(error):
                        raise
            return self._transaction(work)

    def _transaction(self, work: Callable[[sa.Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one moment of the ledger and keeps no writer waiting."""
        options: dict[str, Any] = {"read_only": True}
        if self._engine.dialect.name == "postgresql":  # by default each of its statements sees a moment of its own
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with translated(), self._engine.connect().execution_options(**options) as connection:
            yield connection

    def lock(self, run_name: str) -> locks.RunLock | None:
        """Takes a run for this process; `None` where another living process has it."""
        with translated():
            return locks.acquire(self._engine, run_name)

    def is_free(self, run_name: str) -> bool:
        """Whether no living process works on that run."""
        with translated():
            return locks.is_free(self._engine, run_name)

    def close(self) -> None:
        """Closes the connections."""
        self._engine.dispose()


@dataclass
class _Waiting:
    """Requests that the next commit will carry."""

    concluded: list[tuple[tuple[Record, Outcome], asyncio.Future[None]]] = field(default_factory=list)
    intended: list[tuple[Record, asyncio.Future[outcomes.Holder | None]]] = field(default_factory=list)
    others: list[tuple[Callable[[sa.Connection], Any], asyncio.Future[Any]]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.concluded or self.intended or self.others)

    @property
    def futures(self) -> list[asyncio.Future[Any]]:
        return [*(f for _, f in self.concluded), *(f for _, f in self.intended), *(f for _, f in self.others)]


class LedgerWriter:
    """The one writer of a run: gathers what its tasks ask for and commits it together.

    Use as an asynchronous context manager; on leaving, all that was asked for is on disk.

    Args:
        ledger: Where to write.
        run: Whose rows.
        clock: Seconds since 1970, by the target's clock as far as it is known.
    """

    def __init__(self, ledger: Ledger, run: LedgerRun, clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._run = run
        self._clock = clock
        self._waiting = _Waiting()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        while self._task is not None:
            await asyncio.shield(self._task)
        self._thread.shutdown()

    async def intend(self, record: Record) -> outcomes.Holder | None:
        """Claims a row's key and notes that it is about to be sent; `None` when that is on disk.

        Returns:
            The row that holds the key instead, where there is one: then nothing may be sent.

        Raises:
            LedgerFailed: It could not be noted, so the row must not be sent.
        """
        future = self._future()
        self._waiting.intended.append((record, future))
        return cast("outcomes.Holder | None", await self._committed(future))

    async def conclude(self, record: Record, outcome: Outcome) -> None:
        """Notes how a row ended; returns when that is on disk.

        Raises:
            LedgerFailed: It could not be noted: the row stays as sent without an answer.
        """
        future = self._future()
        self._waiting.concluded.append(((record, outcome), future))
        await self._committed(future)

    async def do(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs anything else in the next transaction.

        Raises:
            LedgerFailed: It could not be committed.
        """
        future = self._future()
        self._waiting.others.append((work, future))
        return cast("T", await self._committed(future))

    def _future(self) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().create_future()

    async def _committed(self, future: asyncio.Future[Any]) -> Any:
        if self._task is None:
            self._task = asyncio.create_task(self._commit_all())
        return await future  # cancelled, it is passed over by the commit: what others wait for there goes on

    async def _commit_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, _Waiting()
                await self._commit(batch)
        finally:
            self._task = None

    async def _commit(self, batch: _Waiting) -> None:
        loop = asyncio.get_running_loop()
        try:
            results = await loop.run_in_executor(self._thread, self._ledger.write, lambda c: self._apply(c, batch))
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
            for future in batch.futures:
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # somebody may have been cancelled and never ask
            return
        for future, result in zip(batch.futures, results, strict=True):
            if not future.done():
                future.set_result(result)

    def _apply(self, connection: sa.Connection, batch: _Waiting) -> list[Any]:
        """One transaction: answers first, since they free keys that intents may be waiting for."""
        now = self._clock()
        ended = [request for request, _ in batch.concluded]
        records = [record for record, _ in batch.intended]
        if ended:
            outcomes.conclude(connection, self._run, ended, now)
        holders = outcomes.intend(connection, self._run, records, now) if records else {}
        others = [work(connection) for work, _ in batch.others]
        return [*([None] * len(ended)), *(holders[r.ref] for r in records), *others]
