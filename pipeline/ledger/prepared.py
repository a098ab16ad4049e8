"""Statements that are compiled once for each kind of database, and run with plain tuples.

What is sent takes five statements a row, and SQLAlchemy's way from a statement with its dictionaries to the driver
costs several times what the database does. What a run does once, or once a batch, need not be prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import sqlalchemy as sa

Values: TypeAlias = "tuple[object, ...]"


@dataclass(frozen=True, kw_only=True)
class _Compiled:
    """A statement as a driver takes it.

    Attributes:
        text: The SQL, with places for parameters.
        constants: Values that are the same in every row.
        arrange: Puts a row's values and the constants into the order of the places.
    """

    text: str
    constants: Values
    arrange: Callable[[Values], Values]


class Prepared:
    """A statement that is run for many rows at once.

    Args:
        make: Makes it for a kind of database (its dialect's name), with a `bindparam` for each value that differs.
        names: Those parameters, at least two, in the order in which `run` is given their values.
    """

    def __init__(self, make: Callable[[str], Any], *names: str) -> None:
        self._make = make
        self._names = names
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: sa.Connection, rows: Sequence[Values]) -> int:
        """Runs it for each of some rows; returns how many rows of its table it has changed or added in all."""
        if not rows:
            return 0
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection)
        values = [compiled.arrange(row + compiled.constants) for row in rows]
        return connection.exec_driver_sql(compiled.text, values).rowcount

    def _compile(self, connection: sa.Connection) -> _Compiled:
        made = self._make(connection.dialect.name).compile(dialect=_by_place(connection.dialect))
        constants = {name: value for name, value in made.params.items() if name not in self._names}
        order = [*self._names, *constants]
        arrange = itemgetter(*(order.index(name) for name in made.positiontup))
        compiled = _Compiled(text=str(made), constants=tuple(constants.values()), arrange=arrange)
        self._compiled[connection.dialect.name] = compiled
        return compiled


def _by_place(dialect: Any) -> sa.Dialect:
    """The dialect with parameters by place; a driver whose parameters have names by default takes these as well."""
    by_place: sa.Dialect = dialect if dialect.positional else type(dialect)(paramstyle="format")
    return by_place
