"""`rejected.csv`: a text file's own rows that did not make it, to be corrected and given to `run` as they are.

Rows in doubt and unprocessed ones are not among them: `resume` takes those up.
"""

from __future__ import annotations

import csv
from typing import IO, TYPE_CHECKING, Any

from pipeline.model.sources import REPORT_COLUMN, ROW_COLUMN
from pipeline.private_files import open_private
from pipeline.reports.base import REFUSED, escape_formula
from pipeline.reports.rejected import (
    SourceRows,
    explained,
    file_name,
    is_for_workbook,
    remove_earlier,
    set_corrections_aside,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.model.sources import Table
    from pipeline.reports.base import Conclusion, ReportContext

ORDER = 30

_SUFFIX = ".csv"


def open_writer(context: ReportContext) -> RejectedCsv:
    """Begins `rejected.csv`."""
    return RejectedCsv(context)


class RejectedCsv:
    """One file per source: `rejected.csv`, or `rejected-1.csv`, `rejected-2.csv` … where there are several."""

    def __init__(self, context: ReportContext) -> None:
        self._context = context
        self._files: dict[int, _RejectedRows] = {}
        self._others = {n for n in context.sheets if is_for_workbook(context, n)}
        set_corrections_aside(context.folder, _SUFFIX)

    def row(self, end: RowResult) -> None:
        """Copies the row from its source, if it did not make it."""
        number = end.ref.source
        if end.status in REFUSED and number not in self._others:
            if number not in self._files:
                self._files[number] = self._open(number)
            self._files[number].copy(end)

    def _open(self, number: int) -> _RejectedRows:
        path = self._context.folder / file_name(self._context, number)
        table = self._context.open_source(self._context.run.sources[number - 1])
        options = self._context.config.read
        # The same options must read it as read the source, so it keeps what they name.
        stream = open_private(path, options.encoding or "utf-8-sig")
        stream.write("\r\n" * ((options.header_row or 1) - 1))
        return _RejectedRows(path, table, stream)

    def close(self, _conclusion: Conclusion) -> list[Path]:
        """Closes the files; without a rejected row there is none, nor one of an earlier report in this folder."""
        written = [rejected.close() for rejected in self._files.values()]
        remove_earlier(self._context.folder, _SUFFIX, written)
        return written


class _RejectedRows:
    """Follows the source beside the rows that come along, so that neither is held in memory."""

    def __init__(self, path: Path, table: Table, stream: IO[str]) -> None:
        self._path = path
        self._stream = stream
        self._source = SourceRows(table)
        self._csv: Any = csv.writer(stream, delimiter=getattr(table, "delimiter", ","))
        self._csv.writerow([*self._source.header, ROW_COLUMN, REPORT_COLUMN])

    def copy(self, end: RowResult) -> None:
        row = self._source.row(end.ref.row)
        self._csv.writerow([*row.cells, row.number, escape_formula(explained(end))])

    def close(self) -> Path:
        self._stream.close()
        return self._path
