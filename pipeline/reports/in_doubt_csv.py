"""`in_doubt.csv`: rows of which nobody knows whether they were created, to be filled in and given to `settle`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.model.rows import Status
from pipeline.model.runs import format_utc
from pipeline.reports.base import CsvFile, response_of

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.reports.base import Conclusion, ReportContext

ORDER = 15
TAKES = {Status.IN_DOUBT}
FILE_NAME = "in_doubt.csv"
SETTLE_COLUMN = "IdOrMissing"
"""The empty column: a person writes the record's Id into it, or the word `missing`."""

MISSING = "missing"


def open_writer(context: ReportContext) -> InDoubtCsv:
    """Begins `in_doubt.csv`."""
    return InDoubtCsv(context)


class InDoubtCsv:
    """One line for each row in doubt, in the order of the sources; no file where there is none."""

    def __init__(self, context: ReportContext) -> None:
        self._run = context.run
        self._command = context.command("settle", context.run.run_id)
        header = ["Row", "Source", *context.key, "SentOn", "Message", "Candidates", SETTLE_COLUMN]
        self._blank_key = [None] * len(context.key)
        self._file = CsvFile(context.folder / FILE_NAME, header)

    def row(self, end: RowResult) -> None:
        """Adds the row."""
        sent_on = format_utc(datetime.fromtimestamp(end.sent_at, UTC)) if end.sent_at is not None else None
        key = end.key.values if end.key else self._blank_key
        candidates = " ".join(map(str, end.candidates))
        place = [end.ref.row, self._run.label_of(end.ref.source)]
        message = f"{response_of(end).get('Message')}; `{self._command}` reads this file"
        self._file.write([*place, *key, sent_on, message, candidates, None])

    def close(self, _conclusion: Conclusion) -> list[Path]:
        """Closes the file; an empty one is taken away."""
        return self._file.close_or_drop()
