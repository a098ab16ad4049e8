"""`report.json`: the whole run for scripts. Written in one pass: each list is spooled, then they are joined."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline.model.rows import Status
from pipeline.private_files import open_private
from pipeline.reports.base import EVERY_STATUS, REFUSED, UNSETTLED, response_of
from pipeline.reports.json_list import JsonList
from pipeline.reports.warning_list import WarningList

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.reports.base import Conclusion, ReportContext

ORDER = 40
TAKES = EVERY_STATUS
SECTIONS = ("Created", "Updated", "Skipped", "Errors", "Warnings")

_SECTION_OF = {
    Status.CREATED: "Created",
    Status.UPDATED: "Updated",
    Status.SKIPPED: "Skipped",
    **dict.fromkeys(REFUSED | UNSETTLED, "Errors"),
}


def open_writer(context: ReportContext) -> JsonReport:
    """Begins `report.json`."""
    return JsonReport(context)


class JsonReport:
    """The report as one JSON object; every row stands in exactly one of its lists but `Warnings`."""

    def __init__(self, context: ReportContext) -> None:
        self._context = context
        self._spools = {name: JsonList() for name in SECTIONS}
        self._warnings = WarningList(context)

    def row(self, end: RowResult) -> None:
        """Adds a row to its list, and its warnings to theirs."""
        for warning in self._warnings.until(end):
            self._spools["Warnings"].add(warning)
        if end.listed:
            place = {"Row": end.ref.row, "Source": self._context.run.label_of(end.ref.source)}
            self._spools[_SECTION_OF[end.status]].add({**place, **_entry(end, self._context)})

    def close(self, conclusion: Conclusion) -> list[Path]:
        """Joins the lists behind the run and its summary."""
        for warning in self._warnings.rest():
            self._spools["Warnings"].add(warning)
        path = self._context.folder / "report.json"
        with open_private(path, "utf-8") as stream:
            stream.write('{\n"Run": ' + json.dumps(conclusion.run.as_json(), ensure_ascii=False, indent=1))
            stream.write(',\n"Summary": ' + json.dumps(conclusion.summary.as_json(), indent=1))
            for name, spool in self._spools.items():
                stream.write(f',\n"{name}": [')
                spool.pour_into(stream)
                stream.write("]")
            stream.write("\n}\n")
        return [path]


def _entry(end: RowResult, context: ReportContext) -> Mapping[str, Any]:
    if end.status in {Status.CREATED, Status.UPDATED}:
        return {"Id": end.remote_id, "Key": end.key.named(context.key) if end.key else None}
    if end.status is Status.SKIPPED:
        return {"Reason": end.reason, "Id": end.remote_id}
    return {"Status": end.status.value, "Codes": list(end.codes), "Response": response_of(end)}
