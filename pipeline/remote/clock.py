"""The target's clock, as far as the `Date` of its responses tells it.

May import `remote.responses`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.remote.responses import read_date


@dataclass
class TargetClock:
    """The target's clock, as far as its answers tell.

    Attributes:
        local: Seconds since 1970 by this machine's clock.
        ahead_s: How far the target's clock is ahead of it.
    """

    local: Callable[[], float]
    ahead_s: float = 0.0
    _learned: str = ""

    @property
    def known(self) -> bool:
        """Whether an answer has told it."""
        return bool(self._learned)

    def now(self) -> float:
        """Seconds since 1970 by the target's clock."""
        return self.local() + self.ahead_s

    def learn(self, date_header: str | None) -> None:
        """Takes note of an answer's `Date`."""
        if not date_header or date_header == self._learned:  # it changes once a second, answers come by the thousand
            return
        self._learned = date_header
        moment = read_date(date_header)
        if moment is not None:
            self.ahead_s = moment.timestamp() - self.local()
