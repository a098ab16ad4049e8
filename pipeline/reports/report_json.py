"""`report.json`: the whole run for scripts. Written in one pass: each list is spooled, then they are joined."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline.model.rows import Status
from pipeline.private_files import open_private
from pipeline.reports.base import REFUSED, UNSETTLED, response_of
from pipeline.reports.json_list import JsonList

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.model.runs import Run, Summary
    from pipeline.reports.base import ReportContext

ORDER = 40
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
        self._warned_header_of = 0

    def row(self, end: RowResult) -> None:
        """Adds a row to its list, and its warnings to theirs."""
        self._header_warnings(until=end.ref.source)
        place = {"Row": end.ref.row, "Source": self._context.run.label_of(end.ref.source)}
        if end.listed:
            self._spools[_SECTION_OF[end.status]].add({**place, **_entry(end, self._context)})
        for warning in end.warnings:
            self._spools["Warnings"].add({**place, **warning})

    def _header_warnings(self, until: int) -> None:
        """What is odd about a source's header, before the warnings about its rows."""
        while self._warned_header_of < until:
            self._warned_header_of += 1
            header = self._context.headers.get(self._warned_header_of)
            for notice in header.notices if header else ():
                place = {"Row": header.row if header else 1, "Source": self._label(self._warned_header_of)}
                self._spools["Warnings"].add({**place, **notice.as_json()})

    def _label(self, source: int) -> str:
        return self._context.run.label_of(source)

    def close(self, run: Run, summary: Summary) -> list[Path]:
        """Joins the lists behind the run and its summary."""
        self._header_warnings(until=len(run.sources))
        path = self._context.folder / "report.json"
        with open_private(path, "utf-8") as stream:
            stream.write('{\n"Run": ' + json.dumps(run.as_json(), ensure_ascii=False, indent=1))
            stream.write(',\n"Summary": ' + json.dumps(summary.as_json(), indent=1))
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
    return {"Status": end.status.value, "Response": response_of(end)}
