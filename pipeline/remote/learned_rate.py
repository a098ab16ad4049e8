"""The rate that a target allows, learned from what it refuses: for targets whose limits nobody has told.

Calls leave evenly spaced. The first refusal tells most: so many calls were accepted, and so long it took until another
one was, which is the window that they are counted in. A later refusal, after a pace that was kept for long, tells that
the limit lies within the last step. Then the pace is held, for a refusal costs more than the last percent, and raised
in small steps; in ever larger ones once it is above what was refused before, since the target allows more now. A pace
that is refused soon was a little too high, or far too high where only few of its calls were accepted.
Where slowing down is in vain (`chance`), calls leave as they come again.
Time is an argument; may import `chance`. Must know nothing of ledgers, tasks or answers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import inf

from pipeline.remote.chance import Chance

DEFAULT_PAUSE_S = 1.0
"""Source: developers.nexudus.com/reference/api-limitations, where throttled answers say `Retry-After: 1`."""

_LONGEST_PAUSE_S = 60.0  # no documented window but the day is far longer than that
_LOOK_EVERY_S = 0.05  # while one call finds out whether the target takes any, the others ask again so often
_WINDOWS_S = (1.0, 10.0, 60.0)  # what limits are usually counted in
_BELOW_ALLOWED = 0.97
_SURELY_ALONG = 3  # refused calls that left after a refused one; fewer may be chance
_ALIKE = 3  # so many counts of accepted calls before a refusal tell a limit, if they differ little
_ALIKE_WITHIN = 0.2
_FEW = 10  # accepted calls: may be no window's limit but the burst that a steady rate allows
_STEP = 0.02
_LARGEST_STEP = 0.5
_REFINED = 4  # times smaller than the step that was too large
_ABOVE_REFUSED = 1.05
_STEP_EVERY_S = 2.0
_STEP_EVERY_CALLS = 10
_SMALL_STEP_EVERY_CALLS = 50
_LONGEST_STEP_S = 60.0
_STEP_EVERY_WINDOWS = 1.2  # sooner, a window is not yet full of calls at the new pace
_FIRST_HOLD_S = 20.0
_HOLD_S = 120.0
_HOLD_CALLS = 200
_LONGEST_HOLD_S = 300.0
_LONG_PACE = 5.0  # pauses; less may be chance
_IN_VAIN = 2  # calls after a refusal; more, and far less is allowed than before
_WELL_BELOW = 0.95
_FEWER = 0.7
_FAR_BELOW = 0.5
_LEAST_OF_PACE = 0.5
_SHORT_PACES = 2  # that were refused soon; with more, it may be more than chance
_LATENESS = 0.5  # calls: a wait that took too long is caught up only so far, or the calls would bunch
_LATENESS_S = 0.01
_TOLERATED_IN_S = 60.0
_REMEMBERED = 10_000


@dataclass
class LearnedRate:
    """Spaces calls so that the target refuses hardly any.

    Attributes:
        tolerated: So many refusals a minute do not slow calls down, where known limits do that already.
        rate: Calls a second; `None` while nothing was refused.
    """

    tolerated: int = 0
    rate: float | None = None
    _accepted: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _refusals: deque[float] = field(default_factory=deque)
    _since: float | None = None
    _refused_at: float = -inf
    _refused_left_at: float = -inf
    _accepted_along: int = 0
    _refused_along: int = 0
    _pause_s: float = 0.0
    _is_probing: bool = False
    _ceiling: float = 0.0
    _step: float = _STEP
    _window_s: float = 0.0
    _in_vain: int = 0
    _short_paces: int = 0
    _raise_at: float = 0.0
    _next_at: float = 0.0
    _counts: deque[int] = field(default_factory=lambda: deque(maxlen=_ALIKE))
    _chance: Chance = field(default_factory=Chance)

    @property
    def is_idle(self) -> bool:
        """Whether calls may leave as they come."""
        return self.rate is None and not self._is_probing

    def wait(self, now: float) -> float:
        """Seconds until the next call may leave, or until it is to be asked again; 0 or less for now."""
        if self.is_idle:
            return 0.0
        wait = self._next_at - now
        return min(wait, _LOOK_EVERY_S) if self._is_probing else wait

    def left(self, now: float) -> None:
        """A call leaves now."""
        if self._since is None:
            self._since = now
        if self._is_probing:
            self._next_at = now + self._pause_s
        elif self.rate is not None:
            late_at_most = max(_LATENESS / self.rate, _LATENESS_S)
            self._next_at = max(self._next_at, now - late_at_most) + 1 / self.rate

    def accepted(self, left_at: float, now: float, *, counts: bool = True) -> None:
        """A call was not refused.

        Args:
            left_at: When it left.
            now: When its answer came.
            counts: Whether limits count it; where some calls are limited and others not, these tell less.
        """
        if counts:
            self._accepted.append(left_at)
            self._chance.seen(refused=False)
        if self._is_probing:
            if left_at > self._refused_at:
                self._settle(left_at, now)
            elif left_at > self._refused_left_at:
                self._accepted_along += 1
        elif self.rate is not None and now >= self._raise_at:
            self._raise(self.rate, now)

    def refused(self, left_at: float, now: float, retry_after_s: float | None) -> float:
        """A call was throttled; returns how many seconds nobody may make one.

        Args:
            left_at: When it left.
            now: When its answer came.
            retry_after_s: For how long the target asked to be left alone. Nor is 0 obeyed, or a date that has passed:
                asked again at once, the target would only throttle again.
        """
        asked_s = retry_after_s or DEFAULT_PAUSE_S
        self._chance.seen(refused=True)
        if self._chance.explains():
            return asked_s
        if left_at <= self._refused_at:
            self._refused_along += left_at > self._refused_left_at
            return asked_s
        if self._is_tolerated(now):
            return asked_s
        self._in_vain = self._in_vain + 1 if self._is_probing else 0
        self._pause_s = max(asked_s, min(2 * self._pause_s, _LONGEST_PAUSE_S)) if self._in_vain else asked_s
        self._refused_at, self._refused_left_at = now, left_at
        if not self._in_vain:
            self._accepted_along = self._refused_along = 0
        self._is_probing = True
        self._next_at = now + self._pause_s
        return self._pause_s

    def _is_tolerated(self, now: float) -> bool:
        self._refusals.append(now)
        while self._refusals[0] < now - _TOLERATED_IN_S:
            self._refusals.popleft()
        return not self._is_probing and self.rate is None and len(self._refusals) <= self.tolerated

    def _settle(self, left_at: float, now: float) -> None:
        """The first call after a refusal was accepted: the pace from now on."""
        since = left_at if self._since is None else self._since
        was_long = self._refused_at - since >= _LONG_PACE * self._pause_s
        self._short_paces = 0 if was_long else self._short_paces + 1
        if self.rate is None:
            self._begin(since, left_at, now)
        elif self._in_vain > _IN_VAIN:
            self._chance.limited(None)
            self._pace(self.rate * _FAR_BELOW, now)
        elif was_long:
            self._fall_back(self.rate, now)
        else:
            self._pace(self._lower(self.rate), now)
        self._since, self._is_probing = left_at, False

    def _begin(self, since: float, until: float, now: float) -> None:
        """Takes the calls before the one that left at `until`, which is the first of another window, for the limit."""
        refused_s, accepted_s = self._refused_at - since, until - since
        usual = (window for window in _WINDOWS_S if refused_s - DEFAULT_PAUSE_S < window <= accepted_s)
        self._window_s = max(usual, default=accepted_s)
        count = sum(1 for moment in reversed(self._accepted) if since <= moment < until)
        self._counts.append(count)
        if not self._is_limit():
            return
        self._pace(max(count, 1) / max(self._window_s, DEFAULT_PAUSE_S) * _BELOW_ALLOWED, now)
        if count < _FEW:
            self._step = _LARGEST_STEP
        else:
            self._raise_at = now + max(_FIRST_HOLD_S, self._step_s(self._ceiling))

    def _is_limit(self) -> bool:
        """Whether the refusal looks like a limit's.

        Either those that left after the refused call were refused as well, or as many were accepted each time.
        """
        if self._refused_along >= _SURELY_ALONG or self._accepted_along:
            return self._refused_along >= max(self._accepted_along, _SURELY_ALONG)
        least, most = min(self._counts), max(self._counts)
        return len(self._counts) == _ALIKE and least >= _FEW / 2 and most - least <= max(1, least * _ALIKE_WITHIN)

    def _lower(self, rate: float) -> float:
        """After a pace that was refused soon: by chance, unless far fewer calls were accepted than it made."""
        window_s = max(self._window_s, DEFAULT_PAUSE_S)
        since = self._refused_at - window_s
        seen = sum(1 for moment in self._accepted if since < moment < self._refused_at) / window_s
        is_far_off = self._short_paces > _SHORT_PACES and seen < rate * _FEWER and rate * window_s >= _FEW / 2
        if not is_far_off:
            return rate * _WELL_BELOW
        self._chance.limited(seen)
        return max(seen, rate * _LEAST_OF_PACE) * _BELOW_ALLOWED

    def _pace(self, rate: float, now: float) -> None:
        """Goes on at a rate that may be far too low."""
        if self._chance.slowed(rate):
            self.rate = None
            return
        self.rate = self._ceiling = rate
        self._step = _STEP
        self._raise_at = now + self._step_s(rate)
        self._next_at = now + 1 / rate

    def _fall_back(self, rate: float, now: float) -> None:
        """Goes on below a rate that was kept for long before it was refused: the limit is within the last step."""
        step = self._step
        self._pace(min(rate * _BELOW_ALLOWED, rate / (1 + step)), now)
        self._ceiling = rate
        if step <= _STEP:
            self._raise_at = now + max(_HOLD_S, min(_HOLD_CALLS / rate, _LONGEST_HOLD_S))
        else:
            self._step = max(_STEP, step / _REFINED)

    def _raise(self, rate: float, now: float) -> None:
        if rate > self._ceiling * _ABOVE_REFUSED:
            self._step = min(2 * self._step, _LARGEST_STEP)
        self.rate = rate * (1 + self._step)
        self._chance.kept(rate)
        self._raise_at = now + self._step_s(self.rate)

    def _step_s(self, rate: float) -> float:
        calls = _SMALL_STEP_EVERY_CALLS if self._step <= _STEP else _STEP_EVERY_CALLS
        return max(_STEP_EVERY_S, min(calls / rate, _LONGEST_STEP_S), _STEP_EVERY_WINDOWS * self._window_s)
