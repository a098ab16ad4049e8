"""The SQL of reports: how the rows of a run stand, counted and one by one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.ledger.tables import ROWS, SOURCES
from pipeline.model.findings import codes_of
from pipeline.model.rows import Change, Key, RowRef, RowResult, Status
from pipeline.model.runs import Summary

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.model.findings import CheckedBatch


_OPEN = (Status.UNPROCESSED, Status.SENDING, Status.IN_DOUBT)


def summary(connection: sa.Connection, run: StoredRun, rows_read: int | None = None) -> Summary:
    """Counts a run's rows; one that was sent and has no answer yet counts as in doubt.

    Args:
        connection: A transaction.
        run: The run.
        rows_read: As counted by whoever read them; by default what the ledger holds.
    """
    query = sa.select(ROWS.c.status, sa.func.count()).where(ROWS.c.run_id == run.id).group_by(ROWS.c.status)
    counts: Counter[Status] = Counter()
    for status, count in connection.execute(query):
        counts[_shown(status)] += count
    warned = sa.select(ROWS.c.warnings).where(ROWS.c.run_id == run.id, ROWS.c.warnings.is_not(None))
    cells = sum(len(json.loads(w)) for w in connection.execute(warned).scalars())
    noticed = sa.select(SOURCES.c.notices).where(SOURCES.c.run_id == run.id)
    notices = sum(len(json.loads(n)) for n in connection.execute(noticed).scalars())
    read = counts.total() if rows_read is None else rows_read
    return Summary(rows_read=read, by_status=counts, warnings=cells + notices)


def _shown(status: str) -> Status:
    return Status.IN_DOUBT if status == Status.SENDING.value else Status(status)


_SHOWN = {status.value: _shown(status.value) for status in Status}
_RESULT = sa.select(
    ROWS.c.source,
    ROWS.c.row,
    ROWS.c.status,
    ROWS.c.key_values,
    ROWS.c.key,
    ROWS.c.remote_id,
    ROWS.c.response,
    ROWS.c.codes,
    ROWS.c.reason,
    ROWS.c.warnings,
    ROWS.c.intent_at,
    ROWS.c.ended_at,
    ROWS.c.candidates,
    ROWS.c.changes,
)


def results(connection: sa.Connection, run_id: int) -> Iterator[RowResult]:
    """Every row of a run in the order of its sources, read as a stream."""
    query = _RESULT.where(ROWS.c.run_id == run_id).order_by(ROWS.c.source, ROWS.c.row)
    for row in connection.execution_options(yield_per=2_000).execute(query):
        yield _result_of(row)


def ended_in(connection: sa.Connection, run_id: int, batch: CheckedBatch, positions: frozenset[int]) -> list[RowResult]:
    """Those of some rows of a batch that have ended, in their order."""
    rows = ROWS.c.row.between(batch.rows[0], batch.rows[-1])
    is_open = ROWS.c.status.in_([s.value for s in _OPEN])
    query = _RESULT.where(ROWS.c.run_id == run_id, ROWS.c.source == batch.source, rows, ~is_open)
    wanted = {batch.rows[position] for position in positions}
    return [_result_of(row) for row in connection.execute(query.order_by(ROWS.c.row)) if row.row in wanted]


def stand_in(
    connection: sa.Connection, run_id: int, source: int, rows: tuple[int, int], *, with_doubts: bool
) -> list[RowResult]:
    """The rows of a source, from one number to another, that have ended; in the order in which they did.

    Args:
        connection: A transaction.
        run_id: Their run.
        source: Their source.
        rows: The first and the last number.
        with_doubts: Also those in doubt.
    """
    still_open = {Status.UNPROCESSED, Status.SENDING} if with_doubts else {*_OPEN}
    query = _RESULT.where(
        ROWS.c.run_id == run_id,
        ROWS.c.source == source,
        ROWS.c.row.between(*rows),
        ROWS.c.status.not_in([s.value for s in still_open]),
    )
    return [_result_of(row) for row in connection.execute(query.order_by(ROWS.c.ended_at, ROWS.c.row))]


def _result_of(row: Sequence[Any]) -> RowResult:
    """A row of the ledger as reports see it; by place, since to ask for each column by its name costs more than all."""
    (source, number, status, values, key, remote_id, response, codes, reason, warnings, sent_at, ended_at, *rest) = row
    candidates, changes = rest
    answer = json.loads(response) if response else None
    return RowResult(
        ref=RowRef(source=source, row=number),
        status=_SHOWN[status],
        key=Key(tuple(json.loads(values)), key) if values else None,
        remote_id=remote_id,
        response=answer,
        codes=tuple(json.loads(codes)) if codes else codes_of(answer),
        reason=reason,
        warnings=tuple(json.loads(warnings)) if warnings else (),
        sent_at=sent_at,
        ended_at=ended_at,
        candidates=tuple(json.loads(candidates)) if candidates else (),
        changes=Change.all_from_json(changes),
    )
