"""How a run comes to an early end: one reason, known to all its tasks, that interrupts every wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.errors import ImportFailure

Sleep = Callable[[float], Awaitable[None]]


class Stopping(Exception):
    """Unwinds a task to the point where its row can be put down; never leaves the run."""


class Stop:
    """The order to take no new rows.

    Args:
        sleep: Waits for some seconds; tests pass one that does not.
    """

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._event = asyncio.Event()
        self._sleep = sleep
        self.reason: ImportFailure | None = None

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

    async def sleep(self, seconds: float) -> None:
        """Waits, unless the run is to end.

        Raises:
            Stopping: It is.
        """
        self.check()
        waits = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._event.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self.check()
