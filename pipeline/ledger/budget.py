"""The SQL of the budget: which calls were made, and until when the target asked everybody to wait.

In the ledger rather than in a limiter's own store, since several limits (modifying calls, all calls) must be spent
together or not at all, by all processes on one ledger, and be remembered by the next run.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.ledger.database import insert_new
from pipeline.ledger.tables import PAUSES, SPENDING, TARGETS
from pipeline.model.pacing import NO_DELAY, Delay, Spent, kept_window_s, seconds_of_delay
from schemas.endpoint import RateLimit, Scope

if TYPE_CHECKING:
    from pipeline.ledger.writer import LedgerWriter

_NEVER = 0.0
"""When a call counts from that is taken back: no window reaches back to 1970."""

_MOST_LOOKED_AT = 10_000
"""Of a limit of very many calls, so many are looked at to say when it allows more."""


@dataclass
class SpentCalls:
    """The calls to a target that may still count, in memory: a run asks before each call, the ledger holds thousands.

    Each transaction first reads what was spent since the last one, by whichever process.

    Attributes:
        target_id: Whose calls they are.
        limits: At most so many calls in any window.
    """

    target_id: int
    limits: Sequence[RateLimit]
    _seen: int = 0
    _at: dict[Scope, list[float]] = field(default_factory=lambda: {scope: [] for scope in Scope})

    def catch_up(self, connection: sa.Connection) -> None:
        """Takes in what was spent since; of each scope as many of the latest calls are kept as a limit may count."""
        for number, target_id, at, modifying in connection.execute(_SPENT_SINCE, {"seen": self._seen}):
            if target_id == self.target_id:
                self.note(number, at, modifying=modifying)
            self._seen = number

    def note(self, number: int, at: float, *, modifying: bool) -> None:
        """Takes in a call that is on disk, unless it is known.

        Args:
            number: Its number in the ledger.
            at: Seconds since 1970; less than 0 where the call of that moment is taken back.
            modifying: Whether it changed something at the target.
        """
        if number <= self._seen:
            return
        self._seen = number
        for scope in (Scope.ALL, Scope.MODIFYING)[: 2 if modifying else 1]:
            if at < 0:
                self._forget(scope, -at)
            else:
                insort(self._at[scope], at)
        most = max((limit.calls for limit in self.limits), default=0)
        for moments in self._at.values():
            if len(moments) > 2 * most:
                del moments[: len(moments) - most]

    def _forget(self, scope: Scope, moment: float) -> None:
        """Takes out one call of a moment; nothing where it is not remembered any more."""
        moments = self._at[scope]
        at = bisect_left(moments, moment)
        if at < len(moments) and moments[at] == moment:
            del moments[at]

    def wait(self, *, modifying: bool, now: float) -> Delay:
        """How long until one more call fits into all limits that count it; 0 seconds where it does now."""
        counting = (limit for limit in self.limits if modifying or limit.scope is Scope.ALL)
        waits = (Delay(seconds=self._wait(limit, now), limit=limit) for limit in counting)
        return max([NO_DELAY, *waits], key=seconds_of_delay)

    def _wait(self, limit: RateLimit, now: float) -> float:
        """Until the call that stands `limit.calls` places back leaves the window."""
        moments = self._at[limit.scope]
        if len(moments) < limit.calls:
            return 0.0
        window = kept_window_s(limit)
        blocking = moments[-limit.calls]
        return blocking + window - now if blocking > now - window else 0.0


# Of all targets: asked for one, SQLite takes the index of targets, and goes through all of its calls each time.
_SPENT_SINCE = (
    sa.select(SPENDING.c.id, SPENDING.c.target_id, SPENDING.c.at, SPENDING.c.modifying)
    .where(SPENDING.c.id > sa.bindparam("seen"))
    .order_by(SPENDING.c.id)
)
_SPEND = sa.insert(SPENDING).returning(SPENDING.c.id)


def wait_for(connection: sa.Connection, calls: SpentCalls, *, modifying: bool, now: float) -> Delay:
    """How long until one more call may be made; 0 seconds where it may now.

    Args:
        connection: A transaction.
        calls: What was spent.
        modifying: Whether the call changes something at the target.
        now: Seconds since 1970.
    """
    calls.catch_up(connection)
    pause = Delay(seconds=paused_until(connection, calls.target_id) - now)
    return max(NO_DELAY, pause, calls.wait(modifying=modifying, now=now), key=seconds_of_delay)


def spend(connection: sa.Connection, calls: SpentCalls, *, modifying: bool, now: float) -> tuple[Delay, int]:
    """Takes one call out of the budget, if it fits.

    Returns:
        No delay and the call's number where it was taken, else how long to wait before asking again, and 0.
    """
    _exclude_others(connection, calls.target_id)
    wait = wait_for(connection, calls, modifying=modifying, now=now)
    if wait.seconds > 0:
        return wait, 0
    values = {"target_id": calls.target_id, "at": now, "modifying": modifying}
    return wait, int(connection.execute(_SPEND, values).scalar_one())


def _exclude_others(connection: sa.Connection, target_id: int) -> None:
    """SQLite's transactions exclude each other as they are; on PostgreSQL two could count the same calls at once."""
    if connection.dialect.name == "postgresql":
        key = zlib.crc32(f"budget {target_id}".encode()) - 2**31
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def take_back(
    connection: sa.Connection, calls: SpentCalls, spent_at: float, left_at: float | None, *, modifying: bool
) -> list[tuple[int, float]]:
    """Notes that one of the calls of a moment did not leave then.

    Others have read that it did, and read no number twice: that it is taken back has a number of its own.

    Args:
        connection: A transaction.
        calls: What was spent.
        spent_at: When it was to leave.
        left_at: When it left instead, if it did.
        modifying: Whether it changes something at the target.

    Returns:
        Numbers and moments of what is noted.
    """
    _exclude_others(connection, calls.target_id)
    calls.catch_up(connection)
    its = {"target_id": calls.target_id, "modifying": modifying}
    found = sa.and_(*(SPENDING.c[name] == value for name, value in its.items()), SPENDING.c.at == spent_at)
    one = sa.select(sa.func.max(SPENDING.c.id)).where(found).scalar_subquery()
    connection.execute(sa.update(SPENDING).where(SPENDING.c.id == one).values(at=_NEVER))
    moments = [-spent_at, *([left_at] if left_at is not None else [])]
    return [(int(connection.execute(_SPEND, {**its, "at": at}).scalar_one()), at) for at in moments]


def forget_before(connection: sa.Connection, target_id: int, moment: float) -> None:
    """Drops calls that no window remembers any more.

    The newest of all stays, or SQLite would begin its numbers anew, and others would take new calls for old ones.
    """
    newest = sa.select(sa.func.max(SPENDING.c.id)).scalar_subquery()
    old = sa.and_(SPENDING.c.target_id == target_id, SPENDING.c.at < moment, SPENDING.c.id < newest)
    connection.execute(sa.delete(SPENDING).where(old))


def spent(connection: sa.Connection, target: str, limits: Sequence[RateLimit]) -> Spent:
    """The calls to a target that may still count."""
    return Spent(
        modifying=_latest(connection, target, limits, Scope.MODIFYING),
        all=_latest(connection, target, limits, Scope.ALL),
    )


def _latest(connection: sa.Connection, target: str, limits: Sequence[RateLimit], scope: Scope) -> list[float]:
    most = min(_MOST_LOOKED_AT, max((limit.calls for limit in limits if limit.scope is scope), default=0))
    counted = SPENDING.c.modifying if scope is Scope.MODIFYING else sa.true()
    query = (
        sa.select(SPENDING.c.at)
        .join(TARGETS, TARGETS.c.id == SPENDING.c.target_id)
        .where(TARGETS.c.url == target, counted, SPENDING.c.at > _NEVER)
        .order_by(SPENDING.c.at.desc())
        .limit(most)
    )
    return list(connection.execute(query).scalars()) if most else []


def pause(connection: sa.Connection, target_id: int, until: float) -> None:
    """Makes everybody on this ledger wait for the target; never shortens a wait."""
    # Another process may enter its first wait at the same moment: whichever comes second prolongs it.
    connection.execute(insert_new(connection.dialect.name, PAUSES), {"target_id": target_id, "until": until})
    shorter = sa.and_(PAUSES.c.target_id == target_id, PAUSES.c.until < until)
    connection.execute(sa.update(PAUSES).where(shorter).values(until=until))


def paused_until(connection: sa.Connection, target_id: int) -> float:
    """When the target's latest wait is over, in seconds since 1970; 0 where it asked for none."""
    return float(connection.execute(_PAUSED_UNTIL, {"target": target_id}).scalar() or 0)


_PAUSED_UNTIL = sa.select(PAUSES.c.until).where(PAUSES.c.target_id == sa.bindparam("target"))


@dataclass(frozen=True, kw_only=True)
class SharedBudget:
    """The budget of one target, shared by all processes on this ledger.

    Attributes:
        calls: What was spent, and what to keep to.
        writer: Commits what is spent.
    """

    calls: SpentCalls
    writer: LedgerWriter

    async def spend(self, *, modifying: bool, now: float) -> Delay:
        """Spends one call, or returns how long until it may be asked for again."""
        known = self.calls.wait(modifying=modifying, now=now)
        if known.seconds > 0:  # whatever others have spent meanwhile makes it longer, never shorter
            return known
        wait, number = await self.writer.execute(partial(spend, calls=self.calls, modifying=modifying, now=now))
        if number:
            self.calls.note(number, now, modifying=modifying)
        return wait

    async def postpone(self, spent_at: float, left_at: float, *, modifying: bool) -> None:
        """Counts a call from the moment when it left, which was later than when it was spent."""
        await self._take_back(spent_at, left_at, modifying=modifying)

    async def give_back(self, spent_at: float, *, modifying: bool) -> None:
        """Takes back that a call was spent: it did not leave after all."""
        await self._take_back(spent_at, None, modifying=modifying)

    async def _take_back(self, spent_at: float, left_at: float | None, *, modifying: bool) -> None:
        noted = await self.writer.execute(
            partial(take_back, calls=self.calls, spent_at=spent_at, left_at=left_at, modifying=modifying)
        )
        for number, at in noted:
            self.calls.note(number, at, modifying=modifying)

    async def pause(self, until: float) -> None:
        """Makes everybody wait."""
        await self.writer.execute(partial(pause, target_id=self.calls.target_id, until=until))

    async def paused_until(self) -> float:
        """Until when everybody waits."""
        return await self.writer.execute(partial(paused_until, target_id=self.calls.target_id))
