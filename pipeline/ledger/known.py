"""The SQL of what is known to exist: rows of a batch whose record an earlier run has created or a listing has shown.

May import `ledger.tables` and `model`.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.ledger.tables import LISTED, RECORDS, ROWS, RUNS, SOURCES
from pipeline.model.rows import Status

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun


@dataclass(frozen=True, kw_only=True)
class _Known:
    """One way in which records are known.

    Attributes:
        rows: Which rows have such a record.
        remote_id: Its Id.
        reason: How it is known, in words.
    """

    rows: sa.ColumnElement[bool]
    remote_id: sa.Column[Any]
    reason: sa.ColumnElement[str]


def skip_known(connection: sa.Connection, run: StoredRun, rows: sa.ColumnElement[bool]) -> None:
    """Skips those of some rows whose record is known, with its Id and how it is known: all at once, in the database."""
    for known in _ways(run):
        statement = sa.update(ROWS).where(rows, _is_waiting(), known.rows)
        values = {"status": Status.SKIPPED.value, "remote_id": known.remote_id, "reason": known.reason}
        connection.execute(statement.values(values))


def known_ids(connection: sa.Connection, run: StoredRun, rows: sa.ColumnElement[bool]) -> dict[int, int]:
    """The Ids of the records that are known of some rows, by row number."""
    found: dict[int, int] = {}
    for known in _ways(run):
        query = sa.select(ROWS.c.row, known.remote_id).where(rows, _is_waiting(), known.rows)
        found = {one.row: one.remote_id for one in connection.execute(query)} | found
    return found


def _is_waiting() -> sa.ColumnElement[bool]:
    return ROWS.c.status == Status.UNPROCESSED.value


def _ways(run: StoredRun) -> Iterator[_Known]:
    """What the ledger knows before what a listing showed: it can name the run and the row."""
    yield _Known(
        rows=sa.and_(
            RECORDS.c.target_id == run.target_id,
            RECORDS.c.key == ROWS.c.key,
            RECORDS.c.remote_id.is_not(None),
            RUNS.c.id == RECORDS.c.run_id,
            SOURCES.c.run_id == RECORDS.c.run_id,
            SOURCES.c.number == RECORDS.c.source,
        ),
        remote_id=RECORDS.c.remote_id,
        reason=_words(
            "created by run ", RUNS.c.name, " (row ", sa.cast(RECORDS.c.row, sa.Text), " of ", SOURCES.c.label, ")"
        ),
    )
    yield _Known(
        rows=sa.and_(LISTED.c.run_id == run.id, LISTED.c.key == ROWS.c.key),
        remote_id=LISTED.c.remote_id,
        reason=sa.literal("exists at the target"),
    )


def _words(*parts: str | sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Text put together in the database."""
    return reduce(operator.add, (sa.literal(part) if isinstance(part, str) else part for part in parts))
