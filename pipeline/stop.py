"""How a run comes to an early end: one reason, known to all its tasks, that interrupts every wait.

Since every wait is made here, it is known here what is waited for. May import `events` and `model.waits`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from pipeline.events import Event, tell
from pipeline.model.wait_register import WaitRegister
from pipeline.model.waits import Why

if TYPE_CHECKING:
    from pipeline.errors import ImportFailure
    from pipeline.model.waits import Cause, Wait

_log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]


class Stopping(Exception):
    """Unwinds a task to the point where its row can be put down; never leaves the run."""


class Stop:
    """The order to take no new rows.

    Args:
        sleep: Waits for some seconds; tests pass one that does not.
        now: Seconds since 1970.
    """

    def __init__(self, sleep: Sleep = asyncio.sleep, now: Callable[[], float] = time.time) -> None:
        self._event = asyncio.Event()
        self._sleep = sleep
        self.reason: ImportFailure | None = None
        self.waits = WaitRegister(now, _tell)

    def because(self, reason: ImportFailure) -> None:
        """Stops the run; the first reason stands."""
        if self.reason is None:
            self.reason = reason
            self._event.set()

    @property
    def is_set(self) -> bool:
        """Whether the run is to end."""
        return self._event.is_set()

    async def wait(self) -> None:
        """Returns when the run is to end."""
        await self._event.wait()

    def check(self) -> None:
        """Leaves the row that is about to be worked on.

        Raises:
            Stopping: The run is to end.
        """
        if self._event.is_set():
            raise Stopping

    async def sleep(self, seconds: float, cause: Cause | None = None) -> None:
        """Waits, unless the run is to end.

        Args:
            seconds: How long.
            cause: What for, where that is worth knowing.

        Raises:
            Stopping: It is.
        """
        if cause is None or seconds <= 0:
            await self._wait(seconds)
        else:
            with self.waits.waiting(cause, seconds):
                await self._wait(seconds)

    async def _wait(self, seconds: float) -> None:
        self.check()
        waits = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._event.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self.check()


def _tell(wait: Wait) -> None:
    cause = wait.cause
    limit = {"Calls": cause.calls, "Seconds": cause.seconds} if cause.why is Why.LIMIT else None
    seconds = round(wait.until - wait.began_at, 3)
    tell(_log, Event.WAIT, wait.in_words(wait.began_at), Why=cause.why.value, Limit=limit, Seconds=seconds)
