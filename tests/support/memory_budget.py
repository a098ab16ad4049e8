"""A budget of calls that keeps to its limits as the ledger's does, in memory."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.model.pacing import Delay, Spent, kept_window_s
from schemas.endpoint import RateLimit, Scope


@dataclass
class MemoryBudget:
    """What is spent, and until when everybody waits."""

    limits: Sequence[RateLimit]
    modifying: list[float] = field(default_factory=list)
    all: list[float] = field(default_factory=list)
    until: float = 0.0

    async def spend(self, *, modifying: bool, now: float) -> Delay:
        counting = [one for one in self.limits if modifying or one.scope is Scope.ALL]
        delays = [Delay(seconds=self._wait(one, now), limit=one) for one in counting]
        found = max(Delay(), Delay(seconds=self.until - now), *delays, key=lambda delay: delay.seconds)
        if not found.seconds:
            insort(self.all, now)
            if modifying:
                insort(self.modifying, now)
        return found

    def _wait(self, limit: RateLimit, now: float) -> float:
        made = self.modifying if limit.scope is Scope.MODIFYING else self.all
        return made[-limit.calls] + kept_window_s(limit) - now if len(made) >= limit.calls else 0.0

    async def postpone(self, spent_at: float, left_at: float, *, modifying: bool) -> None:
        for moments in (self.all, self.modifying)[: 2 if modifying else 1]:
            moments.remove(spent_at)
            insort(moments, left_at)

    async def give_back(self, spent_at: float, *, modifying: bool) -> None:
        for moments in (self.all, self.modifying)[: 2 if modifying else 1]:
            moments.remove(spent_at)

    async def pause(self, until: float) -> None:
        self.until = max(self.until, until)

    async def paused_until(self) -> float:
        return self.until

    @property
    def spent(self) -> Spent:
        return Spent(modifying=list(self.modifying), all=list(self.all))
