"""When so many calls can have been made under the limits: the one estimator of every time that is shown.

May import `schemas.endpoint` and `model.pacing`; must know nothing of ledgers.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.model.pacing import Spent, kept_window_s
from schemas.endpoint import RateLimit, Scope


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """Calls that are made one after the other, until a limit makes all wait for long.

    Attributes:
        begin: When the first is made.
        end: When the last is made.
        calls: How many there are.
    """

    begin: datetime
    end: datetime
    calls: int


@dataclass(frozen=True, kw_only=True)
class EarlyEnd:
    """Where a process ends before all calls are made.

    Attributes:
        at: When it ends.
        calls: How many it makes until then.
        next_at: When the next one could be made.
        is_quota: Whether a spent quota ends it, rather than the time it was given.
    """

    at: datetime
    calls: int
    next_at: datetime
    is_quota: bool

    def as_json(self) -> dict[str, Any]:
        """For scripts; moments with their offset from UTC."""
        at, next_at = (moment.isoformat(timespec="seconds") for moment in (self.at, self.next_at))
        return {"At": at, "Calls": self.calls, "NextAt": next_at, "Reason": "quota" if self.is_quota else "time"}


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What was observed of a run.

    Attributes:
        seconds_per_call: How far modifying calls are apart at least, where no limit is waited for.
        reads_per_call: Calls that only read and go with each modifying one.
    """

    seconds_per_call: float = 0.0
    reads_per_call: float = 0.0


LONG_WAIT_S = 300.0
"""A longer wait than this ends a sitting."""

_MOST_CALLS_PLAYED = 20_000
_MOST_CALLS_PLAYED_TO_AN_END = 200_000
_UNKNOWN = Pace()


def sittings(limits: Sequence[RateLimit], spent: Spent, calls: int, now: datetime) -> list[Sitting]:
    """The sittings in which so many modifying calls can be made at the earliest; of very many, the first ones.

    Args:
        limits: At most so many calls in any window.
        spent: Earlier calls.
        calls: How many are to come.
        now: The present.
    """
    moments = _Play(limits, spent, _UNKNOWN).moments(min(calls, _MOST_CALLS_PLAYED), now.timestamp())
    found: list[list[float]] = []
    for moment in moments:
        if not found or moment - found[-1][-1] > LONG_WAIT_S:
            found.append([])
        found[-1].append(moment)
    zone = now.tzinfo
    return [
        Sitting(begin=datetime.fromtimestamp(s[0], zone), end=datetime.fromtimestamp(s[-1], zone), calls=len(s))
        for s in found
    ]


def early_end(
    limits: Sequence[RateLimit],
    spent: Spent,
    calls: int,
    now: datetime,
    *,
    ends_at: float | None = None,
    longest_wait_s: float | None = None,
) -> EarlyEnd | None:
    """Where a process ends that has not the time for so many modifying calls, or that waits for no quota.

    Args:
        limits: At most so many calls in any window.
        spent: Earlier calls.
        calls: How many are to come.
        now: The present.
        ends_at: When its time is over, in seconds since 1970; `None` for never.
        longest_wait_s: It ends rather than wait for longer; `None` where it waits for whatever it takes.

    Returns:
        Where; `None` where it can make all calls, or where these are too many to say.
    """
    if ends_at is None and longest_wait_s is None:
        return None
    last, zone = now.timestamp(), now.tzinfo
    play = _Play(limits, spent, _UNKNOWN)
    for made, moment in enumerate(play.moments(min(calls, _MOST_CALLS_PLAYED_TO_AN_END), last)):
        is_quota = longest_wait_s is not None and moment - last > longest_wait_s
        if is_quota or (ends_at is not None and moment >= ends_at):
            at = last if is_quota or ends_at is None else ends_at
            return EarlyEnd(
                at=datetime.fromtimestamp(at, zone),
                calls=made,
                next_at=datetime.fromtimestamp(moment, zone),
                is_quota=is_quota,
            )
        last = moment
    return None


def finish_time(
    limits: Sequence[RateLimit], spent: Spent, calls: int, now: datetime, pace: Pace = _UNKNOWN
) -> datetime:
    """When so many modifying calls can have been made at the earliest.

    Exact for as many as fit into two of the longest windows; of more, up to one such window too early.

    Args:
        limits: At most so many calls in any window.
        spent: Earlier calls.
        calls: How many are to come.
        now: When the first of them may leave.
        pace: What is known of the run's own speed.
    """
    play = _Play(limits, spent, pace)
    if not play.rules:
        return now
    # Beyond two of the longest windows the slowest rule alone sets the pace: its rounds are counted, not played.
    slowest = max(play.rules, key=lambda rule: rule.seconds_per_call)
    played = math.ceil(2 * max(rule.seconds for rule in play.rules) / slowest.seconds_per_call)
    rounds = max(0, calls - played) // slowest.modifying_calls
    begin = now.timestamp()
    *_, end = (begin, *play.moments(calls - rounds * slowest.modifying_calls, begin))
    return datetime.fromtimestamp(end + rounds * slowest.modifying_calls * slowest.seconds_per_call, now.tzinfo)


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """At most so many calls in any window; of these, so many that modify."""

    calls: int
    seconds: float
    counts_all: bool
    modifying_calls: int
    seconds_per_call: float


def _rule(limit: RateLimit, reads_per_call: float) -> _Rule:
    counts_all = limit.scope is Scope.ALL
    share = 1 + reads_per_call if counts_all else 1.0
    seconds = kept_window_s(limit)
    return _Rule(
        calls=limit.calls,
        seconds=seconds,
        counts_all=counts_all,
        modifying_calls=max(1, int(limit.calls / share)),
        seconds_per_call=seconds * share / limit.calls,
    )


@dataclass
class _Play:
    """Calls played through one after the other, each at the first moment at which no window is too full."""

    limits: Sequence[RateLimit]
    spent: Spent
    pace: Pace
    rules: list[_Rule] = field(init=False)

    def __post_init__(self) -> None:
        self.rules = [_rule(limit, self.pace.reads_per_call) for limit in self.limits]
        if distance := self.pace.seconds_per_call:
            self.rules.append(
                _Rule(calls=1, seconds=distance, counts_all=False, modifying_calls=1, seconds_per_call=distance)
            )
        self._modifying, self._all = sorted(self.spent.modifying), sorted(self.spent.all)
        self._limits = [(r.calls, r.seconds, self._all if r.counts_all else self._modifying) for r in self.rules]
        self._reading = [(r.calls, r.seconds, self._all) for r in self.rules if r.counts_all]

    def moments(self, calls: int, begin: float) -> Iterator[float]:
        """When each of so many modifying calls is made."""
        moment, reads = begin, 0.0
        for _ in range(calls):
            reads += self.pace.reads_per_call
            while reads >= 1:
                reads -= 1
                moment = _first(self._reading, moment)
                insort(self._all, moment)
            moment = _first(self._limits, moment)
            insort(self._modifying, moment)
            insort(self._all, moment)
            yield moment


def _first(rules: Sequence[tuple[int, float, Sequence[float]]], moment: float) -> float:
    """The first moment from that one on at which one more call fits."""
    for calls, seconds, made in rules:
        if len(made) >= calls:
            moment = max(moment, made[-calls] + seconds)
    return moment


def modifying(limits: Sequence[RateLimit]) -> list[RateLimit]:
    """The limits that count only calls that change something: those by which rows are paced."""
    return [limit for limit in limits if limit.scope is Scope.MODIFYING]


def budget_left(limits: Sequence[RateLimit], spent: Spent, now: datetime) -> tuple[int, RateLimit] | None:
    """How many modifying calls the longest limit still allows, and that limit; `None` without one."""
    counting = modifying(limits)
    if not counting:
        return None
    longest = max(counting, key=lambda limit: limit.seconds)
    return calls_left(longest, spent.modifying, now.timestamp()), longest


def calls_left(limit: RateLimit, spent: Sequence[float], now: float) -> int:
    """How many calls a limit still allows.

    Args:
        limit: At most so many calls in any window.
        spent: Moments of earlier calls under it, seconds since 1970.
        now: The present, in the same.
    """
    return max(0, limit.calls - sum(moment > now - kept_window_s(limit) for moment in spent))
