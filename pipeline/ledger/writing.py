"""How a process writes into the ledger and shows that it is at work, whichever database it is.

May import the two ways there are: `sqlite_writing` and `postgresql_writing`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import sqlalchemy as sa

    from pipeline.ledger.patience import Patience

T = TypeVar("T")


class RunLock(Protocol):
    """Held while a process works on a run; the system itself releases it when its owner dies, however it dies.

    So a claim of a killed process is known to be free at once, with no heartbeat to wait for.
    """

    def release(self) -> None:
        """Lets others take the run up."""
        ...


class Writing(Protocol):
    """A process's way to write into one database."""

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs something in a transaction of its own, again where that is needed; when it returns, that is on disk."""
        ...

    def write_at_once(self, work: Callable[[sa.Connection], T]) -> T:
        """The same, without waiting for anybody but the disk.

        Raises:
            WouldWait: It would have to: nothing was done.
        """
        ...

    def lock(self, run_id: str) -> RunLock | None:
        """Takes a run for this process; `None` where another living process has it."""
        ...

    def join(self, run_id: str) -> RunLock | None:
        """Helps with a run that another process leads; `None` where that cannot be."""
        ...

    def is_free(self, run_id: str) -> bool:
        """Whether no living process works on that run."""
        ...

    def is_led(self, run_id: str) -> bool:
        """Whether a living process leads that run."""
        ...

    def close(self) -> None:
        """Lets go of what is held."""
        ...


def open_writing(engine: sa.Engine, patience: Patience) -> Writing:
    """The way to write into the database of an engine.

    Args:
        engine: Of an open ledger.
        patience: How long a lost connection is waited for.
    """
    if engine.dialect.name == "sqlite":
        from pipeline.ledger.sqlite_writing import SqliteWriting

        return SqliteWriting(engine)
    from pipeline.ledger.postgresql_writing import PostgresqlWriting

    return PostgresqlWriting(engine, patience)
