"""A ledger copied into another database: all tables in one transaction, as streams, compared afterwards.

May import `ledger.database` and `ledger.tables`. Must know nothing of what the tables mean.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.errors import Code, ConfigurationError, InternalError
from pipeline.ledger.tables import METADATA, RECEIPTS

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROWS_AT_ONCE = 2_000
_TABLES: Sequence[sa.Table] = [table for table in METADATA.sorted_tables if table is not RECEIPTS]
"""Receipts speak of connections of the other database."""


def copy_tables(source: sa.Connection, target: sa.Connection) -> dict[str, int]:
    """Copies everything; returns how many rows each table has.

    Args:
        source: A transaction that sees one moment of the ledger to copy.
        target: A transaction of an empty ledger, whose tables are up to date.

    Raises:
        ConfigurationError: The other ledger is not empty.
        InternalError: What arrived is not what was sent.
    """
    _keep_others_out(target)
    _demand_empty(target)
    sent = {table.name: _copied(source, target, table) for table in _TABLES}
    _go_on_counting(target)
    for table in _TABLES:
        if _Seal.of(target, table) != sent[table.name]:
            message = f"The copy of the table {table.name} differs from the original; nothing was kept of it."
            raise InternalError(Code.LEDGER_COPY_DIFFERS, message, table=table.name)
    return {name: seal.rows for name, seal in sent.items()}


def _keep_others_out(target: sa.Connection) -> None:
    if target.dialect.name == "postgresql":  # in SQLite, a transaction that writes is alone
        names = ", ".join(table.name for table in METADATA.sorted_tables)
        target.execute(sa.text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def _demand_empty(target: sa.Connection) -> None:
    """Refuses to mix two ledgers.

    Raises:
        ConfigurationError: There is something in it.
    """
    for table in _TABLES:
        if target.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).scalar() is not None:
            raise ConfigurationError(Code.LEDGER_NOT_EMPTY, "The ledger to copy to is not empty.")


class _Seal:
    """Tells whether two tables hold the same rows, in whichever order.

    The sum of the rows' hashes: databases order text each in its own way, so that no order is common to two.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    @classmethod
    def of(cls, connection: sa.Connection, table: sa.Table) -> _Seal:
        """The seal of a table as it stands."""
        seal = cls()
        for page in _pages(connection, table):
            seal.add(page)
        return seal

    def add(self, page: Sequence[sa.Row[Any]]) -> None:
        """Takes rows in."""
        self.rows += len(page)
        self._sum += sum(map(_hash, page))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Seal) and (self.rows, self._sum) == (other.rows, other._sum)

    __hash__ = None  # type: ignore[assignment]  # it changes


def _hash(row: sa.Row[Any]) -> int:
    return int.from_bytes(hashlib.blake2b(repr(tuple(row)).encode(), digest_size=16).digest(), "big")


def _copied(source: sa.Connection, target: sa.Connection, table: sa.Table) -> _Seal:
    seal = _Seal()
    for page in _pages(source, table):
        seal.add(page)
        target.execute(sa.insert(table), [dict(row._mapping) for row in page])  # noqa: SLF001 - SQLAlchemy's public name
    return seal


def _pages(connection: sa.Connection, table: sa.Table) -> Iterator[Sequence[sa.Row[Any]]]:
    streaming = {"stream_results": True, "yield_per": _ROWS_AT_ONCE}
    yield from connection.execute(sa.select(table), execution_options=streaming).partitions()


def _go_on_counting(target: sa.Connection) -> None:
    """PostgreSQL numbers new rows from where its own counters stand, which have not seen the copied ones."""
    if target.dialect.name != "postgresql":
        return
    for table in _TABLES:
        column = table.autoincrement_column
        if column is not None:
            newest = sa.select(sa.func.max(column)).scalar_subquery()
            counter = sa.func.pg_get_serial_sequence(table.name, column.name)
            target.execute(sa.select(sa.func.setval(counter, newest)).where(newest.is_not(None)))
