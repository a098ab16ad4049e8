"""The SQL of claims: who may create the record of a key, and the intent to send a row.

May import `ledger.prepared`, `ledger.statements`, `ledger.tables`, `model` and `errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.ledger.prepared import Prepared
from pipeline.ledger.statements import (
    CLAIM,
    MAY_BECOME,
    OWNED_BY_ROW,
    THIS_ROW,
    claim_of,
    demand_all,
    row_parameters,
)
from pipeline.ledger.tables import RECORDS, ROWS, RUNS, SOURCES
from pipeline.model.rows import RowRef, Status

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.model.rows import Record


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyOwner:
    """The row that already owns, or claims, a key that was about to be sent.

    Attributes:
        run_pk: The number of its run.
        run_id: The name of its run.
        source: Its source, as the person called it.
        row: Its row number.
        remote_id: The record it created; `None` while that is open.
        intent_at: When it was first sent, by the target's clock.
        last_at: When it was last sent, or last known to be in doubt.
        in_doubt: Whether it stands in doubt.
        final_because: Why that doubt is for a person alone to settle, if it is.
    """

    run_pk: int
    run_id: str
    source: str
    row: int
    remote_id: int | None
    intent_at: float | None
    last_at: float | None
    in_doubt: bool
    final_because: str | None = None

    def __str__(self) -> str:
        return f"row {self.row} of {self.source} in run {self.run_id}"


_CLAIMING = Prepared.inserting(
    RECORDS,
    dict(
        zip((RECORDS.c.target_id, RECORDS.c.key, RECORDS.c.run_id, RECORDS.c.source, RECORDS.c.row), CLAIM, strict=True)
    ),
)
_SENDING = Prepared(
    lambda _: (
        sa.update(ROWS)
        .where(THIS_ROW, MAY_BECOME[Status.SENDING])
        .values(
            status=Status.SENDING.value,
            intent_at=sa.func.coalesce(ROWS.c.intent_at, sa.bindparam("at")),
            ended_at=sa.bindparam("at"),
        )
    ),
    "at",
    "of_run",
    "of_source",
    "of_row",
)


def claim_rows(
    connection: sa.Connection, run: StoredRun, records: Sequence[Record], at: float
) -> dict[RowRef, KeyOwner | None]:
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
    all_are_free = insert_claims(connection, run, in_one_order) == len(records)
    owners = {r.ref: None if all_are_free else _owner_of(connection, run, r) for r in records}
    free = [(at, run.id, r.ref.source, r.ref.row) for r in records if owners[r.ref] is None]
    demand_all(_SENDING.run(connection, free), len(free), Status.SENDING)
    return owners


def claim_again(connection: sa.Connection, run: StoredRun, record: Record, at: float) -> bool:
    """Notes when a row is sent again that was not processed; its claim and its first moment stand.

    Returns:
        Whether the claim is its own still: a process whose connection was lost may have been taken for dead meanwhile.
    """
    still = sa.select(RECORDS.c.key).where(OWNED_BY_ROW).with_for_update()
    is_own = connection.execute(still, dict(zip(CLAIM, claim_of(run, record), strict=True))).one_or_none() is not None
    if is_own:
        statement = sa.update(ROWS).where(THIS_ROW, ROWS.c.status == Status.SENDING.value).values(ended_at=at)
        connection.execute(statement, row_parameters(run.id, record.ref))
    return is_own


def insert_claims(connection: sa.Connection, run: StoredRun, records: Sequence[Record]) -> int:
    """Claims the keys that nobody holds; returns how many those were."""
    return _CLAIMING.run(connection, [claim_of(run, record) for record in records])


def _owner_of(connection: sa.Connection, run: StoredRun, record: Record) -> KeyOwner | None:
    """The row that holds a record's key; `None` where it is the record's own."""
    query = (
        sa.select(
            RECORDS, RUNS.c.name, SOURCES.c.label, ROWS.c.status, ROWS.c.intent_at, ROWS.c.ended_at, ROWS.c.reason
        )
        .join(RUNS, RUNS.c.id == RECORDS.c.run_id)
        .join(SOURCES, sa.and_(SOURCES.c.run_id == RECORDS.c.run_id, SOURCES.c.number == RECORDS.c.source))
        .outerjoin(  # a run that was pruned has no rows
            ROWS,
            sa.and_(ROWS.c.run_id == RECORDS.c.run_id, ROWS.c.source == RECORDS.c.source, ROWS.c.row == RECORDS.c.row),
        )
        .where(
            RECORDS.c.target_id == run.target_id,
            RECORDS.c.key == record.key.folded,
        )
    )
    h = connection.execute(query).one_or_none()
    if h is None:  # freed since the claim was tried: each statement sees what other processes have committed by then
        return None if insert_claims(connection, run, [record]) else _owner_of(connection, run, record)
    if (h.run_id, h.source, h.row) == (run.id, record.ref.source, record.ref.row):
        return None
    return KeyOwner(
        run_pk=h.run_id,
        run_id=h.name,
        source=h.label,
        row=h.row,
        remote_id=h.remote_id,
        intent_at=h.intent_at,
        last_at=h.ended_at,
        in_doubt=h.status == Status.IN_DOUBT.value,
        final_because=h.reason if h.status == Status.IN_DOUBT.value else None,
    )


def take_over(connection: sa.Connection, run: StoredRun, record: Record, owner: KeyOwner) -> None:
    """Moves a claim from a row whose process is dead to this one, unless somebody was faster.

    Nor where the row has been sent again since its process was taken for dead: then it lives.
    """
    claim = sa.and_(
        RECORDS.c.target_id == run.target_id,
        RECORDS.c.key == record.key.folded,
        RECORDS.c.run_id == owner.run_pk,
        RECORDS.c.remote_id.is_(None),
    )
    held = connection.execute(sa.select(RECORDS.c.source, RECORDS.c.row).where(claim).with_for_update()).one_or_none()
    # A statement of its own, since it has to see what was committed while the lock above was waited for.
    if held is not None and _last_sent(connection, owner, *held) == owner.last_at:
        values = {"run_id": run.id, "source": record.ref.source, "row": record.ref.row}
        connection.execute(sa.update(RECORDS).where(claim).values(values))


def _last_sent(connection: sa.Connection, owner: KeyOwner, source: int, row: int) -> float | None:
    its_row = sa.and_(ROWS.c.run_id == owner.run_pk, ROWS.c.source == source, ROWS.c.row == row)
    return connection.execute(sa.select(ROWS.c.ended_at).where(its_row)).scalar()


def owned(connection: sa.Connection, target_id: int, remote_ids: Sequence[int]) -> dict[int, str]:
    """Those of the Ids that some row already has, with the folded key of that row."""
    found = connection.execute(_OWNED, {"target": target_id, "ids": list(remote_ids)})
    return {row.remote_id: row.key for row in found}


_OWNED = sa.select(RECORDS.c.remote_id, RECORDS.c.key).where(
    RECORDS.c.target_id == sa.bindparam("target"), RECORDS.c.remote_id.in_(sa.bindparam("ids", expanding=True))
)
