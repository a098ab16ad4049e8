"""Where the header stands among a table's first rows: the same for text files and workbooks.

What a header names, readers do not know: they are handed a function that counts it. May import nothing of the project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

NamesFields: TypeAlias = Callable[[Sequence[str]], int]
"""How many different fields a row's cells name."""


def names_none(_cells: Sequence[str]) -> int:
    """For a table whose fields nobody knows: the first row that is not blank is the header."""
    return 0


_DELIMITERS = ",;|\t "
"""A row of nothing else is a blank one, taken apart at another delimiter."""

WITHIN_ROWS = 100
"""So many rows that are not blank are looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """The row that names the columns.

    Attributes:
        row: Its number.
        cells: Its cells, trimmed.
        named: How many different fields they name.
        above: The rows above it that are not blank, by their numbers.
    """

    row: int
    cells: tuple[str, ...]
    named: int
    above: tuple[tuple[int, tuple[str, ...]], ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it plainly names fields, which no row of values does."""
        return _is_plain(self.cells, self.named)


def find_header(
    rows: Iterable[tuple[int, Sequence[str]]], names_fields: NamesFields, header_row: int | None = None
) -> Header | None:
    """Finds the header.

    Args:
        rows: Row numbers and cells, ascending; blank rows may be left out.
        names_fields: Counts the fields that a row names.
        header_row: The row that the person says it is.

    Returns:
        That row if it is not blank; without one, of the first rows the one that plainly names the most fields, else
        the first that is not blank. `None` where there is none.
    """
    seen: list[tuple[int, tuple[str, ...]]] = []
    for number, cells in rows:
        trimmed = tuple(cell.strip() for cell in cells)
        if any(cell.strip(_DELIMITERS) for cell in trimmed):
            seen.append((number, trimmed))
        if (header_row is not None and number >= header_row) or (header_row is None and len(seen) == WITHIN_ROWS):
            break
    if header_row is not None:
        at = next((i for i, (number, _) in enumerate(seen) if number == header_row), None)
    else:
        at = _best(seen, names_fields)
    if at is None:
        return None
    row, found = seen[at]
    return Header(row=row, cells=found, named=names_fields(found), above=tuple(seen[:at]))


def _best(rows: Sequence[tuple[int, tuple[str, ...]]], names_fields: NamesFields) -> int | None:
    if not rows:
        return None
    scores = [names_fields(cells) for _, cells in rows]
    best = scores.index(max(scores))
    return best if _is_plain(rows[best][1], scores[best]) else 0


def _is_plain(cells: Sequence[str], score: int) -> bool:
    """Several fields are no accident; a single one is none if the row says nothing else."""
    return score > 1 or score == sum(1 for cell in cells if cell) > 0
