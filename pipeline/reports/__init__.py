"""Reports: one module per file of a run's folder, found by their function `open_writer`.

Every row passes all writers once, in order, as a stream: a million rows do not need a million rows of memory.
May import `model`, `errors`, `schemas` and `private_files`. Must know nothing of networks, SQL or people.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, cast

from pipeline.errors import ConfigurationError
from pipeline.private_files import make_private_folder
from pipeline.reports.base import Report, ReportContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.model.runs import Run, Summary


def reports() -> list[Report]:
    """The modules that write reports, in the order in which they are shown."""
    modules = [import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    return sorted((cast("Report", m) for m in modules if hasattr(m, "open_writer")), key=lambda r: r.ORDER)


def write_reports(
    context: ReportContext, ends: Iterable[RowResult], conclusion: Callable[[], tuple[Run, Summary]]
) -> list[Path]:
    """Writes all reports of a run.

    Args:
        context: The run.
        ends: Its rows, in the order of its sources.
        conclusion: Asked for the run and its summary once all rows have passed.

    Returns:
        The files that are worth a look.

    Raises:
        ConfigurationError: The folder cannot be written.
    """
    try:
        make_private_folder(context.folder)
        writers = [report.open_writer(context) for report in reports()]
        for end in ends:
            for writer in writers:
                writer.row(end)
        run, summary = conclusion()
        return [path for writer in writers for path in writer.close(run, summary)]
    except OSError as error:
        advice = f"Make room or give another --report-dir, then `nexudus-import report {context.run.run_id}`."
        message = f"The reports cannot be written to {context.folder} ({error.strerror or error})."
        raise ConfigurationError(message, advice=advice) from error
