"""Writing into PostgreSQL: one session writes and holds the locks of the runs that this process works on.

A session that is lost has lost its locks, and with the same stroke can commit nothing more: what others conclude from
a free lock stays true. It is opened again, takes its locks again, and only then repeats what is not known to be there.
May import `ledger.patience` and `ledger.receipts`.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import sqlalchemy as sa

from pipeline.ledger.patience import Patience, StillHeld, on_conflict
from pipeline.ledger.receipts import Receipts

if TYPE_CHECKING:
    import tenacity

T = TypeVar("T")

_log = logging.getLogger(__name__)

_SPACE = 1853320553
"""Of all advisory locks of the database, those that say who works on a run."""

_IS_HELD = sa.text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database "
    "WHERE locktype = 'advisory' AND datname = current_database() AND granted "
    "AND classid::bigint = :space AND objid::bigint = :key)"
)
_WHO_AM_I = sa.text("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
# A server may not have noticed yet that its client's connection has gone, and keeps that session's locks until then.
_END_SESSION = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid AND backend_start = :backend_start"
)


def _key(run_id: str) -> int:
    return zlib.crc32(run_id.encode())


def _signed(key: int) -> int:
    """As the functions take it; `pg_locks` shows it without a sign."""
    return key - 2**32 if key >= 2**31 else key


class PostgresqlWriting:
    """A process's way to write into PostgreSQL. Its transactions follow one another, from whichever thread they come.

    Args:
        engine: Of the database.
        patience: How long a lost connection is waited for.
    """

    def __init__(self, engine: sa.Engine, patience: Patience) -> None:
        self._engine = engine
        self._patience = patience
        self._receipts = Receipts()
        self._turn = threading.RLock()
        self._connection: sa.Connection | None = None
        self._session: dict[str, Any] | None = None
        self._held: set[str] = set()

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs something in a transaction of its own; when it returns, that is on disk.

        Args:
            work: Does nothing but SQL, since it is done again where another process was in its way, or where its
                connection was lost and it is known not to have arrived.
        """
        with self._turn:
            number = self._receipts.next_number()
            return self._in_session(_Transaction(work, self._receipts, number).run)

    def lock(self, run_id: str) -> SessionRunLock | None:
        """Takes a run for this process; `None` where another living process has it."""
        with self._turn:
            if run_id in self._held or not self._in_session(partial(_locked, run_id=run_id)):
                return None
            self._held.add(run_id)
            return SessionRunLock(partial(self._let_go, run_id))

    def is_free(self, run_id: str) -> bool:
        """Whether no living process works on that run."""
        return self._persistently(partial(self._is_free, run_id))

    def _is_free(self, run_id: str) -> bool:
        with self._engine.connect() as connection:
            return not connection.execute(_IS_HELD, {"space": _SPACE, "key": _key(run_id)}).scalar_one()

    def close(self) -> None:
        """Ends the session, and with it all its locks."""
        with self._turn:
            if self._connection is not None:
                with contextlib.suppress(sa.exc.DBAPIError), self._connection.begin():
                    self._receipts.forget(self._connection)
            self._drop()

    def _let_go(self, run_id: str) -> None:
        with self._turn:
            self._held.discard(run_id)
            if self._connection is None:
                return
            try:
                with self._connection.begin():
                    unlock = sa.text("SELECT pg_advisory_unlock(:space, :key)")
                    self._connection.execute(unlock, {"space": _SPACE, "key": _signed(_key(run_id))})
            except sa.exc.DBAPIError:  # a session that has gone has released its locks
                self._drop()

    # -- the session ---------------------------------------------------------------------------------------------

    def _in_session(self, work: Callable[[sa.Connection], T]) -> T:
        """Does something in the session, which is opened again where it is lost."""
        return self._persistently(partial(self._once_in_session, work))

    def _persistently(self, work: Callable[[], T]) -> T:
        """Does something as often as it takes until the database answers, and no longer than makes sense."""
        is_lost = threading.Event()

        def lost(state: tenacity.RetryCallState) -> None:
            if not is_lost.is_set():
                _log.warning("The connection to the ledger is lost (%s); opening it again.", _words(state))
            is_lost.set()

        for attempt in self._patience.reconnecting(lost):
            with attempt:
                result = work()
        if is_lost.is_set():
            _log.warning("The ledger is back; going on.")
        return result

    def _once_in_session(self, work: Callable[[sa.Connection], T]) -> T:
        connection = self._connection if self._connection is not None else self._opened()
        try:
            for attempt in on_conflict():
                with attempt:
                    return work(connection)
        except sa.exc.DBAPIError as error:
            if error.connection_invalidated or connection.invalidated:
                self._drop()
            raise
        raise AssertionError("unreachable")

    def _opened(self) -> sa.Connection:
        connection = self._engine.connect()
        try:
            with connection.begin():
                self._take_again(connection)
                me = dict(connection.execute(_WHO_AM_I).mappings().one())
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        self._connection, self._session = connection, me
        return connection

    def _take_again(self, connection: sa.Connection) -> None:
        """Takes the locks of the session that was lost.

        Raises:
            StillHeld: One of them is not to be had.
        """
        if self._session is not None:
            connection.execute(_END_SESSION, self._session)
        for run_id in self._held:
            if not _try_lock(connection, run_id=run_id):
                raise StillHeld(run_id)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sa.exc.DBAPIError):
                connection.invalidate()  # not back into the pool: only its end releases all that it holds
            connection.close()


@dataclass
class _Transaction(Generic[T]):
    """One transaction, which is in the ledger once, however often it has to be tried."""

    work: Callable[[sa.Connection], T]
    receipts: Receipts
    number: int
    _result: tuple[T] | None = None

    def run(self, connection: sa.Connection) -> T:
        """Runs it; from the second time on only if it has not arrived."""
        if self._result is not None and self._has_arrived(connection):
            return self._result[0]
        with connection.begin():
            result = self.work(connection)
            self.receipts.note(connection, self.number)
            self._result = (result,)
        return result

    def _has_arrived(self, connection: sa.Connection) -> bool:
        with connection.begin():
            return self.receipts.has_arrived(connection, self.number)


def _locked(connection: sa.Connection, run_id: str) -> bool:
    with connection.begin():  # the lock outlives it: it is the session's
        return _try_lock(connection, run_id)


def _try_lock(connection: sa.Connection, run_id: str) -> bool:
    lock = sa.text("SELECT pg_try_advisory_lock(:space, :key)")
    return bool(connection.execute(lock, {"space": _SPACE, "key": _signed(_key(run_id))}).scalar_one())


def _words(state: tenacity.RetryCallState) -> str:
    error = state.outcome.exception() if state.outcome is not None else None
    return (str(getattr(error, "orig", None) or error).strip().splitlines() or ["no reason"])[0]


class SessionRunLock:
    """A run that this process has.

    Args:
        release: Lets it go.
    """

    def __init__(self, release: Callable[[], None]) -> None:
        self._release = release

    def release(self) -> None:
        """Lets others take the run up."""
        self._release()
