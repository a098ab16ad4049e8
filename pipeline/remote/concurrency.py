"""How many calls may be in flight: as many as the target takes well, never more than were asked for.

Few at first, one more for each good answer; once the target has shown a limit, one more a round. Half as many after
throttling, an error of the server or an answer that did not come; fewer where answers take far longer than they did.
Time is an argument. May import nothing of the project; must know nothing of calls, rates or ledgers.
"""

from __future__ import annotations

from asyncio import CancelledError, Future, get_running_loop
from collections import deque
from dataclasses import dataclass, field

_AT_FIRST = 4
_LESS = 0.5
_SOMEWHAT_LESS = 0.8
_FORGETS = 0.001  # share of the way from the best duration to a longer one, an answer: targets change
_FOLLOWS = 0.1
_SLOW = 3.0  # times the best duration
_SLOW_S = 0.25  # and so much longer: with less, it is our own machine that is busy


@dataclass
class Concurrency:
    """How many calls may be in flight now.

    Attributes:
        most: Never more.
        allowed: So many now; the whole part counts.
    """

    most: int
    allowed: float = 0.0
    _has_shrunk: bool = False
    _shrunk_at: float = float("-inf")
    _best_s: float = float("inf")
    _recent_s: float = 0.0

    def __post_init__(self) -> None:
        self.allowed = self.allowed or float(min(self.most, _AT_FIRST))

    def answered(self, began_at: float, now: float, *, well: bool) -> None:
        """A call has ended.

        Args:
            began_at: When it began.
            now: When it ended.
            well: Whether it was answered, and neither throttled nor by an error of the server.
        """
        if not well:
            self._shrink(_LESS, began_at, now)
        elif self._is_slow(now - began_at):
            self._shrink(_SOMEWHAT_LESS, began_at, now)
        elif self.allowed < self.most:
            self.allowed = min(self.most, self.allowed + (1 / self.allowed if self._has_shrunk else 1))

    def _is_slow(self, took_s: float) -> bool:
        self._best_s = min(took_s, self._best_s + _FORGETS * (took_s - self._best_s) if self._recent_s else took_s)
        self._recent_s += _FOLLOWS * (took_s - self._recent_s) if self._recent_s else took_s
        return self._recent_s > max(_SLOW * self._best_s, self._best_s + _SLOW_S)

    def _shrink(self, to: float, began_at: float, now: float) -> None:
        """Once for all calls that were in flight together: they met the same trouble."""
        if began_at < self._shrunk_at:
            return
        self.allowed = max(1.0, self.allowed * to)
        self._has_shrunk, self._shrunk_at = True, now


@dataclass
class Slots:
    """Calls in flight, each within `async with`.

    Attributes:
        concurrency: How many there may be; told by the caller how each has ended.
    """

    concurrency: Concurrency
    _taken: int = 0
    _waiting: deque[Future[None]] = field(default_factory=deque)

    async def __aenter__(self) -> None:
        if self._waiting or self._taken >= int(self.concurrency.allowed):
            await self._turn()
        else:
            self._taken += 1

    async def __aexit__(self, *_: object) -> None:
        self._taken -= 1
        self._hand_out()

    async def _turn(self) -> None:
        turn: Future[None] = get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except CancelledError:
            if turn.done() and not turn.cancelled():  # it had been given the slot
                self._taken -= 1
                self._hand_out()
            raise

    def _hand_out(self) -> None:
        """Gives free slots to those who wait, in their order."""
        while self._waiting and self._taken < int(self.concurrency.allowed):
            turn = self._waiting.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)
