"""When a run will be done, from the limits, the calls that count against them, and what was observed of the run.

The one place that says so: for the question, the progress, the log, and `runs` of other processes. May import
`remote.estimate`, `remote.call_counts` and `model`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.model.standing import Standing
from pipeline.model.waits import Why
from pipeline.remote.estimate import Pace, finish_time

if TYPE_CHECKING:
    from pipeline.model.pacing import Spent
    from pipeline.model.wait_register import WaitRegister
    from pipeline.model.waits import Wait
    from pipeline.remote.call_counts import CallCounts
    from schemas.endpoint import RateLimit

_RATE_OVER_S = 300.0
_PACE_OVER_S = 60.0
_SHORT_WINDOW_S = 60.0
_LEAST_ACTIVE_S = 2.0
_LEAST_ROWS = 20
_STANDS_STILL_S = 3.0


@dataclass(kw_only=True)
class Outlook:
    """Counts what is done of a run, and says when all is.

    Attributes:
        total: Rows that there are.
        to_send: Those of them that are to be sent, as far as that was known at the beginning.
        limits: What is kept to.
        calls: Calls made so far.
        waits: What is waited for.
        now: Seconds since 1970.
        done: Rows that have their end.
        sent: Those of them that were sent.
    """

    total: int
    to_send: int
    limits: Sequence[RateLimit]
    calls: CallCounts
    waits: WaitRegister
    now: Callable[[], float]
    done: int = 0
    sent: int = 0
    _before: tuple[int, int] = field(init=False)
    _began_at: float = field(init=False)
    _recent: deque[tuple[float, int]] = field(init=False)
    _active: deque[tuple[float, int]] = field(init=False)
    _moved_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._began_at = self._moved_at = self.now()
        self._recent = deque([(self._began_at, self.sent)])
        self._active = deque()
        self._before = (self.calls.reading, self.calls.first)

    # -- what happens --------------------------------------------------------------------------------------------

    def settled(self, rows: int) -> None:
        """Rows have ended without being sent."""
        self.done += rows

    def ended(self) -> None:
        """A row that was sent has ended."""
        if not self.sent:  # what was read until then was for the run as a whole, such as a list of what exists
            self._before = (self.calls.reading, self.calls.first)
        self.done += 1
        self.sent += 1
        self._moved_at = self.now()

    def look(self) -> None:
        """Takes note of how far things are; to be called about once a second."""
        now = self.now()
        self._recent.append((now, self.sent))
        while len(self._recent) > 2 and now - self._recent[1][0] >= _RATE_OVER_S:
            self._recent.popleft()
        active = self._active_s
        if self.sent and (not self._active or self._active[-1][1] != self.sent):
            self._active.append((active, self.sent))
        while len(self._active) > 2 and self._is_enough(active, *self._active[1]):
            self._active.popleft()

    @property
    def _active_s(self) -> float:
        """Seconds in which calls could leave."""
        return self.now() - self._began_at - self.waits.held_s

    def _is_enough(self, active_s: float, since_s: float, sent: int) -> bool:
        return active_s - since_s >= _PACE_OVER_S and self.sent - sent >= _LEAST_ROWS

    # -- what follows from it ------------------------------------------------------------------------------------

    @property
    def left(self) -> int:
        """Rows that are still to be sent, those whose call has left not counted."""
        settled = self.done - self.sent
        to_send = min(self.to_send, self.total - settled)
        return max(0, to_send - max(self.calls.first, self.sent))

    @property
    def calls_left(self) -> float:
        """Modifying calls that are still to come."""
        return self.left * self.calls.attempts_per_call

    @property
    def pace(self) -> Pace:
        """What was observed, where it is enough to go by."""
        reading, modifying = self.calls.reading - self._before[0], self.calls.first - self._before[1]
        reads = reading / modifying if modifying >= _LEAST_ROWS else 0.0
        per_call = self._seconds_per_row / self.calls.attempts_per_call
        return Pace(seconds_per_call=per_call, reads_per_call=reads)

    @property
    def _seconds_per_row(self) -> float:
        """How far apart rows end where no limit is waited for; 0 where that is not known yet."""
        if not self._active:
            return 0.0
        (first_s, first), (last_s, last) = self._active[0], self._active[-1]
        if last - first < _LEAST_ROWS or last_s - first_s < _LEAST_ACTIVE_S:
            return 0.0
        # Where none has ended for long, the next one ends now at the earliest.
        return max((last_s - first_s) / (last - first), (self._active_s - first_s) / (last - first + 1))

    def due_at(self, spent: Spent, others: Sequence[float] = ()) -> float | None:
        """When all is done, in seconds since 1970; `None` where that cannot be said.

        Args:
            spent: The calls that the ledger knows of.
            others: Calls that are left of each other run that shares the limits now: all take turns.
        """
        pace, left = self.pace, self.calls_left
        if not self.limits and not pace.seconds_per_call:
            return None
        calls = round(left + sum(min(left, other) for other in others))
        begin = max(self.now(), self.waits.until(Why.ASKED))
        finish = finish_time(self.limits, spent, calls, datetime.fromtimestamp(begin, UTC), pace).timestamp()
        return max(finish, self.waits.until(Why.LOOK_UP))

    def standing(self, due_at: float | None) -> Standing:
        """How the run stands.

        Args:
            due_at: What `due_at` said last.
        """
        now = self.now()
        return Standing(
            at=now,
            done=self.done,
            total=self.total,
            per_minute=self._per_minute(now),
            calls_left=self.calls_left,
            due_at=due_at if self.done < self.total else None,
            wait=self._wait(now),
        )

    def _per_minute(self, now: float) -> float:
        began_at, before = self._recent[0]
        seconds = max(now - began_at, 1.0)
        if self.limits and now - self._began_at < _RATE_OVER_S:
            seconds = max(seconds, 60.0)  # a limit is used up at once: seconds of it are no rate
        # Where the stretch that is looked at begins with a window and ends with one, it holds one more than it is long.
        allowed = (limit.calls * 60 / limit.seconds for limit in self.limits if limit.seconds <= _SHORT_WINDOW_S)
        return min((self.sent - before) * 60 / seconds, *allowed, math.inf)

    def _wait(self, now: float) -> Wait | None:
        """What is waited for; a few rows that wait while others go on hold nobody up."""
        wait = self.waits.present
        if wait is None or wait.cause.why in {Why.LIMIT, Why.ASKED}:
            return wait
        return wait if now - self._moved_at >= _STANDS_STILL_S else None
