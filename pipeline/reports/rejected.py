"""What `rejected.csv` and `rejected.xlsx` have in common: names, which rows they take and how, a person's corrections.

May import `model` and `reports.base`.
"""

from __future__ import annotations

import logging
import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.model.sources import REPORT_COLUMNS, ROW_COLUMN
from pipeline.reports.base import errors_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pipeline.model.rows import RowResult
    from pipeline.model.runs import Run
    from pipeline.model.sources import Defect, RowBatch, Source, Table
    from pipeline.reports.base import Conclusion, ReportContext

_log = logging.getLogger(__name__)

_MOST_COLUMNS = 16_384
"""As many as a sheet has."""


class RejectedFile(Protocol):
    """A file that takes rows which did not make it, in the order of their sources."""

    def copy(self, end: RowResult) -> None:
        """Copies a row from its source."""
        ...

    def close(self) -> Path:
        """Finishes the file, and says where it is."""
        ...


class RejectedFiles:
    """The files of one kind; without a row that did not make it there is none, nor one of an earlier report.

    Args:
        context: The run.
        suffix: The kind, as the end of their names.
        opened: Begins a file for the rows of a source, by its path and the source's number.
    """

    def __init__(self, context: ReportContext, suffix: str, opened: Callable[[Path, int], RejectedFile]) -> None:
        paths = {one.number: context.folder / file_name(context, one.number) for one in context.run.sources}
        self._paths = {number: path for number, path in paths.items() if path.suffix == suffix}
        self._folder = context.folder
        self._suffix = suffix
        self._opened = opened
        self._files: dict[Path, RejectedFile] = {}
        _set_corrections_aside(context.folder, suffix)

    def row(self, end: RowResult) -> None:
        """Copies the row from its source, where that is a file of this kind."""
        number = end.ref.source
        if number not in self._paths:
            return
        path = self._paths[number]
        if path not in self._files:
            self._files[path] = self._opened(path, number)
        self._files[path].copy(end)

    def close(self, _conclusion: Conclusion) -> list[Path]:
        """Finishes the files, and takes away those that an earlier report has left in the folder."""
        written = [one.close() for one in self._files.values()]
        for path in _own_files(self._folder, self._suffix):
            if path not in written:
                path.unlink()
        return written


def _is_for_workbook(context: ReportContext, number: int) -> bool:
    """Whether a source's refused rows go into a workbook: those of a sheet do, if there is room beside them."""
    if number not in context.sheets:
        return False
    header = context.open_source(context.run.sources[number - 1]).header
    return len(header) + len(REPORT_COLUMNS) <= _MOST_COLUMNS


def file_name(context: ReportContext, number: int) -> str:
    """The file that takes a source's refused rows; the sheets of a workbook share one."""
    if _is_for_workbook(context, number):
        group = sheets_beside(context.run, number)
        return "rejected.xlsx" if len(group) == len(context.run.sources) else f"rejected-{group[0].number}.xlsx"
    return "rejected.csv" if len(context.run.sources) == 1 else f"rejected-{number}.csv"


def sheets_beside(run: Run, number: int) -> list[Source]:
    """The sources that are sheets of the same workbook, given once, as one of them."""
    group: list[Source] = []
    for source in run.sources:
        alike = group and source.path == group[0].path
        if not alike or source.part in {one.part for one in group}:
            if number in {one.number for one in group}:
                break
            group = []
        group.append(source)
    return group


def _set_corrections_aside(folder: Path, suffix: str) -> None:
    """Keeps the work of a person who has corrected an earlier file of this kind and folder in place."""
    report = folder / "report.json"  # written right after it
    for path in _own_files(folder, suffix):
        if report.exists() and path.stat().st_mtime > report.stat().st_mtime + 1:
            kept = next(p for n in count(1) if not (p := path.with_name(f"corrected-{n}-{path.name}")).exists())
            path.rename(kept)
            _log.warning("%s was changed after it was written: kept as %s.", path.name, kept)


def _own_files(folder: Path, suffix: str) -> list[Path]:
    own_name = re.compile(rf"rejected(-[0-9]+)?{re.escape(suffix)}")
    return sorted(path for path in folder.iterdir() if own_name.fullmatch(path.name))


def explained(end: RowResult) -> str:
    """Why a row did not make it, in one line."""
    return "; ".join(explained_error(e) for e in errors_of(end))


def explained_error(error: Mapping[str, Any]) -> str:
    """One error, with the field it is about."""
    name, message = error.get("PropertyName"), str(error.get("Message"))
    return f"{name}: {message}" if name else message


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """A row as it stands in its source.

    Attributes:
        cells: The cells of the source's own columns.
        fits: Whether they fit the header.
        number: Where the row stands in the file that was imported first.
        odd: Codes of cells that hold no value, by their place among `cells`.
    """

    cells: Sequence[str]
    fits: bool
    number: str
    odd: Mapping[int, str] = field(default_factory=dict)


class SourceRows:
    """Reads on to each row that is asked for, and looks at no other's cells.

    Args:
        table: The source.
    """

    def __init__(self, table: Table) -> None:
        self.own = [i for i, name in enumerate(table.header) if name not in REPORT_COLUMNS]
        self.header = [table.header[i] for i in self.own]
        self._added = len(table.header) - len(self.own)
        self._numbers = table.header.index(ROW_COLUMN) if ROW_COLUMN in table.header else None
        self._batches = iter(table.batches())
        self._batch: RowBatch | None = None
        self._columns: list[Any] = []
        self._defects: dict[int, list[Defect]] = {}

    def row(self, number: int) -> SourceRow:
        """A row by its number; rows are asked for in order."""
        while self._batch is None or self._batch.rows[-1] < number:
            self._take(next(self._batches))
        position = bisect_left(self._batch.rows, number)
        defects = self._defects.get(position, [])
        ragged = next((d.cells for d in defects if d.cells is not None), None)
        if ragged is not None:
            # A row that does not fit the header is copied as it is: padded, it would pass for a good one next time.
            return SourceRow(cells=self._without_added(ragged), fits=False, number=str(number))
        cells = [column[position].as_py() for column in self._columns]
        places = {index: place for place, index in enumerate(self.own)}
        odd = {places[d.column]: d.code for d in defects if d.column in places and not d.warning}
        known = str(number) if self._numbers is None else cells[self._numbers]
        return SourceRow(cells=[cells[i] for i in self.own], fits=True, number=known, odd=odd)

    def _take(self, batch: RowBatch) -> None:
        import pyarrow as pa

        self._batch = batch
        # A cell of a column of pandas costs ten times as much as one of Arrow's.
        self._columns = [pa.array(batch.frame[name].array, pa.string()) for name in batch.frame.columns]
        self._defects = defaultdict(list)
        for defect in batch.defects:
            self._defects[defect.position].append(defect)

    def _without_added(self, cells: Sequence[str]) -> Sequence[str]:
        """Without the cells that an earlier run has put behind them: with those twice, it might come to fit."""
        ours = self._added == len(REPORT_COLUMNS) and len(cells) > self._added and cells[-2].strip().isdecimal()
        return cells[: -self._added] if ours else cells
