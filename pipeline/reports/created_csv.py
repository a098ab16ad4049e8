"""`created.csv`: the Ids of the records that the run created, by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.rows import Status
from pipeline.reports.base import CsvFile

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.reports.base import Conclusion, ReportContext

ORDER = 20
TAKES = {Status.CREATED}


def open_writer(context: ReportContext) -> CreatedCsv:
    """Begins `created.csv`."""
    return CreatedCsv(context)


class CreatedCsv:
    """One line for each created row."""

    def __init__(self, context: ReportContext) -> None:
        self._run = context.run
        self._blank_key = [None] * len(context.key)
        self._file = CsvFile(context.folder / "created.csv", ["Row", "Source", "Id", *context.key])

    def row(self, end: RowResult) -> None:
        """Adds the row."""
        key = end.key.values if end.key else self._blank_key
        self._file.write([end.ref.row, self._run.label_of(end.ref.source), end.remote_id, *key])

    def close(self, _conclusion: Conclusion) -> list[Path]:
        """Closes the file."""
        return self._file.close()
