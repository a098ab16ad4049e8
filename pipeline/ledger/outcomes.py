"""The SQL of outcomes: how rows ended, whose records they created, which keys that frees.

May import `ledger.claims`, `ledger.statements`, `ledger.tables` and `model`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.ledger.claims import claim_values, owned
from pipeline.ledger.database import insert_new
from pipeline.ledger.statements import OWNED_BY_ROW, claim_parameters, update_status
from pipeline.ledger.tables import RECORDS, ROWS
from pipeline.model.findings import envelope
from pipeline.model.rows import Outcome, Status

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.model.rows import Record


def record_outcomes(
    connection: sa.Connection, run: StoredRun, ended: Sequence[tuple[Record, Outcome]], at: float
) -> list[Outcome]:
    """Notes how rows ended, gives created records their Ids, and frees the keys of rows that created nothing.

    Returns:
        The outcome of each row that stands: a row that was answered with the Id of another row's record is in doubt.

    Raises:
        IllegalTransition: A row was not in a status from which this one may follow.
    """
    standing = _owning(connection, run, _without_foreign_ids(connection, run, ended))
    update_status(connection, run.id, [(record.ref, outcome) for record, outcome in standing], at)
    freed = [r for r, o in standing if o.status not in {Status.CREATED, Status.IN_DOUBT}]
    if freed:
        connection.execute(_FREE, [claim_parameters(run, r) for r in freed])
    return [outcome for _, outcome in standing]


def _owning(
    connection: sa.Connection, run: StoredRun, standing: list[tuple[Record, Outcome]]
) -> list[tuple[Record, Outcome]]:
    """Gives created records to the rows that hold their keys; a row whose Id went to another meanwhile is in doubt."""
    created = [(r, o) for r, o in standing if o.status is Status.CREATED]
    if not created:
        return standing
    given = connection.execute(_OWN, [{**claim_parameters(run, r), "new_id": o.remote_id} for r, o in created])
    if given.rowcount == len(created):
        return standing
    # A claim that another process has taken over, with the record or without it: it was waited for just now.
    owners = _owners(connection, run.target_id, [o.remote_id for _, o in created if o.remote_id is not None])
    lost = {r.ref for r, o in created if _is_foreign(owners, run, r, o.remote_id)}
    return [(r, _doubted(o)) if r.ref in lost else (r, o) for r, o in standing]


def _owners(connection: sa.Connection, target_id: int, remote_ids: Sequence[int]) -> dict[int | None, tuple[int, ...]]:
    """Run, source and row that own each of the Ids that have an owner."""
    query = sa.select(RECORDS.c.remote_id, RECORDS.c.run_id, RECORDS.c.source, RECORDS.c.row)
    found = connection.execute(query.where(RECORDS.c.target_id == target_id, RECORDS.c.remote_id.in_(remote_ids)))
    return {remote_id: tuple(place) for remote_id, *place in found}


def _is_foreign(
    owners: Mapping[int | None, tuple[int, ...]], run: StoredRun, record: Record, remote_id: int | None
) -> bool:
    """Whether another row than this one has that Id."""
    place = (run.id, record.ref.source, record.ref.row)
    return owners.get(remote_id, place) != place


def _doubted(outcome: Outcome) -> Outcome:
    """A row that was answered with the Id of another row's record."""
    message = f"answered with record {outcome.remote_id}, which another row has created"
    return Outcome(status=Status.IN_DOUBT, response=envelope([], message))


_OWN = sa.update(RECORDS).where(OWNED_BY_ROW).values(remote_id=sa.bindparam("new_id"))
_FREE = sa.delete(RECORDS).where(OWNED_BY_ROW, RECORDS.c.remote_id.is_(None))


def _without_foreign_ids(
    connection: sa.Connection, run: StoredRun, ended: Sequence[tuple[Record, Outcome]]
) -> list[tuple[Record, Outcome]]:
    """The same Id answered for two rows is not two creations: the later row is in doubt."""
    ids = [o.remote_id for _, o in ended if o.status is Status.CREATED and o.remote_id is not None]
    taken = owned(connection, run.target_id, ids) if ids else set()
    if not taken and len(set(ids)) == len(ids):
        return list(ended)
    standing: list[tuple[Record, Outcome]] = []
    for record, outcome in ended:
        is_creation = outcome.status is Status.CREATED and outcome.remote_id is not None
        if is_creation and outcome.remote_id in taken:
            standing.append((record, _doubted(outcome)))
        else:
            standing.append((record, outcome))
            taken |= {outcome.remote_id} if is_creation and outcome.remote_id is not None else set()
    return standing


def adopt(connection: sa.Connection, run: StoredRun, record: Record, remote_id: int, at: float) -> bool:
    """Notes that a record which was found at the target is this row's; `False` where another row was faster.

    The key's claim comes back to the row, should another run have taken it over meanwhile: that run's row finds the
    record owned.
    """
    if owned(connection, run.target_id, [remote_id]):
        return False
    # The record before the row: another process that adopts it at this moment is waited for here, and seen below.
    claim = claim_values(run, record)
    connection.execute(insert_new(connection.dialect.name, RECORDS), {**claim, "remote_id": remote_id})
    unowned = sa.and_(
        RECORDS.c.target_id == run.target_id,
        RECORDS.c.key == claim["key"],
        RECORDS.c.remote_id.is_(None),
    )
    connection.execute(sa.update(RECORDS).where(unowned).values({**claim, "remote_id": remote_id}))
    if _is_foreign(_owners(connection, run.target_id, [remote_id]), run, record, remote_id):
        return False
    update_status(connection, run.id, [(record.ref, Outcome(status=Status.CREATED, remote_id=remote_id))], at)
    return True


def doubt_unanswered(connection: sa.Connection, run_id: int) -> int:
    """Puts in doubt what a process that has died had sent without noting an answer; returns how many rows."""
    statement = sa.update(ROWS).where(ROWS.c.run_id == run_id, ROWS.c.status == Status.SENDING.value)
    return connection.execute(statement.values(status=Status.IN_DOUBT.value)).rowcount
