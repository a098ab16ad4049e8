"""Takes up a run where it stopped, however it stopped.

May import `operations.run` and all rooms below.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import Code, ConfigurationError
from pipeline.intake.intake import Intake, open_intake
from pipeline.intake.sources import unchanged_sources
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.runs import StoredRun
from pipeline.model.config import MaxErrors, RunConfig
from pipeline.model.rows import Status
from pipeline.model.runs import RunStatus
from pipeline.operations.connection import Connection, busy, locked
from pipeline.operations.history import reachable_run, unfinished
from pipeline.operations.report import write_run_reports
from pipeline.operations.result import Result, forget_copies_of
from pipeline.operations.run import Importing


def resume(
    name: str | None,
    connection: Connection,
    retry: Collection[Status] = (),
    moved: Sequence[Path] = (),
    *,
    stop_on_quota: bool = False,
    max_errors: MaxErrors | None = None,
) -> Result:
    """Takes a run up where it stopped, however it stopped.

    Args:
        name: The run's name; `None` for the one that began last.
        connection: The ledger, and how to reach the target.
        retry: Rows of these statuses are sent once more, since their cause is mended: rejected, failed, or both.
        moved: Where its sources are now, if they are no longer where it read them.
        stop_on_quota: End when the quota is spent, whatever the run was begun with.
        max_errors: Stop after so many rows with errors; by default as the run was begun.

    Raises:
        ConfigurationError: There is no such run, it is complete, or another process works on it.
        SourceError: A source is missing or has changed since.
    """
    with contextlib.closing(Ledger(connection.ledger)) as ledger:
        run = reachable_run(ledger, name)
        if not ledger.is_free(run.run.run_id):
            raise busy(run.run.run_id)
        _check_open(ledger, run, retry)
        sources = unchanged_sources(run.run, moved)
        config = RunConfig.from_json(run.config)
        config = replace(
            config, stop_on_quota=stop_on_quota or config.stop_on_quota, max_errors=max_errors or config.max_errors
        )
        intake = open_intake(sources, config)
        if moved:
            ledger.move_sources(run, sources)
        if retry:
            ledger.reopen(run, retry)
        total = intake.counted()
        with ledger.snapshot() as snapshot:
            left = total - snapshot.count_ended(run)
        if run.run.status is RunStatus.COMPLETED and not left:
            return _report(ledger, run, intake, connection)
        return Importing(
            intake=intake,
            connection=connection,
            ledger=ledger,
            total=total,
            left=left,
            resumed=run.run.run_id,
            begin=lambda _: run,
        ).result()


def _check_open(ledger: Ledger, run: StoredRun, retry: Collection[Status]) -> None:
    """Refuses a run that has nothing left: nothing of it is read again, whatever has become of its sources."""
    with ledger.snapshot() as snapshot:
        to_reopen = snapshot.count_with(run, retry)
    if not to_reopen and run.run.run_id not in unfinished(ledger):
        is_unconfirmed = run.run.status is RunStatus.UNCONFIRMED
        why = "was cut off before anybody had said yes" if is_unconfirmed else "is complete"
        message = f"Run {run.run.run_id} {why}: there is nothing to resume."
        facts = {"run_id": run.run.run_id, "report_dir": str(run.run.report_dir)}
        raise ConfigurationError(Code.RUN_COMPLETE, message, **facts)


def _report(ledger: Ledger, run: StoredRun, intake: Intake, connection: Connection) -> Result:
    """Writes the reports of a run that was killed between its end and them."""
    with locked(ledger, run.run.run_id):
        result = write_run_reports(ledger, run.run.run_id, intake)
        ledger.set_reported(run, connection.runtime.now())
        forget_copies_of(result)
        return result


def resumable(ledger_location: str) -> list[str]:
    """Names of the runs that can be resumed, the oldest first."""
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        return unfinished(ledger)
