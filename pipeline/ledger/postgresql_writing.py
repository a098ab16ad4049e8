"""Writing into PostgreSQL: one session writes and holds the locks of the runs that this process works on.

A session that is lost has lost its locks, and with the same stroke can commit nothing more: what others conclude from
a free lock stays true. It is opened again, takes its locks again, and only then repeats what is not known to be there.
May import `ledger.patience` and `ledger.receipts`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import sqlalchemy as sa

from pipeline.ledger.patience import Patience, StillHeld, WouldWait, is_gone, on_conflict
from pipeline.ledger.receipts import Receipts

if TYPE_CHECKING:
    import tenacity

T = TypeVar("T")

_Worker = tuple[str | None, int | None]
"""The machine and the process that work on a run, as the ledger has them."""

_log = logging.getLogger(__name__)

_LEADING, _HELPING = 1853320553, 1853320554
"""Of all advisory locks of the database, those that say who works on a run: one process leads, any number helps."""

_IS_HELD = sa.text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database "
    "WHERE locktype = 'advisory' AND datname = current_database() AND granted "
    "AND classid::bigint = ANY (:spaces) AND objid::bigint = :key)"
)
_WHO_AM_I = sa.text("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
_WORKER = sa.text("SELECT host, process FROM runs WHERE name = :run_id")

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
        self._held: dict[_Hold, _Worker | None] = {}
        self._has_given_up = False

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs something in a transaction of its own; when it returns, that is on disk.

        Args:
            work: Does nothing but SQL, since it is done again where another process was in its way, or where its
                connection was lost and it is known not to have arrived.
        """
        with self._turn:
            number = self._receipts.next_number()
            return self._in_session(_Transaction(work, self._receipts, number).run)

    def write_at_once(self, _work: Callable[[sa.Connection], T]) -> T:
        """Never: what goes over a network waits for it.

        Raises:
            WouldWait: Always.
        """
        raise WouldWait

    def lock(self, run_id: str) -> SessionRunLock | None:
        """Takes a run for this process; `None` where another living process has it."""
        lock = self._taken(_Hold(run_id))
        if lock is not None and not self._is_unheld(run_id, _HELPING):  # helpers of a process that has died
            lock.release()
            return None
        return lock

    def join(self, run_id: str) -> SessionRunLock | None:
        """Helps with a run that another process leads; `None` where one is about to take it up anew."""
        return self._taken(_Hold(run_id, helps=True))

    def is_free(self, run_id: str) -> bool:
        """Whether no living process works on that run."""
        return self._is_unheld(run_id, _LEADING, _HELPING)

    def is_led(self, run_id: str) -> bool:
        """Whether a living process leads that run."""
        return not self._is_unheld(run_id, _LEADING)

    def _taken(self, hold: _Hold) -> SessionRunLock | None:
        with self._turn:
            if hold in self._held:
                return None
            is_taken, worker = self._in_session(hold.take_and_look)
            if not is_taken:
                return None
            self._held[hold] = worker
            return SessionRunLock(partial(self._let_go, hold))

    def _is_unheld(self, run_id: str, *spaces: int) -> bool:
        asked = {"spaces": list(spaces), "key": _key(run_id)}

        def ask() -> bool:
            with self._engine.connect() as connection:
                return not connection.execute(_IS_HELD, asked).scalar_one()

        return self._persistently(ask)

    def close(self) -> None:
        """Ends the session, and with it all its locks."""
        with self._turn:
            if self._connection is not None:
                with contextlib.suppress(sa.exc.DBAPIError), self._connection.begin():
                    self._receipts.forget(self._connection)
            self._drop()

    def _let_go(self, hold: _Hold) -> None:
        with self._turn:
            if hold not in self._held:
                return
            del self._held[hold]
            if self._connection is None:
                return
            try:
                hold.let_go(self._connection)
            except sa.exc.DBAPIError:  # a session that has gone has released its locks
                self._drop()

    # -- the session ---------------------------------------------------------------------------------------------

    def _in_session(self, work: Callable[[sa.Connection], T]) -> T:
        """Does something in the session, which is opened again where it is lost."""
        return self._persistently(partial(self._once_in_session, work))

    def _persistently(self, work: Callable[[], T]) -> T:
        """Does something as often as it takes until the database answers, and no longer than makes sense.

        Whoever comes after the patience has run out tries once: the run ends for that, and is not to wait again for
        each of the things that it has yet to write.
        """
        is_lost = threading.Event()

        def lost(state: tenacity.RetryCallState) -> None:
            if not is_lost.is_set():
                _log.warning("The connection to the ledger is lost (%s); opening it again.", _words(state))
            is_lost.set()

        patience = replace(self._patience, attempts=1) if self._has_given_up else self._patience
        try:
            for attempt in patience.reconnecting(lost):
                with attempt:
                    result = work()
        except Exception as error:
            self._has_given_up = self._has_given_up or is_gone(error)
            raise
        self._has_given_up = False
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
            self._take_again(connection)
            with connection.begin():
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
            StillHeld: One of them is not to be had, or has been somebody else's meanwhile: what was known of the run is
                not true any more.
        """
        if self._session is not None:
            with connection.begin():
                connection.execute(_END_SESSION, self._session)
        ours = (socket.gethostname(), os.getpid())
        for hold, before in self._held.items():
            is_taken, worker = hold.take_and_look(connection)
            if not is_taken or worker not in {before, ours}:
                raise StillHeld(hold.run_id)

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


@dataclass(frozen=True)
class _Hold:
    """A session's hold on a run; its transactions only carry the calls, the lock outlives them."""

    run_id: str
    helps: bool = False

    def take(self, connection: sa.Connection) -> bool:
        """Takes it; `False` where another session is in its way."""
        return self._call(connection, "pg_try_advisory_lock_shared" if self.helps else "pg_try_advisory_lock")

    def take_and_look(self, connection: sa.Connection) -> tuple[bool, _Worker | None]:
        """Takes it; who is noted as the run's worker, if anybody is."""
        if not self.take(connection):
            return False, None
        with connection.begin():
            found = connection.execute(_WORKER, {"run_id": self.run_id}).one_or_none()
        return True, (found.host, found.process) if found is not None else None

    def let_go(self, connection: sa.Connection) -> None:
        """Gives it back."""
        self._call(connection, "pg_advisory_unlock_shared" if self.helps else "pg_advisory_unlock")

    def _call(self, connection: sa.Connection, function: str) -> bool:
        place = {"space": _HELPING if self.helps else _LEADING, "key": _signed(_key(self.run_id))}
        with connection.begin():
            return bool(connection.execute(sa.text(f"SELECT {function}(:space, :key)"), place).scalar_one())


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
