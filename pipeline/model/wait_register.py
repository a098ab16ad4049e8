"""Which waits last now, and which there were: every wait of a run is entered here while it lasts.

May import `model.waits`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from pipeline.model.waits import HOLDS_EVERYBODY, THROTTLED, WORTH_TELLING_S, Cause, Stretch, Wait, Why

_JOINED_S = 15.0
"""Two waits for the same, no further apart than this, are one stretch of time."""

_WORTH_KEEPING_S = 0.5


@dataclass
class WaitRegister:
    """What is waited for now, and what was.

    Attributes:
        now: Seconds since 1970.
        on_wait: Told of each wait that is worth telling, when it begins.
    """

    now: Callable[[], float]
    on_wait: Callable[[Wait], None] | None = None
    _present: dict[int, Wait] = field(default_factory=dict)
    _numbers: int = 0
    _held_s: float = 0.0
    _held_since: float | None = None
    _latest: dict[str, Stretch] = field(default_factory=dict)
    _changed: dict[tuple[str, float], Stretch] = field(default_factory=dict)

    @contextlib.contextmanager
    def waiting(self, cause: Cause, seconds: float) -> Iterator[None]:
        """Notes a wait for as long as it lasts."""
        began_at = self.now()
        self._numbers += 1
        number = self._numbers
        self._begin(number, Wait(cause=cause, began_at=began_at, until=began_at + seconds))
        try:
            yield
        finally:
            self._end(number)

    def _begin(self, number: int, wait: Wait) -> None:
        self._present[number] = wait
        if wait.cause.why in HOLDS_EVERYBODY and self._held_since is None:
            self._held_since = wait.began_at
        if self.on_wait is not None and _is_worth_telling(wait):
            self.on_wait(wait)

    def _end(self, number: int) -> None:
        wait, now = self._present.pop(number), self.now()
        if self._held_since is not None and not self._lasts(*HOLDS_EVERYBODY):
            self._held_s += now - self._held_since
            self._held_since = None
        if now - wait.began_at >= _WORTH_KEEPING_S:
            self._keep(_joined(self._latest, wait.cause.why.value, wait.began_at, now))

    def _lasts(self, *whys: Why) -> bool:
        return any(wait.cause.why in whys for wait in self._present.values())

    def throttled(self) -> None:
        """Notes that the target throttled a call."""
        now = self.now()
        self._keep(_joined(self._latest, THROTTLED, now, now))

    def _keep(self, stretch: Stretch) -> None:
        self._latest[stretch.what] = stretch
        self._changed[stretch.what, stretch.began_at] = stretch

    @property
    def held_s(self) -> float:
        """Seconds in which no call could leave."""
        return self._held_s + (self.now() - self._held_since if self._held_since is not None else 0.0)

    @property
    def present(self) -> Wait | None:
        """What is waited for now, if that is worth telling; those that wait for the same count as one."""
        worth = [wait for wait in self._present.values() if _is_worth_telling(wait)]
        for why in Why:
            if same := [wait for wait in worth if wait.cause.why is why]:
                first = min(same, key=lambda wait: wait.until)
                return replace(first, began_at=min(w.began_at for w in same), rows=len(same))
        return None

    def until(self, *whys: Why) -> float:
        """When the last of the present waits of some kinds is over, in seconds since 1970; 0 where there is none."""
        return max((wait.until for wait in self._present.values() if wait.cause.why in whys), default=0.0)

    def news(self) -> list[Stretch]:
        """The stretches that have grown since this was asked last; one that lasts is as long as it is now."""
        found, present = dict(self._changed), self.present
        self._changed.clear()
        if present is not None:
            lasting = _joined(self._latest, present.cause.why.value, present.began_at, self.now())
            found[lasting.what, lasting.began_at] = lasting
        return list(found.values())


def _is_worth_telling(wait: Wait) -> bool:
    return wait.until - wait.began_at >= WORTH_TELLING_S


def _joined(latest: dict[str, Stretch], what: str, began_at: float, ended_at: float) -> Stretch:
    """The last stretch of its kind, prolonged; or a new one, where that is too long ago."""
    last = latest.get(what)
    if last is None or began_at - last.ended_at > _JOINED_S:
        return Stretch(what=what, began_at=began_at, ended_at=ended_at, waited_s=ended_at - began_at)
    # Several may wait at the same time: together they wait no longer than the time that passes.
    waited_s = last.waited_s + max(0.0, ended_at - max(began_at, last.ended_at))
    return replace(last, ended_at=max(ended_at, last.ended_at), waited_s=waited_s, times=last.times + 1)
