"""How an operation ended, for whoever called it.

May import `reports.problems`, `intake.kept`, `model` and `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import ExitCode, ImportFailure
from pipeline.intake.kept import forget_copies
from pipeline.model.counts import counted
from pipeline.model.rows import Status
from pipeline.model.runs import REPORTED, Run, RunStatus, Summary
from pipeline.model.standing import Standing
from pipeline.model.undo import FINAL, UndoOutcome
from pipeline.reports.problems import Problems


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a command ended.

    Attributes:
        run: The run.
        summary: How its rows ended.
        reports: Files worth a look.
        problems: Why rows did not make it, summed up; `None` where the rows were not looked at one by one.
        reason: Why it stopped early, if it did.
        undone: Records of the run that were undone since, by what became of them.
        standing: How a run at work stood when it was last heard of.
    """

    run: Run
    summary: Summary
    reports: Sequence[Path]
    problems: Problems | None = None
    reason: ImportFailure | None = None
    undone: Mapping[UndoOutcome, int] = field(default_factory=dict)
    standing: Standing | None = None

    @property
    def undone_finally(self) -> int:
        """Records that exist no more, or are again as they were before the run."""
        return sum(self.undone.get(outcome, 0) for outcome in FINAL)

    @property
    def can_be_resumed(self) -> bool:
        """Whether `resume` has something left to do, and somewhere to do it."""
        is_open = self.summary.count(Status.IN_DOUBT) or self.summary.count(Status.UNPROCESSED)
        is_alive = self.run.status is RunStatus.RUNNING
        gone = self.run.target.startswith("sandbox:")
        if self.run.status in {RunStatus.PRUNED, RunStatus.UNCONFIRMED}:
            return False
        return not gone and not is_alive and bool(is_open or self.run.status is not RunStatus.COMPLETED)

    def in_one_line(self, unprocessed: str = Status.UNPROCESSED.value) -> str:
        """The run, its exit code, its counts and where its reports are, for a log or a mail.

        Args:
            unprocessed: What rows are called that only wait.
        """
        words = {status: status.value.replace("_", " ") for status in REPORTED} | {Status.UNPROCESSED: unprocessed}
        counts = [f"{self.summary.count(s):,} {words[s]}" for s in REPORTED if self.summary.count(s)]
        stopped = f"; stopped: {self.reason.message}" if self.reason is not None else ""
        told = ", ".join([f"{counted(self.summary.rows_read, 'row')} read", *counts])
        return f"{self.run.run_id}: exit code {self.exit_code:d}; {told}; reports in {self.run.report_dir}{stopped}"

    @property
    def exit_code(self) -> ExitCode:
        """What scripts are told."""
        if self.reason is not None:
            return self.reason.exit_code
        if self.summary.count(Status.IN_DOUBT):
            return ExitCode.IN_DOUBT
        if any(self.summary.count(s) for s in (Status.INVALID, Status.REJECTED, Status.FAILED)):
            return ExitCode.ROWS_REFUSED
        return ExitCode.OK


def forget_copies_of(result: Result) -> None:
    """Removes the copies of standard input and of DataFrames with the last row of their run: they may hold secrets."""
    if result.exit_code in {ExitCode.OK, ExitCode.ROWS_REFUSED}:  # nothing is left to resume
        forget_copies(result.run.sources)
