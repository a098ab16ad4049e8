"""Time that passes only while everybody waits: days of waiting are over at once, and all in the right order.

Whatever waits through asyncio (`asyncio.sleep`, timeouts, `call_later`) waits in this time; what would be done in other
threads is done in the loop's own, so that nothing is left to chance. For rehearsals, and for tests that last a month.
Sockets are not waited for. May import nothing of the project.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class VirtualTime:
    """A clock, and the loops in which its time passes; it goes on from one `run` to the next.

    Args:
        start: What the clock shows at first, in seconds since 1970; by default the present.
    """

    def __init__(self, start: float | None = None) -> None:
        self._offset = time.time() if start is None else start
        self.passed_s = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return self._offset + self.passed_s

    def moment(self) -> datetime:
        """The present, in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def set_clock(self, by_s: float) -> None:
        """Sets the clock on, or back, as a person or a time server does; it wakes nobody."""
        self._offset += by_s

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine to its end, as `asyncio.run` does."""
        with asyncio.Runner(loop_factory=lambda: _Loop(self)) as runner:
            return runner.run(main)


class _Loop(asyncio.SelectorEventLoop):
    """A loop whose time is the clock's, without other threads."""

    def __init__(self, clock: VirtualTime) -> None:
        super().__init__(_Selector(clock))
        self._clock = clock

    def time(self) -> float:
        return self._clock.passed_s

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Does the work at once: a thread would take real time, in which the virtual one could not stand still."""
        del executor
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
            future.set_exception(error)
        return future


class _Selector(selectors.DefaultSelector):
    """Lets the time pass for which the loop would wait."""

    def __init__(self, clock: VirtualTime) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:  # nobody waits for a moment: only another thread or a signal can go on
            return super().select(None)
        ready = super().select(0)
        if not ready:
            self._clock.passed_s += max(0.0, timeout)
        return ready
