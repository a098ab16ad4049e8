"""The main job: the way of the rows from sources to reports.

May import every room below. Must know nothing of Click or of terminals: it talks to an `Observer`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.delivery.engine import Engine
from pipeline.errors import ImportFailure, Interrupted, InvalidRows, LedgerUnavailable
from pipeline.intake.intake import Intake
from pipeline.ledger.ledger import Ledger
from pipeline.model.runs import RunStatus
from pipeline.operations.connection import Connection, Target, at_work, locked, signed_in
from pipeline.operations.new_run import new_run
from pipeline.operations.observer import Action, Preview
from pipeline.operations.report import write_run_reports
from pipeline.operations.result import Result
from pipeline.remote.estimate import finish_time
from pipeline.reports.emergency_csv import EmergencyCsv
from pipeline.stop import Stop

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun


_UNASKED = "--yes goes ahead without asking."


def run(intake: Intake, report_dir: Path | None, connection: Connection) -> Result:
    """Imports the sources: reads, checks, submits and reports every row.

    Args:
        intake: The sources.
        report_dir: The folder of the reports; by default `reports/` and the run's name.
        connection: The target and the ledger.

    Raises:
        SourceError: There is no row.
        SignInError: The credentials are refused.
        TargetUnavailable: The target does not answer the sign-in.
        ConfigurationError: The ledger cannot be opened, or the reports cannot be written.
    """
    total = intake.counted()
    new = new_run(intake, report_dir, connection.runtime)
    headers = {one.source.number: one.header for one in intake.sources}
    with contextlib.closing(Ledger(connection.ledger)) as ledger:
        return Importing(
            intake=intake,
            connection=connection,
            ledger=ledger,
            total=total,
            left=total,
            begin=lambda: ledger.begin_run(new, headers, intake.config.as_json()),
        ).result()


@dataclass(kw_only=True)
class Importing:
    """One run at work in this process, new or resumed.

    Attributes:
        intake: Its sources.
        connection: The target and the ledger's place.
        ledger: The ledger.
        total: How many rows it has.
        left: How many of them have no end yet.
        begin: Enters it into the ledger, or finds it there.
        resumed: Its name, if it was begun before.
    """

    intake: Intake
    connection: Connection
    ledger: Ledger
    total: int
    left: int
    begin: Callable[[], StoredRun]
    resumed: str | None = None
    _stop: Stop = field(init=False)
    _emergency: EmergencyCsv | None = None

    def __post_init__(self) -> None:
        self._stop = Stop(self.connection.runtime.sleep)

    def result(self) -> Result:
        """Runs to the end, and reports.

        Raises:
            LedgerUnavailable: The ledger cannot be written: then neither the run's end nor a report could be relied on.
        """
        self._check_all_valid()
        with contextlib.ExitStack() as held:
            found, rows_read = asyncio.run(self._at_work(held))
            try:
                return self._finished(found, rows_read)
            except LedgerUnavailable as reason:
                raise self._with_emergency_report(reason) from reason

    def _with_emergency_report(self, reason: LedgerUnavailable) -> LedgerUnavailable:
        kept = self._emergency.keep() if self._emergency is not None else None
        told = f" {kept} lists how rows ended in this process, with their Ids." if kept is not None else ""
        return LedgerUnavailable(reason.message, advice=f"{reason.advice}{told}")

    def _finished(self, run: StoredRun, rows_read: int | None) -> Result:
        reason = self._stop.reason
        if isinstance(reason, LedgerUnavailable):
            raise reason
        self.ledger.finish_run(run, _status(reason), self.connection.runtime.now())
        result = write_run_reports(self.ledger, run.run.run_id, self.intake, reason=reason, rows_read=rows_read)
        self.ledger.set_reported(run, self.connection.runtime.now())
        return result

    def _check_all_valid(self) -> None:
        if not self.intake.config.require_valid:
            return
        invalid = sum(len(batch.errors) for batch in self.intake.checked())
        if invalid:
            advice = "Correct the rows in rejected.csv; or leave --require-valid out to send the valid ones."
            self._stop.because(InvalidRows(f"Nothing was sent: {invalid} rows are invalid.", advice=advice))

    async def _at_work(self, held: contextlib.ExitStack) -> tuple[StoredRun, int | None]:
        """Sends the rows; the run's lock is held until its end and its reports are written."""
        async with signed_in(self.connection, self.intake.config, self.intake.endpoint) as target:
            self._confirm(target.session.user)
            run = self.begin()
            held.enter_context(locked(self.ledger, run.run.run_id))
            self._emergency = held.enter_context(EmergencyCsv(run.run, self.intake.endpoint.key))
            return run, await self._deliver(run, target, self._emergency)

    def _confirm(self, user: str) -> None:
        if not self.left:  # killed after its last row: all that is missing are its end and its reports
            return
        config = self.intake.config
        with self.ledger.snapshot() as snapshot:
            spent = snapshot.modifying_calls(config.target_url(self.intake.endpoint), config.limits)
        now = self.connection.runtime.moment()
        preview = Preview(
            action=Action.CREATE,
            count=self.left,
            target=config.target_name or config.base_url,
            user=user,
            finish=finish_time(config.limits, spent, self.left, now) if config.limits else None,
        )
        if not self.connection.observer.confirm(preview):
            raise self._declined()

    def _declined(self) -> Interrupted:
        if self.resumed is None:
            return Interrupted("Nothing was sent.", advice=f"There is nothing to resume; {_UNASKED}")
        advice = f"Run {self.resumed} stands as it did; {_UNASKED}"
        return Interrupted("Nothing was sent.", advice=advice)

    async def _deliver(self, run: StoredRun, target: Target, emergency: EmergencyCsv) -> int | None:
        observer = self.connection.observer
        self.ledger.start_run(run, self.connection.runtime.now())
        observer.begin(run.run, self.total)
        async with at_work(self.connection, self.ledger, run, target, self._stop) as (resource, run_ledger):
            engine = Engine(
                config=self.intake.config,
                resource=resource,
                ledger=run_ledger,
                stop=self._stop,
                on_read=observer.read,
                on_answer=emergency.note,
                on_end=observer.row_ended,
                follows_rows=observer.follows_rows,
            )
            return await engine.deliver(self.intake.checked())


def _status(reason: ImportFailure | None) -> RunStatus:
    if reason is None:
        return RunStatus.COMPLETED
    return RunStatus.INTERRUPTED if isinstance(reason, Interrupted) else RunStatus.STOPPED
