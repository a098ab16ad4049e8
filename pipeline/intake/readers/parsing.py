"""Blocks of delimited text made into batches of rows: by pyarrow where they are regular, else record by record.

A regular block holds rows of one width, in UTF-8, quoted as RFC 4180 has it. May import `records`, `blocks` and
`base`; must know nothing of files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline.intake.readers.base import ragged, text_frame
from pipeline.intake.readers.blocks import last_row_end
from pipeline.intake.readers.encodings import decoded, has_bad_bytes, is_torn, joined_halves, shown_name, visible
from pipeline.intake.readers.odd_rows import find_odd_rows
from pipeline.intake.readers.records import Oddity, Record, holds_rows, records
from pipeline.intake.readers.shown import shortened
from pipeline.model.finding_codes import FindingCode
from pipeline.model.sources import Defect, RowBatch

if TYPE_CHECKING:
    from pipeline.intake.readers.detect import Layout

MAX_ROW_BYTES = 1 << 20
"""The longest row that can be read: a quotation mark that is open for longer was never closed."""

_ODDITIES = {
    Oddity.BROKEN: "has quotation marks that leave open where its cells end: write each one inside a quoted cell twice",
    Oddity.UNCLOSED: "has a quotation mark that is never closed: take it out, or close the cell with another one",
}
_REPAIRED = "has quotation marks inside a quoted cell that are not written twice; the cell is read as {}"


def batches(
    chunks: Iterable[bytes], layout: Layout, others: str | None, told: Collection[int] = ()
) -> Iterator[RowBatch]:
    """The rows of a text, without the blank ones, which are counted.

    Args:
        chunks: UTF-8, beginning right below the header.
        layout: The dialect, the header and its row.
        others: The encoding of rows that are not UTF-8; `None` where their bytes mean nothing.
        told: Columns without a header of which it is known that they hold values.
    """
    nameless = {index for index, name in enumerate(layout.header) if not name}.difference(told)
    parser = _Parser(layout=layout, others=others, next_row=layout.header_row + 1, nameless=nameless)
    text = b""
    for chunk in chunks:
        text += chunk
        batch, used = parser.parse(text, whole=False)
        text = text[used:]
        if batch.rows:
            yield batch
    if text:
        batch, _ = parser.parse(text, whole=True)
        if batch.rows:
            yield batch


@dataclass(kw_only=True)
class _Parser:
    """Numbers rows from block to block."""

    layout: Layout
    others: str | None
    next_row: int
    nameless: set[int]

    def parse(self, text: bytes, *, whole: bool) -> tuple[RowBatch, int]:
        """The rows of a block, and how many of its bytes they took."""
        end = last_row_end(text, self.layout.dialect, whole=whole)
        batch = self._regular(text[:end]) if end and _is_utf_8(text[:end]) else None
        if batch and end:
            return batch, end
        return self._irregular(text, whole=whole)

    def _regular(self, text: bytes) -> RowBatch | None:
        import numpy as np

        parsed = _parsed(text, self.layout)
        if parsed is None:
            return None
        columns, passed_over = parsed
        if self.layout.dialect.quote.encode() in text and self._swallows(columns):
            return None
        count = len(columns[0]) + len(passed_over)
        numbers = np.arange(self.next_row, self.next_row + count)
        if passed_over:
            numbers = np.delete(numbers, [number - 1 for number in passed_over])
        self.next_row += count
        return self._batch(*_without_blank_rows(numbers, columns), [])

    def _swallows(self, columns: Sequence[Any]) -> bool:
        width, dialect = len(columns), self.layout.dialect
        return any(
            holds_rows(column[position].as_py(), index, width, dialect)
            for index, column in enumerate(columns)
            for position in _positions_of_lines(column)
        )

    def _irregular(self, block: bytes, *, whole: bool) -> tuple[RowBatch, int]:
        import pyarrow as pa

        text = block.decode("utf-8", "surrogateescape")
        width, end = len(self.layout.header), 0
        rows: list[int] = []
        fitted: list[list[str]] = []
        defects: list[Defect] = []
        for record in records(text, self.layout.dialect, width=width, whole=whole, longest=MAX_ROW_BYTES):
            end = record.end
            if any(cell.strip() for cell in record.cells):
                cells, found = _as_text(record.cells, len(rows), self.others)
                defects += [*_defects(replace(record, cells=cells), len(rows), width), *found]
                rows.append(self.next_row)
                fitted.append((cells + [""] * width)[:width])
            self.next_row += 1
        used = len(block) if end == len(text) else len(text[:end].encode("utf-8", "surrogateescape"))
        columns = list(zip(*fitted, strict=True)) or [()] * width
        return self._batch(rows, [pa.array(column, pa.large_string()) for column in columns], defects), used

    def _batch(self, rows: list[int], columns: list[Any], defects: list[Defect]) -> RowBatch:
        odd = find_odd_rows(columns, rows, self.layout.header, self.layout.header_row)
        told = _instead_of_ragged(odd, defects) if odd else defects
        if self.nameless and rows:
            told = [*told, *self._values_without_header(columns, {one.position for one in odd})]
        return RowBatch(rows=rows, frame=text_frame(columns), defects=tuple(told))

    def _values_without_header(self, columns: Sequence[Any], passed_over: Collection[int]) -> Iterator[Defect]:
        """A warning at the first value of each column without a header that the file's first part says nothing of."""
        import pyarrow.compute as pc

        for index in sorted(self.nameless):
            texts = pc.utf8_trim_whitespace(columns[index])
            filled = pc.indices_nonzero(pc.not_equal(texts, "")).to_pylist()
            position = next((one for one in filled if one not in passed_over), None)
            if position is not None:
                self.nameless.discard(index)
                message = f"column {index + 1} has no header: what it holds here and below is not imported"
                value = texts[position].as_py()
                yield Defect(
                    position=position,
                    code=FindingCode.COLUMNS_WITHOUT_HEADER,
                    message=message,
                    value=value,
                    warning=True,
                )


def _is_utf_8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parsed(text: bytes, layout: Layout) -> tuple[list[Any], list[int]] | None:
    """Columns, and the places of blank lines (from 1) that are not in them; `None` where the block is not regular."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    names = [str(i) for i in range(len(layout.header))]
    passed_over: list[int] = []
    blanks = f"{layout.delimiter} \t"

    def pass_over_blanks(row: Any) -> str:
        if row.text.strip(blanks):
            return "error"
        passed_over.append(row.number)
        return "skip"

    try:
        table = pa_csv.read_csv(
            pa.BufferReader(text),
            # Threads would parse rows out of order, and the handler would not be told their numbers.
            read_options=pa_csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
            # Blank lines are kept while rows are counted, since a spreadsheet shows them as rows.
            parse_options=pa_csv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char=layout.dialect.quote,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=pass_over_blanks,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: pa.large_string() for name in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return [_one_array(column) for column in table.columns], passed_over


def _one_array(column: Any) -> Any:
    import pyarrow as pa

    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _without_blank_rows(numbers: Any, columns: list[Any]) -> tuple[list[int], list[Any]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    blank = _blank_rows(columns, len(numbers))
    if pc.any(blank).as_py():
        keep = pc.invert(blank)
        columns, numbers = [column.filter(keep) for column in columns], pa.array(numbers).filter(keep)
    return numbers.tolist(), columns


def _blank_rows(columns: Sequence[Any], count: int) -> Any:
    """N booleans: whether a row has no text at all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    blank = pa.array([True] * count, pa.bool_())
    for column in columns:
        if not pc.any(blank).as_py():
            break
        blank = pc.and_(blank, pc.equal(pc.utf8_trim_whitespace(column), ""))
    return blank


def _positions_of_lines(column: Any) -> list[int]:
    """Where a column's cells span lines; most columns have none, which their bytes tell at once."""
    import pyarrow.compute as pc

    text = column.buffers()[2].to_pybytes() if column.buffers()[2] else b""
    if b"\n" not in text and b"\r" not in text:
        return []
    positions: list[int] = pc.indices_nonzero(pc.match_substring_regex(column, "[\r\n]")).to_pylist()
    return positions


def _defects(record: Record, position: int, width: int) -> Iterator[Defect]:
    """What is wrong with a record as a whole."""
    if record.oddity in _ODDITIES:
        message = _ODDITIES[record.oddity]
        yield Defect(position=position, code=FindingCode(record.oddity), message=message, cells=tuple(record.cells))
        return
    if len(record.cells) < width or any(cell.strip() for cell in record.cells[width:]):
        yield ragged(position, record.cells, width)
    elif record.oddity is Oddity.REPAIRED:
        changed = next(cell for cell in record.cells if '"' in cell or "'" in cell)
        message = _REPAIRED.format(repr(shortened(changed)))
        code = FindingCode.QUOTES_REPAIRED
        yield Defect(position=position, code=code, message=message, value=changed, warning=True)


def _instead_of_ragged(odd: Sequence[Defect], defects: Sequence[Defect]) -> list[Defect]:
    """One finding for each line that is no row, whatever else is wrong with it; its own cells are kept."""
    by_position = {defect.position: defect for defect in odd}
    own_cells = {d.position: d.cells for d in defects if d.cells is not None}
    kept = [defect for defect in defects if defect.position not in by_position]
    return kept + [replace(defect, cells=own_cells.get(defect.position)) for defect in odd]


def _as_text(cells: list[str], position: int, others: str | None) -> tuple[list[str], list[Defect]]:
    """A row's cells without bytes that are not UTF-8, and what is to be said about those."""
    cells = [joined_halves(cell) for cell in cells]
    bad = [index for index, cell in enumerate(cells) if has_bad_bytes(cell)]
    if not bad:
        return cells, []
    if others and not is_torn("\n".join(cells)):
        read = [decoded(cell, others) for cell in cells]
        message = f"is not UTF-8 as other rows are; read as {shown_name(others)}: {shortened(read[bad[0]])!r}"
        code = FindingCode.ENCODING
        return read, [Defect(position=position, code=code, message=message, value=read[bad[0]], warning=True)]
    read = [visible(cell) for cell in cells]
    message = "holds bytes that are not UTF-8, here written as \\x and two digits: put in what was meant"
    return read, [
        Defect(position=position, column=index, code=FindingCode.ENCODING, message=message, value=read[index])
        for index in bad
    ]
