"""The target's clock, as far as the `Date` of its responses tells it.

May import `remote.responses`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.remote.responses import read_date

_MOST_AHEAD_S = 86_400.0
"""A clock that is off by more than a day is no clock: nothing may be concluded from it."""


@dataclass
class TargetClock:
    """The target's clock.

    Attributes:
        local: Seconds since 1970 by this machine's clock.
        ahead_s: How far the target's clock is ahead of it.
        is_plausible: Whether its last answer could be a clock's; if not, this machine's clock stands in.
    """

    local: Callable[[], float]
    ahead_s: float = 0.0
    is_plausible: bool = True
    _learned: str = ""

    @property
    def known(self) -> bool:
        """Whether a response has told it."""
        return bool(self._learned)

    def now(self) -> float:
        """Seconds since 1970 by the target's clock."""
        return self.local() + self.ahead_s

    def learn(self, date_header: str | None) -> None:
        """Takes note of a response's `Date`."""
        if not date_header or date_header == self._learned:  # it changes once a second, answers come by the thousand
            return
        self._learned = date_header
        moment = read_date(date_header)
        if moment is None:
            return
        ahead_s = moment.timestamp() - self.local()
        self.is_plausible = abs(ahead_s) <= _MOST_AHEAD_S
        if self.is_plausible:
            self.ahead_s = ahead_s
