"""Text files with delimited cells: CSV and its kin, compressed or not.

pyarrow parses (in constant memory, an order of magnitude faster than the csv module); the rows that it will not
take come back through its handler and re-enter in their place, as findings.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

from pipeline.errors import ConfigurationError, SourceError
from pipeline.intake.readers.base import lines_above, ragged, text_frame
from pipeline.intake.readers.detect import Layout, find_encoding, find_layout, known_encoding, undecodable_at
from pipeline.intake.readers.header import NamesFields
from pipeline.model.config import ReadOptions
from pipeline.model.findings import Notice
from pipeline.model.sources import Defect, RowBatch

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

PRIORITY = 100
"""Asked last: any file that is nothing else is text."""

BLOCK_BYTES = 1 << 20
"""How much text is parsed at once, and the longest row that can be read. pyarrow keeps 32 blocks waiting."""

BLOCKS_PER_BATCH = 4
"""Larger batches are checked faster a row, and hold more memory."""

csv.field_size_limit(BLOCK_BYTES)  # an unclosed quotation mark makes one cell of all that follows it

_GZIP_MAGIC = b"\x1f\x8b"
_HEAD_BYTES = 1 << 18
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_SWALLOWED = (
    "a cell of it spans lines and holds what looks like other rows: look for a quotation mark that is never closed"
)


def accepts(_path: Path, _head: bytes) -> bool:
    """Every file, since any can be tried as text."""
    return True


def open_table(path: Path, label: str, options: ReadOptions, names_fields: NamesFields) -> DelimitedTable:
    """Finds encoding, delimiter and header of a text file.

    Raises:
        SourceError: It is not text in that encoding, or holds no header.
        ConfigurationError: A sheet was asked for, or the delimiter is not one character.
    """
    _refuse_unfit_options(label, options)
    try:
        encoding = _encoding(path, label, options)
        with _opened(path) as stream:
            head = codecs.getincrementaldecoder(encoding)().decode(stream.read(_HEAD_BYTES))
    except (OSError, EOFError, zlib.error) as error:
        advice = "Check that the file is complete and that you may read it."
        raise SourceError(f"{label}: cannot be read ({error}).", advice=advice) from error
    layout = find_layout(label, head.removeprefix("\ufeff"), options, names_fields)
    notices = () if options.header_row else lines_above(layout.found)
    return DelimitedTable(path=path, label=label, encoding=encoding, layout=layout, notices=notices)


def _refuse_unfit_options(label: str, options: ReadOptions) -> None:
    if options.sheet is not None:
        raise ConfigurationError(f"--sheet: {label} is a text file and has no sheets.", advice="Leave --sheet out.")
    if options.delimiter is not None and not _can_delimit(options.delimiter):
        advice = "Give one ASCII character other than a quotation mark, or the word tab."
        raise ConfigurationError(f"--delimiter {options.delimiter!r}: cannot stand between cells.", advice=advice)


def _can_delimit(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text not in '"\r\n\0'


def _encoding(path: Path, label: str, options: ReadOptions) -> str:
    with _opened(path) as stream:
        encoding = known_encoding(options.encoding) if options.encoding else find_encoding(stream)
        stream.seek(0)
        offset = undecodable_at(stream, encoding)
    if offset is not None:
        advice = "Say which it is with --encoding, or save the file as CSV UTF-8."
        raise SourceError(f"{label}: is not {encoding} text: byte {offset + 1} cannot be read.", advice=advice)
    return encoding


def _opened(path: Path) -> IO[bytes]:
    """The file's bytes, decompressed."""
    with path.open("rb") as stream:
        compressed = stream.read(2) == _GZIP_MAGIC
    return cast("IO[bytes]", gzip.open(path, "rb")) if compressed else path.open("rb")


@dataclass(frozen=True, kw_only=True)
class DelimitedTable:
    """A text file whose layout is known."""

    path: Path
    label: str
    encoding: str
    layout: Layout
    notices: tuple[Notice, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """The header cells' text."""
        return self.layout.header

    @property
    def header_row(self) -> int:
        """The row they stand in."""
        return self.layout.header_row

    @property
    def delimiter(self) -> str:
        """The character between its cells."""
        return self.layout.delimiter

    def batches(self) -> Generator[RowBatch, None, None]:
        """The rows below the header; a batch is what a few blocks of text hold."""
        import pyarrow as pa

        rows = _RowNumbers(self.layout)
        try:
            for batch in _gathered(_parsed(self.path, self.encoding, self.layout, rows.refuse)):
                yield from rows.number(batch)
        except pa.ArrowInvalid as error:
            yield from rows.remaining()
            yield rows.unreadable_rest(str(error))
            return
        yield from rows.remaining()


def _stream(path: Path, encoding: str) -> Any:
    """The file's text as UTF-8, for pyarrow.

    Of pyarrow's own streams rather than Python's files: its reading threads outlive an abandoned iteration, and
    must not call into an interpreter that is shutting down.
    """
    import pyarrow as pa

    with path.open("rb") as raw:
        compressed = raw.read(2) == _GZIP_MAGIC
    stream: Any = pa.OSFile(str(path))
    if compressed:
        stream = pa.CompressedInputStream(stream, "gzip")
    if encoding not in {"utf-8", "utf-8-sig"}:
        stream = pa.transcoding_input_stream(stream, encoding, "utf-8")
    return stream


def _parsed(path: Path, encoding: str, layout: Layout, refuse: Any) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    names = [str(i) for i in range(len(layout.header))]
    try:
        reader = pa_csv.open_csv(
            _stream(path, encoding),
            # Threads would parse blocks out of order, and the handler would not be told row numbers.
            read_options=pa_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=names),
            # Blank lines are kept while rows are counted, since a spreadsheet shows them as rows.
            parse_options=pa_csv.ParseOptions(
                delimiter=layout.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=refuse,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: pa.large_string() for name in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):  # every row was refused: they wait with the handler
            return
        raise
    with reader:
        yield from reader


def _gathered(blocks: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    try:
        for block in blocks:
            waiting.append(block)
            if len(waiting) == BLOCKS_PER_BATCH:
                yield pa.concat_batches(waiting)
                waiting = []
    except pa.ArrowInvalid:  # the rows before the one that cannot be parsed are good
        if waiting:
            yield pa.concat_batches(waiting)
        raise
    if waiting:
        yield pa.concat_batches(waiting)


class _RowNumbers:
    """Numbers what the parser yields and puts the rows that it refused back in their places."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._width = len(layout.header)
        self._next = 1
        self._refused: dict[int, str] = {}

    def refuse(self, row: Any) -> str:
        """Takes a row that the parser will not; called by pyarrow, which passes its number and its text."""
        self._refused[row.number] = row.text
        return "skip"

    def number(self, batch: pa.RecordBatch) -> Iterator[RowBatch]:
        """The batch's rows, and the refused ones before, between and right behind them."""
        yield from self._merged(self._numbers_of(batch.num_rows), batch.columns)

    def remaining(self) -> Iterator[RowBatch]:
        """The refused rows, where the parser took none at all."""
        import pyarrow as pa

        yield from self._merged(self._numbers_of(0), [pa.array([], pa.large_string())] * self._width)

    def unreadable_rest(self, reason: str) -> RowBatch:
        """One finding for all that follows, where the parser cannot go on."""
        message = (
            f"cannot be read, nor can what follows it ({reason.splitlines()[0]}): "
            "look for a quotation mark that is never closed"
        )
        row = self._next - self._layout.lines_before_rows
        return RowBatch(
            rows=[row],
            frame=text_frame([[""] for _ in range(self._width)]),
            defects=(Defect(position=0, message=message, cells=()),),
        )

    def _numbers_of(self, count: int) -> NDArray[np.int64]:
        """The numbers of the next rows that the parser took; refused rows right behind them are passed as well."""
        import numpy as np

        candidates = np.arange(self._next, self._next + count + len(self._refused))
        taken = candidates[~np.isin(candidates, list(self._refused))][:count]
        self._next = int(taken[-1]) + 1 if count else self._next
        while self._next in self._refused:
            self._next += 1
        return taken

    def _merged(self, numbers: NDArray[np.int64], columns: Any) -> Iterator[RowBatch]:
        import pyarrow as pa
        import pyarrow.compute as pc

        texts = {n: self._refused.pop(n) for n in sorted(self._refused) if n < self._next}
        cells = {n: self._cells(text) for n, text in texts.items()}
        cells = {n: row for n, row in cells.items() if any(cell.strip() for cell in row)}
        arrays, kept = columns, pa.array(numbers)
        first_row = self._layout.header_row + self._layout.lines_before_rows + 1
        keep = pc.and_(pc.greater_equal(kept, first_row), pc.invert(_blank_rows(arrays, len(numbers))))
        if not pc.all(keep).as_py():
            arrays, kept = [a.filter(keep) for a in arrays], kept.filter(keep)
        wide = {n: row for n, row in cells.items() if n >= first_row}
        if wide:
            arrays, kept = self._inserted(arrays, kept, wide)
        rows = (kept.to_numpy() - self._layout.lines_before_rows).tolist()
        if rows:
            at = {row: position for position, row in enumerate(rows)} if wide else {}
            defects = [ragged(at[n - self._layout.lines_before_rows], row, self._width) for n, row in wide.items()]
            defects += self._swallowing(arrays)
            yield RowBatch(rows=rows, frame=text_frame(arrays), defects=tuple(defects))

    def _inserted(self, arrays: Any, kept: Any, wide: dict[int, list[str]]) -> tuple[Any, Any]:
        import pyarrow as pa
        import pyarrow.compute as pc

        fitted = [(row + [""] * self._width)[: self._width] for row in wide.values()]
        extra = [pa.array(column, pa.large_string()) for column in zip(*fitted, strict=True)]
        kept = pa.concat_arrays([kept, pa.array(list(wide), pa.int64())])
        order = pc.sort_indices(kept)
        merged = [pa.concat_arrays([a, e]).take(order) for a, e in zip(arrays, extra, strict=True)]
        return merged, kept.take(order)

    def _swallowing(self, arrays: Any) -> list[Defect]:
        """The rows that fit the header only because a quotation mark that was never closed made one cell of others.

        Such a cell ends where the next quotation mark or the file does: its first line then holds the rest of its
        own row, its last line the beginning of another one, as far as the same column.
        """
        found = {
            position
            for index, column in enumerate(arrays)
            for position in _positions_of_lines(column)
            if self._holds_rows(index, column[position].as_py())
        }
        return [
            Defect(position=p, message=_SWALLOWED, cells=tuple(column[p].as_py() for column in arrays))
            for p in sorted(found)
        ]

    def _holds_rows(self, index: int, cell: str) -> bool:
        after = self._width - 1 - index
        lines = _LINE_BREAK.split(cell.strip("\r\n"))
        return (
            len(lines) > 1
            and self._width > 1
            and ('"' in cell or after == 0)
            and lines[0].count(self._layout.delimiter) >= after
            and lines[-1].count(self._layout.delimiter) >= index
        )

    def _cells(self, text: str) -> list[str]:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=self._layout.delimiter), [])


def _blank_rows(arrays: Any, count: int) -> Any:
    """N booleans: whether a row has no text at all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    blank = pa.array([True] * count, pa.bool_())
    for array in arrays:
        if not pc.any(blank).as_py():
            break
        blank = pc.and_(blank, pc.equal(pc.utf8_trim_whitespace(array), ""))
    return blank


def _positions_of_lines(column: Any) -> list[int]:
    """Where a column's cells span lines; most columns have none, which their bytes tell at once."""
    import pyarrow.compute as pc

    text = column.buffers()[2].to_pybytes() if column.buffers()[2] else b""
    if b"\n" not in text and b"\r" not in text:
        return []
    positions: list[int] = pc.indices_nonzero(pc.match_substring_regex(column, "[\r\n]")).to_pylist()
    return positions
