"""Refusals that have nothing to do with the pace, told from those of a limit.

Some targets refuse calls now and then whatever the pace, since others spend the same budget, or for reasons of their
own. A limit that refuses some of the calls takes all of them at a somewhat lower pace; where even one far below is
refused, slowing down is in vain, for as long as no more of the calls are refused than then.
May import nothing of the project; must know nothing of time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

_LATELY = 100  # calls
_FEWEST = 30  # of less no share can be told
_MOST = 0.75  # of the calls; a limit that refuses more is no chance, however low the pace
_FAR_BELOW = 0.6
_MORE_OFTEN = 0.15


@dataclass
class Chance:
    """Watches the share of refused calls beside the pace.

    Attributes:
        share: Which share was refused when slowing down was seen to be in vain; `None` while it was not.
    """

    share: float | None = None
    _refused: deque[bool] = field(default_factory=lambda: deque(maxlen=_LATELY))
    _highest: float | None = None

    def seen(self, *, refused: bool) -> None:
        """A call was refused, or not."""
        self._refused.append(refused)

    def explains(self) -> bool:
        """Whether a refusal tells nothing of the pace; once many more come than did, it may again."""
        if self.share is not None and self._share_lately >= min(self.share + _MORE_OFTEN, _MOST):
            self.share = None
        return self.share is not None

    def slowed(self, rate: float) -> bool:
        """Whether it is in vain to slow down to a rate, in calls a second; then there is no pace any more."""
        if self._highest is None or len(self._refused) < _FEWEST or self._share_lately >= _MOST:
            self._highest = rate
        if rate >= self._highest * _FAR_BELOW:
            return False
        self.share, self._highest = self._share_lately, None
        return True

    def kept(self, rate: float) -> None:
        """A rate was kept without a refusal."""
        if self._highest is not None:
            self._highest = max(self._highest, rate)

    def limited(self, rate: float | None) -> None:
        """The limit seems to be far lower than the pace was: at most that rate, or nobody knows what."""
        self._highest = None if rate is None else min(self._highest or rate, rate)

    @property
    def _share_lately(self) -> float:
        return sum(self._refused) / len(self._refused)
