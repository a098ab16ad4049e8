"""The main job: the way of the rows from sources to reports.

May import every room below. Must know nothing of Click or of terminals: it talks to an `Observer`.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.delivery.engine import Engine
from pipeline.delivery.existing import ExistingRecords
from pipeline.errors import (
    Code,
    ImportFailure,
    Interrupted,
    InvalidRows,
    LedgerUnavailable,
    TargetUnavailable,
    WrongTarget,
    is_interruption,
)
from pipeline.events import Event, about_run, tell
from pipeline.intake.intake import Intake
from pipeline.ledger.ledger import Ledger
from pipeline.model.config import Existing
from pipeline.model.counts import agreeing, counted
from pipeline.model.runs import RunStatus
from pipeline.operations.connection import Connection, Target, at_work, handlers_before, in_loop, locked, signed_in
from pipeline.operations.look_up import LookUp
from pipeline.operations.new_run import ReportDir, new_run
from pipeline.operations.observer import Action, Preview
from pipeline.operations.progress import progress_of
from pipeline.operations.report import write_run_reports
from pipeline.operations.result import Result, forget_copies_of
from pipeline.operations.signals import cancelled_by_second_signal
from pipeline.operations.survey import Survey, survey
from pipeline.remote.estimate import budget_left, early_end, finish_time, modifying, sittings
from pipeline.remote.rate_limit import QUOTA_WAIT_S
from pipeline.reports.emergency_csv import EmergencyCsv
from pipeline.stop import Stop, Stopping

if TYPE_CHECKING:
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.ledger.runs import StoredRun
    from pipeline.remote.resource import Resource


_log = logging.getLogger(__name__)

_WRITING_REPORTS = "The reports are being written: once more ends that, too."
_MOST_PARTS_BEFORE = 100
"""So many parts of the target are listed within a minute or so."""


def run(intake: Intake, report_dir: ReportDir, connection: Connection) -> Result:
    """Imports the sources: reads, checks, submits and reports every row.

    Args:
        intake: The sources.
        report_dir: Where the reports go.
        connection: The target and the ledger.

    Raises:
        SourceError: There is no row.
        SignInError: The credentials are refused.
        TargetUnavailable: The target does not answer the sign-in.
        ConfigurationError: The ledger cannot be opened, or the reports cannot be written.
    """
    with contextlib.closing(Ledger(connection.ledger)) as ledger:
        return importing(intake, report_dir, connection, ledger).result()


def importing(intake: Intake, report_dir: ReportDir, connection: Connection, ledger: Ledger) -> Importing:
    """A new run, its rows read and checked.

    Args:
        intake: The sources.
        report_dir: Where the reports go.
        connection: The target and the ledger's place.
        ledger: The ledger.

    Raises:
        SourceError: There is no row.
        ConfigurationError: The reports could not be written.
    """
    intake.demand_rows()
    new = new_run(intake, report_dir, connection.runtime)
    headers = {one.source.number: one.header for one in intake.sources}
    with ledger.snapshot() as snapshot:
        found = survey(intake, new, partial(snapshot.known_among, new.target))
    return Importing(
        intake=intake,
        connection=connection,
        ledger=ledger,
        total=found.rows,
        left=found.left,
        survey=found,
        begin=lambda status: ledger.begin_run(replace(new, status=status), headers, intake.config.as_json()),
    )


@dataclass(kw_only=True)
class Importing:
    """One run at work in this process, new or resumed.

    Attributes:
        intake: Its sources.
        connection: The target and the ledger's place.
        ledger: The ledger.
        total: How many rows it has.
        left: How many of them have no end yet.
        begin: Enters it into the ledger with its status, or finds it there.
        resumed: Its name, if it was begun before.
        survey: What is known of its rows, if it is new.
    """

    intake: Intake
    connection: Connection
    ledger: Ledger
    total: int
    left: int
    begin: Callable[[RunStatus], StoredRun]
    resumed: str | None = None
    survey: Survey | None = None
    _stop: Stop = field(init=False)
    _emergency: EmergencyCsv | None = None

    def __post_init__(self) -> None:
        self._stop = Stop(self.connection.runtime.sleep, self.connection.runtime.now)

    def result(self) -> Result:
        """Runs to the end, and reports.

        Raises:
            LedgerUnavailable: The ledger cannot be written: then neither the run's end nor a report could be relied on.
            Interrupted: Somebody had not the patience for the reports.
        """
        self._check_all_valid()
        with contextlib.ExitStack() as held, handlers_before(self.connection) as handlers:
            found, rows_read = self.connection.runtime.run(self._at_work(held))
            if handlers is not None:
                handlers.after_one_more(lambda: _log.warning(_WRITING_REPORTS))
            try:
                return self._finished(found, rows_read)
            except LedgerUnavailable as reason:
                raise self._with_emergency_report(reason) from reason
            except (KeyboardInterrupt, Exception) as error:
                if is_interruption(error):
                    raise self._without_reports(found) from None
                raise

    @staticmethod
    def _without_reports(run: StoredRun) -> Interrupted:
        name = run.run.run_id
        return Interrupted(Code.REPORTS_CUT_OFF, f"Run {name} has ended, but its reports are not written.", run_id=name)

    def _with_emergency_report(self, reason: LedgerUnavailable) -> LedgerUnavailable:
        kept = self._emergency.keep() if self._emergency is not None else None
        where = str(kept) if kept is not None else None
        return LedgerUnavailable(reason.code, reason.message, **reason.facts, emergency_report=where)

    def _finished(self, run: StoredRun, rows_read: int | None) -> Result:
        reason = self._stop.reason
        if isinstance(reason, LedgerUnavailable):
            raise reason
        if reason is not None and rows_read is None:
            reason = self._with_unread(reason, run)
        self.ledger.finish_run(run, _status(reason), self.connection.runtime.now(), reason)
        result = write_run_reports(self.ledger, run.run.run_id, self.intake, rows_read=rows_read)
        self.ledger.set_reported(run, self.connection.runtime.now())
        forget_copies_of(result)
        with about_run(run.run.run_id):
            tell(_log, Event.RUN_END, result.run.status.value, Status=result.run.status.value, **_counts(result))
        return result

    def _with_unread(self, reason: ImportFailure, run: StoredRun) -> ImportFailure:
        """Says how many rows no report can name, where nobody had the patience for them to be read."""
        with self.ledger.snapshot() as snapshot:
            unread = self.total - snapshot.summary(run).rows_read
        if unread <= 0:
            return reason
        were = agreeing(unread, "was", "were")
        message = f"{reason.message} {counted(unread, 'row')} {were} not read any more, and can stand in no report."
        return type(reason)(reason.code, message, **reason.facts, unread=unread)

    def preview(self) -> Preview:
        """Looks at the target, says what would be done, and forgets the run."""
        with contextlib.ExitStack() as held:
            return in_loop(self.connection, self._looked_at(held))

    async def _looked_at(self, held: contextlib.ExitStack) -> Preview:
        async with self._opened(held, RunStatus.UNCONFIRMED) as work:
            try:
                with cancelled_by_second_signal(self._stop):
                    return await self._preview(work)
            except (Stopping, ImportFailure) as reason:
                raise self._nothing_begun(reason) from None
            finally:
                self.ledger.forget_run(work.run)

    def _check_all_valid(self) -> None:
        if not self.intake.config.require_valid:
            return
        found = self.survey
        invalid = found.invalid if found else sum(len(batch.errors) for batch in self.intake.checked())
        if invalid:
            message = f"Nothing was sent, because of {counted(invalid, 'invalid row')}."
            self._stop.because(InvalidRows(Code.ROWS_INVALID, message, rows=invalid))

    async def _at_work(self, held: contextlib.ExitStack) -> tuple[StoredRun, int | None]:
        """Sends the rows; the run's lock is held until its end and its reports are written."""
        rows_read = None  # and it stays so where a second Ctrl-C, or a third one, cuts it short
        is_asked = self.connection.observer.asks and self.resumed is None
        async with self._opened(held, RunStatus.UNCONFIRMED if is_asked else RunStatus.RUNNING) as work:
            try:
                await self._confirm(work)
            except BaseException:
                if self.resumed is None:
                    self.ledger.forget_run(work.run)
                raise
            self._emergency = held.enter_context(EmergencyCsv(work.run.run, self.intake.endpoint.key))
            rows_read = await self._deliver(work, self._emergency)
        return work.run, rows_read

    @contextlib.asynccontextmanager
    async def _opened(self, held: contextlib.ExitStack, status: RunStatus) -> AsyncIterator[_Work]:
        """The run between its target and its ledger, locked."""
        async with signed_in(self.connection, self.intake.config, self.intake.endpoint) as target:
            run = self.begin(status)
            held.enter_context(locked(self.ledger, run.run.run_id))
            if self.resumed is None:  # before anything is listed for it; a run that stands as it did is not at work
                self.ledger.start_run(run, self.connection.runtime.now(), status)
            async with at_work(self.connection, self.ledger, run, target, self._stop) as (resource, run_ledger):
                records = ExistingRecords(
                    endpoint=self.intake.endpoint,
                    resource=resource,
                    ledger=run_ledger,
                    at_once=self.intake.config.concurrency,
                )
                yield _Work(run=run, target=target, resource=resource, ledger=run_ledger, existing=records)

    async def _confirm(self, work: _Work) -> None:
        if not self.left and self.resumed:  # killed after its last row: all that is missing are its end and its reports
            return
        if self._stop.is_set:  # there is nothing to ask: the reports say why
            return
        observer = self.connection.observer
        try:
            with cancelled_by_second_signal(self._stop):
                preview = await self._preview(work) if self._looks_before() else self._preview_of(work, self.survey)
        except (Stopping, ImportFailure) as reason:
            self._give_up_looking(reason)
            return
        self.survey = preview.survey  # with what exists, so that progress and question foresee the same end
        if not observer.confirm(preview):
            raise self._declined()

    def _looks_before(self) -> bool:
        """Whether what exists is asked for before anything is sent, and not while rows are."""
        observer, found = self.connection.observer, self.survey
        # Nobody waits for the answer: rows need not wait for long lists, either.
        is_soon = found is not None and len(found.new) <= _MOST_PARTS_BEFORE
        return observer.asks or (observer.previews and is_soon)

    def _give_up_looking(self, reason: Stopping | ImportFailure) -> None:
        """Nothing is sent; where nobody is there to be told, the reports say why."""
        if self.connection.observer.asks:
            raise self._nothing_begun(reason)
        if isinstance(reason, ImportFailure):
            self._stop.because(reason)

    def _nothing_begun(self, reason: Stopping | ImportFailure) -> ImportFailure:
        """Why nothing was sent, where there is no run that could be resumed, but for one that was before."""
        if isinstance(reason, Stopping):
            return self._declined()
        if self.resumed is None and isinstance(reason, TargetUnavailable | WrongTarget):
            return TargetUnavailable(Code.NOT_LOOKED_UP, f"Nothing was sent. {reason.message}", **reason.facts)
        return reason

    async def _preview(self, work: _Work) -> Preview:
        """What is about to happen, with what exists at the target."""
        found = self.survey
        if found is not None and found.looks_later and found.batches is not None:
            connection = self.connection
            found = await LookUp(
                found=found,
                records=work.existing,
                ledger=work.ledger,
                stop=self._stop,
                observer=connection.observer,
                now=connection.runtime.now,
            ).result()
        return self._preview_of(work, found)

    def _preview_of(self, work: _Work, found: Survey | None) -> Preview:
        config = self.intake.config
        with self.ledger.snapshot() as snapshot:
            spent = snapshot.spent(config.target_url(self.intake.endpoint), config.limits)
        now = self.connection.runtime.moment()
        left, limits = self._to_send(found), config.limits
        longest_wait_s = QUOTA_WAIT_S if config.stop_on_quota else None
        ends_at = self.connection.ends_at
        end = early_end(limits, spent, left, now, ends_at=ends_at, longest_wait_s=longest_wait_s) if limits else None
        return Preview(
            action=Action.CREATE,
            count=left,
            target=config.target_name or config.base_url,
            user=work.target.session.user,
            changed=left - found.left if found is not None else 0,
            finish=finish_time(limits, spent, left, now) if limits else None,
            survey=found,
            sittings=sittings(limits, spent, end.calls if end else left, now) if limits else (),
            early_end=end,
            limits=modifying(limits),
            budget=budget_left(limits, spent, now),
        )

    def _declined(self) -> Interrupted:
        return Interrupted(Code.DECLINED, "Nothing was sent.", resumed=self.resumed)

    async def _deliver(self, work: _Work, emergency: EmergencyCsv) -> int:
        observer = self.connection.observer
        if self.resumed is not None:
            self.ledger.start_run(work.run, self.connection.runtime.now())
        elif work.run.run.status is RunStatus.UNCONFIRMED:
            self.ledger.confirm_run(work.run)
        observer.begin(work.run.run, self.total)
        tell(_log, Event.RUN_BEGIN, f"{self.total} rows", Rows=self.total, Resumed=self.resumed is not None)
        to_send = self._to_send(self.survey)
        progress = progress_of(self.connection, self.ledger, work.ledger, work.resource, (self.total, to_send))
        engine = Engine(
            config=self.intake.config,
            resource=work.resource,
            existing_records=work.existing,
            ledger=work.ledger,
            stop=self._stop,
            on_read=progress.read,
            on_answer=emergency.note,
            on_end=progress.row_ended,
            follows_rows=observer.follows_rows,
        )
        async with progress.followed():
            return await self._led(engine)

    async def _led(self, engine: Engine) -> int:
        """Lets the rows be sent from here, or from a cluster."""
        cluster = self.connection.cluster
        if cluster is not None:
            from pipeline.operations.cluster.leading import led

            return await led(cluster, self.connection, self.ledger, engine, self.intake)
        return await engine.deliver(self.survey.checked(self.intake) if self.survey else self.intake.checked())

    def _to_send(self, found: Survey | None) -> int:
        """Rows that cost a modifying call, as far as that is known."""
        if found is None:
            return self.left
        return found.to_change if self.intake.config.existing is Existing.UPDATE else found.left


@dataclass(frozen=True, kw_only=True)
class _Work:
    """A run between its target and its ledger."""

    run: StoredRun
    target: Target
    resource: Resource
    ledger: RunLedger
    existing: ExistingRecords


def _counts(result: Result) -> dict[str, Any]:
    return {"ExitCode": int(result.exit_code), "Summary": result.summary.as_json()}


def _status(reason: ImportFailure | None) -> RunStatus:
    if reason is None:
        return RunStatus.COMPLETED
    return RunStatus.INTERRUPTED if isinstance(reason, Interrupted) else RunStatus.STOPPED
