"""`report.html`: the run for people, in one file: the verdict, what to fix, the lists, charts and settings.

Of each list the first thousand rows are kept: its memory and its size do not grow with the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.model.rows import Status
from pipeline.model.runs import REPORTED, format_utc
from pipeline.private_files import open_private
from pipeline.reports.base import EVERY_STATUS, REFUSED, errors_of, response_of
from pipeline.reports.charts import Bar, Durations, NameCounter, TimeSeries, bars
from pipeline.reports.display import shown, text_of
from pipeline.reports.problem_counter import ProblemCounter
from pipeline.reports.settings import sending_settings_of, settings_of
from pipeline.reports.verdict import verdict_on
from pipeline.reports.wait_lanes import lanes

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.json_types import Json
    from pipeline.model.rows import RowResult
    from pipeline.model.runs import Summary
    from pipeline.reports.base import Conclusion, ReportContext

ORDER = 5
TAKES = EVERY_STATUS
MOST_LISTED = 1_000
"""Rows of each list that the page shows; the tables of CSV hold all of them."""

_MOST_NOTES = 100
_SENT = frozenset({Status.CREATED, Status.UPDATED, Status.REJECTED})
_WHOLE_ROW = "(the whole row)"


def open_writer(context: ReportContext) -> HtmlReport:
    """Begins `report.html`."""
    return HtmlReport(context)


@dataclass(kw_only=True)
class Listing:
    """One list of the page.

    Attributes:
        header: The names of its columns.
        rows: The first of its rows.
        total: How many there are.
    """

    header: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    total: int = 0

    def add(self, cells: Sequence[Json]) -> None:
        """Adds a row, or only counts it."""
        self.total += 1
        if len(self.rows) < MOST_LISTED:
            self.rows.append([shown(cell) for cell in cells])


class HtmlReport:
    """Keeps what the page shows while the rows pass by, and writes it at the end."""

    def __init__(self, context: ReportContext) -> None:
        self._context = context
        place = ["Row", "Source"] if len(context.run.sources) > 1 else ["Row"]
        self._lists = {
            "created": Listing(header=[*place, "Id", *context.key]),
            "updated": Listing(header=[*place, "Id", "Field", "Before", "After"]),
            "skipped": Listing(header=[*place, "Why", "Id"]),
            "errors": Listing(header=[*place, "Outcome", "Field", "Value", "Why"]),
            "doubts": Listing(header=[*place, *context.key, "Sent", "Why", "To settle it"]),
            "waiting": Listing(header=[*place, *context.key]),
        }
        self._warnings = ProblemCounter(context)
        self._fields = NameCounter()
        self._course, self._durations = TimeSeries(), Durations()

    # -- while the rows pass by ----------------------------------------------------------------------------------

    def row(self, end: RowResult) -> None:
        """Takes a row."""
        self._warnings.count(end.ref, Status.UNPROCESSED, end.warnings)
        if end.listed:
            self._list(end)
        if end.status in _SENT and end.ended_at is not None:
            self._course.add(end.ended_at)
            if end.sent_at is not None:
                self._durations.add(end.ended_at - end.sent_at)

    def _list(self, end: RowResult) -> None:
        place = self._place(end)
        if end.status in REFUSED:
            self._list_errors(end, place)
        elif end.status is Status.CREATED:
            self._lists["created"].add([*place, end.remote_id, *self._key(end)])
        elif end.status is Status.UPDATED:
            for change in end.changes:
                self._lists["updated"].add([*place, end.remote_id, change.property_name, change.before, change.after])
        elif end.status is Status.SKIPPED:
            self._lists["skipped"].add([*place, end.reason, end.remote_id])
        elif end.status is Status.IN_DOUBT:
            why = text_of(response_of(end).get("Message"))
            self._lists["doubts"].add([*place, *self._key(end), _sent(end), why, self._to_settle(end)])
        else:
            self._lists["waiting"].add([*place, *self._key(end)])

    def _list_errors(self, end: RowResult, place: Sequence[Json]) -> None:
        for error in errors_of(end):
            name = text_of(error.get("PropertyName"))
            self._fields.add(shown(name) if name else _WHOLE_ROW)
            self._lists["errors"].add(
                [*place, end.status.value, name, error.get("AttemptedValue"), error.get("Message")]
            )

    def _place(self, end: RowResult) -> list[Json]:
        label = self._context.run.label_of(end.ref.source)
        return [end.ref.row, label] if len(self._context.run.sources) > 1 else [end.ref.row]

    def _key(self, end: RowResult) -> Sequence[Json]:
        return end.key.values if end.key else [None] * len(self._context.key)

    def _to_settle(self, end: RowResult) -> str:
        """The command for a row in doubt; of several candidates the person chooses the Id."""
        run = self._context.run
        label = run.label_of(end.ref.source)
        source = ["--source", label] if len(run.sources) > 1 else []
        record = f"--id {end.candidates[0]}" if len(end.candidates) == 1 else "--id ID"
        command = self._context.command("settle", run.run_id, "--row", str(end.ref.row), *source)
        return f"{command} {record}"

    # -- at the end ----------------------------------------------------------------------------------------------

    def close(self, conclusion: Conclusion) -> list[Path]:
        """Writes the page."""
        from pipeline.reports.page import pieces_of_page

        path = self._context.folder / "report.html"
        with open_private(path, "utf-8") as stream:
            stream.writelines(pieces_of_page(self._values(conclusion)))
        return [path]

    def _values(self, conclusion: Conclusion) -> dict[str, object]:
        context, config = self._context, self._context.config
        for stretch in context.stretches:
            self._course.cover(stretch.began_at)
            self._course.cover(stretch.ended_at)
        course = self._course.course()
        return {
            "run": conclusion.run,
            "facts": conclusion.run.as_json(),
            "is_check": context.is_check,
            "is_gone": conclusion.run.target.startswith("sandbox:"),
            "settle": context.command("settle", conclusion.run.run_id),
            "resume": context.command("resume", conclusion.run.run_id),
            "verdict": verdict_on(context, conclusion),
            "counts": list(self._counts(conclusion.summary)),
            "rows_read": conclusion.summary.rows_read,
            "warning_count": conclusion.summary.warnings,
            "problems": conclusion.problems,
            "warnings": self._warnings.problems(),
            "notes": list(self._notes()),
            "lists": self._lists,
            "fields": self._fields.bars("invalid"),
            "course": course,
            "lanes": lanes(course, context.stretches) if course is not None else [],
            "durations": self._durations.bars(),
            "settings": [*settings_of(config), *([] if context.is_check else sending_settings_of(config))],
            "most_listed": MOST_LISTED,
        }

    def _counts(self, summary: Summary) -> Iterator[Bar]:
        named = [(self._name_of(s), summary.count(s), self._kind_of(s)) for s in REPORTED if summary.count(s)]
        yield from bars(named)

    def _name_of(self, status: Status) -> str:
        is_valid = status is Status.UNPROCESSED and self._context.is_check
        return "valid" if is_valid else status.value.replace("_", " ")

    def _kind_of(self, status: Status) -> str:
        is_valid = status is Status.UNPROCESSED and self._context.is_check
        return "created" if is_valid else status.value

    def _notes(self) -> Iterator[tuple[str, str, str]]:
        """What is odd about the files as a whole: the file, the column, the words."""
        found = [(number, notice) for number, header in self._context.headers.items() for notice in header.notices]
        for number, notice in found[:_MOST_NOTES]:
            yield self._context.run.label_of(number), notice.property_name or "", notice.message
        if len(found) > _MOST_NOTES:
            yield "", "", f"{len(found) - _MOST_NOTES:,} more stand in warnings.csv"


def _sent(end: RowResult) -> str | None:
    return format_utc(datetime.fromtimestamp(end.sent_at, UTC)) if end.sent_at is not None else None
