"""A run that begins: its name, and a report folder that can be written.

May import `intake`, `model` and `reports.file_names`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError
from pipeline.intake.intake import Intake
from pipeline.model.runs import Run, RunStatus
from pipeline.reports.file_names import is_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.model.sources import Source
    from pipeline.operations.runtime import Runtime


REPORTS = Path("reports")


@dataclass(frozen=True, kw_only=True)
class ReportDir:
    """Where the reports of a run go.

    Attributes:
        folder: The folder itself, if a person named one.
        parent: Else the folder in which each run has one of its own.
    """

    folder: Path | None = None
    parent: Path = REPORTS

    def of(self, run_id: str) -> Path:
        """The folder of that run's reports."""
        return (self.folder or self.parent / run_id).absolute()


def new_run(intake: Intake, report_dir: ReportDir, runtime: Runtime, prefix: str = "") -> Run:
    """A run that begins now, with a name of its own.

    Raises:
        ConfigurationError: Its reports could not be written, or would overwrite a source.
    """
    started = runtime.moment()
    name = f"{prefix}{started:%Y%m%d-%H%M%S}-{runtime.letters()}"
    check_report_folder(report_dir.of(name), [one.source for one in intake.sources])
    return Run(
        run_id=name,
        status=RunStatus.RUNNING,
        endpoint=intake.endpoint.name,
        target=intake.config.target_url(intake.endpoint),
        sources=tuple(one.source for one in intake.sources),
        started_on=started,
        report_dir=report_dir.of(name),
    )


def check_report_folder(folder: Path, sources: Sequence[Source]) -> None:
    """Finds out beforehand what would keep reports from being written into a folder; changes nothing.

    Raises:
        ConfigurationError: They could not be written, or would overwrite a source.
    """
    _check_writable(folder)
    _check_not_over_source(folder, sources)


def _check_not_over_source(folder: Path, sources: Sequence[Source]) -> None:
    """Keeps a source that lies where reports go, and is called as one of them, from being replaced or removed."""
    found = [source for source in sources if is_report(source.path.name)]
    over = [source.label for source in found if source.path.resolve().parent == folder.resolve()]
    if over:
        message = f"{folder}: the reports would overwrite the source {', '.join(over)}."
        raise ConfigurationError(Code.REPORTS_OVER_SOURCE, message, folder=str(folder), sources=over)


def _check_writable(folder: Path) -> None:
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        reason = "may not be written" if there.is_dir() else "is no folder"
        message = f"The reports cannot be written to {folder}: {there} {reason}."
        raise ConfigurationError(Code.REPORTS_FOLDER, message, folder=str(folder))
