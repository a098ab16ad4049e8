"""The ledger as the rest of the program sees it: opened once, written by one thread, read as a stream.

Many requests that arrive together become one durable commit (group commit), so that a run waits for the disk a few
times a second and not once for every row.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import sqlalchemy as sa

from pipeline.ledger import locks
from pipeline.ledger.database import is_deadlock, open_engine, translated

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
            LedgerUnavailable: The database cannot be written.
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
