"""When so many calls can have been made under the limits.

May import `schemas.endpoint`; must know nothing of ledgers.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

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


LONG_WAIT_S = 300.0
"""A longer wait than this ends a sitting."""

_MOST_CALLS_PLAYED = 20_000


def sittings(limits: Sequence[RateLimit], spent: Sequence[float], calls: int, now: datetime) -> list[Sitting]:
    """The sittings in which so many modifying calls can be made at the earliest; of very many, the first ones.

    Args:
        limits: At most so many calls in any window.
        spent: Moments of earlier modifying calls, seconds since 1970.
        calls: How many are to come.
        now: The present.
    """
    moments = _moments(limits, spent, min(calls, _MOST_CALLS_PLAYED), now.timestamp())
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


def _moments(limits: Sequence[RateLimit], spent: Sequence[float], calls: int, moment: float) -> Iterator[float]:
    made = sorted(spent)
    for _ in range(calls):
        for limit in limits:
            if len(made) >= limit.calls:
                moment = max(moment, made[-limit.calls] + limit.seconds)
        insort(made, moment)
        yield moment


def finish_time(limits: Sequence[RateLimit], spent: Sequence[float], calls: int, now: datetime) -> datetime:
    """When so many modifying calls can have been made at the earliest.

    Exact for as many as fit into two of the longest windows; of more, up to one such window too early.

    Args:
        limits: At most so many calls in any window.
        spent: Moments of earlier modifying calls, seconds since 1970.
        calls: How many are to come.
        now: The present.
    """
    if not limits:
        return now
    # Beyond two of the longest windows the slowest limit alone sets the pace: its rounds are counted, not played.
    slowest = max(limits, key=lambda limit: limit.seconds / limit.calls)
    played = math.ceil(2 * max(limit.seconds for limit in limits) * slowest.calls / slowest.seconds)
    rounds = max(0, calls - played) // slowest.calls
    begin = now.timestamp()
    *_, end = (begin, *_moments(limits, spent, calls - rounds * slowest.calls, begin))
    return datetime.fromtimestamp(end + rounds * slowest.seconds, now.tzinfo)


def budget_left(limits: Sequence[RateLimit], spent: Sequence[float], now: datetime) -> tuple[int, RateLimit] | None:
    """How many modifying calls the longest limit still allows, and that limit; `None` without one."""
    modifying = [limit for limit in limits if limit.scope is Scope.MODIFYING]
    if not modifying:
        return None
    longest = max(modifying, key=lambda limit: limit.seconds)
    return calls_left(longest, spent, now.timestamp()), longest


def calls_left(limit: RateLimit, spent: Sequence[float], now: float) -> int:
    """How many calls a limit still allows.

    Args:
        limit: At most so many calls in any window.
        spent: Moments of earlier calls under it, seconds since 1970.
        now: The present, in the same.
    """
    return max(0, limit.calls - sum(moment > now - limit.seconds for moment in spent))
