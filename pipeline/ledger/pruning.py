"""The SQL of forgetting: the rows of old runs go, and what they created stays known.

`records` refers to a run and its sources for its message ("created by run X, row N of FILE"): these stay for as long
as a record does. May import `ledger.runs`, `ledger.tables` and `model`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.ledger.runs import listing
from pipeline.ledger.runs import unfinished as unfinished_runs
from pipeline.ledger.tables import LISTED, RECORDS, ROWS, RUNS, SOURCES, STRETCHES
from pipeline.model.rows import Status
from pipeline.model.runs import RunStatus

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun

_MAY_EXIST = ROWS.c.status.in_([Status.IN_DOUBT.value, Status.SENDING.value])


def old_runs(connection: sa.Connection, before: float) -> list[StoredRun]:
    """Runs that began before a moment and have rows, the oldest first.

    Args:
        connection: A transaction.
        before: Seconds since 1970.
    """
    is_old = sa.and_(RUNS.c.started_at < before, RUNS.c.status != RunStatus.PRUNED.value)
    return listing(connection, sa.select(RUNS).where(is_old).order_by(RUNS.c.id))


def open_run_ids(connection: sa.Connection) -> set[int]:
    """Runs that can be resumed."""
    return {run.id for run in unfinished_runs(connection)}


def has_rows_that_may_exist(connection: sa.Connection, run: StoredRun) -> bool:
    """Whether a row of the run may have been created without anybody knowing: it must not be forgotten."""
    query = sa.select(sa.exists().where(ROWS.c.run_id == run.id, _MAY_EXIST))
    return bool(connection.execute(query).scalar_one())


def count_rows(connection: sa.Connection, run: StoredRun) -> int:
    """How many rows a run has."""
    query = sa.select(sa.func.count()).select_from(ROWS).where(ROWS.c.run_id == run.id)
    return int(connection.execute(query).scalar_one())


def prune(connection: sa.Connection, run: StoredRun, *, records: bool) -> None:
    """Forgets the rows of a run; and all of the run, where no record refers to it.

    Args:
        connection: A transaction.
        run: The run, which nobody works on.
        records: Forget its records as well, since their target has gone.
    """
    claims = sa.and_(RECORDS.c.run_id == run.id, sa.true() if records else RECORDS.c.remote_id.is_(None))
    connection.execute(sa.delete(RECORDS).where(claims))
    connection.execute(sa.delete(LISTED).where(LISTED.c.run_id == run.id))
    connection.execute(sa.delete(ROWS).where(ROWS.c.run_id == run.id))
    connection.execute(sa.delete(STRETCHES).where(STRETCHES.c.run_id == run.id))
    is_referred_to = sa.select(sa.exists().where(RECORDS.c.run_id == run.id))
    if connection.execute(is_referred_to).scalar_one():
        pruned = sa.update(RUNS).where(RUNS.c.id == run.id).values(status=RunStatus.PRUNED.value)
        connection.execute(pruned)
        return
    connection.execute(sa.delete(SOURCES).where(SOURCES.c.run_id == run.id))
    connection.execute(sa.delete(RUNS).where(RUNS.c.id == run.id))
