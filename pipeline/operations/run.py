"""The whole way of the rows, from sources to reports: the one place that knows all rooms.

Knows nothing of Click or of terminals: what a person sees goes through `Observer`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ImportFailure, Interrupted, InvalidRows, LedgerUnavailable
from pipeline.intake.intake import Intake
from pipeline.ledger import budget, entry, outcomes, runs
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.writer import LedgerWriter
from pipeline.model.runs import RunStatus
from pipeline.operations.connection import Connection, Line, locked, signed_in
from pipeline.operations.new_run import new_run
from pipeline.operations.observer import Preview
from pipeline.operations.report import write_run_reports
from pipeline.operations.result import Result
from pipeline.operations.signals import stopping_on_signals
from pipeline.remote.clock import TargetClock
from pipeline.remote.estimate import finish_time
from pipeline.stop import Stop

if TYPE_CHECKING:
    import httpx

    from pipeline.delivery.producer import Producer
    from pipeline.delivery.workers import Submitter
    from pipeline.ledger.runs import StoredRun
    from pipeline.remote.session import Session

# Twice the longest documented window: a run under shorter limits must not make the next one forget the day's budget.
_BUDGET_MEMORY_S = 2 * 86_400


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
        begin = partial(runs.begin, run=new, headers=headers, config=intake.config.as_json())
        importing = _Importing(intake, connection, ledger, total, lambda: ledger.write(begin))
        return importing.result()


class _Importing:
    """One run at work in this process."""

    def __init__(
        self, intake: Intake, connection: Connection, ledger: Ledger, total: int, begin: Callable[[], StoredRun]
    ) -> None:
        self._intake = intake
        self._job = intake.config
        self._connection = connection
        self._world = connection.runtime
        self._ledger = ledger
        self._total = total
        self._begin = begin
        self._stop = Stop(self._world.sleep)

    def result(self) -> Result:
        """Runs to the end, and reports.

        Raises:
            LedgerUnavailable: The ledger cannot be written: then neither the run's end nor a report could be relied on.
        """
        self._check_all_valid()
        with contextlib.ExitStack() as held:
            found, rows_read = asyncio.run(self._at_work(held))
            return self._concluded(found, rows_read)

    def _concluded(self, found: StoredRun, rows_read: int | None) -> Result:
        reason = self._stop.reason
        if isinstance(reason, LedgerUnavailable):
            raise reason
        self._ledger.write(partial(outcomes.doubt_unanswered, run_id=found.id))
        self._ledger.write(partial(entry.forget_listed, run_id=found.id))
        finished = self._world.now()
        self._ledger.write(partial(runs.set_status, run_id=found.id, status=_status(reason), finished_at=finished))
        return write_run_reports(self._ledger, found.run.run_id, self._intake, reason=reason, rows_read=rows_read)

    def _check_all_valid(self) -> None:
        if not self._job.require_valid:
            return
        invalid = sum(len(batch.errors) for batch in self._intake.checked())
        if invalid:
            advice = "Correct the rows in rejected.csv; or leave --require-valid out to send the valid ones."
            self._stop.because(InvalidRows(f"Nothing was sent: {invalid} rows are invalid.", advice=advice))

    async def _at_work(self, held: contextlib.ExitStack) -> tuple[StoredRun, int | None]:
        """Sends the rows; the run's lock is held until its end and its reports are written."""
        async with signed_in(self._connection, self._job) as (transport, session):
            self._confirm(session)
            found = self._begin()
            held.enter_context(locked(self._ledger, found))
            return found, await self._deliver(found, session, transport)

    def _confirm(self, session: Session) -> None:
        limits, target = self._job.limits, self._job.target_name or self._job.base_url
        with self._ledger.reading() as connection:
            spent = budget.modifying_calls(connection, self._job.target_url(self._intake.endpoint), limits)
        finish = finish_time(limits, spent, self._total, self._world.moment()) if limits else None
        preview = Preview(count=self._total, noun="row", deed="to", target=target, user=session.user, finish=finish)
        if not self._connection.observer.confirm(preview):
            raise Interrupted("Nothing was sent.", advice="--yes goes ahead without asking.")

    async def _deliver(self, found: StoredRun, session: Session, transport: httpx.AsyncBaseTransport) -> int | None:
        observer = self._connection.observer
        self._ledger.write(partial(outcomes.doubt_unanswered, run_id=found.id))
        self._ledger.write(partial(entry.forget_listed, run_id=found.id))  # of a process that was killed
        self._ledger.write(partial(runs.set_status, run_id=found.id, status=RunStatus.RUNNING, finished_at=None))
        self._ledger.write(
            partial(budget.forget_before, target_id=found.target_id, moment=self._world.now() - _BUDGET_MEMORY_S)
        )
        observer.begin(found.run, self._total)
        line = Line(
            run=found,
            config=self._job,
            endpoint=self._intake.endpoint,
            ledger=self._ledger,
            transport=transport,
            session=session,
            stop=self._stop,
            clock=TargetClock(self._world.now),
        )
        try:
            async with LedgerWriter(self._ledger, found, line.clock.now) as writer:
                producer, submitter = line.delivery(self._intake, writer, observer.read, observer.ended)
                with contextlib.closing(producer), self._interruptible():
                    return await _worked(producer, submitter, self._stop)
        finally:
            observer.finish()

    def _interruptible(self) -> contextlib.AbstractContextManager[None]:
        if not self._world.handle_signals:
            return contextlib.nullcontext()
        return stopping_on_signals(self._stop, self._connection.observer.interrupted)


async def _worked(producer: Producer, submitter: Submitter, stop: Stop) -> int | None:
    """Sends all that is due; returns the rows that were read, `None` where reading was cut short."""
    following = asyncio.create_task(submitter.limiter.watch())
    try:
        await submitter.deliver(producer.due())
        if not isinstance(stop.reason, LedgerUnavailable):
            await producer.rest()
    except asyncio.CancelledError:  # the second Ctrl-C: what is in flight is in doubt
        task = asyncio.current_task()
        if task is None or not stop.is_set:
            raise
        task.uncancel()
        return None
    except LedgerUnavailable as reason:
        stop.because(reason)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    return producer.rows_read


def _status(reason: ImportFailure | None) -> RunStatus:
    if reason is None:
        return RunStatus.COMPLETED
    return RunStatus.INTERRUPTED if isinstance(reason, Interrupted) else RunStatus.STOPPED
