"""A run without sources on disk, and rows that ended, for tests of what reports make of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.model.config import RunConfig
from pipeline.model.rows import RowRef, RowResult, Status
from pipeline.model.runs import Run, RunStatus
from pipeline.model.sources import Source
from pipeline.reports.base import ReportContext
from schemas import endpoints

TARGET = "https://spaces.example/api/crm/emailaccounts"


def run_of(*labels: str, **changed: Any) -> Run:
    """A completed run of these sources."""
    sources = tuple(Source(number=n, label=name, path=Path(name), sha256="") for n, name in enumerate(labels, 1))
    given: dict[str, Any] = {
        "run_id": "20260501-080000-abcd",
        "status": RunStatus.COMPLETED,
        "endpoint": "emailaccounts",
        "target": TARGET,
        "sources": sources,
        "started_on": datetime(2026, 5, 1, 8, tzinfo=UTC),
        "finished_on": datetime(2026, 5, 1, 9, tzinfo=UTC),
        "report_dir": Path("out"),
    }
    return Run(**given | changed)


def context_of(run: Run, columns: Mapping[int, Mapping[str, str]] | None = None) -> ReportContext:
    """What writers are given of it."""
    return ReportContext(
        folder=run.report_dir,
        run=run,
        headers={},
        columns=columns or {},
        open_source=lambda _: NotImplemented,
        config=RunConfig(endpoint="emailaccounts"),
        endpoint=endpoints()["emailaccounts"],
    )


def refused(row: int, *errors: tuple[str | None, Any, str], source: int = 1, **changed: Any) -> RowResult:
    """A row that was refused for these properties, values and messages."""
    found = [{"PropertyName": name, "AttemptedValue": value, "Message": message} for name, value, message in errors]
    ref = RowRef(source=source, row=row)
    given: dict[str, Any] = {"ref": ref, "status": Status.INVALID, "response": {"Message": "", "Errors": found}}
    return RowResult(**given | changed)
