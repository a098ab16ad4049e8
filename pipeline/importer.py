"""The whole way of the rows, from sources to reports: the one place that knows all rooms.

Knows nothing of Click or of terminals: what a person sees goes through `Watcher`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.assembly import Line
from pipeline.auth import Session
from pipeline.client import ServerClock
from pipeline.errors import (
    ConfigurationError,
    ExitCode,
    ImportFailure,
    InterruptedByPerson,
    LedgerFailed,
    NotAllValid,
    SourceError,
)
from pipeline.intake import Intake, open_sources
from pipeline.job import Job
from pipeline.ledger import budget, rows, runs
from pipeline.ledger.ledger import Ledger, LedgerWriter
from pipeline.model import RowEnd, RowRef, Run, RunStatus, Source, Status, Tally, envelope
from pipeline.pacing import finish_time
from pipeline.readers import identify, open_table
from pipeline.reports import write_reports
from pipeline.reports.base import ReportContext
from pipeline.signals import obeyed
from pipeline.stop import Stop
from schemas import endpoints

if TYPE_CHECKING:
    import httpx
    import sqlalchemy as sa

    from pipeline.auth import Credentials
    from pipeline.feed import Feed
    from pipeline.ledger.runs import LedgerRun
    from pipeline.submit import Submitter
    from pipeline.validate import CheckedBatch
    from pipeline.world import World

_SPARE_CONNECTIONS = 8  # for look-ups beside the POSTs in flight


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What is about to happen.

    Attributes:
        rows: Rows of the sources.
        target: Where they go.
        user: As whom.
        finish: When the documented limits allow it to be done, if there are limits.
    """

    rows: int
    target: str
    user: str
    finish: datetime | None


class Watcher(Protocol):
    """What a person, or a script, is shown while a run goes on."""

    def confirm(self, preview: Preview) -> bool:
        """Whether to go on."""
        ...

    def begin(self, run: Run, total: int) -> None:
        """A run begins, of so many rows."""
        ...

    def read(self, rows: int, settled: int) -> None:
        """Rows were read; so many of them need not be sent."""
        ...

    def ended(self, status: Status) -> None:
        """A row ended."""
        ...

    def interrupted(self) -> None:
        """The run was asked to end; it finishes what is in flight."""
        ...

    def finish(self) -> None:
        """No more rows will end."""
        ...


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a command ended.

    Attributes:
        run: The run.
        tally: How its rows ended.
        reports: Files worth a look.
        reason: Why it stopped early, if it did.
    """

    run: Run
    tally: Tally
    reports: Sequence[Path]
    reason: ImportFailure | None = None

    @property
    def exit_code(self) -> ExitCode:
        """What scripts are told."""
        if self.reason is not None:
            return self.reason.exit_code
        if self.tally.count(Status.IN_DOUBT):
            return ExitCode.IN_DOUBT
        if any(self.tally.count(s) for s in (Status.INVALID, Status.REJECTED, Status.FAILED)):
            return ExitCode.ROWS_REFUSED
        return ExitCode.OK


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How a run reaches its target and its ledger.

    Attributes:
        credentials: Who we are to the target.
        ledger: Where runs and rows are kept: a path or a URL.
        watcher: Who is shown what goes on.
        world: Time, sleep, chance and the network.
    """

    credentials: Credentials
    ledger: str
    watcher: Watcher
    world: World


def find_sources(labels: Sequence[str], paths: Sequence[Path]) -> list[Source]:
    """Names the files of a run.

    Raises:
        SourceError: One cannot be read.
        ConfigurationError: One is named twice: each of its rows would be there twice.
    """
    seen: dict[Path, str] = {}
    for label, path in zip(labels, paths, strict=True):
        if path.resolve() in seen:
            raise ConfigurationError(f"{label} is the same file as {seen[path.resolve()]}.", advice="Name it once.")
        seen[path.resolve()] = label
    return [identify(n, label, path) for n, (label, path) in enumerate(zip(labels, paths, strict=True), start=1)]


def open_intake(sources: Sequence[Source], job: Job) -> Intake:
    """Opens the sources of a run and understands their columns.

    Raises:
        SourceError: One cannot be read, lacks required columns, or none of them has rows.
        ConfigurationError: An option does not fit one.
    """
    return open_sources(sources, endpoints()[job.endpoint], job)


def _counted(intake: Intake) -> int:
    total = intake.count()
    if total == 0:
        labels = ", ".join(one.source.label for one in intake.sources)
        advice = "Add rows below the header, or check --sheet and --header-row."
        raise SourceError(f"{labels}: there is a header, but no row below it.", advice=advice)
    return total


# -- run ---------------------------------------------------------------------------------------------------------


def run(intake: Intake, report_dir: Path | None, connection: Connection) -> Result:
    """Imports the sources: reads, checks, submits and reports every row.

    Args:
        intake: The sources.
        report_dir: The folder of the reports; by default `reports/` and the run's name.
        connection: The target and the ledger.

    Raises:
        SourceError: There is no row.
        SignInError: The credentials are refused.
        TargetDown: The target does not answer the sign-in.
        ConfigurationError: The ledger cannot be opened, or the reports cannot be written.
    """
    total = _counted(intake)
    new = _new_run(intake, report_dir, connection.world)
    headers = {one.source.number: one.header for one in intake.sources}
    with contextlib.closing(Ledger(connection.ledger)) as ledger:
        begin = partial(runs.begin, run=new, headers=headers, job=intake.job.as_json())
        importing = _Importing(intake, connection, ledger, total, lambda: ledger.write(begin))
        return importing.result()


def _new_run(intake: Intake, report_dir: Path | None, world: World, prefix: str = "") -> Run:
    started = world.moment()
    name = f"{prefix}{started:%Y%m%d-%H%M%S}-{world.letters()}"
    return Run(
        run_id=name,
        status=RunStatus.RUNNING,
        endpoint=intake.endpoint.name,
        target=intake.job.target_url(intake.endpoint),
        sources=tuple(one.source for one in intake.sources),
        started_on=started,
        report_dir=(report_dir or Path("reports") / name).absolute(),
    )


def resume(name: str | None, connection: Connection) -> Result:
    """Takes a run up where it stopped, however it stopped.

    Args:
        name: The run's name; `None` for the one that began last.
        connection: The ledger, and how to reach the target.

    Raises:
        ConfigurationError: There is no such run, it is complete, or another process works on it.
        SourceError: A source is missing or has changed since.
    """
    with contextlib.closing(Ledger(connection.ledger)) as ledger:
        found = find_run(ledger, name)
        if found.run.status is RunStatus.COMPLETED:
            advice = f"Its reports are in {found.run.report_dir}."
            raise ConfigurationError(f"Run {found.run.run_id} is complete: there is nothing to resume.", advice=advice)
        if found.job.get("target_name"):
            advice = "Run it again; to try resuming, start `nexudus-import sandbox` and run with --base-url."
            raise ConfigurationError("The embedded sandbox has gone with its run.", advice=advice)
        intake = open_intake(_unchanged(found.run), Job.from_json(found.job))
        importing = _Importing(intake, connection, ledger, _counted(intake), lambda: found)
        return importing.result()


def unfinished(ledger_location: str) -> list[str]:
    """Names of the runs that can be resumed, the oldest first."""
    with contextlib.closing(Ledger(ledger_location)) as ledger, ledger.reading() as connection:
        return [r.run.run_id for r in runs.unfinished(connection) if not r.job.get("target_name")]


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


def _unchanged(run: Run) -> list[Source]:
    now = [identify(s.number, s.label, s.path) for s in run.sources]
    changed = [then.label for then, one in zip(run.sources, now, strict=True) if then.sha256 != one.sha256]
    if changed:
        advice = (
            "Restore it; or run the changed file as a new import: rows that this run has created are skipped, "
            f"and `nexudus-import report {run.run_id}` says how its rows stand."
        )
        raise SourceError(f"{', '.join(changed)}: has changed since run {run.run_id} read it.", advice=advice)
    return now


class _Importing:
    """One run at work in this process."""

    def __init__(
        self, intake: Intake, connection: Connection, ledger: Ledger, total: int, begin: Callable[[], LedgerRun]
    ) -> None:
        self._intake = intake
        self._job = intake.job
        self._connection = connection
        self._world = connection.world
        self._ledger = ledger
        self._total = total
        self._begin = begin
        self._stop = Stop(self._world.sleep)

    def result(self) -> Result:
        """Runs to the end, and reports.

        Raises:
            LedgerFailed: The ledger cannot be written: then neither the run's end nor a report could be relied on.
        """
        self._check_all_valid()
        found, rows_read = asyncio.run(self._at_work())
        reason = self._stop.reason
        if isinstance(reason, LedgerFailed):
            raise reason
        self._ledger.write(partial(rows.doubt_unanswered, run_id=found.id))
        self._ledger.write(partial(rows.forget_listed, run_id=found.id))
        finished = self._world.now()
        self._ledger.write(partial(runs.set_status, run_id=found.id, status=_status(reason), finished_at=finished))
        return _reported(self._ledger, found.run.run_id, self._intake, reason=reason, rows_read=rows_read)

    def _check_all_valid(self) -> None:
        if not self._job.require_valid:
            return
        invalid = sum(len(batch.errors) for batch in self._intake.checked())
        if invalid:
            advice = "Correct the rows in rejected.csv; or leave --require-valid out to send the valid ones."
            self._stop.because(NotAllValid(f"Nothing was sent: {invalid} rows are invalid.", advice=advice))

    async def _at_work(self) -> tuple[LedgerRun, int | None]:
        transport = self._world.open_transport(self._job.base_url, self._job.concurrency + _SPARE_CONNECTIONS)
        try:
            session = Session(self._connection.credentials, self._job.base_url, transport)
            await session.open()
            self._confirm(session)
            found = self._begin()
            with _locked(self._ledger, found):
                return found, await self._deliver(found, session, transport)
        finally:
            await transport.aclose()

    def _confirm(self, session: Session) -> None:
        limits, target = self._job.limits, self._job.target_name or self._job.base_url
        with self._ledger.reading() as connection:
            spent = budget.modifying_calls(connection, self._job.target_url(self._intake.endpoint), limits)
        finish = finish_time(limits, spent, self._total, self._world.moment()) if limits else None
        preview = Preview(rows=self._total, target=target, user=session.user, finish=finish)
        if not self._connection.watcher.confirm(preview):
            raise InterruptedByPerson("Nothing was sent.", advice="--yes goes ahead without asking.")

    async def _deliver(self, found: LedgerRun, session: Session, transport: httpx.AsyncBaseTransport) -> int | None:
        watcher = self._connection.watcher
        self._ledger.write(partial(rows.doubt_unanswered, run_id=found.id))
        self._ledger.write(partial(runs.set_status, run_id=found.id, status=RunStatus.RUNNING, finished_at=None))
        watcher.begin(found.run, self._total)
        line = Line(
            run=found,
            job=self._job,
            endpoint=self._intake.endpoint,
            ledger=self._ledger,
            transport=transport,
            session=session,
            stop=self._stop,
            clock=ServerClock(self._world.now),
        )
        try:
            async with LedgerWriter(self._ledger, found, line.clock.now) as writer:
                feed, submitter = line.delivery(self._intake, writer, watcher.read, watcher.ended)
                with contextlib.closing(feed), self._interruptible():
                    return await _worked(feed, submitter, self._stop)
        finally:
            watcher.finish()

    def _interruptible(self) -> contextlib.AbstractContextManager[None]:
        if not self._world.handle_signals:
            return contextlib.nullcontext()
        return obeyed(self._stop, self._connection.watcher.interrupted)


async def _worked(feed: Feed, submitter: Submitter, stop: Stop) -> int | None:
    """Sends all that is due; returns the rows that were read, `None` where reading was cut short."""
    following = asyncio.create_task(submitter.pacer.watch())
    try:
        await submitter.deliver(feed.due())
        if not isinstance(stop.reason, LedgerFailed):
            await feed.rest()
    except asyncio.CancelledError:  # the second Ctrl-C: what is in flight is in doubt
        task = asyncio.current_task()
        if task is None or not stop.is_set:
            raise
        task.uncancel()
        return None
    except LedgerFailed as reason:
        stop.because(reason)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    return feed.rows_read


def _status(reason: ImportFailure | None) -> RunStatus:
    if reason is None:
        return RunStatus.COMPLETED
    return RunStatus.INTERRUPTED if isinstance(reason, InterruptedByPerson) else RunStatus.STOPPED


@contextlib.contextmanager
def _locked(ledger: Ledger, found: LedgerRun) -> Iterator[None]:
    lock = ledger.lock(found.run.run_id)
    if lock is None:
        message = f"Another process works on run {found.run.run_id}."
        raise ConfigurationError(message, advice="Wait for it, or stop it first.")
    try:
        yield
    finally:
        lock.release()


# -- report ------------------------------------------------------------------------------------------------------


def report(name: str | None, ledger_location: str) -> Result:
    """Writes the reports of a run again, as the ledger knows it now.

    Raises:
        ConfigurationError: There is no such run, or the reports cannot be written.
        SourceError: A source is missing or has changed since.
    """
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        found = find_run(ledger, name)
        intake = open_intake(_unchanged(found.run), Job.from_json(found.job))
        return _reported(ledger, found.run.run_id, intake)


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
    return Result(run=counted.run, tally=rows.tally(connection, counted), reports=reports)


def _reported(
    ledger: Ledger, name: str, intake: Intake, *, reason: ImportFailure | None = None, rows_read: int | None = None
) -> Result:
    with ledger.reading() as connection:
        found = runs.with_counts(connection, find_run(ledger, name))
        tally = rows.tally(connection, found, rows_read)
        if not tally.adds_up:
            message = f"{tally.rows_read} rows were read, but the ledger has {sum(tally.by_status.values())}."
            raise ImportFailure(message, advice="This is a defect: please report it, with the version.")
        ends = rows.ends(connection, found.id)
        paths = write_reports(_context(intake, found.run), ends, lambda: (found.run, tally))
    return Result(run=found.run, tally=tally, reports=paths, reason=reason)


def _context(intake: Intake, run: Run) -> ReportContext:
    return ReportContext(
        folder=run.report_dir,
        run=run,
        headers={one.source.number: one.header for one in intake.sources},
        open_source=lambda source: open_table(source, intake.job.read),
        options=intake.job.read,
        key=intake.endpoint.key,
    )


# -- validate ----------------------------------------------------------------------------------------------------


def validate(intake: Intake, report_dir: Path | None, watcher: Watcher, world: World) -> Result:
    """Reads and checks all rows, and reports what is wrong with them. Needs no network and no ledger.

    Valid rows count as unprocessed and are not listed one by one.

    Raises:
        SourceError: There is no row.
        ConfigurationError: The reports cannot be written.
    """
    total = _counted(intake)
    run = _new_run(intake, report_dir, world, prefix="validate-")
    watcher.begin(run, total)
    checking = _Checking(intake, watcher)

    def conclusion() -> tuple[Run, Tally]:
        ended = replace(run, status=RunStatus.COMPLETED, finished_on=world.moment())
        return replace(ended, rows_by_source=checking.rows_by_source), checking.tally

    paths = write_reports(_context(intake, run), checking.ends(), conclusion)
    watcher.finish()
    run, tally = conclusion()
    return Result(run=run, tally=tally, reports=paths)


class _Checking:
    """Counts what validation finds while the reports take it."""

    def __init__(self, intake: Intake, watcher: Watcher) -> None:
        self._intake = intake
        self._watcher = watcher
        self._warnings = sum(len(one.plan.notices) for one in intake.sources)
        self._invalid = 0
        self.rows_by_source: Counter[int] = Counter()

    @property
    def tally(self) -> Tally:
        """What was found so far."""
        read = self.rows_by_source.total()
        counts = {Status.INVALID: self._invalid, Status.UNPROCESSED: read - self._invalid}
        return Tally(rows_read=read, by_status=counts, warnings=self._warnings)

    def ends(self) -> Iterator[RowEnd]:
        """The rows about which there is something to say."""
        with contextlib.closing(self._intake.checked()) as batches:
            for batch in batches:
                self.rows_by_source[batch.source] += len(batch.rows)
                self._invalid += len(batch.errors)
                self._warnings += sum(len(found) for found in batch.warnings.values())
                self._watcher.read(len(batch.rows), len(batch.rows))
                for position in sorted(batch.errors.keys() | batch.warnings.keys()):
                    yield _checked_end(batch, position)


def _checked_end(batch: CheckedBatch, position: int) -> RowEnd:
    errors = batch.errors.get(position)
    return RowEnd(
        ref=RowRef(source=batch.source, row=batch.rows[position]),
        status=Status.INVALID if errors else Status.UNPROCESSED,
        response=envelope(errors) if errors else None,
        warnings=tuple(w.as_json() for w in batch.warnings.get(position, ())),
        listed=bool(errors),
    )
