"""What the ledger tells about runs, and the reports that are written from it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError, Defect, ImportFailure, SourceError
from pipeline.intake.intake import Intake, open_intake
from pipeline.intake.readers import identify, open_table
from pipeline.ledger import results, runs
from pipeline.ledger.ledger import Ledger
from pipeline.model.config import Job
from pipeline.model.rows import Run, RunStatus, Source
from pipeline.operations.observer import Result
from pipeline.reports import write_reports
from pipeline.reports.base import ReportContext

if TYPE_CHECKING:
    import sqlalchemy as sa

    from pipeline.ledger.runs import LedgerRun
    from pipeline.operations.runtime import World


def new_run(intake: Intake, report_dir: Path | None, world: World, prefix: str = "") -> Run:
    """A run that begins now, with a name of its own.

    Raises:
        ConfigurationError: Its reports could not be written, or would overwrite a source.
    """
    started = world.moment()
    name = f"{prefix}{started:%Y%m%d-%H%M%S}-{world.letters()}"
    _check_folder((report_dir or Path("reports")).absolute(), intake)
    return Run(
        run_id=name,
        status=RunStatus.RUNNING,
        endpoint=intake.endpoint.name,
        target=intake.job.target_url(intake.endpoint),
        sources=tuple(one.source for one in intake.sources),
        started_on=started,
        report_dir=(report_dir or Path("reports") / name).absolute(),
    )


def _check_folder(folder: Path, intake: Intake) -> None:
    """Finds out before anything is sent what would keep the reports from being written; changes nothing."""
    inside = [one.source.label for one in intake.sources if one.source.path.absolute().parent == folder]
    if inside and any(Path(label).name.startswith("rejected") for label in inside):
        message = f"--report-dir {folder}: the reports would overwrite the source {', '.join(inside)}."
        raise ConfigurationError(message, advice="Give another --report-dir.")
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        reason = "may not be written" if there.is_dir() else "is no folder"
        message = f"The reports cannot be written to {folder}: {there} {reason}."
        raise ConfigurationError(message, advice="Give another --report-dir.")


def known_run(name: str | None, ledger_location: str) -> str:
    """The full name of a run whose target can still be reached; asked for before anybody is signed in.

    Args:
        name: The run's name; `None` for the one that began last.
        ledger_location: A path or a URL.

    Raises:
        ConfigurationError: There is no such run, or its target was an embedded sandbox.
    """
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        return reachable_run(ledger, name).run.run_id


def reachable_run(ledger: Ledger, name: str | None) -> LedgerRun:
    """A run whose target can still be reached, by its name, or the latest one.

    Raises:
        ConfigurationError: There is no such run, or its target was an embedded sandbox.
    """
    found = find_run(ledger, name)
    if found.job.get("target_name"):
        advice = "To try it, start `nexudus-import sandbox` and run with --base-url."
        message = f"Run {found.run.run_id} went to an embedded sandbox, which has gone with it."
        raise ConfigurationError(message, advice=advice)
    return found


def find_run(ledger: Ledger, name: str | None) -> LedgerRun:
    """A run by its name, or the latest one.

    Raises:
        ConfigurationError: There is no such run.
    """
    with ledger.reading() as connection:
        found = runs.find(connection, name) if name else runs.latest(connection)
    if found is None:
        what = f"There is no run {name}" if name else "There is no run yet"
        raise ConfigurationError(f"{what} in this ledger.", advice="`nexudus-import runs` lists them.")
    return found


def unfinished(ledger: Ledger) -> list[str]:
    """Names of the runs that can be resumed, the oldest first; runs into an embedded sandbox are never among them."""
    with ledger.reading() as connection:
        found = runs.unfinished(connection)
    return [r.run.run_id for r in found if not r.job.get("target_name") and ledger.is_free(r.run.run_id)]


def unchanged_sources(run: Run) -> list[Source]:
    """The sources of a run, as they are now.

    Raises:
        SourceError: One is missing or has changed since.
    """
    now = [identify(s.number, s.label, s.path) for s in run.sources]
    changed = [then.label for then, one in zip(run.sources, now, strict=True) if then.sha256 != one.sha256]
    if changed:
        advice = (
            "Restore it; or run the changed file as a new import: rows that this run has created are skipped, "
            f"and `nexudus-import report {run.run_id}` says how its rows stand."
        )
        raise SourceError(f"{', '.join(changed)}: has changed since run {run.run_id} read it.", advice=advice)
    return now


def report(name: str | None, ledger_location: str) -> Result:
    """Writes the reports of a run again, as the ledger knows it now.

    Raises:
        ConfigurationError: There is no such run, or the reports cannot be written.
        SourceError: A source is missing or has changed since.
    """
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        found = find_run(ledger, name)
        intake = open_intake(unchanged_sources(found.run), Job.from_json(found.job))
        return write_run_reports(ledger, found.run.run_id, intake)


def history(ledger_location: str) -> list[Result]:
    """All runs of the ledger with their tallies, the newest first."""
    with contextlib.closing(Ledger(ledger_location)) as ledger, ledger.reading() as connection:
        return [_standing(connection, found) for found in runs.listing(connection)]


def show(name: str, ledger_location: str) -> Result:
    """How the rows of a run stand.

    Raises:
        ConfigurationError: There is no such run.
    """
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        found = find_run(ledger, name)
        with ledger.reading() as connection:
            return _standing(connection, found)


def _standing(connection: sa.Connection, found: LedgerRun) -> Result:
    counted = runs.with_counts(connection, found)
    reports = sorted(found.run.report_dir.glob("*.*")) if found.run.report_dir.is_dir() else []
    return Result(run=counted.run, tally=results.tally(connection, counted), reports=reports)


def write_run_reports(
    ledger: Ledger, name: str, intake: Intake, *, reason: ImportFailure | None = None, rows_read: int | None = None
) -> Result:
    """Writes the reports of a run from the ledger.

    Args:
        ledger: Where the run is kept.
        name: The run's name.
        intake: Its sources.
        reason: Why it stopped early, if it did.
        rows_read: As counted by whoever read them.

    Raises:
        Defect: The rows that were read and the ends in the ledger do not add up.
        ConfigurationError: The reports cannot be written.
    """
    with ledger.reading() as connection:
        found = runs.with_counts(connection, find_run(ledger, name))
        tally = results.tally(connection, found, rows_read)
        if not tally.adds_up:
            message = f"{tally.rows_read} rows were read, but the ledger has {sum(tally.by_status.values())}."
            raise Defect(message, advice="Please report it, with the version.")
        ends = results.ends(connection, found.id)
        paths = write_reports(report_context(intake, found.run), ends, lambda: (found.run, tally))
    return Result(run=found.run, tally=tally, reports=paths, reason=reason)


def report_context(intake: Intake, run: Run) -> ReportContext:
    """What report writers may need of a run."""
    return ReportContext(
        folder=run.report_dir,
        run=run,
        headers={one.source.number: one.header for one in intake.sources},
        open_source=lambda source: open_table(source, intake.job.read),
        options=intake.job.read,
        key=intake.endpoint.key,
    )
