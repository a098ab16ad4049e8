"""DataFrames, as `intake.frames` keeps them: an Arrow file of text columns, with the header in its metadata.

Rows are numbered as in a spreadsheet that the frame would be saved to: the header is row 1. May import pyarrow when a
file is opened.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError, SourceError
from pipeline.intake.readers.base import text_frame
from pipeline.intake.readers.odd_rows import find_odd_rows
from pipeline.intake.readers.workbooks.cells import blank_rows
from pipeline.model.config import ReadOptions
from pipeline.model.findings import Notice
from pipeline.model.sources import RowBatch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import IO

    import pyarrow as pa

    from pipeline.intake.readers.header import NamesFields
    from pipeline.model.sources import Source

PRIORITY = 5

SUFFIX = ".arrow"
_MAGIC = b"ARROW1"
_HEADER = b"nexudus-import-header"
_BATCH_ROWS = 10_000


def accepts(_path: Path, head: bytes) -> bool:
    """By content rather than name."""
    return head.startswith(_MAGIC)


def open_tables(source: Source, options: ReadOptions, _names_fields: NamesFields) -> list[FrameTable]:
    """Reads the header.

    Raises:
        SourceError: It is another program's Arrow file.
        ConfigurationError: An option for files was given.
    """
    given = {
        "sheet": options.sheets,
        "header-row": options.header_row,
        "delimiter": options.delimiter,
        "encoding": options.encoding,
    }
    for name, value in given.items():
        if value:
            message = f"{source.label}: is a DataFrame and has no {name.replace('-', ' ')}."
            raise ConfigurationError(Code.OPTION_UNFIT, message, source=source.label, option=name)
    return [FrameTable(path=source.path, header=_header(source))]


def _header(source: Source) -> tuple[str, ...]:
    import pyarrow as pa

    try:
        with pa.OSFile(str(source.path)) as file, pa.ipc.open_file(file) as opened:
            header = (opened.schema.metadata or {}).get(_HEADER)
    except (pa.ArrowException, OSError):
        header = None
    if header is None:
        message = f"{source.label}: is an Arrow file that this program has not written, or a damaged one."
        raise SourceError(Code.FOREIGN_ARROW, message, source=source.label)
    return tuple(json.loads(header))


@dataclass(frozen=True, kw_only=True)
class FrameTable:
    """A DataFrame that was kept.

    Attributes:
        path: The file.
        header: The names of its columns.
        header_row: Stands above the first row.
        notices: None: nothing has to be guessed.
        part: None: a frame is one table.
        sheet: None: it stands in no workbook.
    """

    path: Path
    header: tuple[str, ...]
    header_row: int = 1
    notices: tuple[Notice, ...] = ()
    part: str | None = None
    sheet: None = None

    def batches(self) -> Generator[RowBatch, None, None]:
        """The rows below the header."""
        import pyarrow as pa

        first = self.header_row + 1
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_file(file) as opened:
            for number in range(opened.num_record_batches):
                batch = opened.get_batch(number)
                yield from self._filled(range(first, first + batch.num_rows), batch.columns)
                first += batch.num_rows

    def _filled(self, numbers: range, columns: Sequence[pa.Array]) -> Generator[RowBatch, None, None]:
        """The rows that are not blank, if there are any."""
        import pyarrow.compute as pc

        filled = pc.invert(blank_rows(columns, (), len(numbers)))
        rows = [numbers[position] for position in pc.indices_nonzero(filled).to_pylist()]
        if rows:
            texts = [column.filter(filled) for column in columns]
            odd = find_odd_rows(texts, rows, self.header, self.header_row)
            yield RowBatch(rows=rows, frame=text_frame(texts), defects=tuple(odd))


def write_frame(out: IO[bytes], header: Sequence[str], columns: Sequence[pa.Array]) -> None:
    """Writes what this reader reads.

    Args:
        out: A binary file.
        header: The names of k columns, at least one.
        columns: k columns x n cells of text.
    """
    import pyarrow as pa

    table = pa.Table.from_arrays(list(columns), [str(index) for index in range(len(columns))])
    table = table.replace_schema_metadata({_HEADER: json.dumps(list(header))})
    with pa.ipc.new_file(out, table.schema) as file:
        file.write_table(table, max_chunksize=_BATCH_ROWS)
