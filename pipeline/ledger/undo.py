"""The SQL of undoing: which records a run created, and what became of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.ledger.tables import RECORDS, ROWS
from pipeline.model.rows import Key, RowRef, RowResult, Status

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun


class UndoOutcome(StrEnum):
    """What became of a created record when its run was undone."""

    DELETED = "deleted"
    GONE = "gone"
    KEPT = "kept"
    REFUSED = "refused"


FINAL = (UndoOutcome.DELETED, UndoOutcome.GONE)
"""Undoing again has nothing left to do for these."""


def count_left(connection: sa.Connection, run_id: int) -> int:
    """How many created records are still to be undone."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(ROWS).where(_left(run_id))).scalar_one())


def _left(run_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        ROWS.c.run_id == run_id,
        ROWS.c.status == Status.CREATED.value,
        sa.or_(ROWS.c.undone.is_(None), ROWS.c.undone.not_in([u.value for u in FINAL])),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class CreatedRecord:
    """A record that a run created.

    Attributes:
        end: Its row.
        remote_id: Its Id.
        updated_on: Its `UpdatedOn` when it was created, if the answer gave one.
        undone: What became of it when the run was undone before.
        sent_at: When its row was first sent, by the target's clock.
    """

    end: RowResult
    remote_id: int
    updated_on: str | None
    undone: UndoOutcome | None
    sent_at: datetime | None = None


def left(connection: sa.Connection, run_id: int, below: int | None, most: int) -> list[CreatedRecord]:
    """CreatedRecord records that are still to be undone, the newest first.

    Args:
        connection: A transaction.
        run_id: The run.
        below: Only records with a smaller Id than this.
        most: At most so many.
    """
    query = sa.select(ROWS).where(_left(run_id)).order_by(ROWS.c.remote_id.desc()).limit(most)
    if below is not None:
        query = query.where(ROWS.c.remote_id < below)
    return [_created(row) for row in connection.execute(query)]


def _created(row: sa.Row[tuple[object, ...]]) -> CreatedRecord:
    end = RowResult(
        ref=RowRef(source=row.source, row=row.row),
        status=Status(row.status),
        key=Key.of(json.loads(row.key_values)),
        remote_id=row.remote_id,
        reason=row.reason,
    )
    undone = UndoOutcome(row.undone) if row.undone else None
    return CreatedRecord(
        end=end,
        remote_id=row.remote_id,
        updated_on=row.updated_on,
        undone=undone,
        sent_at=datetime.fromtimestamp(row.intent_at, UTC) if row.intent_at is not None else None,
    )


def record_undo(
    connection: sa.Connection, run: StoredRun, created: CreatedRecord, undone: UndoOutcome, reason: str | None
) -> None:
    """Notes what became of a record; what exists no more may be created again."""
    ref = created.end.ref
    place = sa.and_(ROWS.c.run_id == run.id, ROWS.c.source == ref.source, ROWS.c.row == ref.row)
    connection.execute(sa.update(ROWS).where(place).values(undone=undone.value, reason=reason))
    if undone in FINAL:
        ours = sa.and_(RECORDS.c.target_id == run.target_id, RECORDS.c.remote_id == created.remote_id)
        connection.execute(sa.delete(RECORDS).where(ours))


def created_records(connection: sa.Connection, run_id: int) -> Iterator[CreatedRecord]:
    """Every record that the run created, in the order of its sources."""
    query = sa.select(ROWS).where(ROWS.c.run_id == run_id, ROWS.c.status == Status.CREATED.value)
    ordered = query.order_by(ROWS.c.source, ROWS.c.row)
    for row in connection.execution_options(yield_per=2_000).execute(ordered):
        yield _created(row)
