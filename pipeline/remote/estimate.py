"""When so many calls can have been made under the limits.

May import `schemas.endpoint`; must know nothing of ledgers.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from datetime import datetime

from schemas.endpoint import RateLimit


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
    moment = now.timestamp()
    made = sorted(spent)
    for _ in range(calls - rounds * slowest.calls):
        for limit in limits:
            if len(made) >= limit.calls:
                moment = max(moment, made[-limit.calls] + limit.seconds)
        insort(made, moment)
    return datetime.fromtimestamp(moment + rounds * slowest.seconds, now.tzinfo)
