"""The SQL of rows: entered when read, intended before they are sent, concluded before they are reported.

All of it works on sets: a batch is entered and sifted by a handful of statements, however many rows it has.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.errors import IllegalTransition
from pipeline.ledger.database import insert_new
from pipeline.ledger.tables import LISTED, RECORDS, ROWS, RUNS, SOURCES
from pipeline.model.rows import TRANSITIONS, FieldError, Outcome, RowRef, Status, envelope

if TYPE_CHECKING:
    from pipeline.intake.validation.validator import CheckedBatch
    from pipeline.ledger.runs import LedgerRun
    from pipeline.model.rows import Record

# Not `IN`: its list cannot stand in a statement for many rows.
_MAY_BECOME = {
    to: sa.or_(*(ROWS.c.status == s.value for s, followers in TRANSITIONS.items() if to in followers), sa.false())
    for to in Status
}
_THIS_ROW = (ROWS.c.run_id == sa.bindparam("of_run")) & (
    (ROWS.c.source == sa.bindparam("of_source")) & (ROWS.c.row == sa.bindparam("of_row"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A row of a batch that has something left to do.

    Attributes:
        position: Its place in the batch.
        status: `UNPROCESSED`, or `IN_DOUBT` from an earlier attempt.
        existing_id: The record that it is to change, where one is known and changes are asked for.
        intent_at: When it was first sent, by the target's clock, if it is in doubt.
        last_at: When it was last sent, or last known to be in doubt.
    """

    position: int
    status: Status
    existing_id: int | None = None
    intent_at: float | None = None
    last_at: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """The row that already owns, or claims, a key that was about to be sent.

    Attributes:
        run_id: The number of its run.
        run_name: The name of its run.
        source: Its source, as the person called it.
        row: Its row number.
        remote_id: The record it created; `None` while that is open.
        intent_at: When it was first sent, by the target's clock.
        last_at: When it was last sent, or last known to be in doubt.
        in_doubt: Whether it stands in doubt.
    """

    run_id: int
    run_name: str
    source: str
    row: int
    remote_id: int | None
    intent_at: float | None
    last_at: float | None
    in_doubt: bool

    def __str__(self) -> str:
        return f"row {self.row} of {self.source} in run {self.run_name}"


# -- entering ----------------------------------------------------------------------------------------------------


def enter(
    connection: sa.Connection, run: LedgerRun, batch: CheckedBatch, key: tuple[str, str], *, update: bool
) -> list[Due]:
    """Enters a batch, sifts out what need not be sent, and returns the rest.

    Entering it again (on resume) changes nothing and returns what is still to do.

    Args:
        connection: A transaction.
        run: The run it belongs to.
        batch: Its rows, in order.
        key: The fields of the endpoint's key.
        update: Rows whose record is known are to change it rather than to be skipped.
    """
    connection.execute(insert_new(connection, ROWS), _entries(run.id, batch, key))
    _skip_repeats(connection, run, batch)
    existing = _existing(connection, run, batch)
    if not update:
        _skip(connection, run.id, batch.source, existing)
        existing = {}
    position = {row: index for index, row in enumerate(batch.rows)}
    todo = [Status.UNPROCESSED.value, Status.IN_DOUBT.value]
    query = sa.select(ROWS.c.row, ROWS.c.status, ROWS.c.intent_at, ROWS.c.ended_at).where(
        _in_batch(run.id, batch), ROWS.c.status.in_(todo)
    )
    return [
        Due(
            position=position[row],
            status=Status(status),
            existing_id=existing[row][0] if row in existing else None,
            intent_at=intent_at,
            last_at=last_at,
        )
        for row, status, intent_at, last_at in connection.execute(query.order_by(ROWS.c.row))
    ]


def _entries(run_id: int, batch: CheckedBatch, key: tuple[str, str]) -> list[dict[str, Any]]:
    business_ids, emails = (_cells(batch, name) for name in key)
    return [
        {
            "run_id": run_id,
            "source": batch.source,
            "row": row,
            "status": (Status.INVALID if position in batch.errors else Status.UNPROCESSED).value,
            "business_id": business_id,
            "email": email,
            "email_key": email.lower() if email is not None else None,
            "response": _json(envelope(batch.errors[position])) if position in batch.errors else None,
            "warnings": _warnings(batch.warnings.get(position)),
        }
        for position, (row, business_id, email) in enumerate(zip(batch.rows, business_ids, emails, strict=True))
    ]


def _cells(batch: CheckedBatch, name: str) -> list[Any]:
    if name not in batch.typed:
        return [None] * len(batch.rows)
    return batch.typed[name].astype(object).where(batch.typed[name].notna(), None).tolist()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _warnings(found: Sequence[FieldError] | None) -> str | None:
    return _json([w.as_json() for w in found]) if found else None


def _in_batch(run_id: int, batch: CheckedBatch, table: Any = ROWS) -> sa.ColumnElement[bool]:
    rows = table.c.row.between(batch.rows[0], batch.rows[-1])
    return sa.and_(table.c.run_id == run_id, table.c.source == batch.source, rows)


def _skip_repeats(connection: sa.Connection, run: LedgerRun, batch: CheckedBatch) -> None:
    """Skips rows whose key an earlier valid row of the run has, naming that row."""
    if not batch.repeated:
        return
    suspects = [batch.rows[position] for position in sorted(batch.repeated)]
    query = sa.select(ROWS.c.row, ROWS.c.business_id, ROWS.c.email_key).where(
        _in_batch(run.id, batch), ROWS.c.status == Status.UNPROCESSED.value
    )
    keys = {row: (business_id, email_key) for row, business_id, email_key in connection.execute(query)}
    firsts: dict[tuple[int, str], tuple[int, int]] = {}
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
    _skip(connection, run.id, batch.source, repeats)


def _first_valid(connection: sa.Connection, run_id: int, key: tuple[int, str]) -> tuple[int, int]:
    """Source and row of the first row with that key that is, or was, to be sent or to change its record."""
    query = (
        sa.select(ROWS.c.source, ROWS.c.row)
        .where(
            ROWS.c.run_id == run_id,
            ROWS.c.business_id == key[0],
            ROWS.c.email_key == key[1],
            ROWS.c.status != Status.INVALID.value,
            # A row that was skipped for its record stands for it still; a repeat stands for nothing.
            sa.or_(ROWS.c.status != Status.SKIPPED.value, ROWS.c.remote_id.is_not(None)),
        )
        .order_by(ROWS.c.source, ROWS.c.row)
        .limit(1)
    )
    source, row = connection.execute(query).one()
    return source, row


def _existing(connection: sa.Connection, run: LedgerRun, batch: CheckedBatch) -> dict[int, tuple[int | None, str]]:
    """Rows of the batch whose record is known to exist: the Id, and how it is known."""
    found: dict[int, tuple[int | None, str]] = {}
    waiting = sa.and_(_in_batch(run.id, batch), ROWS.c.status == Status.UNPROCESSED.value)
    listed = sa.select(ROWS.c.row, LISTED.c.remote_id).join(LISTED, _same_key(LISTED, LISTED.c.run_id == run.id))
    for row, remote_id in connection.execute(listed.where(waiting)):
        found[row] = (remote_id, "exists at the target")
    recorded = (
        sa.select(ROWS.c.row, RECORDS.c.remote_id, RUNS.c.name, SOURCES.c.label, RECORDS.c.row)
        .join(RECORDS, _same_key(RECORDS, RECORDS.c.target_id == run.target_id))
        .join(RUNS, RUNS.c.id == RECORDS.c.run_id)
        .join(SOURCES, sa.and_(SOURCES.c.run_id == RECORDS.c.run_id, SOURCES.c.number == RECORDS.c.source))
    )
    known = RECORDS.c.remote_id.is_not(None)
    for row, remote_id, name, label, first in connection.execute(recorded.where(waiting, known)):
        found[row] = (remote_id, f"created by run {name} (row {first} of {label})")
    return found


def _same_key(table: sa.Table, also: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.and_(also, table.c.business_id == ROWS.c.business_id, table.c.email_key == ROWS.c.email_key)


def _skip(connection: sa.Connection, run_id: int, source: int, rows: Mapping[int, tuple[int | None, str]]) -> None:
    refs = [RowRef(source=source, row=row) for row in rows]
    outcomes = [Outcome(status=Status.SKIPPED, remote_id=i, reason=why) for i, why in rows.values()]
    _update(connection, run_id, list(zip(refs, outcomes, strict=True)), at=None)


# -- sending -----------------------------------------------------------------------------------------------------


def intend(
    connection: sa.Connection, run: LedgerRun, records: Sequence[Record], at: float
) -> dict[RowRef, Holder | None]:
    """Claims the keys of rows that are about to be sent, and notes the intent of each whose key was free.

    Args:
        connection: A transaction; the rows may be sent once it is committed.
        run: Their run.
        records: The rows.
        at: Now, by the target's clock as far as it is known. A row that is sent again keeps its first moment, since
            a record of its first attempt may still turn up.

    Returns:
        For each row the one that holds its key, or `None`: then it is `SENDING`.
    """
    in_one_order = sorted(records, key=lambda r: r.key.folded)  # so that two processes never wait for each other
    claimed = _claimed(connection, run, in_one_order)
    holders = {r.ref: None if r.ref in claimed else _holder(connection, run, r) for r in records}
    free = [r for r in records if holders[r.ref] is None]
    if free:
        statement = (
            sa.update(ROWS)
            .where(_THIS_ROW, _MAY_BECOME[Status.SENDING])
            .values(
                status=Status.SENDING.value,
                intent_at=sa.func.coalesce(ROWS.c.intent_at, sa.bindparam("at")),
                ended_at=sa.bindparam("at"),
            )
        )
        done = connection.execute(statement, [{**_place(run.id, r.ref), "at": at} for r in free])
        _demand(done.rowcount, len(free), Status.SENDING)
    return holders


def send_again(connection: sa.Connection, run: LedgerRun, record: Record, at: float) -> None:
    """Notes when a row is sent again that was not processed; its claim and its first moment stand."""
    statement = sa.update(ROWS).where(_THIS_ROW, ROWS.c.status == Status.SENDING.value).values(ended_at=at)
    connection.execute(statement, _place(run.id, record.ref))


def _claimed(connection: sa.Connection, run: LedgerRun, records: Sequence[Record]) -> set[RowRef]:
    """Claims the keys that nobody holds; returns the rows that have theirs now."""
    insert = insert_new(connection, RECORDS).returning(RECORDS.c.source, RECORDS.c.row)
    claims = [_claim(run, r) for r in records]
    return {RowRef(source=source, row=row) for source, row in connection.execute(insert, claims)}


def _claim(run: LedgerRun, record: Record) -> dict[str, Any]:
    business_id, email_key = record.key.folded
    return {
        "target_id": run.target_id,
        "business_id": business_id,
        "email_key": email_key,
        "run_id": run.id,
        "source": record.ref.source,
        "row": record.ref.row,
    }


def _holder(connection: sa.Connection, run: LedgerRun, record: Record) -> Holder | None:
    """The row that holds a record's key; `None` where it is the record's own."""
    business_id, email_key = record.key.folded
    query = (
        sa.select(RECORDS, RUNS.c.name, SOURCES.c.label, ROWS.c.status, ROWS.c.intent_at, ROWS.c.ended_at)
        .join(RUNS, RUNS.c.id == RECORDS.c.run_id)
        .join(SOURCES, sa.and_(SOURCES.c.run_id == RECORDS.c.run_id, SOURCES.c.number == RECORDS.c.source))
        .join(
            ROWS,
            sa.and_(ROWS.c.run_id == RECORDS.c.run_id, ROWS.c.source == RECORDS.c.source, ROWS.c.row == RECORDS.c.row),
        )
        .where(
            RECORDS.c.target_id == run.target_id,
            RECORDS.c.business_id == business_id,
            RECORDS.c.email_key == email_key,
        )
    )
    h = connection.execute(query).one_or_none()
    if h is None:  # freed since the claim was tried: each statement sees what other processes have committed by then
        return None if _claimed(connection, run, [record]) else _holder(connection, run, record)
    if (h.run_id, h.source, h.row) == (run.id, record.ref.source, record.ref.row):
        return None
    return Holder(
        run_id=h.run_id,
        run_name=h.name,
        source=h.label,
        row=h.row,
        remote_id=h.remote_id,
        intent_at=h.intent_at,
        last_at=h.ended_at,
        in_doubt=h.status == Status.IN_DOUBT.value,
    )


def take_over(connection: sa.Connection, run: LedgerRun, record: Record, holder: Holder) -> None:
    """Moves a claim from a row whose process is dead to this one, unless somebody was faster."""
    business_id, email_key = record.key.folded
    statement = sa.update(RECORDS).where(
        RECORDS.c.target_id == run.target_id,
        RECORDS.c.business_id == business_id,
        RECORDS.c.email_key == email_key,
        RECORDS.c.run_id == holder.run_id,
        RECORDS.c.remote_id.is_(None),
    )
    connection.execute(statement.values(run_id=run.id, source=record.ref.source, row=record.ref.row))


def conclude(connection: sa.Connection, run: LedgerRun, ended: Sequence[tuple[Record, Outcome]], at: float) -> None:
    """Notes how rows ended, gives created records their Ids, and frees the keys of rows that created nothing.

    Raises:
        IllegalTransition: A row was not in a status from which this one may follow.
    """
    _update(connection, run.id, [(record.ref, outcome) for record, outcome in ended], at)
    created = [(r, o) for r, o in ended if o.status is Status.CREATED]
    freed = [r for r, o in ended if o.status not in {Status.CREATED, Status.IN_DOUBT}]
    if created:
        statement = sa.update(RECORDS).where(_ours(run)).values(remote_id=sa.bindparam("new_id"))
        connection.execute(statement, [{**_own(r), "new_id": o.remote_id} for r, o in created])
    if freed:
        statement_d = sa.delete(RECORDS).where(_ours(run), RECORDS.c.remote_id.is_(None))
        connection.execute(statement_d, [_own(r) for r in freed])


def adopt(connection: sa.Connection, run: LedgerRun, record: Record, remote_id: int, at: float) -> bool:
    """Notes that a record which was found at the target is this row's; `False` where another row was faster.

    The key's claim comes back to the row, should another run have taken it over meanwhile: that run's row finds the
    record owned.
    """
    if owned(connection, run.target_id, [remote_id]):
        return False
    conclude(connection, run, [(record, Outcome(status=Status.CREATED, remote_id=remote_id))], at)
    claim = _claim(run, record)
    connection.execute(insert_new(connection, RECORDS), {**claim, "remote_id": remote_id})
    unowned = sa.and_(
        RECORDS.c.target_id == run.target_id,
        RECORDS.c.business_id == claim["business_id"],
        RECORDS.c.email_key == claim["email_key"],
        RECORDS.c.remote_id.is_(None),
    )
    connection.execute(sa.update(RECORDS).where(unowned).values({**claim, "remote_id": remote_id}))
    return True


def _ours(run: LedgerRun) -> sa.ColumnElement[bool]:
    return sa.and_(
        RECORDS.c.target_id == run.target_id,
        RECORDS.c.business_id == sa.bindparam("of_business"),
        RECORDS.c.email_key == sa.bindparam("of_email"),
        RECORDS.c.run_id == run.id,
        RECORDS.c.source == sa.bindparam("of_source"),
        RECORDS.c.row == sa.bindparam("of_row"),
    )


def _own(record: Record) -> dict[str, Any]:
    business_id, email_key = record.key.folded
    return {
        "of_business": business_id,
        "of_email": email_key,
        "of_source": record.ref.source,
        "of_row": record.ref.row,
    }


def _place(run_id: int, ref: RowRef) -> dict[str, Any]:
    return {"of_run": run_id, "of_source": ref.source, "of_row": ref.row}


def _update(connection: sa.Connection, run_id: int, ended: Iterable[tuple[RowRef, Outcome]], at: float | None) -> None:
    by_status: dict[Status, list[dict[str, Any]]] = defaultdict(list)
    for ref, o in ended:
        response = _json(o.response) if o.response is not None else None
        values = {
            "to_id": o.remote_id,
            "to_response": response,
            "to_reason": o.reason,
            "to_updated": o.updated_on,
            "to_ended": at,
        }
        by_status[o.status].append({**_place(run_id, ref), **values})
    for status, parameters in by_status.items():
        statement = (
            sa.update(ROWS)
            .where(_THIS_ROW, _MAY_BECOME[status])
            .values(
                status=status.value,
                remote_id=sa.bindparam("to_id"),
                response=sa.bindparam("to_response"),
                reason=sa.bindparam("to_reason"),
                updated_on=sa.bindparam("to_updated"),
                ended_at=sa.bindparam("to_ended"),
            )
        )
        _demand(connection.execute(statement, parameters).rowcount, len(parameters), status)


def _demand(changed: int, wanted: int, to: Status) -> None:
    if changed != wanted:
        raise IllegalTransition(f"{wanted - changed} of {wanted} rows may not become {to}.")


def doubt_unanswered(connection: sa.Connection, run_id: int) -> int:
    """Puts in doubt what a process that has died had sent without noting an answer; returns how many rows."""
    statement = sa.update(ROWS).where(ROWS.c.run_id == run_id, ROWS.c.status == Status.SENDING.value)
    return connection.execute(statement.values(status=Status.IN_DOUBT.value)).rowcount


# -- looking up --------------------------------------------------------------------------------------------------


def add_listed(connection: sa.Connection, run_id: int, business_id: int, found: Iterable[tuple[str, int]]) -> None:
    """Notes the records of a business that a listing showed, as e-mail address and Id."""
    values = [
        {"run_id": run_id, "business_id": business_id, "email_key": email.lower(), "remote_id": remote_id}
        for email, remote_id in found
    ]
    if values:
        connection.execute(insert_new(connection, LISTED), values)


def forget_listed(connection: sa.Connection, run_id: int) -> None:
    """Drops what a run found by listing: the target may have changed by the time of the next run."""
    connection.execute(sa.delete(LISTED).where(LISTED.c.run_id == run_id))


def owned(connection: sa.Connection, target_id: int, remote_ids: Sequence[int]) -> set[int]:
    """Those of the Ids that some row already has."""
    query = sa.select(RECORDS.c.remote_id).where(RECORDS.c.target_id == target_id, RECORDS.c.remote_id.in_(remote_ids))
    return set(connection.execute(query).scalars())
