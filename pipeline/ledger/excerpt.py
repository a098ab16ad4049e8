"""The SQL of an excerpt: what one ledger knows of a target, copied into another that is empty.

May import `ledger.statements` and `ledger.tables`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.ledger.statements import in_parts
from pipeline.ledger.tables import PAUSES, RECORDS, RUNS, SOURCES, SPENDING, TARGETS


def copy_target(original: sa.Connection, copy: sa.Connection, *, target: str) -> None:
    """Copies a target with its runs, but not their rows, the calls that were made to it, and its wait.

    Args:
        original: Where it is read.
        copy: A transaction of an empty ledger.
        target: The target's URL.
    """
    its_id = sa.select(TARGETS.c.id).where(TARGETS.c.url == target).scalar_subquery()
    its_runs = sa.select(RUNS.c.id).where(RUNS.c.target_id == its_id)
    for table, which in (
        (TARGETS, TARGETS.c.id == its_id),
        (RUNS, RUNS.c.target_id == its_id),
        (SOURCES, SOURCES.c.run_id.in_(its_runs)),
        (SPENDING, SPENDING.c.target_id == its_id),
        (PAUSES, PAUSES.c.target_id == its_id),
    ):
        _copy(original, copy, table, sa.select(table).where(which))


def copy_records(original: sa.Connection, copy: sa.Connection, *, target: str, keys: Sequence[str]) -> None:
    """Copies those of some folded keys whose record some run has created; claims that are open stay behind."""
    created = sa.and_(TARGETS.c.url == target, RECORDS.c.remote_id.is_not(None))
    query = sa.select(RECORDS).join(TARGETS, TARGETS.c.id == RECORDS.c.target_id).where(created)
    for part in in_parts(keys):
        _copy(original, copy, RECORDS, query.where(RECORDS.c.key.in_(part)))


def _copy(original: sa.Connection, copy: sa.Connection, table: sa.Table, query: sa.Select[Any]) -> None:
    rows = [dict(row) for row in original.execute(query).mappings()]
    if rows:
        copy.execute(sa.insert(table), rows)
