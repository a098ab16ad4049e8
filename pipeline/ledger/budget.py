"""The SQL of the budget: which calls were made, and until when the target asked everybody to wait.

In the ledger rather than in a limiter's own store, since several limits (modifying calls, all calls) must be spent
together or not at all, by all processes on one ledger, and be remembered by the next run.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.ledger.database import insert_new
from pipeline.ledger.tables import PAUSES, SPENDING, TARGETS
from schemas.endpoint import RateLimit, Scope

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.ledger.writer import LedgerWriter

# Two calls a window apart here may arrive closer together there; without a margin each such pair is throttled. More
# than 1.2 % of a window would waste the budget, but where the limit is a distance between calls that is not at stake.
_MARGIN = 1.004
_MARGIN_S = 0.02
_MOST_MARGIN = 0.008


def wait_for(
    connection: sa.Connection, target_id: int, limits: Sequence[RateLimit], *, modifying: bool, now: float
) -> float:
    """Seconds until one more call fits into all limits that count it; 0 where it does now.

    Args:
        connection: A transaction.
        target_id: Whose limits they are.
        limits: At most so many calls in any window.
        modifying: Whether the call changes something at the target.
        now: Seconds since 1970.
    """
    waits = [_wait(connection, target_id, limit, now) for limit in limits if modifying or limit.scope is Scope.ALL]
    return max([0.0, paused_until(connection, target_id) - now, *waits])


def _wait(connection: sa.Connection, target_id: int, limit: RateLimit, now: float) -> float:
    """Until the call that stands `limit.calls` places back leaves the window."""
    extra = _MARGIN_S if limit.calls == 1 else min(_MARGIN_S, limit.seconds * _MOST_MARGIN)
    window = limit.seconds * _MARGIN + extra
    query = sa.select(SPENDING.c.at).where(SPENDING.c.target_id == target_id, SPENDING.c.at > now - window)
    if limit.scope is Scope.MODIFYING:
        query = query.where(SPENDING.c.modifying)
    blocking = connection.execute(query.order_by(SPENDING.c.at.desc()).limit(1).offset(limit.calls - 1)).scalar()
    return 0.0 if blocking is None else float(blocking) + window - now


def spend(
    connection: sa.Connection, run: StoredRun, limits: Sequence[RateLimit], *, modifying: bool, now: float
) -> float:
    """Takes one call out of the budget, if it fits.

    Returns:
        0 where it was taken, else the seconds after which to ask again.
    """
    if connection.dialect.name == "postgresql":
        # SQLite's transactions exclude each other as they are; here two could count the same calls at once.
        key = zlib.crc32(f"budget {run.target_id}".encode()) - 2**31
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
    wait = wait_for(connection, run.target_id, limits, modifying=modifying, now=now)
    if wait <= 0:
        values = {"target_id": run.target_id, "at": now, "modifying": modifying}
        connection.execute(sa.insert(SPENDING), values)
    return max(0.0, wait)


def forget_before(connection: sa.Connection, target_id: int, moment: float) -> None:
    """Drops calls that no window remembers any more."""
    connection.execute(sa.delete(SPENDING).where(SPENDING.c.target_id == target_id, SPENDING.c.at < moment))


def modifying_calls(connection: sa.Connection, target: str, limits: Sequence[RateLimit]) -> list[float]:
    """Moments of the modifying calls to a target that may still count, in seconds since 1970."""
    most = max((limit.calls for limit in limits if limit.scope is Scope.MODIFYING), default=0)
    query = (
        sa.select(SPENDING.c.at)
        .join(TARGETS, TARGETS.c.id == SPENDING.c.target_id)
        .where(TARGETS.c.url == target, SPENDING.c.modifying)
        .order_by(SPENDING.c.at.desc())
        .limit(most)
    )
    return list(connection.execute(query).scalars())


def pause(connection: sa.Connection, target_id: int, until: float) -> None:
    """Makes everybody on this ledger wait for the target; never shortens a wait."""
    # Another process may enter its first wait at the same moment: whichever comes second prolongs it.
    connection.execute(insert_new(connection, PAUSES), {"target_id": target_id, "until": until})
    shorter = sa.and_(PAUSES.c.target_id == target_id, PAUSES.c.until < until)
    connection.execute(sa.update(PAUSES).where(shorter).values(until=until))


def paused_until(connection: sa.Connection, target_id: int) -> float:
    """When the target's latest wait is over, in seconds since 1970; 0 where it asked for none."""
    return float(connection.execute(sa.select(PAUSES.c.until).where(PAUSES.c.target_id == target_id)).scalar() or 0)


@dataclass(frozen=True, kw_only=True)
class SharedBudget:
    """The budget of one target, shared by all processes on this ledger.

    Attributes:
        run: Whose target it is.
        writer: Commits what is spent.
        limits: What to keep to.
    """

    run: StoredRun
    writer: LedgerWriter
    limits: Sequence[RateLimit]

    async def spend(self, *, modifying: bool, now: float) -> float:
        """Spends one call, or returns the seconds until it may be asked for again."""
        return await self.writer.execute(partial(spend, run=self.run, limits=self.limits, modifying=modifying, now=now))

    async def pause(self, until: float) -> None:
        """Makes everybody wait."""
        await self.writer.execute(partial(pause, target_id=self.run.target_id, until=until))

    async def paused_until(self) -> float:
        """Until when everybody waits."""
        return await self.writer.execute(partial(paused_until, target_id=self.run.target_id))
