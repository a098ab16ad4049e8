"""`rejected.csv`: the source's own rows that did not make it, to be corrected and given to `run` as they are.

Rows in doubt and unprocessed ones are not among them: `resume` takes those up.
"""

from __future__ import annotations

import csv
import logging
import re
from bisect import bisect_left
from itertools import count
from typing import IO, TYPE_CHECKING, Any

from pipeline.model.sources import REPORT_COLUMN
from pipeline.private_files import open_private
from pipeline.reports.base import REFUSED, errors_of, escape_formula

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.model.sources import RowBatch, Table
    from pipeline.reports.base import Conclusion, ReportContext

ORDER = 30

_log = logging.getLogger(__name__)
_OWN_NAME = re.compile(r"rejected(-[0-9]+)?\.csv")


def open_writer(context: ReportContext) -> RejectedCsv:
    """Begins `rejected.csv`."""
    return RejectedCsv(context)


class RejectedCsv:
    """One file per source: `rejected.csv`, or `rejected-1.csv`, `rejected-2.csv` … where there are several."""

    def __init__(self, context: ReportContext) -> None:
        self._context = context
        self._files: dict[int, _RejectedRows] = {}
        _set_corrections_aside(context.folder)

    def row(self, end: RowResult) -> None:
        """Copies the row from its source, if it did not make it."""
        if end.status in REFUSED:
            number = end.ref.source
            if number not in self._files:
                self._files[number] = self._open(number)
            self._files[number].copy(end)

    def _open(self, number: int) -> _RejectedRows:
        sources = self._context.run.sources
        name = "rejected.csv" if len(sources) == 1 else f"rejected-{number}.csv"
        table = self._context.open_source(sources[number - 1])
        options = self._context.config.read
        # The same options must read it as read the source, so it keeps what they name.
        stream = open_private(self._context.folder / name, options.encoding or "utf-8-sig")
        stream.write("\r\n" * ((options.header_row or 1) - 1))
        return _RejectedRows(self._context.folder / name, table, stream)

    def close(self, _conclusion: Conclusion) -> list[Path]:
        """Closes the files; without a rejected row there is none, nor one of an earlier report in this folder."""
        written = [rejected.close() for rejected in self._files.values()]
        for path in self._context.folder.iterdir():
            if _OWN_NAME.fullmatch(path.name) and path not in written:
                path.unlink()
        return written


def _set_corrections_aside(folder: Path) -> None:
    """Keeps the work of a person who has corrected an earlier `rejected.csv` of this folder in place."""
    report = folder / "report.json"  # written right after it
    for path in sorted(folder.iterdir()):
        if _OWN_NAME.fullmatch(path.name) and report.exists() and path.stat().st_mtime > report.stat().st_mtime + 1:
            kept = next(p for n in count(1) if not (p := path.with_name(f"corrected-{n}-{path.name}")).exists())
            path.rename(kept)
            _log.warning("%s was changed after it was written: kept as %s.", path.name, kept)


class _RejectedRows:
    """Follows the source beside the rows that come along, so that neither is held in memory."""

    def __init__(self, path: Path, table: Table, stream: IO[str]) -> None:
        self._path = path
        self._stream = stream
        self._own = [i for i, name in enumerate(table.header) if name != REPORT_COLUMN]
        self._csv: Any = csv.writer(stream, delimiter=getattr(table, "delimiter", ","))
        self._csv.writerow([*self._kept(table.header), REPORT_COLUMN])
        self._source = _SourceRows(table)

    def _kept(self, cells: Sequence[str]) -> list[str]:
        return [cells[i] for i in self._own]

    def copy(self, end: RowResult) -> None:
        cells, fits = self._source.cells(end.ref.row)
        # A row that does not fit the header is copied as it is: padded, it would pass for a good one next time.
        own = self._kept(cells) if fits else list(cells)
        explained = "; ".join(_explained(e) for e in errors_of(end))
        self._csv.writerow([*own, escape_formula(explained)])

    def close(self) -> Path:
        self._stream.close()
        return self._path


def _explained(error: Any) -> str:
    name, message = error.get("PropertyName"), str(error.get("Message"))
    return f"{name}: {message}" if name else message


class _SourceRows:
    """Reads on to each row that is asked for, and looks at no other's cells."""

    def __init__(self, table: Table) -> None:
        self._batches = iter(table.batches())
        self._batch: RowBatch | None = None
        self._columns: list[Any] = []

    def cells(self, row: int) -> tuple[Sequence[str], bool]:
        """A row's cells as they stand in the source, and whether they fit the header; rows are asked for in order."""
        while self._batch is None or self._batch.rows[-1] < row:
            self._batch = next(self._batches)
            self._columns = [self._batch.frame[name].array for name in self._batch.frame.columns]
        position = bisect_left(self._batch.rows, row)
        ragged = next((d.cells for d in self._batch.defects if d.position == position and d.cells is not None), None)
        if ragged is not None:
            return ragged, False
        return [str(column[position]) for column in self._columns], True
