"""Statements that are compiled once for each kind of database, and run for many rows with plain tuples.

What is sent takes five statements a row, and SQLAlchemy's way from a statement with its dictionaries to the driver
costs several times what the database does. SQLite gets all rows in one statement: its driver lets go of the interpreter
for every row that it is given one by one, and has to wait for it again while the rest of the run is at work (20,000
rows: 160,000 switches between threads, a third of the time). PostgreSQL's driver sends the rows one after the other,
without waiting. What a run does once, or once a batch, need not be prepared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from pipeline.ledger.database import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable

Values: TypeAlias = "tuple[object, ...]"
"""The values of a row: texts without NUL, numbers, `None`."""

_ROWS = "given_rows"


class _Compiled(Protocol):
    """A statement as a driver takes it."""

    def run(self, connection: sa.Connection, rows: Sequence[Values]) -> int:
        """Runs it for some rows; returns how many rows of its table it has changed or added."""
        ...


class Prepared:
    """A statement that is run for many rows at once.

    No two of the rows may meet in a row of the table, or in a value of a unique index.

    Args:
        make: Makes it for a kind of database (its dialect's name), with a `bindparam` for each value that differs.
        names: Those parameters, at least two, in the order in which `run` is given their values.
    """

    def __init__(self, make: Callable[[str], Any], *names: str) -> None:
        self._make = make
        self._names = names
        self._compiled: dict[str, _Compiled] = {}

    @classmethod
    def inserting(cls, table: sa.Table, values: Mapping[sa.Column[Any], str]) -> Prepared:
        """Inserts rows, and passes over those whose key is there already.

        Args:
            table: Where to.
            values: The name of the parameter for each column, in the order in which `run` is given their values.
        """
        return cls(lambda dialect: _insert(dialect, table, values), *values.values())

    def run(self, connection: sa.Connection, rows: Sequence[Values]) -> int:
        """Runs it for each of some rows; returns how many rows of its table it has changed or added in all."""
        if not rows:
            return 0
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection)
        return compiled.run(connection, rows)

    def _compile(self, connection: sa.Connection) -> _Compiled:
        name = connection.dialect.name
        statement = self._make(name)
        # SQLite deletes by conditions on the one table only.
        kind = _AllAtOnce if name == "sqlite" and not isinstance(statement, sa.Delete) else _OneByOne
        compiled = self._compiled[name] = kind.of(statement, self._names, connection.dialect)
        return compiled


def _insert(dialect: str, table: sa.Table, values: Mapping[sa.Column[Any], str]) -> Any:
    given: dict[sa.Column[Any], sa.BindParameter[Any]] = {c: sa.bindparam(name) for c, name in values.items()}
    if dialect != "sqlite":
        return insert_new(dialect, table).values(given)
    # Without a condition, SQLite takes what follows for the one of a join.
    return insert_new(dialect, table).from_select(list(given), sa.select(*given.values()).where(sa.true()))


@dataclass(frozen=True, kw_only=True)
class _OneByOne:
    """A statement that a driver is given once, with the values of each row.

    Attributes:
        text: The SQL, with places for parameters.
        constants: Values that are the same in every row.
        arrange: Puts a row's values and the constants into the order of the places.
    """

    text: str
    constants: Values
    arrange: Callable[[Values], Values]

    @classmethod
    def of(cls, statement: Any, names: Sequence[str], dialect: sa.Dialect) -> _OneByOne:
        """Compiles a statement whose parameters have these names."""
        made = statement.compile(dialect=_by_place(dialect))
        constants = {name: value for name, value in made.params.items() if name not in names}
        order = [*names, *constants]
        arrange = itemgetter(*(order.index(name) for name in made.positiontup))
        return cls(text=str(made), constants=tuple(constants.values()), arrange=arrange)

    def run(self, connection: sa.Connection, rows: Sequence[Values]) -> int:
        values = [self.arrange(row + self.constants) for row in rows]
        return connection.exec_driver_sql(self.text, values).rowcount


@dataclass(frozen=True, kw_only=True)
class _AllAtOnce:
    """A statement over a JSON array of rows, which is one of its parameters.

    Attributes:
        text: The SQL, with places for parameters.
        values: What goes there, before the array.
        rest: The same, behind it.
    """

    text: str
    values: Values
    rest: Values

    @classmethod
    def of(cls, statement: Any, names: Sequence[str], dialect: sa.Dialect) -> _AllAtOnce:
        """Compiles a statement whose parameters have these names: each becomes a column of the array's rows."""
        given = _table_of(names)

        def column(element: Any, **_: Any) -> Any:
            is_given = isinstance(element, sa.BindParameter) and element.key in names
            return given.c[element.key] if is_given else None

        over_all: Any = visitors.replacement_traverse(cast("sa.Update", statement), {}, column)
        made = over_all.compile(dialect=_by_place(dialect))
        places = [made.params[name] for name in made.positiontup]
        at = made.positiontup.index(_ROWS)
        return cls(text=str(made), values=tuple(places[:at]), rest=tuple(places[at + 1 :]))

    def run(self, connection: sa.Connection, rows: Sequence[Values]) -> int:
        array = json.dumps(rows, ensure_ascii=False)
        return connection.exec_driver_sql(self.text, (*self.values, array, *self.rest)).rowcount


def _table_of(names: Iterable[str]) -> sa.Subquery:
    """The rows of the array as a table, with a column for each name."""
    each = sa.func.json_each(sa.bindparam(_ROWS, type_=sa.Text)).table_valued("value", name="one")
    columns: list[Any] = [
        sa.func.json_extract(each.c.value, sa.literal_column(f"'$[{index}]'")).label(name)
        for index, name in enumerate(names)
    ]
    return sa.select(*columns).subquery("given")


def _by_place(dialect: Any) -> sa.Dialect:
    """The dialect with parameters by place; a driver whose parameters have names by default takes these as well."""
    by_place: sa.Dialect = dialect if dialect.positional else type(dialect)(paramstyle="format")
    return by_place
