"""Pieces of SQL that entering, claims and outcomes share: a row's place, its key, its change of status.

May import `ledger.prepared`, `ledger.tables`, `model` and `errors`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.errors import Code, IllegalTransition
from pipeline.ledger.prepared import Prepared, Values
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
    """What a query finds whose column has one of many values, which are one parameter whatever their number."""
    given = sa.bindparam("among", to_json(values), sa.Text)
    elements = sa.func.json_each(given)
    if connection.dialect.name == "postgresql":
        elements = sa.func.json_array_elements_text(sa.cast(given, sa.JSON))
    listed = elements.table_valued("value")
    return set(connection.execute(query.where(column.in_(sa.select(listed.c.value)))).scalars())


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
"""The claim that belongs to the row of `CLAIM`."""

CLAIM = ("of_target", "of_key", "of_run", "of_source", "of_row")
"""The parameters of `OWNED_BY_ROW`, in the order of `claim_of`."""


def claim_of(run: StoredRun, record: Record) -> tuple[int, str, int, int, int]:
    """The values of the claim of this row's key."""
    return run.target_id, record.key.folded, run.id, record.ref.source, record.ref.row


def row_parameters(run_id: int, ref: RowRef) -> dict[str, Any]:
    """The parameters of `THIS_ROW`."""
    return {"of_run": run_id, "of_source": ref.source, "of_row": ref.row}


def _ending_as(status: Status) -> Prepared:
    values: dict[sa.Column[Any], sa.BindParameter[Any]] = {
        ROWS.c.remote_id: sa.bindparam("to_id"),
        ROWS.c.response: sa.bindparam("to_response"),
        ROWS.c.reason: sa.bindparam("to_reason"),
        ROWS.c.updated_on: sa.bindparam("to_updated"),
        ROWS.c.candidates: sa.bindparam("to_candidates"),
        ROWS.c.changes: sa.bindparam("to_changes"),
        ROWS.c.ended_at: sa.bindparam("to_ended"),
    }
    fixed = {ROWS.c.status: status.value, ROWS.c.undone: None}  # what is done anew is not undone any more
    statement = sa.update(ROWS).where(THIS_ROW, MAY_BECOME[status]).values({**fixed, **values})
    return Prepared(lambda _: statement, *(value.key for value in values.values()), "of_run", "of_source", "of_row")


_ENDING = {status: _ending_as(status) for status in Status}


def update_status(
    connection: sa.Connection, run_id: int, ended: Iterable[tuple[RowRef, Outcome]], at: float | None
) -> None:
    """Gives rows their new status with all that belongs to it.

    Raises:
        IllegalTransition: One of them is in no status from which the new one may follow.
    """
    by_status: dict[Status, list[Values]] = defaultdict(list)
    for ref, o in ended:
        by_status[o.status].append((*_values_of(o), at, run_id, ref.source, ref.row))
    for status, rows in by_status.items():
        demand_all(_ENDING[status].run(connection, rows), len(rows), status)


def _values_of(o: Outcome) -> Values:
    return (
        o.remote_id,
        to_json(o.response) if o.response is not None else None,
        o.reason,
        o.updated_on,
        to_json(o.candidates) if o.candidates else None,
        to_json([change.as_json() for change in o.changes]) if o.changes else None,
    )


def demand_all(changed: int, wanted: int, to: Status) -> None:
    """Refuses a change that did not reach all of its rows.

    Raises:
        IllegalTransition: It did not.
    """
    if changed != wanted:
        message = f"{wanted - changed} of {wanted} rows may not become {to}."
        raise IllegalTransition(Code.ILLEGAL_TRANSITION, message, status=to.value, rows=wanted - changed)
