"""`rejected.csv`: a text file's own rows that did not make it, to be corrected and given to `run` as they are.

Rows in doubt and unprocessed ones are not among them: `resume` takes those up.
"""

from __future__ import annotations

import csv
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from pipeline.model.sources import REPORT_COLUMN, ROW_COLUMN
from pipeline.private_files import open_private
from pipeline.reports.base import REFUSED, escape_formula
from pipeline.reports.rejected import RejectedFiles, SourceRows, explained

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.model.sources import Table
    from pipeline.reports.base import ReportContext

ORDER = 30
TAKES = REFUSED


def open_writer(context: ReportContext) -> RejectedFiles:
    """Begins `rejected.csv`, one for each source: `rejected-1.csv`, `rejected-2.csv` … where there are several."""
    return RejectedFiles(context, ".csv", partial(_opened, context))


def _opened(context: ReportContext, path: Path, number: int) -> _RejectedRows:
    table = context.open_source(context.run.sources[number - 1])
    options = context.config.read
    # The same options must read it as read the source, so it keeps what they name.
    stream = open_private(path, options.encoding or "utf-8-sig")
    stream.write("\r\n" * ((options.header_row or 1) - 1))
    return _RejectedRows(path, table, stream)


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
