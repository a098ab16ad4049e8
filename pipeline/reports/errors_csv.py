"""`errors.csv`: one line for each error of each row that was refused, failed, or is in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.rows import Status
from pipeline.reports.base import REFUSED, CsvFile, errors_of

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.reports.base import Conclusion, ReportContext

FILE_NAME = "errors.csv"
ORDER = 10
TAKES = REFUSED | {Status.IN_DOUBT}
_HEADER = ["Row", "Source", "Status", "PropertyName", "AttemptedValue", "Message"]


def open_writer(context: ReportContext) -> ErrorsCsv:
    """Begins `errors.csv`."""
    return ErrorsCsv(context)


class ErrorsCsv:
    """Errors in the order of the source, for a person with a spreadsheet program."""

    def __init__(self, context: ReportContext) -> None:
        self._run = context.run
        self._file = CsvFile(context.folder / FILE_NAME, _HEADER)

    def row(self, end: RowResult) -> None:
        """Adds the row's errors."""
        place = [end.ref.row, self._run.label_of(end.ref.source), end.status.value]
        for error in errors_of(end):
            self._file.write([*place, error.get("PropertyName"), error.get("AttemptedValue"), error.get("Message")])

    def close(self, _conclusion: Conclusion) -> list[Path]:
        """Closes the file."""
        return self._file.close()
