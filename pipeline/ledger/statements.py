"""Pieces of SQL that entering, claims and outcomes share: a row's place, its key, its change of status.

May import `ledger.tables`, `model` and `errors`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.errors import Code, IllegalTransition
from pipeline.ledger.tables import RECORDS, ROWS
from pipeline.model.rows import TRANSITIONS, Outcome, RowRef, Status

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.model.rows import Record

# Not `IN`: its list cannot stand in a statement for many rows.
MAY_BECOME = {
    to: sa.or_(*(ROWS.c.status == s.value for s, followers in TRANSITIONS.items() if to in followers), sa.false())
    for to in Status
}
THIS_ROW = (ROWS.c.run_id == sa.bindparam("of_run")) & (
    (ROWS.c.source == sa.bindparam("of_source")) & (ROWS.c.row == sa.bindparam("of_row"))
)


def to_json(value: object) -> str:
    """JSON as the ledger keeps it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # A target may answer with halves of characters, which no database takes.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


_MOST_VALUES = 5_000
"""So many values may stand in one statement; SQLite takes 32,766."""


def among(connection: sa.Connection, query: sa.Select[Any], column: sa.Column[Any], values: Sequence[str]) -> set[str]:
    """What a query finds whose column has one of many values."""
    found: set[str] = set()
    for part in in_parts(values):
        found.update(connection.execute(query.where(column.in_(part))).scalars())
    return found


def in_parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Values, as many at a time as may stand in one statement."""
    return (values[at : at + _MOST_VALUES] for at in range(0, len(values), _MOST_VALUES))


def skip_rows(connection: sa.Connection, run_id: int, source: int, rows: Mapping[int, tuple[int | None, str]]) -> None:
    """Skips rows of a source: row number to the record's Id, if known, and the reason."""
    refs = [RowRef(source=source, row=row) for row in rows]
    outcomes = [Outcome(status=Status.SKIPPED, remote_id=i, reason=why) for i, why in rows.values()]
    update_status(connection, run_id, list(zip(refs, outcomes, strict=True)), at=None)


OWNED_BY_ROW = sa.and_(
    RECORDS.c.target_id == sa.bindparam("of_target"),
    RECORDS.c.key == sa.bindparam("of_key"),
    RECORDS.c.run_id == sa.bindparam("of_run"),
    RECORDS.c.source == sa.bindparam("of_source"),
    RECORDS.c.row == sa.bindparam("of_row"),
)
"""The claim that belongs to the row of `claim_parameters`."""


def claim_parameters(run: StoredRun, record: Record) -> dict[str, Any]:
    """The parameters of `OWNED_BY_ROW`."""
    return {"of_target": run.target_id, "of_key": record.key.folded, **row_parameters(run.id, record.ref)}


def row_parameters(run_id: int, ref: RowRef) -> dict[str, Any]:
    """The parameters of `THIS_ROW`."""
    return {"of_run": run_id, "of_source": ref.source, "of_row": ref.row}


# Statements that are made for every few rows stand here ready: to put one together costs more than to execute it.
_BECOME = {
    status: sa.update(ROWS)
    .where(THIS_ROW, MAY_BECOME[status])
    .values(
        status=status.value,
        remote_id=sa.bindparam("to_id"),
        response=sa.bindparam("to_response"),
        reason=sa.bindparam("to_reason"),
        updated_on=sa.bindparam("to_updated"),
        candidates=sa.bindparam("to_candidates"),
        changes=sa.bindparam("to_changes"),
        ended_at=sa.bindparam("to_ended"),
    )
    for status in Status
}


def update_status(
    connection: sa.Connection, run_id: int, ended: Iterable[tuple[RowRef, Outcome]], at: float | None
) -> None:
    """Gives rows their new status with all that belongs to it.

    Raises:
        IllegalTransition: One of them is in no status from which the new one may follow.
    """
    by_status: dict[Status, list[dict[str, Any]]] = defaultdict(list)
    for ref, o in ended:
        response = to_json(o.response) if o.response is not None else None
        values = {
            "to_id": o.remote_id,
            "to_response": response,
            "to_reason": o.reason,
            "to_updated": o.updated_on,
            "to_candidates": to_json(o.candidates) if o.candidates else None,
            "to_changes": to_json([change.as_json() for change in o.changes]) if o.changes else None,
            "to_ended": at,
        }
        by_status[o.status].append({**row_parameters(run_id, ref), **values})
    for status, parameters in by_status.items():
        demand_all(connection.execute(_BECOME[status], parameters).rowcount, len(parameters), status)


def demand_all(changed: int, wanted: int, to: Status) -> None:
    """Refuses a change that did not reach all of its rows.

    Raises:
        IllegalTransition: It did not.
    """
    if changed != wanted:
        message = f"{wanted - changed} of {wanted} rows may not become {to}."
        raise IllegalTransition(Code.ILLEGAL_TRANSITION, message, status=to.value, rows=wanted - changed)
