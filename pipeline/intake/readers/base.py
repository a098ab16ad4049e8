"""What every reader offers, and the words in which they refuse a source.

A reader turns one file into batches of text; it knows nothing of fields, rules or the endpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from pipeline.intake.readers.header import Header, NamesFields
from pipeline.intake.readers.shown import shortened
from pipeline.model.config import ReadOptions
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import Notice
from pipeline.model.sources import Defect

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from pipeline.model.sources import Source, Table


class Format(Protocol):
    """A module in this package that reads one family of files.

    Attributes:
        PRIORITY: Where it stands among the modules that are asked; the lowest is asked first.
    """

    PRIORITY: int

    @staticmethod
    def accepts(path: Path, head: bytes) -> bool:
        """Whether it reads such a file, by its name and its first bytes."""
        ...

    @staticmethod
    def open_tables(source: Source, options: ReadOptions, names_fields: NamesFields) -> Sequence[Table]:
        """Finds the tables in a file, and their headers.

        Args:
            source: The file, or one table of it.
            options: How to read it.
            names_fields: Counts the fields that a row names, tells the header from title lines above it.

        Raises:
            SourceError: The file cannot be read as what it looks like, or holds no header.
            ConfigurationError: An option does not fit the file.
        """
        ...


def text_frame(columns: Sequence[Sequence[str]]) -> pd.DataFrame:
    """A frame of Arrow text.

    Args:
        columns: k columns x n cells, as Python strings or Arrow arrays.

    Returns:
        n rows x k columns, named by their index.
    """
    import pandas as pd
    import pyarrow as pa

    arrays = (column if isinstance(column, pa.Array) else pa.array(column, pa.large_string()) for column in columns)
    return pd.DataFrame({i: pd.array(a, dtype="string[pyarrow]") for i, a in enumerate(arrays)}, copy=False)


def ragged(position: int, cells: Sequence[str], expected: int) -> Defect:
    """The finding for a row whose cells do not fit the header."""
    message = f"has {len(cells)} {'cell' if len(cells) == 1 else 'cells'} where the header has {expected}"
    if any("\n" in cell or "\r" in cell for cell in cells):
        message += "; a quoted cell in it spans lines: look for a quotation mark that is never closed"
    return Defect(position=position, message=message, cells=tuple(cells), code=FindingCode.RAGGED)


_SHOWN_LINES = 3


def lines_above(header: Header) -> tuple[Notice, ...]:
    """The notice for a header that was found below other lines, if there are any."""
    if not header.above:
        return ()
    shown = [f"row {row} ({shortened(next(filter(None, cells)))!r})" for row, cells in header.above[:_SHOWN_LINES]]
    more = len(header.above) - len(shown)
    listed = ", ".join(shown) + (f" and {more} more" if more else "")
    message = f"row {header.row} is read as the header; not imported from above it: {listed}; another can be given"
    return (Notice(code=FindingCode.HEADER_ROW, message=message, row=header.row),)
