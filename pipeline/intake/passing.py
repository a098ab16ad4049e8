"""A source that is being read, for whoever looks at its rows as they pass: so it need not be read twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from pipeline.model.sources import RowBatch, Table


class PassingTable:
    """A table whose batches are always the one that just passes.

    Args:
        table: What is being read.
    """

    def __init__(self, table: Table) -> None:
        self.header = table.header
        self.header_row = table.header_row
        self.notices = table.notices
        self.part = table.part
        self.sheet = table.sheet
        self.delimiter = getattr(table, "delimiter", ",")
        self.passes: RowBatch | None = None

    def batches(self) -> Generator[RowBatch, None, None]:
        """The batch that passes, whenever one is asked for."""
        while self.passes is not None:
            yield self.passes
