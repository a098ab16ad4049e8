"""How rate limits are kept to: what was spent of them, how long to wait, with a margin of time.

May import `schemas.endpoint` and nothing else of the project.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.endpoint import RateLimit

# Two calls a window apart here may arrive closer together there; without a margin each such pair is throttled. More
# than 1.2 % of a window would waste the budget, but where the limit is a distance between calls that is not at stake.
_MARGIN = 0.004
_MOST_MARGIN_S = 30.0  # of a day, more would only move each night's work later into the night
_MARGIN_S = 0.02
_MOST_MARGIN = 0.008


def kept_window_s(limit: RateLimit) -> float:
    """Seconds in which no more than `limit.calls` calls are made."""
    extra = _MARGIN_S if limit.calls == 1 else min(_MARGIN_S, limit.seconds * _MOST_MARGIN)
    return limit.seconds + min(limit.seconds * _MARGIN, _MOST_MARGIN_S) + extra


@dataclass(frozen=True, kw_only=True, slots=True)
class Delay:
    """How long a call has to wait.

    Attributes:
        seconds: How long; 0 where it may leave.
        limit: The limit that it waits for; `None` where the target asked for it.
    """

    seconds: float = 0.0
    limit: RateLimit | None = None


NO_DELAY = Delay()


def seconds_of_delay(delay: Delay) -> float:
    """How long it is."""
    return delay.seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """Moments of earlier calls that may still count, in seconds since 1970, in any order.

    Attributes:
        modifying: Of those that changed something.
        all: Of all of them, where any limit counts those.
    """

    modifying: Sequence[float] = ()
    all: Sequence[float] = ()
