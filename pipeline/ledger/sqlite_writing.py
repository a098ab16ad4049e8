"""Writing into SQLite: its own locks keep writers apart, a file lock beside it says who is at work on a run.

May import `ledger.database` and `private_files`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import filelock

from pipeline.ledger.database import DatabaseFile
from pipeline.private_files import make_private_folder

if TYPE_CHECKING:
    import sqlalchemy as sa

T = TypeVar("T")


class SqliteWriting:
    """A process's way to write into a SQLite file.

    Args:
        engine: Of the file.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._file = DatabaseFile.of(engine)
        self._locks = Path(f"{engine.url.database}.locks")

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs something in a transaction of its own; when it returns, that is on disk.

        Raises:
            FileNotFoundError: The file has gone, or another stands in its place.
        """
        self._file.check()
        with self._engine.begin() as connection:
            return work(connection)

    def lock(self, run_id: str) -> FileRunLock | None:
        """Takes a run for this process; `None` where another living process has it."""
        make_private_folder(self._locks)
        lock = filelock.FileLock(self._locks / f"{run_id}.lock", thread_local=False, mode=0o600)
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            return None
        return FileRunLock(lock)

    def is_free(self, run_id: str) -> bool:
        """Whether no living process works on that run."""
        lock = self.lock(run_id)
        if lock is None:
            return False
        lock.release()
        return True

    def join(self, run_id: str) -> None:
        """Nobody helps with a run in SQLite: one process at a time writes into it, helpers would only wait."""

    def is_led(self, run_id: str) -> bool:
        """Whether a living process leads that run."""
        return not self.is_free(run_id)

    def close(self) -> None:
        """Nothing is held beside the locks, which their owners release."""


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
