"""From sources to checked batches: reading, mapping and validation, the part of the way that needs no network."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError, SourceError
from pipeline.intake.ahead import one_ahead
from pipeline.intake.mapping.columns import names_fields, plan_columns
from pipeline.intake.mapping.plan import ColumnPlan
from pipeline.intake.readers import open_table, open_tables
from pipeline.intake.readers.detect import DELIMITERS
from pipeline.intake.readers.header import NamesFields
from pipeline.intake.readers.shown import shortened
from pipeline.intake.validation.addresses import is_address
from pipeline.model.finding_codes import FindingCode
from pipeline.model.sources import Source, SourceHeader
from schemas import endpoints

if TYPE_CHECKING:
    from pipeline.intake.validation.text_batch import TextBatch
    from pipeline.model.config import ReadOptions, RunConfig
    from pipeline.model.findings import CheckedBatch, Notice
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
        config: How rows are read and checked.
        sources: In the order in which they are read.
    """

    endpoint: Endpoint
    config: RunConfig
    sources: Sequence[OpenSource]

    def table(self, source: Source) -> Table:
        """The rows of one of the sources."""
        return self.sources[source.number - 1].table

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
        labels = [one.source.label for one in self.sources]
        told = [f"{', '.join(labels)}: there is a header, but no row below it."]
        told += [f"{one.source.label}: {notice.message}." for one in self.sources for notice in _of_sheets(one.table)]
        sheet = _sheet_that_fits(one.table for one in self.sources)
        raise SourceError(Code.NO_ROWS, "\n".join(told), sources=labels, sheet=sheet)

    def checked(self) -> Generator[CheckedBatch, None, None]:
        """The rows, converted and checked, batch after batch; the next is made while one is being worked on."""
        with closing(self.checked_beside_source()) as pairs:
            for _, batch in pairs:
                yield batch

    def checked_beside_source(self) -> Generator[tuple[RowBatch, CheckedBatch], None, None]:
        """The same, each batch with its rows as they stand in their source."""
        return one_ahead(self._checked())

    def _checked(self) -> Generator[tuple[RowBatch, CheckedBatch], None, None]:
        from pipeline.intake.validation.validator import Validator

        labels = {one.source.number: one.source.label for one in self.sources}
        validator = Validator(self.endpoint, labels, strict=self.config.strict)
        for one, batch in self._batches():
            yield batch, validator.check(one.source.number, one.plan, batch)

    def unchecked(self, most: int) -> Generator[TextBatch, None, None]:
        """The rows as they were read, to be checked elsewhere, in batches of so many rows at most."""
        from pipeline.intake.validation.text_batch import RepeatScan, TextBatch, parts

        scan = RepeatScan(self.endpoint, {one.source.number: one.source.label for one in self.sources})
        for one, batch in self._batches():
            for part in parts(batch, most):
                repeats = scan.find(one.source.number, one.plan, part)
                yield TextBatch(source=one.source.number, plan=one.plan, batch=part, repeats=repeats)

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


def _part_of(source: Source, table: Table, number: int) -> Source:
    """The table as a source of the run, by its number."""
    if table.part is None or source.part is not None:
        return replace(source, number=number)
    return source.sheet_named(table.part, number) if table.sheet else source.file_named(table.part, number)


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
        SourceError: One cannot be read, or lacks required columns; all of those are named at once. Or, with
            `--strict`, something had to be guessed about one or passed over in it.
        ConfigurationError: An option does not fit one.
    """
    opened: list[OpenSource] = []
    problems: list[str] = []
    mistakes: list[str] = []
    for source in sources:
        for table in open_tables(source, config.read, names_fields(endpoint, config.mapping)):
            part = _part_of(source, table, len(opened) + 1)
            plan = plan_columns(table.header, endpoint, config.mapping)
            mistakes += [f"{part.label}: {mistake}" for mistake in plan.mistakes]
            if plan.problems:
                found = (*plan.problems, *_about_header(part, table, endpoint, config))
                problems += [f"{part.label}: {problem}" for problem in found]
            notices = tuple(notice.as_finding for notice in table.notices)
            opened.append(OpenSource(source=part, table=table, plan=replace(plan, notices=notices + plan.notices)))
    if mistakes:
        told = "\n".join(f"{mistake}." for mistake in mistakes)
        raise ConfigurationError(Code.COLUMNS_UNKNOWN, told, mistakes=mistakes)
    if problems:
        told = "\n".join(f"{problem}." for problem in problems)
        sheet = _sheet_that_fits(one.table for one in opened if one.plan.problems)
        raise SourceError(Code.COLUMNS_MISSING, told, problems=problems, sheet=sheet)
    if config.strict:
        _refuse_guesses(opened)
    return Intake(endpoint=endpoint, config=config, sources=opened)


_SHOWN_CELLS = 4


def _about_header(source: Source, table: Table, endpoint: Endpoint, config: RunConfig) -> list[str]:
    """What stands in the row that was taken as the header, and which row fits better, where it names few fields."""
    count, options = names_fields(endpoint, config.mapping), config.read
    if _holds_lines(table.header, count):
        return [
            "each row stands in one cell, or in quotation marks as a whole: split it into columns or export it again"
        ]
    if signs := _quoted_with(table.header, count):
        return [
            f'its cells stand in the quotation marks {signs}: replace them with " in a text editor, or export again'
        ]
    better = [notice.message for notice in _of_sheets(table)]
    if count(table.header) * 2 > sum(1 for cell in table.header if cell):
        return better
    found = [f"row {table.header_row} was taken as the header and holds {_shown(table.header)}{_as_row(table.header)}"]
    found += better
    best = open_table(source, _found_anew(options, table.part), count) if options.header_row else table
    if count(best.header) > count(table.header):
        found.append(f"row {best.header_row} fits better: it holds {_shown(best.header)}")
    return found


def _of_sheets(table: Table) -> list[Notice]:
    """What is said of a sheet that fits better than the one taken."""
    return [notice for notice in table.notices if notice.code is FindingCode.SHEET_THAT_FITS]


def _sheet_that_fits(tables: Iterable[Table]) -> str | None:
    return next((notice.value for table in tables for notice in _of_sheets(table)), None)


def _holds_lines(header: Sequence[str], count: NamesFields) -> bool:
    """Whether cells of the header are lines of a text file: rows that were pasted, or quoted as a whole."""
    whole = header[0].startswith('"') and header[-1].endswith('"') and len(header) > 1
    (first, *others) = [cell for cell in header if cell]
    return whole or (not others and any(count(first.strip('"').split(sign)) > 1 for sign in DELIMITERS))


# As text programs write them: English, German, French in both ways, single ones, and accents in their place.
_QUOTES = (
    *("\u201c\u201d", "\u201e\u201c", "\u201d\u201d"),
    *("\xab\xbb", "\xbb\xab", "\u2039\u203a"),
    *("\u2018\u2019", "\u2019\u2019", "``", "\xb4\xb4", "`\xb4"),
)


def _quoted_with(header: Sequence[str], count: NamesFields) -> str | None:
    """The quotation marks of a text program, in which all of the header's cells stand and would name fields without."""
    cells = [cell for cell in header if cell]
    for pair in _QUOTES:
        bare = [cell[1:-1] for cell in cells if cell.startswith(pair[0]) and cell.endswith(pair[1])]
        if len(bare) == len(cells) and count(bare) > 1:
            return " ".join(pair)
    return None


def _as_row(cells: Sequence[str]) -> str:
    """A remark on a header that is a row: a file without one."""
    looks = any(is_address(cell) or cell.isdecimal() for cell in cells)
    return "; that looks like a row: put a line with the names of the columns above it" if looks else ""


def _found_anew(options: ReadOptions, part: str | None) -> ReadOptions:
    """The options for the same table, but with its header found by itself."""
    return replace(options, header_row=None, sheets=options.sheets if part is None else (part,))


def _shown(cells: Sequence[str]) -> str:
    filled = [repr(shortened(cell)) for cell in cells if cell]
    more = ["…"] if len(filled) > _SHOWN_CELLS else []
    return ", ".join(filled[:_SHOWN_CELLS] + more)


def _refuse_guesses(opened: Sequence[OpenSource]) -> None:
    told = [f"{one.source.label}: {message}." for one in opened for message in _guesses(one)]
    if told:
        raise SourceError(Code.GUESS_REFUSED, "\n".join(told), guesses=told)


def _guesses(one: OpenSource) -> Iterator[str]:
    """What was found out about a source that the person has not said."""
    yield from (notice.message for notice in one.table.notices if not notice.asked_for)
    yield from (notice.message for notice in one.plan.notices[len(one.table.notices) :])
