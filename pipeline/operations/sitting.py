"""A sitting: the part of a run that one process does, which may have an end (`--until`, `--for`).

May import `errors` and `stop`. Must know nothing of Click or of terminals; the time is the runtime's.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import time as TimeOfDay  # noqa: N812 - `time` is the module with the rules of summer time
from typing import TYPE_CHECKING

from pipeline.errors import Code, SittingOver

if TYPE_CHECKING:
    from pipeline.operations.runtime import Runtime
    from pipeline.stop import Stop

_LOOK_EVERY_S = 60.0  # a machine that slept meanwhile, or whose clock was set, still ends its sitting in time


def sitting_end(now: float, until: TimeOfDay | None, for_s: float | None) -> float | None:
    """When a sitting ends that begins now, in seconds since 1970; `None` where nobody says so.

    Args:
        now: Seconds since 1970.
        until: The time of day here; if it has passed, tomorrow's.
        for_s: How long it may last.
    """
    ends = [now + for_s] if for_s is not None else []
    if until is not None:
        ends.append(next(end for day in (0, 1, 2) if (end := _on_day(now, day, until)) > now))
    return min(ends, default=None)


def _on_day(now: float, days: int, at: TimeOfDay) -> float:
    """That time of day so many days later, by this machine's zone and its summer time."""
    here = time.localtime(now)
    return time.mktime((here.tm_year, here.tm_mon, here.tm_mday + days, at.hour, at.minute, at.second, 0, 0, -1))


def is_over(ends_at: float | None, now: float) -> bool:
    """Whether a sitting has come to its end."""
    return ends_at is not None and now >= ends_at


@contextlib.asynccontextmanager
async def ending_in_time(ends_at: float | None, runtime: Runtime, stop: Stop) -> AsyncIterator[None]:
    """Stops a run in good order when its sitting is over.

    Args:
        ends_at: When, in seconds since 1970; `None` for never.
        runtime: The time, and how to wait for it.
        stop: Told when it is over.
    """
    if ends_at is None:
        yield
        return
    waiting = asyncio.create_task(_end(ends_at, runtime, stop))
    try:
        yield
    finally:
        waiting.cancel()


async def _end(ends_at: float, runtime: Runtime, stop: Stop) -> None:
    while (left := ends_at - runtime.now()) > 0:
        await runtime.sleep(min(left, _LOOK_EVERY_S))
    stop.because(sitting_over(ends_at))


def sitting_over(ends_at: float) -> SittingOver:
    """What is told of a sitting that has ended."""
    at = time.strftime("%Y-%m-%d %H:%M", time.localtime(ends_at))
    return SittingOver(Code.SITTING_OVER, f"The time that was given was over at {at}.", ended_at=at)
