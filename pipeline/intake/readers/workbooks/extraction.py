"""The process that reads a workbook: `python -m pipeline.intake.readers.workbooks.extraction REQUEST`.

It may die: fastexcel ends the process on what it cannot hold in memory, and says things to the terminal of its own.
It holds one sheet in memory at a time (calamine, beneath fastexcel, has no way to read part of one; of `.xls` and
`.ods` it holds them all); what needs the rows reads them from the spool, in constant memory.
May import the other modules of this package.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import zipfile
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.intake.readers.workbooks import biff, cells, odf, ooxml, spool, xlsb
from pipeline.intake.readers.workbooks.package import DAMAGE_ERRORS, Kind, UnreadableError, kind_of, locked
from pipeline.intake.readers.workbooks.scan import damaged, read_parts, scan
from pipeline.intake.readers.workbooks.sheet_kinds import relations_of_known_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_BYTES_PER_CELL = 13
"""How short a cell can be written: as many cells fit into what a workbook may unpack to."""

_MEMORY_AT_LEAST = 1 << 30
_MEMORY_PER_UNPACKED_BYTE = 8


def main(request: str) -> None:
    """Reads a workbook and writes its spool to standard output.

    Args:
        request: In JSON: the `path` of the workbook, and `max_unpacked`, how many bytes it may unpack to.
    """
    asked = json.loads(request)
    sys.meta_path.insert(0, _WithoutPandas())
    out = _own_output()
    _limit_memory(_MEMORY_AT_LEAST + asked["max_unpacked"] * _MEMORY_PER_UNPACKED_BYTE)
    try:
        index = _extract(Path(asked["path"]), asked["max_unpacked"], out)
    except UnreadableError as error:
        index = {"code": error.code.name, "what": error.what, "facts": error.facts}
    spool.write_index(out, index)


class _WithoutPandas(MetaPathFinder):
    """Keeps pyarrow from loading pandas with its first array, a third of a second for what is not needed here."""

    def find_spec(self, name: str, *_: object) -> None:
        """Finds nothing, and says that there is no pandas."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _own_output() -> IO[bytes]:
    """Standard output, from now on out of reach of anything that prints."""
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    # A Ctrl-C is for the process that waits, which ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return out


def _limit_memory(size: int) -> None:
    """Bounds the memory of this process and leaves no image of it behind, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _extract(path: Path, max_unpacked: int, out: IO[bytes]) -> dict[str, Any]:
    try:
        prepared = _prepare(path, kind_of(path), max_unpacked)
    except DAMAGE_ERRORS as error:
        raise damaged("it is damaged, or was cut off") from error
    try:
        reader = fastexcel.read_excel(prepared.content)
    except BaseException as error:
        if not _is_damage(error):
            raise
        sys.stderr.write(f"{error}\n")
        raise locked() if "password" in str(error).lower() else damaged("it is damaged") from error
    sheets = [_sheet(reader, number, name, prepared, out) for number, name in enumerate(reader.sheet_names)]
    return {"sheets": sheets}


@dataclass
class _Prepared:
    """A workbook as it is given to fastexcel, and what has been found out about its sheets beforehand.

    Attributes:
        content: The file's bytes.
        layouts: What is hidden and merged in a sheet, by its name.
        without_cells: Sheets that are charts or the like.
        texts_like_moments: Whether a text may look like what fastexcel makes of a date.
        unstored: Of each sheet, formulas without a value that fastexcel gives as blank cells.
    """

    content: bytes
    layouts: Mapping[str, ooxml.Layout] = field(default_factory=dict)
    without_cells: frozenset[str] = frozenset()
    texts_like_moments: bool = True
    unstored: list[set[biff.Cell]] = field(default_factory=list)


def _prepare(path: Path, kind: Kind, max_unpacked: int) -> _Prepared:
    prepared = _Prepared(path.read_bytes())
    if kind is Kind.XLS:
        prepared.unstored = biff.unstored(prepared.content)
    else:
        with zipfile.ZipFile(io.BytesIO(prepared.content)) as archive:
            parts = {part.filename: part for part in read_parts(archive, max_unpacked)}
            _PREPARED[kind](archive, parts, prepared, max_unpacked // _BYTES_PER_CELL)
    return prepared


_BINARY_SHEETS = "xl/worksheets/"


def _prepare_xlsb(
    archive: zipfile.ZipFile, parts: Mapping[str, zipfile.ZipInfo], prepared: _Prepared, _most_cells: int
) -> None:
    """Binary parts are read to their ends: they are no longer than they say."""
    short: list[str] = []
    for name, part in parts.items():
        head = scan(archive, part, ()).head
        if name.startswith(_BINARY_SHEETS) and xlsb.has_short_cells(head):
            short.append(name)
    if short:
        prepared.content = _rewritten(archive, parts, dict.fromkeys(short, xlsb.with_usual_cells))


def _prepare_xlsx(
    archive: zipfile.ZipFile, parts: Mapping[str, zipfile.ZipInfo], prepared: _Prepared, most_cells: int
) -> None:
    scans = {name: scan(archive, part, ooxml.PATTERNS) for name, part in parts.items()}
    sheets = ooxml.sheet_parts(archive)
    calculate = ooxml.wants_calculation(archive)
    layouts: dict[str, ooxml.Layout] = {}
    for sheet in sheets:
        if sheet.part in scans:
            ooxml.refuse_absurd_extent(archive, sheet, scans[sheet.part], most_cells)
            layouts[sheet.name] = ooxml.layout(archive, sheet.part, scans[sheet.part], calculate=calculate)
    prepared.layouts = layouts
    prepared.without_cells = frozenset(sheet.name for sheet in sheets if sheet.part is None)
    prepared.texts_like_moments = any("moment" in one.seen for one in scans.values())
    to_mark = {s.part: scans[s.part].seen & ooxml.TO_MARK for s in sheets if s.part in scans}
    padded = ooxml.formats_that_pad(archive)
    changes: dict[str, Callable[[bytes], bytes]] = {}
    changes |= {
        part: partial(ooxml.marked, seen, padded) for part, seen in to_mark.items() if part and (seen or padded)
    }
    if relations := relations_of_known_kinds(archive):
        changes[ooxml.RELATIONS] = lambda _: relations
    if changes:
        prepared.content = _rewritten(archive, parts, changes)


def _prepare_ods(
    archive: zipfile.ZipFile, parts: Mapping[str, zipfile.ZipInfo], prepared: _Prepared, most_cells: int
) -> None:
    if odf.CONTENT not in parts:
        raise damaged("it has no content")
    scans = {name: scan(archive, part, odf.PATTERNS if name == odf.CONTENT else ()) for name, part in parts.items()}
    seen = scans[odf.CONTENT].seen
    if seen & odf.TO_WALK:
        prepared.layouts = odf.walk(archive.read(odf.CONTENT), most_cells)
    # A date comes as the document writes it, not as the text that others make of it.
    prepared.texts_like_moments = True
    if seen & odf.TO_MARK:
        prepared.content = _rewritten(archive, parts, {odf.CONTENT: odf.marked})


_PREPARED: Mapping[Kind, Callable[..., None]] = {
    Kind.XLSX: _prepare_xlsx,
    Kind.XLSB: _prepare_xlsb,
    Kind.ODS: _prepare_ods,
}


def _rewritten(
    archive: zipfile.ZipFile,
    parts: Mapping[str, zipfile.ZipInfo],
    changes: Mapping[str, Callable[[bytes], bytes]],
) -> bytes:
    """A copy of the workbook in which some parts are changed, stored as it is: nobody but fastexcel reads it."""
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w") as new:
        for name, part in parts.items():
            content = archive.read(part)
            new.writestr(name, changes[name](content) if name in changes else content)
    return copy.getvalue()


def _sheet(
    reader: fastexcel.ExcelReader, number: int, name: str, prepared: _Prepared, out: IO[bytes]
) -> dict[str, Any]:
    """Writes a sheet's rows that are not blank, and describes it."""
    described: dict[str, Any] = {"name": name, "visible": True, "readable": True, "rows": 0}
    described |= asdict(prepared.layouts.get(name, ooxml.Layout()))
    if name in prepared.without_cells:
        return described
    try:
        sheet = _Sheet(reader, number, texts_like_moments=prepared.texts_like_moments)
        unstored = prepared.unstored[number] if number < len(prepared.unstored) else set()
        return described | sheet.write(out, unstored)
    except BaseException as error:
        if not _is_damage(error):
            raise
        sys.stderr.write(f"{name}: {error}\n")
        return described | {"readable": False}


def _is_damage(error: BaseException) -> bool:
    """Whether the file is at fault; what calamine did not foresee is a panic, which has no class to import."""
    return isinstance(error, fastexcel.FastExcelError) or type(error).__name__ == "PanicException"


class _Sheet:
    """One sheet, loaded."""

    def __init__(self, reader: fastexcel.ExcelReader, number: int, *, texts_like_moments: bool) -> None:
        self._reader = reader
        self._number = number
        self._texts_like_moments = texts_like_moments
        self._sheet = self._load("string")

    def _load(self, dtype: fastexcel.DType, **only: Any) -> fastexcel.ExcelSheet:
        sheet: fastexcel.ExcelSheet = self._reader.load_sheet(
            self._number,
            header_row=None,
            skip_rows=0,
            dtypes=dtype,
            schema_sample_rows=1,
            skip_whitespace_tail_rows=True,
            **only,
        )
        return sheet

    def write(self, out: IO[bytes], unstored: Collection[biff.Cell]) -> dict[str, Any]:
        """Appends its rows that are not blank to the spool.

        Args:
            out: The spool.
            unstored: Cells with a formula and no value that came as blank ones.

        Returns:
            What the index says of it: `offset` in the spool, number of `rows`, the `first_column` that holds
            anything (from 0), and `odd` cells as row number, column and code.
        """
        batch, errors = self._sheet.to_arrow_with_errors()
        columns, odd = cells.as_text(batch.columns, errors.errors if errors else (), self._dates)
        first = self._sheet.selected_columns[0].absolute_index if batch.num_columns else 0
        if unstored:
            columns, odd = cells.with_unstored(columns, odd, [(row, column - first) for row, column in unstored])
        count = len(columns[0]) if columns else 0
        filled = pc.invert(cells.blank_rows(columns, odd, count))
        numbers = pa.array(range(1, count + 1), pa.int64()).filter(filled)
        offset = out.tell()
        if len(numbers):
            spool.write_sheet(out, numbers, [column.filter(filled) for column in columns])
        return {
            "visible": self._sheet.visible == "visible",
            "rows": len(numbers),
            "offset": offset,
            "first_column": first,
            "odd": [[one.row + 1, one.column, one.code] for one in odd],
        }

    def _dates(self, column: int) -> pa.Array | None:
        """Which cells of a column are dates, where a text may look like one."""
        if not self._texts_like_moments:
            return None
        only = self._sheet.selected_columns[column].absolute_index
        (moments,) = self._load("datetime", use_columns=[only]).to_arrow().columns
        return moments.is_valid()


if __name__ == "__main__":
    main(sys.argv[1])
