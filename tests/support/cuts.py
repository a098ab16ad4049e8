"""A process that dies at a moment of a test's choosing, within the test's own process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from pipeline.errors import Code, LedgerUnavailable
from pipeline.ledger.ledger import Ledger


class Death(SystemExit):
    """The process dies: asyncio lets this out of its loop at once, as it would nothing else."""


@dataclass
class Process:
    """One process: dies at its n-th event, and does nothing more.

    Attributes:
        dies_at: The number of that event; `None` for never.
        afterwards: Whether the event still happens.
    """

    dies_at: int | None = None
    afterwards: bool = False
    events: int = 0
    dead: bool = False

    def before(self) -> bool:
        """Counts an event; returns whether the process dies once it has happened."""
        if self.dead:
            raise LedgerUnavailable(Code.LEDGER_NOT_WRITTEN, "the process is dead")
        self.events += 1
        if self.events != self.dies_at:
            return False
        if not self.afterwards:
            self.die()
        return True

    def die(self) -> None:
        self.dead = True
        raise Death


@contextmanager
def counted_commits(process: Process) -> Iterator[None]:
    """Makes each commit of a ledger an event of the process, for as long as this lasts."""

    def cut(write):
        def cut_write(ledger, work):
            dies = False

            def cut_work(connection):
                nonlocal dies
                dies = process.before()
                return work(connection)

            found = write(ledger, cut_work)
            if dies:
                process.die()
            return found

        return cut_write

    with pytest.MonkeyPatch.context() as patch:
        for name in ("write", "write_at_once"):
            patch.setattr(Ledger, name, cut(getattr(Ledger, name)))
        yield
