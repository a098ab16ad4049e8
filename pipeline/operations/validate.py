"""`validate`: the way of the rows up to submission, and its reports."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.intake.kept import forget_copies
from pipeline.intake.passing import PassingTable
from pipeline.model.findings import envelope
from pipeline.model.rows import RowRef, RowResult, Status
from pipeline.model.runs import Run, RunStatus, Summary
from pipeline.operations.new_run import ReportDir, new_run
from pipeline.operations.observer import Observer
from pipeline.operations.report_context import report_context
from pipeline.operations.result import Result
from pipeline.reports import write_reports

if TYPE_CHECKING:
    from pipeline.intake.intake import Intake
    from pipeline.model.findings import CheckedBatch
    from pipeline.model.sources import Source
    from pipeline.operations.runtime import Runtime


def validate(intake: Intake, report_dir: ReportDir, observer: Observer, runtime: Runtime) -> Result:
    """Reads and checks all rows, and reports what is wrong with them. Needs no network and no ledger.

    Valid rows count as unprocessed and are not listed one by one.

    Raises:
        SourceError: There is no row.
        ConfigurationError: The reports cannot be written.
    """
    intake.demand_rows()
    run = new_run(intake, report_dir, runtime, prefix="validate-")
    observer.begin(run, None)  # to count the rows beforehand would take as long as half of the checking
    checking = _Checking(intake, observer.read)

    def conclusion() -> tuple[Run, Summary]:
        ended = replace(run, status=RunStatus.COMPLETED, finished_on=runtime.moment())
        return replace(ended, rows_by_source=checking.rows_by_source), checking.summary

    context = replace(report_context(intake, run), is_check=True, open_source=checking.passing)
    try:
        written = write_reports(context, checking.ends(), conclusion)
    finally:
        observer.finish()
    forget_copies(run.sources)
    run, summary = conclusion()
    return Result(run=run, summary=summary, reports=written.paths, problems=written.problems)


def check(intake: Intake) -> tuple[list[RowResult], Summary]:
    """Reads and checks all rows; returns those about which there is something to say, and writes no reports.

    Raises:
        SourceError: There is no row.
    """
    intake.demand_rows()
    checking = _Checking(intake, lambda _rows, _settled: None)
    return list(checking.ends()), checking.summary


class _Checking:
    """Counts what validation finds while the reports take it."""

    def __init__(self, intake: Intake, on_read: Callable[[int, int], None]) -> None:
        self._intake = intake
        self._on_read = on_read
        self._warnings = sum(len(one.plan.notices) for one in intake.sources)
        self._invalid = 0
        self._passing = {one.source.number: PassingTable(one.table) for one in intake.sources}
        self.rows_by_source: Counter[int] = Counter()

    @property
    def summary(self) -> Summary:
        """What was found so far."""
        read = self.rows_by_source.total()
        counts = {Status.INVALID: self._invalid, Status.UNPROCESSED: read - self._invalid}
        return Summary(rows_read=read, by_status=counts, warnings=self._warnings)

    def passing(self, source: Source) -> PassingTable:
        """One of the sources, as its rows pass."""
        return self._passing[source.number]

    def ends(self) -> Iterator[RowResult]:
        """The rows about which there is something to say."""
        with contextlib.closing(self._intake.checked_beside_source()) as batches:
            for passes, batch in batches:
                self._passing[batch.source].passes = passes
                self.rows_by_source[batch.source] += len(batch.rows)
                self._invalid += len(batch.errors)
                self._warnings += sum(len(found) for found in batch.warnings.values())
                self._on_read(len(batch.rows), len(batch.rows))
                for position in sorted(batch.errors.keys() | batch.warnings.keys()):
                    yield _checked_end(batch, position)


def _checked_end(batch: CheckedBatch, position: int) -> RowResult:
    errors = batch.errors.get(position)
    return RowResult(
        ref=RowRef(source=batch.source, row=batch.rows[position]),
        status=Status.INVALID if errors else Status.UNPROCESSED,
        response=envelope(errors) if errors else None,
        codes=tuple(one.code.value for one in errors or ()),
        warnings=tuple(w.with_code() for w in batch.warnings.get(position, ())),
        listed=bool(errors),
    )
