"""The SQL of outcomes: how rows ended, whose records they created, which keys that frees.

May import `ledger`'s claims, database, prepared, statements and tables, and `model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.ledger.claims import owned
from pipeline.ledger.database import insert_new
from pipeline.ledger.prepared import Prepared
from pipeline.ledger.statements import CLAIM, OWNED_BY_ROW, THIS_ROW, claim_of, to_json, update_status
from pipeline.ledger.tables import RECORDS, ROWS
from pipeline.model.findings import envelope
from pipeline.model.rows import Outcome, Status

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.model.findings import CheckedBatch
    from pipeline.model.rows import Change, Record


_OTHER = RECORDS.alias("other")
# Naming the column makes SQLite look into the index; `SELECT *` would go through all records of the target.
_IS_NEW = ~sa.exists(_OTHER.c.remote_id).where(
    _OTHER.c.target_id == sa.bindparam("of_target"), _OTHER.c.remote_id == sa.bindparam("new_id")
)
_OWN = Prepared(
    lambda _: sa.update(RECORDS).where(OWNED_BY_ROW, _IS_NEW).values(remote_id=sa.bindparam("new_id")),
    *CLAIM,
    "new_id",
)
_FREE = Prepared(lambda _: sa.delete(RECORDS).where(OWNED_BY_ROW, RECORDS.c.remote_id.is_(None)), *CLAIM)


def record_outcomes(
    connection: sa.Connection, run: StoredRun, ended: Sequence[tuple[Record, Outcome]], at: float
) -> list[Outcome]:
    """Notes how rows ended, gives created records their Ids, and frees the keys of rows that created nothing.

    Returns:
        The outcome of each row that stands: a row that was answered with the Id of another row's record is in doubt.

    Raises:
        IllegalTransition: A row was not in a status from which this one may follow.
    """
    standing = _with_their_ids(connection, run, ended)
    update_status(connection, run.id, [(record.ref, outcome) for record, outcome in standing], at)
    freed = [r for r, o in standing if o.status not in {Status.CREATED, Status.IN_DOUBT}]
    _FREE.run(connection, [claim_of(run, record) for record in freed])
    return [outcome for _, outcome in standing]


def _with_their_ids(
    connection: sa.Connection, run: StoredRun, ended: Sequence[tuple[Record, Outcome]]
) -> list[tuple[Record, Outcome]]:
    """Gives created records their Ids, and puts in doubt the rows whose Id another row has.

    The same Id answered for two rows is not two creations: the later row is in doubt.
    """
    created = [(record, o.remote_id) for record, o in ended if o.status is Status.CREATED]
    owning = [(*claim_of(run, record), remote_id) for record, remote_id in created]
    # Rows that were answered with the same Id go one by one, so that the first of them owns it.
    differ = len({remote_id for _, remote_id in created}) == len(created)
    parts = [owning] if differ else [[one] for one in owning]
    if sum(_OWN.run(connection, part) for part in parts) == len(created):
        return list(ended)
    owners = _owners(connection, run.target_id, [remote_id for _, remote_id in created if remote_id is not None])
    return [(record, _unless_foreign(run, record, outcome, owners)) for record, outcome in ended]


def _owners(connection: sa.Connection, target_id: int, remote_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """The run, source and row that each of some Ids belongs to."""
    query = sa.select(RECORDS.c.remote_id, RECORDS.c.run_id, RECORDS.c.source, RECORDS.c.row)
    owned_ids = query.where(RECORDS.c.target_id == target_id, RECORDS.c.remote_id.in_(remote_ids))
    return {remote_id: (run_id, source, row) for remote_id, run_id, source, row in connection.execute(owned_ids)}


def _unless_foreign(
    run: StoredRun, record: Record, outcome: Outcome, owners: dict[int, tuple[int, int, int]]
) -> Outcome:
    """The outcome, or a doubt where it is another row's record; a record without an owner belongs to the row."""
    if outcome.status is not Status.CREATED or outcome.remote_id is None:
        return outcome
    place = (run.id, record.ref.source, record.ref.row)
    if owners.setdefault(outcome.remote_id, place) == place:
        return outcome
    message = f"answered with record {outcome.remote_id}, which another row has created"
    return Outcome(status=Status.IN_DOUBT, response=envelope([], message), reason=message)


def adopt(connection: sa.Connection, run: StoredRun, record: Record, remote_id: int, at: float) -> bool:
    """Notes that a record which was found at the target is this row's; `False` where another row was faster.

    The key's claim comes back to the row, should another run have taken it over meanwhile: that run's row finds the
    record owned.
    """
    if owned(connection, run.target_id, [remote_id]):
        return False
    # The record before the row: another process that adopts it at this moment is waited for here, and seen below.
    place = {"run_id": run.id, "source": record.ref.source, "row": record.ref.row}
    claim = {"target_id": run.target_id, "key": record.key.folded, **place}
    connection.execute(insert_new(connection.dialect.name, RECORDS), {**claim, "remote_id": remote_id})
    unowned = sa.and_(
        RECORDS.c.target_id == run.target_id,
        RECORDS.c.key == claim["key"],
        RECORDS.c.remote_id.is_(None),
    )
    connection.execute(sa.update(RECORDS).where(unowned).values({**claim, "remote_id": remote_id}))
    outcome = Outcome(status=Status.CREATED, remote_id=remote_id)
    if _unless_foreign(run, record, outcome, _owners(connection, run.target_id, [remote_id])) is not outcome:
        return False
    update_status(connection, run.id, [(record.ref, outcome)], at)
    return True


_NOTE_CHANGES = Prepared(
    lambda _: (
        sa.update(ROWS)
        .where(THIS_ROW)
        .values(changes=sa.bindparam("to_changes"), remote_id=sa.bindparam("to_id"), undone=None)
    ),
    *("to_changes", "to_id", "of_run", "of_source", "of_row"),
)


def note_changes(
    connection: sa.Connection, run_id: int, record: Record, remote_id: int, changes: Sequence[Change]
) -> None:
    """Notes what a row is about to change of a record, beside what it is found to have changed before."""
    noted = to_json([change.as_json() for change in changes])
    _NOTE_CHANGES.run(connection, [(noted, remote_id, run_id, record.ref.source, record.ref.row)])


def doubt_unanswered(connection: sa.Connection, run_id: int, batch: CheckedBatch | None = None) -> int:
    """Puts in doubt what a process that has died had sent without noting an answer; returns how many rows.

    Args:
        connection: A transaction.
        run_id: Their run.
        batch: Only rows of this batch, where the process worked on no more.
    """
    statement = sa.update(ROWS).where(ROWS.c.run_id == run_id, ROWS.c.status == Status.SENDING.value)
    if batch is not None:
        statement = statement.where(ROWS.c.source == batch.source, ROWS.c.row.between(batch.rows[0], batch.rows[-1]))
    return connection.execute(statement.values(status=Status.IN_DOUBT.value)).rowcount
