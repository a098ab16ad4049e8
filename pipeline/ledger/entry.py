"""The SQL of entering: a batch of rows goes into the ledger, what need not be sent is sifted out.

All of it works on sets: a batch takes a handful of statements, however many rows it has. May import `ledger`'s
database, known, prepared, statements and tables, and `model`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.ledger.database import insert_new
from pipeline.ledger.known import known_ids, skip_known
from pipeline.ledger.prepared import Prepared, Values
from pipeline.ledger.statements import among, skip_rows, to_json
from pipeline.ledger.tables import LISTED, RECORDS, ROWS, TARGETS
from pipeline.model.findings import FieldError, envelope
from pipeline.model.rows import Change, Status, json_arrays

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.model.findings import CheckedBatch


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingRow:
    """A row of a batch that has something left to do.

    Attributes:
        position: Its place in the batch.
        status: `UNPROCESSED`, or `IN_DOUBT` from an earlier attempt.
        existing_id: The record that it is to change, where one is known and changes are asked for.
        changes: What it was about to change of that record when a process that has ended noted that.
        intent_at: When it was first sent, by the target's clock, if it is in doubt.
        last_at: When it was last sent, or last known to be in doubt.
        final_because: Why its doubt is for a person alone to settle, if it is.
    """

    position: int
    status: Status
    existing_id: int | None = None
    changes: tuple[Change, ...] = ()
    intent_at: float | None = None
    last_at: float | None = None
    final_because: str | None = None


def enter(connection: sa.Connection, run: StoredRun, batch: CheckedBatch, *, update: bool) -> list[PendingRow]:
    """Enters a batch, sifts out what need not be sent, and returns the rest.

    Entering it again (on resume) changes nothing and returns what is still to do.

    Args:
        connection: A transaction.
        run: The run it belongs to.
        batch: Its rows, in order.
        update: Rows whose record is known are to change it rather than to be skipped.
    """
    _ENTER.run(connection, _entries(run.id, batch))
    _skip_repeats(connection, run, batch)
    return sift(connection, run, batch, frozenset(range(len(batch.rows))), update=update)


def sift(
    connection: sa.Connection, run: StoredRun, batch: CheckedBatch, positions: frozenset[int], *, update: bool
) -> list[PendingRow]:
    """Skips those of some rows of an entered batch whose record is known by now, and returns the rest.

    Args:
        connection: A transaction.
        run: The run it belongs to.
        batch: Its rows, in order.
        positions: Which of them; none may be on its way to the target.
        update: Rows whose record is known are to change it rather than to be skipped.
    """
    position = {batch.rows[p]: p for p in positions}
    chosen = _in_batch(run.id, batch)
    if len(position) < len(batch.rows):
        chosen = sa.and_(chosen, ROWS.c.row.in_(position))
    if not update:
        skip_known(connection, run, chosen)
    existing = known_ids(connection, run, chosen) if update else {}
    todo = [Status.UNPROCESSED.value, Status.IN_DOUBT.value]
    noted = (ROWS.c.remote_id, ROWS.c.changes)
    wanted = (ROWS.c.row, ROWS.c.status, ROWS.c.intent_at, ROWS.c.ended_at, ROWS.c.reason, *noted)
    query = sa.select(*wanted).where(chosen, ROWS.c.status.in_(todo))
    return [
        PendingRow(
            position=position[row],
            status=Status(status),
            existing_id=existing.get(row),
            changes=Change.all_from_json(changes) if changes and remote_id == existing.get(row) else (),
            intent_at=intent_at,
            last_at=last_at,
            final_because=reason,
        )
        for row, status, intent_at, last_at, reason, remote_id, changes in connection.execute(
            query.order_by(ROWS.c.row)
        )
    ]


_ENTERED = (ROWS.c.run_id, ROWS.c.source, ROWS.c.row, ROWS.c.status, ROWS.c.key_values, ROWS.c.key)
_FOUND = (ROWS.c.response, ROWS.c.codes, ROWS.c.warnings)
_ENTER = Prepared.inserting(ROWS, {column: f"its_{column.name}" for column in _ENTERED + _FOUND})


def _entries(run_id: int, batch: CheckedBatch) -> list[Values]:
    invalid, valid = Status.INVALID.value, Status.UNPROCESSED.value
    entries: list[Values] = []
    values = iter(json_arrays(list(zip(*(key.values for key in batch.keys if key is not None), strict=True))))
    for position, (row, key) in enumerate(zip(batch.rows, batch.keys, strict=True)):
        errors, warnings = batch.errors.get(position), batch.warnings.get(position)
        place = (run_id, batch.source, row, valid if errors is None else invalid)
        named = (next(values), key.folded) if key is not None else (None, None)
        entries.append((*place, *named, _response(errors), _codes(errors), _warnings(warnings)))
    return entries


def _response(found: list[FieldError] | None) -> str | None:
    return to_json(envelope(found)) if found is not None else None


def _codes(found: Sequence[FieldError] | None) -> str | None:
    return to_json([one.code.value for one in found]) if found else None


def _warnings(found: Sequence[FieldError] | None) -> str | None:
    return to_json([w.with_code() for w in found]) if found else None


def _in_batch(run_id: int, batch: CheckedBatch) -> sa.ColumnElement[bool]:
    rows = ROWS.c.row.between(batch.rows[0], batch.rows[-1])
    return sa.and_(ROWS.c.run_id == run_id, ROWS.c.source == batch.source, rows)


def _skip_repeats(connection: sa.Connection, run: StoredRun, batch: CheckedBatch) -> None:
    """Skips rows whose key an earlier valid row of the run has, naming that row."""
    if not batch.duplicates:
        return
    suspects = [batch.rows[position] for position in sorted(batch.duplicates)]
    query = sa.select(ROWS.c.row, ROWS.c.key).where(_in_batch(run.id, batch), ROWS.c.status == Status.UNPROCESSED.value)
    keys: dict[int, str] = dict(connection.execute(query).all())
    firsts: dict[str, tuple[int, int]] = {}
    repeats: dict[int, tuple[int | None, str]] = {}
    for row in suspects:
        key = keys.get(row)
        if key is None:
            continue
        if key not in firsts:
            firsts[key] = _first_valid(connection, run.id, key)
        source, first = firsts[key]
        if (source, first) != (batch.source, row):
            where = "" if source == batch.source else f" of {run.run.label_of(source)}"
            repeats[row] = (None, f"repeats row {first}{where}")
    skip_rows(connection, run.id, batch.source, repeats)


def _first_valid(connection: sa.Connection, run_id: int, key: str) -> tuple[int, int]:
    """Source and row of the first row with that key that is, or was, to be sent or to change its record."""
    query = (
        sa.select(ROWS.c.source, ROWS.c.row)
        .where(
            ROWS.c.run_id == run_id,
            ROWS.c.key == key,
            ROWS.c.status != Status.INVALID.value,
            # A row that was skipped for its record stands for it still; a repeat stands for nothing.
            sa.or_(ROWS.c.status != Status.SKIPPED.value, ROWS.c.remote_id.is_not(None)),
        )
        .order_by(ROWS.c.source, ROWS.c.row)
        .limit(1)
    )
    source, row = connection.execute(query).one()
    return source, row


def add_listed(connection: sa.Connection, run_id: int, found: Iterable[tuple[str, int]]) -> None:
    """Notes the records that a listing showed, as folded key and Id."""
    values = [{"run_id": run_id, "key": key, "remote_id": remote_id} for key, remote_id in found]
    if values:
        connection.execute(insert_new(connection.dialect.name, LISTED), values)


def listed_among(connection: sa.Connection, run_id: int, keys: Sequence[str]) -> set[str]:
    """Those of some folded keys that a listing showed."""
    return among(connection, sa.select(LISTED.c.key).where(LISTED.c.run_id == run_id), LISTED.c.key, keys)


def known_among(connection: sa.Connection, target: str, keys: Sequence[str]) -> set[str]:
    """Those of some folded keys whose record at a target some run has created."""
    query = sa.select(RECORDS.c.key).join(TARGETS, TARGETS.c.id == RECORDS.c.target_id)
    created = query.where(TARGETS.c.url == target, RECORDS.c.remote_id.is_not(None))
    return among(connection, created, RECORDS.c.key, keys)


def forget_listed(connection: sa.Connection, run_id: int) -> None:
    """Drops what a run found by listing: the target may have changed by the time of the next run."""
    connection.execute(sa.delete(LISTED).where(LISTED.c.run_id == run_id))
