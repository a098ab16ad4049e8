"""Pages of `report.html` made of rows that nobody has sent: hostile ones, and very many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.errors import Code, StoppedError
from pipeline.model.config import RunConfig
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import FieldError
from pipeline.model.mapping import FieldMapping
from pipeline.model.rows import Change, Key, RowRef, RowResult, Status
from pipeline.model.runs import RunStatus, Summary
from pipeline.model.sources import SourceHeader
from pipeline.reports.base import Conclusion
from pipeline.reports.problem_counter import ProblemCounter
from pipeline.reports.report_html import open_writer
from tests.support.report_context import context_of, refused, run_of

SENT_AT = 1_777_622_400.0  # 2026-05-01T08:00:00Z

HOSTILE = (
    "<script>window.harm = 1</script>",
    "</td></table></main><img src=x onerror='window.harm=1'>",
    "\"'><svg onload=window.harm=1>",
    "=cmd()",
    "@SUM(A1)",
    "\x1b[2J\x1b]8;;https://harm.example\x07",
    "\u202egpj.exe",
    "{{ 7 * 7 }}{% include 'x' %}",
    "javascript:window.harm=1",
    "x" * 10_000,
    "\x00\ud800",
)


def created(row: int, *, source: int = 1, mail: str | None = None, warnings: Any = ()) -> RowResult:
    """A row that was created, one a second."""
    return RowResult(
        ref=RowRef(source=source, row=row),
        status=Status.CREATED,
        key=Key.of([1, mail or f"desk{row}@cowork.example"]),
        remote_id=1_000_000_000 + row,
        warnings=tuple(warnings),
        sent_at=SENT_AT + row,
        ended_at=SENT_AT + row + 0.12,
    )


def hostile_rows(text: str, first: int) -> Iterable[RowResult]:
    """A row of every end, with a text wherever files and servers can put one."""
    finding = {"PropertyName": text, "AttemptedValue": text, "Message": text}
    place = [RowRef(source=1, row=first + n) for n in range(6)]
    key = Key.of([1, text])
    change = Change(property_name=text, before=text, after=text)
    yield created(first, mail=text, warnings=[finding, {**finding, "PropertyName": "IncomingServerPort"}])
    yield replace(created(first + 1, mail=text), status=Status.UPDATED, changes=(change,))
    yield RowResult(ref=place[2], status=Status.SKIPPED, reason=text, remote_id=1)
    yield refused(first + 3, (text, text, text), ("ErrorCount", text, "is not an integer"))
    doubt = {"Message": text}
    yield RowResult(ref=place[4], status=Status.IN_DOUBT, key=key, response=doubt, candidates=(5,), sent_at=SENT_AT)
    yield RowResult(ref=place[5], status=Status.UNPROCESSED, key=key)


def hostile_page(folder: Path) -> Path:
    """A page of a stopped run that has every list, and hostile text in each of its places."""
    label = "<b onclick='window.harm=1'>=a&.csv\x1b[2J"
    run = run_of(label, "b.csv", status=RunStatus.STOPPED, report_dir=folder, rows_by_source={1: 66, 2: 1})
    notices = tuple(
        FieldError(property_name=t, attempted_value=t, message=t, code=FindingCode.COLUMNS_NOT_IMPORTED)
        for t in HOSTILE
    )
    context = replace(
        context_of(run, {1: {"ErrorCount": "<i>Errors</i>\x1b"} | {t[:200]: t for t in HOSTILE}}),
        headers={1: SourceHeader(row=1, notices=notices)},
        config=RunConfig(endpoint="emailaccounts", mapping=FieldMapping(constants={"DisplayName": HOSTILE[0]})),
        stopped_because=StoppedError(Code.TARGET_UNREACHABLE, HOSTILE[1]),
    )
    rows = [row for n, text in enumerate(HOSTILE) for row in hostile_rows(text, 2 + 6 * n)]
    return written(context, [*rows, created(2, source=2)])


def large_page(folder: Path, rows: int) -> Path:
    """A page of a run of so many rows, most of them created and some wrong for few reasons."""
    context = context_of(run_of("accounts.csv", report_dir=folder, rows_by_source={1: rows}), {})
    return written(context, map(_one_of_many, range(2, rows + 2)))


def _one_of_many(row: int) -> RowResult:
    port = [{"PropertyName": "IncomingServerPort", "AttemptedValue": "99999", "Message": "is outside 1 to 65535"}]
    if row % 10 == 0:
        return refused(row, ("ErrorCount", "n/a", "is not an integer"), ("BusinessId", None, "is a required field"))
    if row % 10 == 1:
        reason = f"created by run 20260401-080000-abcd from row {row}"
        return RowResult(ref=RowRef(source=1, row=row), status=Status.SKIPPED, reason=reason, remote_id=row)
    return created(row, warnings=port if row % 10 == 2 else ())


def written(context: Any, rows: Iterable[RowResult]) -> Path:
    """The page of these rows."""
    context.folder.mkdir(parents=True, exist_ok=True)
    writer, problems = open_writer(context), ProblemCounter(context)
    counts: dict[Status, int] = {}
    warnings = 0
    for row in rows:
        writer.row(row)
        problems.row(row)
        counts[row.status] = counts.get(row.status, 0) + 1
        warnings += len(row.warnings)
    summary = Summary(rows_read=sum(counts.values()), by_status=counts, warnings=warnings)
    [path] = writer.close(Conclusion(run=context.run, summary=summary, problems=problems.problems()))
    return path
