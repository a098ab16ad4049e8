"""What report writers may need of a run, taken from its sources; needs no ledger.

May import `intake`, `reports.base` and `model`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.reports.base import ReportContext

if TYPE_CHECKING:
    from pipeline.intake.intake import Intake, OpenSource
    from pipeline.model.runs import Run


def report_context(intake: Intake, run: Run) -> ReportContext:
    """What report writers may need of a run."""
    return ReportContext(
        folder=run.report_dir,
        run=run,
        headers={one.source.number: one.header for one in intake.sources},
        columns={one.source.number: column_names(one) for one in intake.sources},
        places={
            one.source.number: {name: one.plan.cells_of(name) for name in one.plan.fields} for one in intake.sources
        },
        sheets={one.source.number: one.table.sheet for one in intake.sources if one.table.sheet is not None},
        open_source=intake.table,
        config=intake.config,
        endpoint=intake.endpoint,
    )


def column_names(source: OpenSource) -> dict[str, str]:
    """Each field with the headers of the columns that its text comes from."""
    named: dict[str, list[str]] = {}
    for name, index in source.plan.cells:
        named.setdefault(name, []).append(source.table.header[index])
    return {name: " + ".join(headers) for name, headers in named.items()}
