"""From sources to checked batches: reading, mapping and validation, the part of the way that needs no network."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.errors import SourceError
from pipeline.intake.mapping.columns import ColumnPlan, plan_columns
from pipeline.intake.readers import open_table
from pipeline.model.sources import Source, SourceHeader
from schemas import endpoints

if TYPE_CHECKING:
    from pipeline.model.config import RunConfig
    from pipeline.model.findings import CheckedBatch
    from pipeline.model.sources import RowBatch, Table
    from schemas.endpoint import Endpoint


@dataclass(frozen=True, kw_only=True)
class OpenSource:
    """A source whose columns are understood.

    Attributes:
        source: The file.
        table: Its rows.
        plan: Where each field's text comes from.
    """

    source: Source
    table: Table
    plan: ColumnPlan

    @property
    def header(self) -> SourceHeader:
        """What the ledger keeps of its header."""
        return SourceHeader(row=self.table.header_row, notices=self.plan.notices)


@dataclass(frozen=True, kw_only=True)
class Intake:
    """The rows of a run.

    Attributes:
        endpoint: Whose rules apply.
        job: How rows are read and checked.
        sources: In the order in which they are read.
    """

    endpoint: Endpoint
    config: RunConfig
    sources: Sequence[OpenSource]

    def counted(self) -> int:
        """Rows that will be read; reads the sources once without looking at them.

        Raises:
            SourceError: There is none.
        """
        self.demand_rows()
        return sum(len(batch.rows) for _, batch in self._batches())

    def demand_rows(self) -> None:
        """Reads on to the first row.

        Raises:
            SourceError: There is none.
        """
        with closing(self._batches()) as batches:
            if next(batches, None) is not None:
                return
        labels = ", ".join(one.source.label for one in self.sources)
        advice = "Add rows below the header, or check --sheet and --header-row."
        raise SourceError(f"{labels}: there is a header, but no row below it.", advice=advice)

    def checked(self) -> Generator[CheckedBatch, None, None]:
        """The rows, converted and checked, batch after batch."""
        from pipeline.intake.validation.validator import Validator

        labels = {one.source.number: one.source.label for one in self.sources}
        validator = Validator(self.endpoint, labels, strict=self.config.strict)
        for one, batch in self._batches():
            yield validator.check(one.source.number, one.plan, batch)

    def _batches(self) -> Generator[tuple[OpenSource, RowBatch], None, None]:
        left = self.config.limit
        for one in self.sources:
            with closing(one.table.batches()) as batches:
                for batch in batches:
                    if left is not None:
                        batch = _first(batch, left)  # noqa: PLW2901 - the rest of the batch is not asked for
                        left -= len(batch.rows)
                    if batch.rows:
                        yield one, batch
                    if left == 0:
                        return


def _first(batch: RowBatch, rows: int) -> RowBatch:
    defects = tuple(d for d in batch.defects if d.position < rows)
    return replace(batch, rows=batch.rows[:rows], frame=batch.frame.iloc[:rows], defects=defects)


def open_intake(sources: Sequence[Source], config: RunConfig) -> Intake:
    """Opens the sources of a run and understands their columns.

    Raises:
        SourceError: One cannot be read, lacks required columns, or none of them has rows.
        ConfigurationError: An option does not fit one.
    """
    return _open_sources(sources, endpoints()[config.endpoint], config)


def _open_sources(sources: Sequence[Source], endpoint: Endpoint, config: RunConfig) -> Intake:
    """Opens all sources and understands their columns, before any row is read.

    Raises:
        SourceError: One cannot be read, or lacks required columns; all of those are named at once.
        ConfigurationError: An option does not fit one.
    """
    opened: list[OpenSource] = []
    problems: list[str] = []
    for source in sources:
        table = open_table(source, config.read)
        plan = plan_columns(table.header, endpoint, config.values)
        problems += [f"{source.label}: {problem}" for problem in plan.problems]
        opened.append(OpenSource(source=source, table=table, plan=plan))
    if problems:
        advice = "Rename the columns, or give the fields a value with --set FIELD=VALUE or --default FIELD=VALUE."
        raise SourceError("\n".join(f"{problem}." for problem in problems), advice=advice)
    return Intake(endpoint=endpoint, config=config, sources=opened)
