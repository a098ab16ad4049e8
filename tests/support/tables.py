"""Sources opened for a test, and what stands in them in a form that is easily compared."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.intake.readers import open_table, open_tables
from pipeline.intake.sources import identify
from pipeline.model.config import ReadOptions
from pipeline.model.sources import Table
from tests.support.workbooks import WRITERS


def names_letters(cells: Sequence[str]) -> int:
    """Stands for an endpoint whose fields are called a, b, c and d."""
    return len({"a", "b", "c", "d"} & set(cells))


def opened(path: Path, names_fields: Callable[[Sequence[str]], int] = names_letters, **options: Any) -> Table:
    """The one table of a file."""
    return open_table(identify(1, path.name, path), ReadOptions(**options), names_fields)


def all_opened(path: Path, **options: Any) -> Sequence[Table]:
    """All tables of a file."""
    return open_tables(identify(1, path.name, path), ReadOptions(**options), names_letters)


def written(folder: Path, kind: str, content: Mapping[str, Any] | Sequence[Any]) -> Path:
    """A workbook of that kind, of several sheets by name or of a single one."""
    path = folder / f"accounts.{kind}"
    WRITERS[kind](path, content if isinstance(content, Mapping) else {"Accounts": content})
    return path


def rows_of(table: Table) -> dict[int, list[str]]:
    """The cells of each row."""
    return {
        row: cells
        for batch in table.batches()
        for row, cells in zip(batch.rows, batch.frame.to_numpy().tolist(), strict=True)
    }


def findings_of(table: Table) -> list[tuple[int, int | None, str, str, str | None]]:
    """Row, column, code, message and value of what the reader found wrong."""
    return [
        (batch.rows[d.position], d.column, d.code, d.message, d.value)
        for batch in table.batches()
        for d in batch.defects
    ]


def notices_of(table: Table) -> list[tuple[str, str]]:
    """Code and message of what was said about the file."""
    return [(notice.code, notice.message) for notice in table.notices]
