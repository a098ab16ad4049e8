"""Who is at work on a run: a lock that the system itself releases when its owner dies, however it dies.

A file lock beside a SQLite ledger, a session's advisory lock in PostgreSQL; so a claim of a killed process is known
to be free at once, with no heartbeat to wait for.
"""

from __future__ import annotations

import contextlib
import zlib
from pathlib import Path
from typing import Protocol

import filelock
import sqlalchemy as sa

from pipeline.private_files import make_private_folder


class RunLock(Protocol):
    """Held while a process works on a run."""

    def release(self) -> None:
        """Lets others take the run up."""
        ...


def acquire(engine: sa.Engine, run_id: str) -> RunLock | None:
    """Takes a run for this process; `None` where another process has it."""
    if engine.url.get_backend_name() == "sqlite":
        return _FileRunLock.acquire(Path(f"{engine.url.database}.locks") / f"{run_id}.lock")
    return _AdvisoryRunLock.acquire(engine, run_id)


def is_free(engine: sa.Engine, run_id: str) -> bool:
    """Whether no living process works on that run."""
    lock = acquire(engine, run_id)
    if lock is None:
        return False
    lock.release()
    return True


class _FileRunLock:
    def __init__(self, lock: filelock.BaseFileLock) -> None:
        self._lock = lock

    @classmethod
    def acquire(cls, path: Path) -> _FileRunLock | None:
        make_private_folder(path.parent)
        lock = filelock.FileLock(path, thread_local=False, mode=0o600)
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            return None
        return cls(lock)

    def release(self) -> None:
        self._lock.release()


class _AdvisoryRunLock:
    def __init__(self, connection: sa.Connection, key: int) -> None:
        self._connection = connection
        self._key = key

    @classmethod
    def acquire(cls, engine: sa.Engine, run_id: str) -> _AdvisoryRunLock | None:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        key = zlib.crc32(run_id.encode())
        held = connection.execute(sa.text("SELECT pg_try_advisory_lock(1853320553, :key)"), {"key": key - 2**31})
        if held.scalar():
            return cls(connection, key - 2**31)
        connection.close()
        return None

    def release(self) -> None:
        with contextlib.suppress(sa.exc.DBAPIError):  # a connection that has gone has released its locks
            self._connection.execute(sa.text("SELECT pg_advisory_unlock(1853320553, :key)"), {"key": self._key})
        self._connection.close()
