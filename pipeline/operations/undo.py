"""`undo`: deletes what a run created, the newest first, and says of each record what became of it.

A record that somebody has changed since is kept, unless they are forced to go too. Deleting may be repeated without
harm, so nothing here can be in doubt: undoing again takes up what is left.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ExitCode, ImportFailure, Interrupted, SignInError, TargetUnavailable
from pipeline.ledger import undo as sql
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.undo import Created, UndoOutcome
from pipeline.ledger.writer import LedgerWriter
from pipeline.model.config import RunConfig
from pipeline.model.runs import Run
from pipeline.operations.connection import Connection, Line, locked, signed_in
from pipeline.operations.history import reachable_run
from pipeline.operations.observer import Preview
from pipeline.operations.signals import stopping_on_signals
from pipeline.remote.clock import TargetClock
from pipeline.remote.resource import MissingRole, Resource, UnreadableResponse
from pipeline.remote.responses import Verdict
from pipeline.reports.undo import UndoEntry, write_undo_reports
from pipeline.stop import Stop, Stopping
from schemas import endpoints

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun

_PAGE = 500
# Between a record's `CreatedOn` and the `UpdatedOn` of its own creation.
_SAME_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class UndoResult:
    """How undoing ended.

    Attributes:
        run: The run that was undone.
        counts: Records by what became of them.
        left: Records that nothing was done about, because undoing stopped.
        dry_run: Whether nothing was deleted, only looked at.
        reports: Files worth a look.
        reason: Why it stopped early, if it did.
    """

    run: Run
    counts: Mapping[UndoOutcome, int]
    left: int
    dry_run: bool
    reports: Sequence[Path]
    reason: ImportFailure | None = None

    @property
    def exit_code(self) -> ExitCode:
        """What scripts are told."""
        if self.reason is not None:
            return self.reason.exit_code
        kept = self.counts.get(UndoOutcome.KEPT, 0) + self.counts.get(UndoOutcome.REFUSED, 0)
        return ExitCode.ROWS_REFUSED if kept else ExitCode.OK

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "Run": self.run.as_json(),
            "DryRun": self.dry_run,
            "Summary": {**{u.value.title(): self.counts.get(u, 0) for u in UndoOutcome}, "Left": self.left},
            "Reports": [str(path) for path in self.reports],
            "StoppedBecause": self.reason.message if self.reason else None,
            "ExitCode": int(self.exit_code),
        }


def undo(name: str, connection: Connection, *, dry_run: bool = False, force: bool = False) -> UndoResult:
    """Deletes the records that a run created.

    Args:
        name: The run's name.
        connection: The ledger, and how to reach the target.
        dry_run: Only look at the records and say what would become of them.
        force: Delete also what has been changed since.

    Raises:
        ConfigurationError: There is no such run, another process works on it, or its reports cannot be written.
        SignInError: The credentials are refused.
        TargetUnavailable: The target does not answer the sign-in.
        Interrupted: The person said no.
    """
    with contextlib.closing(Ledger(connection.ledger)) as ledger:
        found = reachable_run(ledger, name)
        return _Undoing(found, connection, ledger, dry_run=dry_run, force=force).result()


class _Undoing:
    """One run being undone in this process."""

    def __init__(self, found: StoredRun, connection: Connection, ledger: Ledger, *, dry_run: bool, force: bool) -> None:
        self._found = found
        self._connection = connection
        self._ledger = ledger
        self._dry_run = dry_run
        self._force = force
        self._job = RunConfig.from_json(found.config)
        self._stop = Stop(connection.runtime.sleep)
        self._counts: Counter[UndoOutcome] = Counter()
        self._looked_at: dict[int, tuple[UndoOutcome, str | None]] = {}

    def result(self) -> UndoResult:
        """Undoes, and reports."""
        with self._ledger.reading() as connection:
            total = sql.count_left(connection, self._found.id)
        asyncio.run(self._at_work(total))
        run = self._found.run
        with self._ledger.reading() as connection:
            ends = (self._entry(created) for created in sql.all_created(connection, self._found.id))
            paths = write_undo_reports(run, ends, key=endpoints()[self._job.endpoint].key, dry_run=self._dry_run)
        return UndoResult(
            run=run,
            counts=self._counts,
            left=total - self._counts.total(),
            dry_run=self._dry_run,
            reports=paths,
            reason=self._stop.reason,
        )

    def _entry(self, created: Created) -> UndoEntry:
        """What is reported of a record: what the ledger says, or in a dry run what was seen."""
        known = (created.undone, created.end.reason if created.undone else None)
        undone, reason = self._looked_at.get(created.remote_id, known)
        return UndoEntry(end=created.end, undone=undone.value if undone else "left", reason=reason)

    async def _at_work(self, total: int) -> None:
        async with signed_in(self._connection, self._job) as (transport, session):
            deed = f"of run {self._found.run.run_id} to {'look at' if self._dry_run else 'DELETE'} at"
            preview = Preview(
                count=total, noun="record", deed=deed, target=self._job.base_url, user=session.user, finish=None
            )
            observer = self._connection.observer
            if not self._dry_run and not observer.confirm(preview):
                raise Interrupted("Nothing was deleted.", advice="--yes goes ahead without asking.")
            with locked(self._ledger, self._found):
                line = Line(
                    run=self._found,
                    config=self._job,
                    endpoint=endpoints()[self._job.endpoint],
                    ledger=self._ledger,
                    transport=transport,
                    session=session,
                    stop=self._stop,
                    clock=TargetClock(self._connection.runtime.now),
                )
                observer.begin(self._found.run, total)
                try:
                    async with LedgerWriter(self._ledger, self._found, line.clock.now) as writer:
                        with self._interruptible():
                            await self._all(line.resource(writer), writer)
                finally:
                    observer.finish()

    def _interruptible(self) -> contextlib.AbstractContextManager[None]:
        if not self._connection.runtime.handle_signals:
            return contextlib.nullcontext()
        return stopping_on_signals(self._stop, self._connection.observer.interrupted)

    async def _all(self, resource: Resource, writer: LedgerWriter) -> None:
        queue = self._records(writer)
        turn = asyncio.Lock()  # one asks for the next record at a time: the newest goes first

        async def work() -> None:
            while not self._stop.is_set:
                async with turn:
                    created = await anext(queue, None)
                if created is None:
                    return
                await self._one(created, resource, writer)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._job.concurrency):
                tasks.create_task(work())

    async def _records(self, writer: LedgerWriter) -> AsyncIterator[Created]:
        below: int | None = None
        while page := await writer.do(partial(sql.left, run_id=self._found.id, below=below, most=_PAGE)):
            for created in page:
                yield created
            below = page[-1].remote_id

    async def _one(self, created: Created, resource: Resource, writer: LedgerWriter) -> None:
        try:
            undone, reason = await self._undone(created, resource)
        except Stopping:
            return
        except MissingRole as error:
            advice = "Give the user the role, then undo the run again."
            self._stop.because(SignInError(f"The user lacks the role {error.role}.", advice=advice))
            return
        except UnreadableResponse as error:
            advice = "Undo the run again when it is back: what is deleted stays deleted."
            self._stop.because(TargetUnavailable(f"The target does not answer ({error}).", advice=advice))
            return
        if self._dry_run:
            self._looked_at[created.remote_id] = (undone, reason)
        else:
            await writer.do(partial(sql.mark, run=self._found, created=created, undone=undone, reason=reason))
        self._counts[undone] += 1
        self._connection.observer.read(1, 1)

    async def _undone(self, created: Created, resource: Resource) -> tuple[UndoOutcome, str | None]:
        record = await resource.read(created.remote_id)
        if record is None:
            return UndoOutcome.GONE, None
        changed = _changed(record, created.updated_on)
        if changed and not self._force:
            return UndoOutcome.KEPT, f"changed since: {changed}"
        if self._dry_run:
            return UndoOutcome.DELETED, None
        reading = await resource.delete(created.remote_id)
        if reading is None or reading.verdict is Verdict.CREATED:
            return UndoOutcome.DELETED, None
        return UndoOutcome.REFUSED, str((reading.response or {}).get("Message"))


def _changed(record: Mapping[str, Any], updated_on_creation: str | None) -> str | None:
    """When and by whom a record was changed after its creation; `None` where it was not.

    Args:
        record: The record as it is.
        updated_on_creation: Its `UpdatedOn` in the answer that created it; without one `CreatedOn` stands in.
    """
    before = _moment(updated_on_creation or record.get("CreatedOn"))
    now = _moment(record.get("UpdatedOn"))
    slack = timedelta() if updated_on_creation else _SAME_MOMENT
    if before is None or now is None or now.replace(microsecond=0) - before.replace(microsecond=0) <= slack:
        return None
    by = record.get("UpdatedBy")
    return f"{record['UpdatedOn']} by {by}" if by else str(record["UpdatedOn"])


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None
