"""Workbooks: `.xlsx .xlsm .xls .ods`, whose cells have types that must keep their meaning as text.

python-calamine reads them all and fast, but gives an error cell (`#N/A`) as a blank; where a workbook holds any,
a slower reader of its format is asked for their places.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError, SourceError
from pipeline.intake.readers.base import text_frame
from pipeline.intake.readers.error_cells import error_cells
from pipeline.intake.readers.header import NamesFields
from pipeline.model.config import ReadOptions
from pipeline.model.findings import Notice
from pipeline.model.sources import Defect, RowBatch

if TYPE_CHECKING:
    from pathlib import Path

PRIORITY = 10

BATCH_ROWS = 5_000

_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_SUFFIXES = {".xlsx", ".xlsm", ".xls", ".ods"}


def accepts(path: Path, head: bytes) -> bool:
    """By content rather than name: a workbook that is called `.csv` is still one."""
    return head.startswith((_ZIP_MAGIC, _OLE_MAGIC)) or path.suffix.lower() in _SUFFIXES


def open_table(path: Path, label: str, options: ReadOptions, _names_fields: NamesFields) -> WorkbookTable:
    """Finds the sheet and its header.

    Raises:
        SourceError: It is no workbook that can be read, or the sheet holds no header.
        ConfigurationError: There is no such sheet, or an option for text files was given.
    """
    for name, value in (("--delimiter", options.delimiter), ("--encoding", options.encoding)):
        if value is not None:
            raise ConfigurationError(f"{name}: {label} is a workbook and has none.", advice=f"Leave {name} out.")
    sheet = _sheet_name(path, label, options.sheet)
    header_row, header = _find_header(path, label, sheet, options.header_row)
    return WorkbookTable(path=path, label=label, sheet=sheet, header=header, header_row=header_row)


def _sheet_name(path: Path, label: str, wanted: str | None) -> str:
    with _workbook(path, label) as book:
        names = book.sheet_names
    if not names:
        raise SourceError(f"{label}: the workbook has no sheets.", advice="Save it again with the rows in a sheet.")
    if wanted is None:
        return str(names[0])
    if wanted in names:
        return wanted
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return str(names[int(wanted) - 1])
    listed = ", ".join(f"{n} {name!r}" for n, name in enumerate(names, start=1))
    raise ConfigurationError(f"--sheet {wanted}: {label} has no such sheet.", advice=f"It has: {listed}.")


def _workbook(path: Path, label: str) -> Any:
    from python_calamine import CalamineWorkbook

    with _refusing_broken(label):
        return CalamineWorkbook.from_path(path)


@contextmanager
def _refusing_broken(label: str) -> Iterator[None]:
    from python_calamine import CalamineError, PasswordError

    try:
        yield
    except PasswordError as error:
        advice = "Save a copy without a password."
        raise SourceError(f"{label}: the workbook is protected by a password.", advice=advice) from error
    except (CalamineError, OSError, zipfile.BadZipFile) as error:
        raise _broken(label, str(error)) from error
    except BaseException as error:
        # Damage that python-calamine did not foresee; its exception has no other name, and is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _broken(label, "it is damaged") from error


def _broken(label: str, reason: str) -> SourceError:
    advice = "Open it in a spreadsheet program and save it again, as .xlsx or CSV."
    return SourceError(f"{label}: is not a workbook that can be read ({reason}).", advice=advice)


def _find_header(path: Path, label: str, sheet: str, header_row: int | None) -> tuple[int, tuple[str, ...]]:
    for number, cells in _numbered_rows(path, label, sheet):
        header = tuple(as_text(cell).strip() for cell in cells)
        if number == header_row or (header_row is None and any(header)):
            if any(header):
                return number, header
            break
    where = f"row {header_row} of sheet {sheet!r}" if header_row else f"sheet {sheet!r}"
    advice = "The first row must name the columns; --sheet and --header-row tell where they stand."
    raise SourceError(f"{label}: no header was found in {where}.", advice=advice)


def _numbered_rows(path: Path, label: str, sheet: str) -> Iterator[tuple[int, list[Any]]]:
    with _workbook(path, label) as book:
        with _refusing_broken(label):
            found = book.get_sheet_by_name(sheet)
        yield from enumerate(found.iter_rows(), start=1)


@dataclass(frozen=True, kw_only=True)
class WorkbookTable:
    """A workbook's sheet whose header is known."""

    path: Path
    label: str
    sheet: str
    header: tuple[str, ...]
    header_row: int
    notices: tuple[Notice, ...] = ()

    def batches(self) -> Generator[RowBatch, None, None]:
        """The rows below the header, `BATCH_ROWS` at a time."""
        errors = error_cells(self.path, self.sheet)
        first_column = self._first_column()
        below = islice(_numbered_rows(self.path, self.label, self.sheet), self.header_row, None)
        while chunk := list(islice(below, BATCH_ROWS)):
            rows: list[int] = []
            texts: list[list[str]] = []
            defects: list[Defect] = []
            for number, cells in chunk:
                text = [as_text(cell) for cell in cells]
                for column, code in errors.get(number, {}).items():
                    index = column - first_column
                    text[index] = code
                    message = f"is an error cell ({code})"
                    defects.append(Defect(position=len(rows), column=index, message=message, value=code))
                if any(cell.strip() for cell in text):
                    rows.append(number)
                    texts.append(text)
            if rows:
                yield RowBatch(rows=rows, frame=text_frame(list(zip(*texts, strict=True))), defects=tuple(defects))

    def _first_column(self) -> int:
        with _workbook(self.path, self.label) as book:
            start = book.get_sheet_by_name(self.sheet).start
        return int(start[1]) if start else 0


def as_text(cell: object) -> str:
    """A cell's value as the text that a person would have typed to mean it.

    993.0 is 993; a date is ISO 8601; a boolean is true or false; text stays as it is, leading zeros and all.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
