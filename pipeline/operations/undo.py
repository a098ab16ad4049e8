"""`undo`: takes back what a run did, the newest first, and says of each record what became of it.

What the run created is deleted, what it changed is put back. Undoing again takes up what is left.
May import every room below. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.delivery.failures import not_the_endpoint
from pipeline.delivery.undo_survey import UndoSurvey
from pipeline.delivery.undoer import Undoer
from pipeline.errors import Code, ExitCode, ImportFailure, Interrupted, SignInError, TargetUnavailable, stopped_json
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.undo import UndoableRecord
from pipeline.model.config import RunConfig
from pipeline.model.rows import Status
from pipeline.model.runs import Run
from pipeline.model.undo import UndoOutcome
from pipeline.operations.connection import Connection, Target, at_work, in_loop, locked, signed_in
from pipeline.operations.history import reachable_run
from pipeline.operations.observer import Action, Preview
from pipeline.operations.progress import progress_of
from pipeline.remote.calls import MissingRole, NotTheEndpoint
from pipeline.remote.estimate import finish_time, modifying
from pipeline.remote.resource import Resource, UnreadableResponse
from pipeline.reports.undo import UndoEntry, write_undo_reports
from pipeline.stop import Stop, Stopping
from schemas import endpoints

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.delivery.undoer import Undone
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.ledger.runs import StoredRun


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

    def in_one_line(self) -> str:
        """The run, the exit code, what became of its records and where the reports are, for a log or a mail."""
        counts = [f"{count:,} {undone.value}" for undone, count in sorted(self.counts.items())]
        left = [f"{self.left:,} left"] if self.left else []
        stopped = f"; stopped: {self.reason.message}" if self.reason is not None else ""
        told = ", ".join([*counts, *left]) or "nothing to undo"
        return (
            f"{self.run.run_id}: undo: exit code {self.exit_code:d}; {told}; reports in {self.run.report_dir}{stopped}"
        )

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "Run": self.run.as_json(),
            "DryRun": self.dry_run,
            "Summary": {**{u.value.title(): self.counts.get(u, 0) for u in UndoOutcome}, "Left": self.left},
            "Reports": [str(path) for path in self.reports],
            **stopped_json(self.reason),
            "ExitCode": int(self.exit_code),
        }


def undo(name: str, connection: Connection, *, dry_run: bool = False, force: bool = False) -> UndoResult:
    """Deletes the records that a run created, and puts those back that it changed.

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
        run = reachable_run(ledger, name)
        return _Undoing(run, connection, ledger, dry_run=dry_run, force=force).result()


class _Undoing:
    """One run being undone in this process."""

    def __init__(self, run: StoredRun, connection: Connection, ledger: Ledger, *, dry_run: bool, force: bool) -> None:
        self._run = run
        self._connection = connection
        self._ledger = ledger
        self._dry_run = dry_run
        self._force = force
        self._config = RunConfig.from_json(run.config)
        self._endpoint = endpoints()[self._config.endpoint]
        self._stop = Stop(connection.runtime.sleep, connection.runtime.now)
        self._counts: Counter[UndoOutcome] = Counter()
        self._looked_at: dict[int, Undone] = {}

    def result(self) -> UndoResult:
        """Undoes, and reports."""
        with self._ledger.snapshot() as snapshot:
            left = snapshot.count_left_to_undo(self._run)
        in_loop(self._connection, self._at_work(left))
        with self._ledger.snapshot() as snapshot:
            run = snapshot.with_counts(self._run).run
            entries = (self._entry(one) for one in snapshot.undoable_records(self._run))
            paths = write_undo_reports(run, entries, key=self._endpoint.key, dry_run=self._dry_run)
        return UndoResult(
            run=run,
            counts=self._counts,
            left=sum(left.values()) - self._counts.total(),
            dry_run=self._dry_run,
            reports=paths,
            reason=self._stop.reason,
        )

    def _entry(self, one: UndoableRecord) -> UndoEntry:
        """What is reported of a record: what the ledger says, or in a dry run what was seen."""
        known = (one.undone, one.end.reason if one.undone else None)
        outcome, reason = self._looked_at.get(one.remote_id, known)
        return UndoEntry(end=one.end, undone=outcome.value if outcome else "left", reason=reason)

    async def _at_work(self, left: Mapping[Status, int]) -> None:
        async with signed_in(self._connection, self._config, self._endpoint) as target:
            self._confirm(left, target)
            with locked(self._ledger, self._run.run.run_id):
                self._connection.observer.begin(self._run.run, sum(left.values()))
                async with at_work(self._connection, self._ledger, self._run, target, self._stop) as (resource, ledger):
                    count = sum(left.values())
                    self._progress = progress_of(
                        self._connection, self._ledger, ledger, resource, (count, count), keeps=False
                    )
                    async with self._progress.followed():
                        await self._undo_all(resource, ledger)

    def _confirm(self, left: Mapping[Status, int], target: Target) -> None:
        if self._dry_run:
            return
        preview = Preview(
            action=Action.DELETE,
            count=left.get(Status.CREATED, 0),
            restored=left.get(Status.UPDATED, 0),
            target=self._config.base_url,
            user=target.session.user,
            run_id=self._run.run.run_id,
            finish=self._due_at(sum(left.values())),
            limits=modifying(self._config.limits),
        )
        if not self._connection.observer.confirm(preview):
            raise Interrupted(Code.UNDO_DECLINED, "Nothing was deleted.", run_id=self._run.run.run_id)

    def _due_at(self, calls: int) -> datetime | None:
        limits = self._config.limits
        with self._ledger.snapshot() as snapshot:
            spent = snapshot.spent(self._run.run.target, limits)
        return finish_time(limits, spent, calls, self._connection.runtime.moment()) if limits else None

    async def _undo_all(self, resource: Resource, ledger: RunLedger) -> None:
        undoer = Undoer(endpoint=self._endpoint, resource=resource, dry_run=self._dry_run, force=self._force)
        if self._dry_run:
            await self._survey(UndoSurvey(undoer=undoer, ledger=ledger), ledger)
        queue = ledger.all_left_to_undo()
        turn = asyncio.Lock()  # one asks for the next record at a time: the newest goes first

        async def work() -> None:
            while not self._stop.is_set:
                async with turn:
                    one = await anext(queue, None)
                if one is None:
                    return
                if one.remote_id not in self._looked_at:
                    await self._undo_one(one, undoer, ledger)

        async def guarded() -> None:
            try:
                await work()
            except ImportFailure as reason:  # others finish what they have begun
                self._stop.because(reason)

        async with contextlib.aclosing(queue), asyncio.TaskGroup() as tasks:
            for _ in range(self._config.concurrency):
                tasks.create_task(guarded())

    async def _survey(self, survey: UndoSurvey, ledger: RunLedger) -> None:
        with contextlib.suppress(Stopping):
            async for one, undone in survey.judged():
                await self._note(one, undone, ledger)

    async def _undo_one(self, one: UndoableRecord, undoer: Undoer, ledger: RunLedger) -> None:
        try:
            undone = await undoer.undo(one)
        except Stopping:
            return
        except MissingRole as error:
            message = f"{error.reason[0].upper()}{error.reason[1:]}."
            self._stop.because(SignInError(Code.UNDO_ROLE_MISSING, message, role=error.role))
        except NotTheEndpoint as error:
            self._stop.because(not_the_endpoint(error))
        except UnreadableResponse as error:
            message, reason = f"The target does not answer ({error}).", str(error)
            self._stop.because(TargetUnavailable(Code.UNDO_UNANSWERED, message, reason=reason))
        else:
            await self._note(one, undone, ledger)

    async def _note(self, one: UndoableRecord, undone: Undone, ledger: RunLedger) -> None:
        self._counts[undone[0]] += 1  # first: what is asked of the ledger is written even if this task is cancelled
        self._progress.undone()
        if self._dry_run:
            self._looked_at[one.remote_id] = undone
        else:
            await ledger.record_undo(one, *undone)
