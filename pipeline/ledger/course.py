"""The SQL of a run's course: how it stood when it was last heard of, and when it waited.

Written now and then by the run at work, never for a row. May import `ledger.runs`, `ledger.tables` and `model`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.ledger.database import insert_new
from pipeline.ledger.tables import RUNS, STRETCHES
from pipeline.model.runs import RunStatus
from pipeline.model.standing import Standing
from pipeline.model.waits import Stretch

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun


def note(connection: sa.Connection, run_id: int, standing: Standing, stretches: Sequence[Stretch]) -> None:
    """Notes how a run stands, and the stretches of waiting that have grown since it was noted last."""
    kept = json.dumps(standing.as_json())
    connection.execute(sa.update(RUNS).where(RUNS.c.id == run_id).values(standing=kept))
    for one in stretches:
        place = {"run_id": run_id, "what": one.what, "began_at": one.began_at}
        grown = {"ended_at": one.ended_at, "waited_s": one.waited_s, "times": one.times}
        same = sa.and_(*(STRETCHES.c[name] == value for name, value in place.items()))
        if not connection.execute(sa.update(STRETCHES).where(same).values(grown)).rowcount:
            connection.execute(insert_new(connection.dialect.name, STRETCHES), place | grown)


def stretches(connection: sa.Connection, run_id: int) -> list[Stretch]:
    """When a run waited or was throttled, in order."""
    query = sa.select(STRETCHES).where(STRETCHES.c.run_id == run_id).order_by(STRETCHES.c.began_at)
    return [
        Stretch(what=s.what, began_at=s.began_at, ended_at=s.ended_at, waited_s=s.waited_s, times=s.times)
        for s in connection.execute(query)
    ]


def standings_at(connection: sa.Connection, run: StoredRun, since: float) -> list[Standing]:
    """How the other runs at work on a run's target stand, as far as they were heard of since a moment."""
    others = sa.and_(
        RUNS.c.target_id == run.target_id,
        RUNS.c.id != run.id,
        RUNS.c.status == RunStatus.RUNNING.value,
        RUNS.c.standing.is_not(None),
    )
    kept = connection.execute(sa.select(RUNS.c.standing).where(others)).scalars()
    found = (Standing.from_json(json.loads(one)) for one in kept)
    return [one for one in found if one.at >= since]
