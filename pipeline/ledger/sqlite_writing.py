"""Writing into SQLite: its own locks keep writers apart, a file lock beside it says who is at work on a run.

May import `ledger`'s database and patience, and `private_files`.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import filelock
import sqlalchemy as sa

from pipeline.ledger.database import DatabaseFile
from pipeline.ledger.patience import WouldWait
from pipeline.private_files import make_private_folder

T = TypeVar("T")

_LOOK_AGAIN_S = 0.02
_LONGEST_LOOK_S = 0.2
"""So long a lock is waited for that somebody may hold only to see whether the run is free."""

_SHORT_LOOK_S = 0.05
"""The same, by who only looks, too, and will look again."""


class SqliteWriting:
    """A process's way to write into a SQLite file.

    Args:
        engine: Of the file.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._file = DatabaseFile.of(engine)
        self._locks = Path(f"{engine.url.database}.locks")
        self._looking = threading.Lock()

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs something in a transaction of its own; when it returns, that is on disk.

        Raises:
            FileNotFoundError: The file has gone, or another stands in its place.
        """
        self._file.check()
        with self._engine.begin() as connection:
            return work(connection)

    def write_at_once(self, work: Callable[[sa.Connection], T]) -> T:
        """The same, where no other connection is writing.

        Raises:
            WouldWait: One is: nothing was done.
            FileNotFoundError: The file has gone, or another stands in its place.
        """
        self._file.check()
        try:
            transaction = self._hasty.begin()
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise WouldWait from error
            raise
        with transaction:
            return work(self._hasty)

    @cached_property
    def _hasty(self) -> sa.Connection:
        """A connection that waits for no lock; it takes part in no pool, whose connections do."""
        connection = self._engine.connect()
        connection.detach()
        with contextlib.closing(connection.connection.cursor()) as cursor:
            cursor.execute("PRAGMA busy_timeout = 0")
        return connection

    def lock(self, run_id: str) -> FileRunLock | None:
        """Takes a run for this process; `None` where another living process has it."""
        return self._taken(run_id, _LONGEST_LOOK_S)

    def is_free(self, run_id: str) -> bool:
        """Whether no living process works on that run; holds its lock for the moment of the look."""
        if not self._lock_file(run_id).exists():
            return True
        with self._looking:  # of two looks at the same moment each would take the other for somebody at work
            lock = self._taken(run_id, _SHORT_LOOK_S)
            if lock is not None:
                lock.release()
        return lock is not None

    def _taken(self, run_id: str, wait_s: float) -> FileRunLock | None:
        make_private_folder(self._locks)
        lock = filelock.FileLock(self._lock_file(run_id), thread_local=False, mode=0o600)
        try:
            lock.acquire(timeout=wait_s, poll_interval=_LOOK_AGAIN_S)
        except filelock.Timeout:
            return None
        return FileRunLock(lock)

    def _lock_file(self, run_id: str) -> Path:
        return self._locks / f"{run_id}.lock"

    def join(self, run_id: str) -> None:
        """Nobody helps with a run in SQLite: one process at a time writes into it, helpers would only wait."""

    def is_led(self, run_id: str) -> bool:
        """Whether a living process leads that run."""
        return not self.is_free(run_id)

    def close(self) -> None:
        """Closes what was opened here; locks are released by their owners."""
        if "_hasty" in vars(self):
            self._hasty.close()


class FileRunLock:
    """A run that this process has.

    Args:
        lock: Acquired.
    """

    def __init__(self, lock: filelock.BaseFileLock) -> None:
        self._lock = lock

    def release(self) -> None:
        """Lets others take the run up."""
        self._lock.release()
