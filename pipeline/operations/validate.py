"""`validate`: the way of the rows up to submission, and its reports."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.model.findings import envelope
from pipeline.model.rows import RowEnd, RowRef, Status
from pipeline.model.runs import Run, RunStatus, Tally
from pipeline.operations.new_run import new_run
from pipeline.operations.observer import Watcher
from pipeline.operations.report import report_context
from pipeline.operations.result import Result
from pipeline.reports import write_reports

if TYPE_CHECKING:
    from pipeline.intake.intake import Intake
    from pipeline.model.findings import CheckedBatch
    from pipeline.operations.runtime import World


def validate(intake: Intake, report_dir: Path | None, watcher: Watcher, world: World) -> Result:
    """Reads and checks all rows, and reports what is wrong with them. Needs no network and no ledger.

    Valid rows count as unprocessed and are not listed one by one.

    Raises:
        SourceError: There is no row.
        ConfigurationError: The reports cannot be written.
    """
    intake.demand_rows()
    run = new_run(intake, report_dir, world, prefix="validate-")
    watcher.begin(run, None)  # to count the rows beforehand would take as long as half of the checking
    checking = _Checking(intake, watcher)

    def conclusion() -> tuple[Run, Tally]:
        ended = replace(run, status=RunStatus.COMPLETED, finished_on=world.moment())
        return replace(ended, rows_by_source=checking.rows_by_source), checking.tally

    paths = write_reports(report_context(intake, run), checking.ends(), conclusion)
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
