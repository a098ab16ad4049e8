"""The ledger as the rest of the program sees it: opened once, read in snapshots, written by one writer a run.

May import the rest of `ledger`.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.ledger import budget, copying, entry, excerpt, outcomes, pruning, receipts, runs, settling
from pipeline.ledger.database import DatabaseFile, is_there, ledger_errors, open_engine
from pipeline.ledger.patience import Patience
from pipeline.ledger.run_ledger import RunLedger
from pipeline.ledger.snapshot import Snapshot
from pipeline.ledger.writer import LedgerWriter
from pipeline.ledger.writing import open_writing
from pipeline.model.runs import RunStatus

if TYPE_CHECKING:
    import sqlalchemy as sa

    from pipeline.errors import ImportFailure
    from pipeline.ledger.runs import StoredRun
    from pipeline.ledger.writing import RunLock
    from pipeline.model.rows import Settlement, Status
    from pipeline.model.runs import Run
    from pipeline.model.sources import Source, SourceHeader

T = TypeVar("T")

# Twice the longest documented window: a run under shorter limits must not make the next one forget the day's budget.
_BUDGET_MEMORY_S = 2 * 86_400


class Ledger:
    """An open ledger.

    Args:
        location: A path (SQLite) or a SQLAlchemy URL.
        patience: How long a connection that is lost is waited for.
        durable: Whether a commit in a file outlives the power; what is thrown away anyway need not wait for the disk.

    Attributes:
        location: The path or the URL.

    Raises:
        ConfigurationError: It cannot be opened.
        LedgerUnavailable: Its database does not answer.
    """

    location: str

    def __init__(self, location: str, patience: Patience | None = None, *, durable: bool = True) -> None:
        self.location = location
        self._engine = open_engine(location, durable=durable)
        self._file = DatabaseFile.of(self._engine)
        self._writing = open_writing(self._engine, patience or Patience())

    @staticmethod
    def is_there(location: str) -> bool:
        """Whether there is a ledger, as far as can be said without making one."""
        return is_there(location)

    def close(self) -> None:
        """Closes the connections."""
        self._writing.close()
        self._engine.dispose()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """One moment of the ledger, to read from.

        Raises:
            LedgerUnavailable: It cannot be read.
        """
        with self.connection() as connection:
            yield Snapshot(connection)

    @contextlib.contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """A read-only connection that sees one moment of the ledger and keeps no writer waiting."""
        options: dict[str, Any] = {"read_only": True}
        if self._engine.dialect.name == "postgresql":  # by default each of its statements sees a moment of its own
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with ledger_errors():
            self._file.check()  # SQLite would make an empty one and find nothing in it
            with self._engine.connect().execution_options(**options) as connection:
                yield connection

    # -- runs ----------------------------------------------------------------------------------------------------

    def begin_run(self, run: Run, headers: Mapping[int, SourceHeader], config: Mapping[str, Any]) -> StoredRun:
        """Enters a new run.

        Args:
            run: The run.
            headers: The header of each of its sources, by the source's number.
            config: The options it is begun with, to resume it by.
        """
        return self.write(partial(runs.begin, run=run, headers=headers, config=config))

    def forget_run(self, run: StoredRun) -> None:
        """Takes back that a run was begun; nothing of it may have been sent."""
        self.write(partial(runs.forget, run_id=run.id))

    def start_run(self, run: StoredRun, now: float, status: RunStatus = RunStatus.RUNNING) -> None:
        """Notes that a run is at work; puts in doubt what a killed process of it had sent.

        Args:
            run: The run, locked.
            now: Seconds since 1970.
            status: How it stands then: unconfirmed as long as somebody has to say yes.
        """
        self._settle_leftovers(run)
        self.write(partial(runs.set_status, run_id=run.id, status=status, finished_at=None))
        self.write(partial(runs.set_worker, run_id=run.id, host=socket.gethostname(), process=os.getpid()))
        self.write(partial(budget.forget_before, target_id=run.target_id, moment=now - _BUDGET_MEMORY_S))
        self.write(partial(receipts.forget_before, moment=now - _BUDGET_MEMORY_S))

    def confirm_run(self, run: StoredRun) -> None:
        """Notes that somebody has said yes to a run at work; what was listed for it before stays."""
        self.write(partial(runs.set_status, run_id=run.id, status=RunStatus.RUNNING, finished_at=None))

    def finish_run(self, run: StoredRun, status: RunStatus, now: float, reason: ImportFailure | None = None) -> None:
        """Notes how a run ended; rows that were sent and have no answer are in doubt.

        Args:
            run: The run, locked.
            status: How it stands.
            now: Seconds since 1970.
            reason: Why it came to an early end, if it did.
        """
        self._settle_leftovers(run)
        self.write(partial(runs.set_status, run_id=run.id, status=status, finished_at=now, reason=reason))

    def note_start(self, target: str, code: int, now: float) -> None:
        """Notes how a start of a schedule ended.

        Args:
            target: The target's URL.
            code: The exit code.
            now: Seconds since 1970.
        """
        self.write(partial(runs.note_start, url=target, at=now, code=code))

    def note_calls(self, target: str, calls: Sequence[tuple[float, bool]]) -> None:
        """Counts calls that no run made, for all who share the target's limits.

        Args:
            target: The target's URL.
            calls: When each was made, in seconds since 1970, and whether it changed something.
        """
        if calls:
            self.write(partial(runs.note_calls, url=target, calls=calls))

    def set_reported(self, run: StoredRun, now: float) -> None:
        """Notes that the reports of a run's end are written."""
        self.write(partial(runs.set_reported, run_id=run.id, at=now))

    def move_sources(self, run: StoredRun, sources: Sequence[Source]) -> None:
        """Notes where the sources of a run are now."""
        paths = {source.number: str(source.path) for source in sources}
        self.write(partial(runs.move_sources, run_id=run.id, paths=paths))

    def settle(self, run: StoredRun, settlements: Sequence[Settlement], by: str, now: float) -> None:
        """Takes a person's word for rows in doubt: all of it, or nothing.

        Raises:
            ConfigurationError: A row is not in doubt, or an Id belongs to another row.
        """
        self.write(partial(settling.settle, run=run, settlements=settlements, by=by, at=now))

    def reopen(self, run: StoredRun, statuses: Collection[Status]) -> int:
        """Takes refused rows up again, since their cause is mended; returns how many."""
        return self.write(partial(settling.reopen, run_id=run.id, statuses=statuses))

    def prune(self, run: StoredRun, *, records: bool) -> None:
        """Forgets the rows of a run, which is locked; its records too, where their target has gone."""
        self.write(partial(pruning.prune, run=run, records=records))

    def _settle_leftovers(self, run: StoredRun) -> None:
        self.write(partial(outcomes.doubt_unanswered, run_id=run.id))
        self.write(partial(entry.forget_listed, run_id=run.id))

    @contextlib.asynccontextmanager
    async def at_work(self, run: StoredRun, clock: Callable[[], float]) -> AsyncIterator[RunLedger]:
        """A run's part of the ledger, while its tasks are at work; on leaving, all that they asked for is on disk.

        Args:
            run: The run, locked.
            clock: Seconds since 1970, by the target's clock as far as it is known.
        """
        async with LedgerWriter(self.write, self.write_at_once, run, clock) as writer:
            yield RunLedger(run, writer, clock, self.is_free)

    def copy_to(self, other: Ledger) -> dict[str, int]:
        """Copies everything into a ledger that is empty; returns how many rows each table has.

        Raises:
            ConfigurationError: The other ledger is not empty.
            LedgerUnavailable: One of the two cannot be read or written.
        """
        with self.connection() as connection:
            return other.write(partial(copying.copy_tables, connection))

    # -- excerpts ------------------------------------------------------------------------------------------------

    def take_excerpt(self, original: sa.Connection, target: str, keys: Iterable[Sequence[str]]) -> None:
        """Takes over what another ledger knows of a target: calls, waits, and the records of some keys.

        Args:
            original: The other ledger; this one is empty.
            target: The target's URL.
            keys: Folded keys, in parts of a convenient size.
        """
        self.write(partial(excerpt.copy_target, original, target=target))
        for part in keys:
            self.write(partial(excerpt.copy_records, original, target=target, keys=part))

    # -- locks ---------------------------------------------------------------------------------------------------

    def lock(self, run_id: str) -> RunLock | None:
        """Takes a run for this process; `None` where another living process has it."""
        with ledger_errors():
            return self._writing.lock(run_id)

    def join(self, run_id: str) -> RunLock | None:
        """Helps with a run that another process leads; `None` where that cannot be."""
        with ledger_errors():
            return self._writing.join(run_id)

    def is_led(self, run_id: str) -> bool:
        """Whether a living process leads that run; one that only helps with it does not."""
        with ledger_errors():
            return self._writing.is_led(run_id)

    @property
    def url_without_password(self) -> str:
        """Where it is, for others who know the password."""
        url = self._engine.url._replace(password=None).difference_update_query(["password"])  # `set` keeps what is None
        return url.render_as_string(hide_password=False)

    def is_free(self, run_id: str) -> bool:
        """Whether no living process works on that run."""
        with ledger_errors():
            return self._writing.is_free(run_id)

    # -- transactions --------------------------------------------------------------------------------------------

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs something in a transaction of its own; when it returns, that is on disk.

        Args:
            work: Does nothing but SQL, since it is done again where another process was in its way, or where the
                connection was lost before it was on disk.

        Raises:
            LedgerUnavailable: The database cannot be written.
        """
        with ledger_errors():
            return self._writing.write(work)

    def write_at_once(self, work: Callable[[sa.Connection], T]) -> T:
        """The same, without waiting for anybody but the disk.

        Raises:
            WouldWait: It would have to: nothing was done.
            LedgerUnavailable: The database cannot be written.
        """
        with ledger_errors():
            return self._writing.write_at_once(work)
