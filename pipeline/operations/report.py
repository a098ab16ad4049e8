"""The reports of a run, written from what the ledger tells about it and from its sources.

May import `intake`, `ledger`, `reports` and `model`. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import Code, InternalError
from pipeline.intake.intake import Intake, open_intake
from pipeline.intake.sources import unchanged_sources
from pipeline.ledger.ledger import Ledger
from pipeline.model.config import RunConfig
from pipeline.model.runs import RunStatus
from pipeline.operations.history import find_run, kept_run
from pipeline.operations.new_run import check_report_folder
from pipeline.operations.places import ledger_to_name
from pipeline.operations.report_context import report_context
from pipeline.operations.result import Result
from pipeline.reports import write_reports


def report(
    name: str | None, ledger_location: str, now: float, moved: Sequence[Path] = (), folder: Path | None = None
) -> Result:
    """Writes the reports of a run again, as the ledger knows it now.

    Args:
        name: The run's name; `None` for the one that began last.
        ledger_location: A path or a URL.
        now: Seconds since 1970.
        moved: Where its sources are now, if they are no longer where it read them.
        folder: Where they go this time; by default where the run has them.

    Raises:
        ConfigurationError: There is no such run, or the reports cannot be written.
        SourceError: A source is missing or has changed since.
    """
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        found = kept_run(ledger, name)
        sources = unchanged_sources(found.run, moved)
        intake = open_intake(sources, RunConfig.from_json(found.config))
        if moved:
            ledger.move_sources(found, sources)
        if folder is not None:
            check_report_folder(folder, sources)
        result = write_run_reports(ledger, found.run.run_id, intake, folder=folder)
        if found.run.finished_on is not None:  # then nothing is left to write for `resume`, or the next night
            ledger.set_reported(found, now)
        return result


def write_run_reports(
    ledger: Ledger, name: str, intake: Intake, *, rows_read: int | None = None, folder: Path | None = None
) -> Result:
    """Writes the reports of a run from the ledger.

    Args:
        ledger: Where the run is kept.
        name: The run's name.
        intake: Its sources.
        rows_read: As counted by whoever read them.
        folder: Where they go this time; by default where the run has them.

    Raises:
        InternalError: The rows that were read and the ends in the ledger do not add up.
        ConfigurationError: The reports cannot be written.
    """
    found = find_run(ledger, name)
    if folder is not None:
        found = replace(found, run=replace(found.run, report_dir=folder))
    reason = found.stopped_because
    with ledger.snapshot() as snapshot:
        found = snapshot.with_counts(found)
        summary = snapshot.summary(found, rows_read)
        if not summary.adds_up:
            message = f"{summary.rows_read} rows were read, but the ledger has {sum(summary.by_status.values())}."
            raise InternalError(Code.COUNTS_DIFFER, message, run_id=found.run.run_id)
        results = snapshot.results(found)
        context = replace(
            report_context(intake, found.run),
            stopped_because=reason,
            stretches=snapshot.stretches(found),
            ledger=ledger_to_name(ledger.location),
        )
        written = write_reports(context, results, lambda: (found.run, summary))
    return Result(
        run=found.run,
        summary=summary,
        reports=written.paths,
        problems=written.problems,
        reason=reason,
        standing=found.standing if found.run.status is RunStatus.RUNNING else None,
    )
