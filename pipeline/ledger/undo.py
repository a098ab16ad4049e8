"""The SQL of undoing: which records a run created or changed, and what became of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.ledger.tables import RECORDS, ROWS
from pipeline.model.rows import Change, Key, RowRef, RowResult, Status
from pipeline.model.undo import FINAL, NO_MORE, UndoOutcome

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun


# A row whose change was begun may have changed its record, however it ended.
_HAS_RECORD = sa.and_(
    sa.or_(ROWS.c.status.in_([Status.CREATED.value, Status.UPDATED.value]), ROWS.c.changes.is_not(None)),
    ROWS.c.remote_id.is_not(None),
)


def count_left(connection: sa.Connection, run_id: int) -> dict[Status, int]:
    """How many records are still to be undone: created ones, and those that were changed or may have been."""
    query = sa.select(ROWS.c.status, sa.func.count()).where(_left(run_id)).group_by(ROWS.c.status)
    counts = {Status(status): count for status, count in connection.execute(query)}
    created = counts.pop(Status.CREATED, 0)
    return {Status.CREATED: created, Status.UPDATED: sum(counts.values())}


def counts(connection: sa.Connection, run_id: int) -> dict[UndoOutcome, int]:
    """Records of a run that were undone, by what became of them."""
    undone = sa.and_(ROWS.c.run_id == run_id, ROWS.c.undone.is_not(None))
    query = sa.select(ROWS.c.undone, sa.func.count()).where(undone).group_by(ROWS.c.undone)
    return {UndoOutcome(word): count for word, count in connection.execute(query)}


def _left(run_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        ROWS.c.run_id == run_id,
        _HAS_RECORD,
        sa.or_(ROWS.c.undone.is_(None), ROWS.c.undone.not_in([u.value for u in FINAL])),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class UndoableRecord:
    """A record that a run created or changed, or may have changed.

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


def left(connection: sa.Connection, run_id: int, below: int | None, most: int) -> list[UndoableRecord]:
    """Records that are still to be undone, the newest first.

    Args:
        connection: A transaction.
        run_id: The run.
        below: Only records with a smaller Id than this.
        most: At most so many.
    """
    query = sa.select(ROWS).where(_left(run_id)).order_by(ROWS.c.remote_id.desc()).limit(most)
    if below is not None:
        query = query.where(ROWS.c.remote_id < below)
    return [_undoable(row) for row in connection.execute(query)]


def _undoable(row: sa.Row[tuple[object, ...]]) -> UndoableRecord:
    end = RowResult(
        ref=RowRef(source=row.source, row=row.row),
        status=Status(row.status),
        key=Key.of(json.loads(row.key_values)),
        remote_id=row.remote_id,
        reason=row.reason,
        changes=Change.all_from_json(row.changes),
    )
    undone = UndoOutcome(row.undone) if row.undone else None
    return UndoableRecord(
        end=end,
        remote_id=row.remote_id,
        updated_on=row.updated_on,
        undone=undone,
        sent_at=datetime.fromtimestamp(row.intent_at, UTC) if row.intent_at is not None else None,
    )


def record_undo(
    connection: sa.Connection, run: StoredRun, one: UndoableRecord, undone: UndoOutcome, reason: str | None
) -> None:
    """Notes what became of a record; what exists no more may be created again."""
    ref = one.end.ref
    place = sa.and_(ROWS.c.run_id == run.id, ROWS.c.source == ref.source, ROWS.c.row == ref.row)
    connection.execute(sa.update(ROWS).where(place).values(undone=undone.value, reason=reason))
    if undone in NO_MORE:
        ours = sa.and_(RECORDS.c.target_id == run.target_id, RECORDS.c.remote_id == one.remote_id)
        connection.execute(sa.delete(RECORDS).where(ours))


def of_ids(connection: sa.Connection, run_id: int, remote_ids: Sequence[int]) -> list[UndoableRecord]:
    """Those of the records that the run created or may have changed and that are still to be undone."""
    query = sa.select(ROWS).where(_left(run_id), ROWS.c.remote_id.in_(remote_ids))
    return [_undoable(row) for row in connection.execute(query)]


def records(connection: sa.Connection, run_id: int) -> Iterator[UndoableRecord]:
    """Every record that the run created or may have changed, in the order of its sources."""
    query = sa.select(ROWS).where(ROWS.c.run_id == run_id, _HAS_RECORD)
    ordered = query.order_by(ROWS.c.source, ROWS.c.row)
    for row in connection.execution_options(yield_per=2_000).execute(ordered):
        yield _undoable(row)
