"""Reports: one module per file of a run's folder, found by their function `open_writer`.

Every row passes all writers once, in order, as a stream: a million rows do not need a million rows of memory.
May import `model`, `errors`, `schemas` and `private_files`. Must know nothing of networks, SQL or people.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from pipeline.errors import Code, ConfigurationError
from pipeline.model.rows import Status
from pipeline.private_files import make_private_folder
from pipeline.reports.base import Conclusion, Report, ReportContext
from pipeline.reports.latest import point_to
from pipeline.reports.problem_counter import ProblemCounter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.model.runs import Run, Summary
    from pipeline.reports.problems import Problems


@dataclass(frozen=True, kw_only=True)
class WrittenReports:
    """What came of writing the reports.

    Attributes:
        paths: The files that are worth a look.
        problems: Why rows did not make it, summed up.
    """

    paths: Sequence[Path]
    problems: Problems


def reports() -> list[Report]:
    """The modules that write reports, in the order in which they are shown."""
    modules = [import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    return sorted((cast("Report", m) for m in modules if hasattr(m, "open_writer")), key=lambda r: r.ORDER)


def write_reports(
    context: ReportContext, ends: Iterable[RowResult], conclusion: Callable[[], tuple[Run, Summary]]
) -> WrittenReports:
    """Writes all reports of a run.

    Args:
        context: The run.
        ends: Its rows, in the order of its sources.
        conclusion: Asked for the run and its summary once all rows have passed.

    Raises:
        ConfigurationError: The folder cannot be written.
    """
    try:
        make_private_folder(context.folder)
        opened = [(report.TAKES, report.open_writer(context)) for report in reports()]
        writers_of = {status: [writer for takes, writer in opened if status in takes] for status in Status}
        problems = ProblemCounter(context)
        for end in ends:
            problems.row(end)
            for writer in writers_of[end.status]:
                writer.row(end)
        run, summary = conclusion()
        ended = Conclusion(run=run, summary=summary, problems=problems.problems())
        paths = [path for _, writer in opened for path in writer.close(ended)]
        point_to(run)
        return WrittenReports(paths=paths, problems=ended.problems)
    except OSError as error:
        reason = str(error.strerror or error)
        message = f"The reports cannot be written to {context.folder} ({reason})."
        facts = {"run_id": context.run.run_id, "folder": str(context.folder), "reason": reason}
        raise ConfigurationError(Code.REPORTS_NOT_WRITTEN, message, **facts) from error
