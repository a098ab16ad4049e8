"""The SQL of rows: entered when read, intended before they are sent, concluded before they are reported.

All of it works on sets: a batch is entered and sifted by a handful of statements, however many rows it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.ledger.claims import claim_values, owned
from pipeline.ledger.database import insert_new
from pipeline.ledger.statements import claim_parameters, owned_by_row, update_status
from pipeline.ledger.tables import RECORDS, ROWS
from pipeline.model.rows import Outcome, Status

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.model.rows import Record


def conclude(connection: sa.Connection, run: StoredRun, ended: Sequence[tuple[Record, Outcome]], at: float) -> None:
    """Notes how rows ended, gives created records their Ids, and frees the keys of rows that created nothing.

    Raises:
        IllegalTransition: A row was not in a status from which this one may follow.
    """
    update_status(connection, run.id, [(record.ref, outcome) for record, outcome in ended], at)
    created = [(r, o) for r, o in ended if o.status is Status.CREATED]
    freed = [r for r, o in ended if o.status not in {Status.CREATED, Status.IN_DOUBT}]
    if created:
        statement = sa.update(RECORDS).where(owned_by_row(run)).values(remote_id=sa.bindparam("new_id"))
        connection.execute(statement, [{**claim_parameters(r), "new_id": o.remote_id} for r, o in created])
    if freed:
        statement_d = sa.delete(RECORDS).where(owned_by_row(run), RECORDS.c.remote_id.is_(None))
        connection.execute(statement_d, [claim_parameters(r) for r in freed])


def adopt(connection: sa.Connection, run: StoredRun, record: Record, remote_id: int, at: float) -> bool:
    """Notes that a record which was found at the target is this row's; `False` where another row was faster.

    The key's claim comes back to the row, should another run have taken it over meanwhile: that run's row finds the
    record owned.
    """
    if owned(connection, run.target_id, [remote_id]):
        return False
    conclude(connection, run, [(record, Outcome(status=Status.CREATED, remote_id=remote_id))], at)
    claim = claim_values(run, record)
    connection.execute(insert_new(connection, RECORDS), {**claim, "remote_id": remote_id})
    unowned = sa.and_(
        RECORDS.c.target_id == run.target_id,
        RECORDS.c.business_id == claim["business_id"],
        RECORDS.c.email_key == claim["email_key"],
        RECORDS.c.remote_id.is_(None),
    )
    connection.execute(sa.update(RECORDS).where(unowned).values({**claim, "remote_id": remote_id}))
    return True


def doubt_unanswered(connection: sa.Connection, run_id: int) -> int:
    """Puts in doubt what a process that has died had sent without noting an answer; returns how many rows."""
    statement = sa.update(ROWS).where(ROWS.c.run_id == run_id, ROWS.c.status == Status.SENDING.value)
    return connection.execute(statement.values(status=Status.IN_DOUBT.value)).rowcount
