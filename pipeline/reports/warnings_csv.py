"""`warnings.csv`: one line for each thing that is odd about a header or a row, whatever became of the row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.reports.base import EVERY_STATUS, CsvFile
from pipeline.reports.warning_list import WarningList

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.reports.base import Conclusion, ReportContext

ORDER = 12
TAKES = EVERY_STATUS
_HEADER = ["Row", "Source", "PropertyName", "AttemptedValue", "Message"]


def open_writer(context: ReportContext) -> WarningsCsv:
    """Begins `warnings.csv`."""
    return WarningsCsv(context)


class WarningsCsv:
    """Warnings in the order of the sources, for a person with a spreadsheet program; no file where there is none."""

    def __init__(self, context: ReportContext) -> None:
        self._warnings = WarningList(context)
        self._file = CsvFile(context.folder / "warnings.csv", _HEADER)

    def row(self, end: RowResult) -> None:
        """Adds the row's warnings, if it has any."""
        for warning in self._warnings.until(end):
            self._add(warning)

    def _add(self, warning: Mapping[str, Any]) -> None:
        self._file.write(warning.get(name) for name in _HEADER)

    def close(self, _conclusion: Conclusion) -> list[Path]:
        """Closes the file; an empty one is taken away."""
        for warning in self._warnings.rest():
            self._add(warning)
        return self._file.close_or_drop()
