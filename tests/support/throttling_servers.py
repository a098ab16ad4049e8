"""Models of servers that throttle, and a client before them, in simulated time."""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.remote.learned_rate import LearnedRate


class Server(Protocol):
    """Takes calls, or throttles them."""

    def takes(self, now: float) -> bool:
        """Whether a call that arrives now is taken."""
        ...


@dataclass
class SlidingWindow:
    """At most so many calls in any window that ends now."""

    calls: int
    seconds: float
    _taken: deque[float] = field(default_factory=deque)

    def takes(self, now: float) -> bool:
        while self._taken and self._taken[0] <= now - self.seconds:
            self._taken.popleft()
        if len(self._taken) >= self.calls:
            return False
        self._taken.append(now)
        return True


@dataclass
class FixedWindow:
    """At most so many calls in each window by the clock; the first one is a third over when time begins."""

    calls: int
    seconds: float
    _number: int = -1
    _taken: int = 0

    def takes(self, now: float) -> bool:
        number = int((now + self.seconds / 3) // self.seconds)
        if number != self._number:
            self._number, self._taken = number, 0
        self._taken += 1
        return self._taken <= self.calls


@dataclass
class TokenBucket:
    """So many calls a second; what is not used is kept for bursts, up to a capacity."""

    rate: float
    capacity: float
    _tokens: float = -1.0
    _at: float = 0.0

    def takes(self, now: float) -> bool:
        full = self.capacity if self._tokens < 0 else self._tokens + (now - self._at) * self.rate
        self._tokens, self._at = min(self.capacity, full), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass
class ByChance:
    """Throttles a share of the calls, however fast or slowly they come."""

    share: float
    seed: int = 1
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def takes(self, now: float) -> bool:
        return self._chance.random() >= self.share


@dataclass
class Changing:
    """One server after the other, each from a moment on."""

    parts: list[tuple[float, Server]]

    def takes(self, now: float) -> bool:
        return next(server for since, server in reversed(self.parts) if since <= now).takes(now)


@dataclass(frozen=True)
class Arrival:
    """A call as the server saw it."""

    at: float
    is_taken: bool


def arrivals(
    server: Server, seconds: float, learned: LearnedRate, *, workers: int = 32, latency_s: float = 0.02, seed: int = 1
) -> list[Arrival]:
    """What arrives at a server that says `Retry-After: 1`, from workers that always have another call to make."""
    chance, numbers = random.Random(seed), itertools.count()
    agenda: list[tuple[float, int, Iterator[float]]] = []
    seen: list[Arrival] = []
    paused_until = 0.0
    now = 0.0

    def worker() -> Iterator[float]:
        nonlocal paused_until
        while True:
            while (wait := max(paused_until - now, learned.wait(now))) > 0:
                yield wait + 0.002 * chance.random()  # sleeps take a little longer than they should
            learned.left(now)
            left_at = now
            yield latency_s * (0.5 + 0.3 * chance.random())
            seen.append(Arrival(now, server.takes(now)))
            is_taken = seen[-1].is_taken
            yield latency_s / 2
            if is_taken:
                learned.accepted(left_at, now)
            else:
                paused_until = max(paused_until, now + learned.refused(left_at, now, 1.0))

    for _ in range(workers):
        heapq.heappush(agenda, (0.0, next(numbers), worker()))
    while agenda[0][0] <= seconds:
        now, _, steps = heapq.heappop(agenda)
        heapq.heappush(agenda, (now + next(steps), next(numbers), steps))
    return seen


def share_refused(seen: list[Arrival], since: float, until: float) -> float:
    """Of the calls that arrived between two moments."""
    within = [arrival for arrival in seen if since < arrival.at <= until]
    return sum(not arrival.is_taken for arrival in within) / len(within)


def share_used(seen: list[Arrival], since: float, until: float, rate: float) -> float:
    """Of the calls that a rate allows between two moments."""
    return sum(arrival.is_taken for arrival in seen if since < arrival.at <= until) / (rate * (until - since))
