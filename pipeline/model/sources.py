"""A source of rows, its header, and the batches of text that a reader makes of it.

May import `model.findings`; pandas for type checking only.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import FieldError, Notice

if TYPE_CHECKING:
    import pandas as pd


STANDARD_INPUT = "-"
"""What a person calls standard input."""


@dataclass(frozen=True, kw_only=True)
class SourceHeader:
    """What the ledger keeps of a source's header: where it stands, and what is odd about it."""

    row: int
    notices: tuple[FieldError, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file of rows, as found at the start of a run.

    Attributes:
        number: Its place among the run's sources, from 1.
        label: What the person called it (`STANDARD_INPUT` is one); stands in every report.
        path: The file that is read.
        sha256: Of the file's bytes; tells on resume whether it is still the same file.
        part: Which of the file's tables it is (a workbook's sheet, a file in an archive), where it holds several.
    """

    number: int
    label: str
    path: Path
    sha256: str
    part: str | None = None

    def sheet_named(self, part: str, number: int) -> Source:
        """A sheet of this workbook, as a source of its own; its label names both."""
        return replace(self, number=number, label=f"{self.label} [{part}]", part=part)

    def file_named(self, part: str, number: int) -> Source:
        """A file in this archive, as a source of its own; its label names both, as if they were folder and file."""
        return replace(self, number=number, label=f"{self.label}/{part}", part=part)


@dataclass(frozen=True, kw_only=True, slots=True)
class Defect:
    """Something wrong with a row or a cell before its meaning is looked at.

    Attributes:
        position: Index of the row in its batch, from 0.
        column: Index of the cell's column, from 0; `None` where the whole row is meant.
        message: What is wrong.
        code: The kind of defect.
        value: The cell's text, if one cell is meant.
        cells: All of the row's cells as they stand in the source, where they do not fit the header.
        warning: Whether the row stays valid in spite of it.
    """

    position: int
    column: int | None = None
    message: str
    code: FindingCode
    value: str | None = None
    cells: tuple[str, ...] | None = None
    warning: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RowBatch:
    """Consecutive rows of a source.

    Attributes:
        rows: n row numbers, 1-based as a spreadsheet shows them, ascending.
        frame: n rows x source columns, all text (Arrow), columns named by their index from 0; blank is "".
        defects: What the reader found wrong.
    """

    rows: list[int]
    frame: pd.DataFrame
    defects: tuple[Defect, ...] = ()


REPORT_COLUMN = "Import Errors"
"""The column in which `rejected.csv` and `rejected.xlsx` say what is wrong with a row."""

ROW_COLUMN = "Import Row"
"""The column in which they say where the row stands in the file that was imported first."""

REPORT_COLUMNS = frozenset({REPORT_COLUMN, ROW_COLUMN})
"""The columns that a run adds to its refused rows; the next run passes over them."""


INSTRUCTIONS_SHEET = "Import Instructions"
"""The sheet that a template has beside the one to fill in; no reader takes it for rows."""


class SheetPlace(Protocol):
    """Where a table stands in a workbook."""

    @property
    def name(self) -> str:
        """What its tab says."""
        ...

    @property
    def number(self) -> int:
        """Its place among the tabs, from 1."""
        ...

    @property
    def first_column(self) -> int:
        """The column that its first cells stand in, from 0."""
        ...


class Table(Protocol):
    """A source that has been opened: its headers are known, its rows can be read as often as needed.

    Attributes:
        header: The header cells' text, in the source's order; blank where a column has none.
        header_row: The row they stand in, 1-based.
        notices: What was guessed about the source or passed over in it; refused with `--strict`.
        part: Its name, where the file holds several tables.
        sheet: Where it stands in a workbook; `None` for a text file.
    """

    header: tuple[str, ...]
    header_row: int
    notices: tuple[Notice, ...]
    part: str | None
    sheet: SheetPlace | None

    def batches(self) -> Generator[RowBatch, None, None]:
        """The rows below the header, in order. Rows with no text at all are passed over but counted."""
        ...
