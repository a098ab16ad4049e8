"""`unprocessed.csv`: rows that only wait, since the run stopped before their turn. Nothing is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.rows import Status
from pipeline.reports.base import CsvFile

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.reports.base import Conclusion, ReportContext

ORDER = 18
TAKES = {Status.UNPROCESSED}


def open_writer(context: ReportContext) -> UnprocessedCsv:
    """Begins `unprocessed.csv`."""
    return UnprocessedCsv(context)


class UnprocessedCsv:
    """One line for each row that `resume` takes up; no file where there is none."""

    def __init__(self, context: ReportContext) -> None:
        self._run = context.run
        self._blank_key = [None] * len(context.key)
        self._file = CsvFile(context.folder / "unprocessed.csv", ["Row", "Source", *context.key])

    def row(self, end: RowResult) -> None:
        """Adds the row, if its turn never came; a valid row of `validate` waits for nothing."""
        if end.listed:
            key = end.key.values if end.key else self._blank_key
            self._file.write([end.ref.row, self._run.label_of(end.ref.source), *key])

    def close(self, _conclusion: Conclusion) -> list[Path]:
        """Closes the file; an empty one is taken away."""
        return self._file.close_or_drop()
