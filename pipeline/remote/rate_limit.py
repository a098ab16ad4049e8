"""When the next call may leave: the documented budget, and the waits that the target asks for.

Both live in the ledger, so that they hold across runs, restarts and processes. pyrate-limiter was looked at: its
buckets keep their own connections and their own clock, and cannot spend two limits (modifying calls, all calls)
together or not at all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from pipeline.errors import Code, QuotaExceeded, TargetUnavailable
from pipeline.events import Event, tell
from pipeline.model.durations import in_words
from pipeline.model.pacing import Delay, Spent, kept_window_s
from pipeline.model.waits import Cause, Why
from pipeline.remote.estimate import finish_time
from pipeline.remote.learned_rate import LearnedRate
from schemas.endpoint import RateLimit, Scope

if TYPE_CHECKING:
    from pipeline.stop import Stop

_log = logging.getLogger(__name__)

QUOTA_WAIT_S = 5_400.0
"""A longer wait than this is a spent quota rather than pacing: `--on-quota stop` stops there.

A schedule that starts at the same time each night finds the quota that it spent the night before renewed, or nearly:
its calls were made a little later than it starts, and the night may be an hour shorter where summer time begins.
"""

_TOLERATED = 2
"""So many refusals a minute happen under known limits by the way alone; more, and the target allows less."""

_LATE_AGAIN_S = 1.0
"""A call that left so much later than it counts, since that was not noted any sooner, is noted once more."""

_PATIENCE_S = 900.0
_LOOK_EVERY_S = 1.0
_TELL_EVERY_S = 60.0


class CallBudget(Protocol):
    """What a target's calls share across tasks, runs and processes."""

    async def spend(self, *, modifying: bool, now: float) -> Delay:
        """Spends one call, or returns how long until it may be asked for again."""
        ...

    async def postpone(self, spent_at: float, left_at: float, *, modifying: bool) -> None:
        """Counts a call from the moment when it left, which was later than when it was spent."""
        ...

    async def give_back(self, spent_at: float, *, modifying: bool) -> None:
        """Takes back that a call was spent: it did not leave after all."""
        ...

    async def pause(self, until: float) -> None:
        """Makes everybody wait."""
        ...

    async def paused_until(self) -> float:
        """Until when everybody waits."""
        ...


@dataclass
class RateLimiter:
    """Lets calls pass as the budget and the target allow.

    Attributes:
        budget: What is spent and waited for, by everybody on this ledger.
        limits: What to keep to; empty for none.
        stop: Interrupts every wait.
        now: Seconds since 1970.
        stop_on_quota: Whether a wait for the next day ends the run.
        learned: What the target allows, as far as its refusals tell.
    """

    budget: CallBudget
    limits: Sequence[RateLimit]
    stop: Stop
    now: Callable[[], float]
    stop_on_quota: bool = False
    learned: LearnedRate = field(init=False)
    _paused_until: float = 0.0
    _throttled_since: float | None = None
    _told_at: float = 0.0
    _late_s: float = field(init=False)
    _turn: dict[bool, asyncio.Lock] = field(default_factory=lambda: {True: asyncio.Lock(), False: asyncio.Lock()})

    def __post_init__(self) -> None:
        self.learned = LearnedRate(tolerated=_TOLERATED if self.limits else 0)
        # A call that leaves so much later than it was spent counts from then: the least margin of the limits.
        self._late_s = min((kept_window_s(limit) - limit.seconds for limit in self.limits), default=0.0)

    async def acquire(self, *, modifying: bool) -> float:
        """Returns when one call may be made, with the moment from which it counts.

        Raises:
            Stopping: The run is to end.
        """
        if not self.limits and self._paused_until <= self.now():
            self.stop.check()
            return self.now()
        async with self._turn[modifying]:  # one asks, the others stand behind it
            while (wait := await self._wait(modifying, now := self.now())).seconds > 0:
                self._check_quota(wait.seconds)
                await self.stop.sleep(wait.seconds, _cause(wait))
        return now

    async def turn(self, spent_at: float, *, modifying: bool) -> None:
        """Returns when a call that was let pass may leave, right before it does: the target may have refused others.

        Args:
            spent_at: What `acquire` returned. The target counts a call when it comes, however long it has waited here
                for a slot: it is counted anew where that was longer than the margin of the limits.
            modifying: Whether it changes something at the target.

        Raises:
            Stopping: The run is to end.
        """
        while (wait := max(pause := self._paused_until - self.now(), self.learned.wait(self.now()))) > 0:
            await self.stop.sleep(wait, Cause(why=Why.ASKED) if pause > 0 else None)
        if not isinstance(self.stop.reason, QuotaExceeded):  # the last calls of a quota are there to be made
            self.stop.check()
        self.learned.left(self.now())
        for late_s in (self._late_s, _LATE_AGAIN_S) if self.limits else ():
            if (now := self.now()) - spent_at > late_s:
                await self.budget.postpone(spent_at, now, modifying=modifying)
                spent_at = now

    async def give_back(self, spent_at: float, *, modifying: bool) -> None:
        """Takes back that a call was let pass: it did not leave.

        Args:
            spent_at: What `acquire` returned.
            modifying: Whether it would have changed something at the target.
        """
        if self.limits:
            await self.budget.give_back(spent_at, modifying=modifying)

    def least_duration_of(self, calls: int) -> float:
        """How many seconds so many calls take at least that change nothing; 0 without limits."""
        limits = [limit for limit in self.limits if limit.scope is Scope.ALL]
        start = datetime.fromtimestamp(0, UTC)
        return (finish_time(limits, Spent(), calls, start) - start).total_seconds()

    async def _wait(self, modifying: bool, now: float) -> Delay:
        self.stop.check()
        pause = self._paused_until - now
        if pause > 0 or not self.limits:
            return Delay(seconds=pause)
        return await self.budget.spend(modifying=modifying, now=now)

    def _check_quota(self, wait: float) -> None:
        if self.stop_on_quota and wait > QUOTA_WAIT_S:
            message = f"The budget of calls is spent; the next is due in {in_words(wait)}."
            self.stop.because(QuotaExceeded(Code.BUDGET_SPENT, message, wait_s=wait))

    async def throttled(self, left_at: float, retry_after_s: float | None) -> None:
        """Makes everybody on this ledger wait, because the target asked for it.

        Args:
            left_at: When the call left that was throttled.
            retry_after_s: For how long the target asked to be left alone.
        """
        self.stop.waits.throttled()
        now = self.now()
        self._throttled_since = self._throttled_since or now
        if now - self._throttled_since > _PATIENCE_S:
            message = f"The target has throttled every call for {_PATIENCE_S / 60:.0f} minutes."
            self.stop.because(TargetUnavailable(Code.THROTTLED, message))
        self._tell(now, retry_after_s)
        until = now + self.learned.refused(left_at, now, retry_after_s)
        if until > self._paused_until:
            self._paused_until = until
            await self.budget.pause(self._paused_until)

    def _tell(self, now: float, retry_after_s: float | None) -> None:
        is_news = now - self._told_at >= _TELL_EVERY_S
        self._told_at = now if is_news else self._told_at
        level = logging.WARNING if is_news else logging.INFO
        message = "The target throttles calls; waiting as it asks."
        tell(_log, Event.THROTTLED, message, level, RetryAfter=retry_after_s)

    def passed(self, left_at: float, *, modifying: bool) -> None:
        """A call was not throttled: the target is not throttling everything.

        Args:
            left_at: When it left.
            modifying: Whether it changes something at the target.
        """
        self._throttled_since = None
        self.learned.accepted(left_at, self.now(), counts=modifying)

    async def follow(self) -> None:
        """Follows the waits that other processes on this ledger were asked for; runs until cancelled.

        Under limits there is nothing to follow: who asks for a call is told of such a wait.
        """
        while not self.limits:
            self._paused_until = max(self._paused_until, await self.budget.paused_until())
            await asyncio.sleep(_LOOK_EVERY_S)


def _cause(wait: Delay) -> Cause:
    if wait.limit is None:
        return Cause(why=Why.ASKED)
    return Cause(why=Why.LIMIT, calls=wait.limit.calls, seconds=wait.limit.seconds)
