"""The SQL of second thoughts: rows in doubt settled by a person, refused rows taken up again.

May import `ledger`'s outcomes, statements and tables, `model` and `errors`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.errors import Code, ConfigurationError, Fact
from pipeline.ledger.outcomes import adopt, doubt_unanswered, record_outcomes
from pipeline.ledger.statements import THIS_ROW, row_parameters
from pipeline.ledger.tables import ROWS
from pipeline.model.rows import Key, Outcome, Record, RowRef, Status

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.model.rows import Settlement

# Rows whose record could be neither created nor changed, and of which that is known.
RETRIABLE = (Status.REJECTED, Status.FAILED)


def settle(connection: sa.Connection, run: StoredRun, settlements: Sequence[Settlement], by: str, at: float) -> None:
    """Takes a person's word for rows in doubt: all of it, or nothing.

    Args:
        connection: A transaction.
        run: The run.
        settlements: What is said of which row.
        by: Who says so.
        at: Now, in seconds since 1970.

    Raises:
        ConfigurationError: A row is not in doubt, or an Id belongs to another row.
    """
    doubt_unanswered(connection, run.id)  # reports of a run that was killed show these rows as in doubt
    for settlement in settlements:
        record = _row_in_doubt(connection, run, settlement.ref)
        if settlement.remote_id is None:
            record_outcomes(connection, run, [(record, Outcome(status=Status.UNPROCESSED))], at)
        elif not adopt(connection, run, record, settlement.remote_id, at):
            place: dict[str, Fact] = {"run_id": run.run.run_id, "row": settlement.ref.row}
            message = f"{_named(run, settlement.ref)}: record {settlement.remote_id} belongs to another row."
            raise ConfigurationError(Code.RECORD_TAKEN, message, **place, id=settlement.remote_id)
        note = sa.update(ROWS).where(THIS_ROW).values(settled_by=sa.bindparam("by"))
        connection.execute(note, {**row_parameters(run.id, settlement.ref), "by": by})


def _row_in_doubt(connection: sa.Connection, run: StoredRun, ref: RowRef) -> Record:
    row = connection.execute(sa.select(ROWS).where(THIS_ROW), row_parameters(run.id, ref)).one_or_none()
    if row is None or row.status != Status.IN_DOUBT.value:
        stands = "is not one of the run's rows" if row is None else f"is {row.status.replace('_', ' ')}"
        message = f"{_named(run, ref)} {stands}: only a row in doubt can be settled."
        raise ConfigurationError(Code.ROW_NOT_IN_DOUBT, message, run_id=run.run.run_id, row=ref.row)
    return Record(ref=ref, key=Key.of(json.loads(row.key_values)), body=b"")


def _named(run: StoredRun, ref: RowRef) -> str:
    return f"Row {ref.row} of {run.run.label_of(ref.source)}"


def reopen(connection: sa.Connection, run_id: int, statuses: Collection[Status]) -> int:
    """Takes refused rows up again, since their cause is mended; returns how many.

    Args:
        connection: A transaction.
        run_id: The run.
        statuses: Among `RETRIABLE`.
    """
    chosen = ROWS.c.status.in_([status.value for status in statuses])
    values = {"status": Status.UNPROCESSED.value, "response": None, "reason": None, "ended_at": None}
    return connection.execute(sa.update(ROWS).where(ROWS.c.run_id == run_id, chosen).values(values)).rowcount
