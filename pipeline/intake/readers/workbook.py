"""Workbooks: `.xlsx .xlsm .xlsb .xls .ods`, whose cells have types that keep their meaning as text.

fastexcel reads them (see `workbooks`); here the sheet and its header are found, and rows become batches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError, SourceError
from pipeline.intake.readers.base import lines_above, text_frame
from pipeline.intake.readers.foreign import is_text
from pipeline.intake.readers.odd_rows import find_odd_rows
from pipeline.intake.readers.sheet_notices import sheet_notices
from pipeline.intake.readers.sheets import choose_sheets
from pipeline.intake.readers.workbooks.cells import ERROR
from pipeline.intake.readers.workbooks.extract import Sheet, read_workbook
from pipeline.intake.readers.workbooks.package import UnreadableError, is_office_document
from pipeline.model.config import ReadOptions
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import Notice
from pipeline.model.sources import Defect, RowBatch

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from pipeline.intake.readers.header import Header, NamesFields
    from pipeline.model.sources import Source

PRIORITY = 10

_UNSTORED = "the cell holds a formula without a stored value: open the file in a spreadsheet program and save it"


def accepts(path: Path, head: bytes) -> bool:
    """By content rather than name: a workbook that is called `.csv` is still one, and text called `.xls` is none."""
    return not is_text(head) and is_office_document(path, head)


def open_tables(source: Source, options: ReadOptions, names_fields: NamesFields) -> list[WorkbookTable]:
    """Finds the sheets that are to be read, and their headers.

    Raises:
        SourceError: It is no workbook that can be read, or a sheet holds no header.
        ConfigurationError: There is no such sheet, several could be meant, or an option for text files was given.
    """
    label = source.label
    for name, value in (("delimiter", options.delimiter), ("encoding", options.encoding)):
        if value is not None:
            message = f"{label}: is a workbook and has no {name}."
            raise ConfigurationError(Code.OPTION_UNFIT, message, source=label, option=name)
    try:
        sheets = read_workbook(source.path, source.sha256, options.max_unpacked)
    except UnreadableError as error:
        raise SourceError(error.code, f"{label}: {error.what}.", source=label, **error.facts) from error
    choice = choose_sheets(label, sheets, options.sheets, options.header_row, names_fields)
    tables = [
        WorkbookTable(
            sheet=sheet,
            found=header,
            part=sheet.name if len(sheets) > 1 else None,
            # What is said of the workbook is said once.
            notices=(choice.notices if number == 0 else ()) + _notices(sheet, header, options),
        )
        for number, (sheet, header) in enumerate(choice.sheets)
    ]
    # Chosen anew, and then one of them picked, so that the notices are those of the first time.
    return [one for one in tables if source.part in {None, one.part}]


def _notices(sheet: Sheet, header: Header, options: ReadOptions) -> tuple[Notice, ...]:
    above = () if options.header_row else lines_above(header)
    return (*above, *sheet_notices(sheet, header))


@dataclass(frozen=True, kw_only=True)
class WorkbookTable:
    """A workbook's sheet whose header is known.

    Attributes:
        sheet: The sheet.
        found: Its header, as it was found.
        part: The sheet's name, where the workbook has several.
        notices: What was found, guessed or left out.
    """

    sheet: Sheet
    found: Header
    part: str | None
    notices: tuple[Notice, ...]

    @property
    def header(self) -> tuple[str, ...]:
        """The header cells' text, up to the last one that has any."""
        last = max(index for index, name in enumerate(self.found.cells) if name)
        return self.found.cells[: last + 1]

    @property
    def header_row(self) -> int:
        """The row they stand in."""
        return self.found.row

    def batches(self) -> Generator[RowBatch, None, None]:
        """The rows below the header."""
        header = self.header
        odd = self._odd_cells()
        for rows, columns in self.sheet.batches():
            above = sum(1 for row in rows[: self.header_row] if row <= self.header_row)
            below, texts = rows[above:], [column.slice(above) for column in columns[: len(header)]]
            if below:
                odd_rows = find_odd_rows(texts, below, header, self.header_row)
                # Cells without a value are more than nothing.
                told = [one for one in odd_rows if one.code is not FindingCode.STRAY or below[one.position] not in odd]
                yield _batch(below, texts, odd, told)

    def _odd_cells(self) -> dict[int, list[tuple[int, str]]]:
        """Row number to the cells in it that hold no value."""
        found: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for row, column, code in self.sheet.odd:
            if column < len(self.header):
                found[row].append((column, code))
        return found


def _batch(
    rows: list[int], columns: Sequence[pa.Array], odd: dict[int, list[tuple[int, str]]], odd_rows: list[Defect]
) -> RowBatch:
    defects = list(odd_rows)
    if odd:
        defects += [
            _defect(position, column, code, columns[column][position].as_py())
            for position, row in enumerate(rows)
            for column, code in odd.get(row, ())
        ]
    return RowBatch(rows=rows, frame=text_frame(columns), defects=tuple(defects))


def _defect(position: int, column: int, code: str, text: str) -> Defect:
    if code == ERROR:
        message = f"is an error cell ({text})"
        return Defect(position=position, column=column, code=FindingCode.ERROR_CELL, message=message, value=text)
    return Defect(position=position, column=column, code=FindingCode.FORMULA_WITHOUT_VALUE, message=_UNSTORED)
