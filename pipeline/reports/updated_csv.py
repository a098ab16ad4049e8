"""`updated.csv`: what was changed in records that existed, field by field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipeline.model.rows import Status
from pipeline.reports.base import CsvFile

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.json_types import Json
    from pipeline.model.rows import RowResult
    from pipeline.reports.base import Conclusion, ReportContext

ORDER = 25
TAKES = {Status.UPDATED}


def open_writer(context: ReportContext) -> UpdatedCsv:
    """Begins `updated.csv`."""
    return UpdatedCsv(context)


class UpdatedCsv:
    """One line for each field that was changed; no file where there is none."""

    def __init__(self, context: ReportContext) -> None:
        self._run = context.run
        header = ["Row", "Source", "Id", "PropertyName", "Before", "After"]
        self._file = CsvFile(context.folder / "updated.csv", header)

    def row(self, end: RowResult) -> None:
        """Adds the fields that were changed for the row."""
        for change in end.changes:
            place = [end.ref.row, self._run.label_of(end.ref.source), end.remote_id]
            self._file.write([*place, change.property_name, _cell(change.before), _cell(change.after)])

    def close(self, _conclusion: Conclusion) -> list[Path]:
        """Closes the file; an empty one is taken away."""
        return self._file.close_or_drop()


def _cell(value: Json) -> object:
    return value if value is None or isinstance(value, str) else json.dumps(value)
