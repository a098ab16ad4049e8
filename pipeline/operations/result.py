"""How an operation ended, for whoever called it.

May import `model` and `errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ExitCode, ImportFailure
from pipeline.model.rows import Status
from pipeline.model.runs import Run, Summary


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a command ended.

    Attributes:
        run: The run.
        summary: How its rows ended.
        reports: Files worth a look.
        reason: Why it stopped early, if it did.
    """

    run: Run
    summary: Summary
    reports: Sequence[Path]
    reason: ImportFailure | None = None

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
