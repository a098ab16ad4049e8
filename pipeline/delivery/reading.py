"""Reads batches in a thread, so that the event loop goes on meanwhile, and keeps what a cancelled reader leaves behind.

May import nothing of the project.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from typing import Generic, TypeVar

T = TypeVar("T")


class ReadInThread(Generic[T]):
    """Batches one after the other, each read in a thread.

    Args:
        batches: What is read; closed by `close`.
    """

    def __init__(self, batches: Generator[T, None, None]) -> None:
        self._batches = batches
        self._lock = threading.Lock()
        self._reading: asyncio.Future[T | None] | None = None

    async def next(self) -> T | None:
        """The next batch, or `None`; one that was being read when its reader was cancelled is the next reader's."""
        if self._reading is None:
            self._reading = asyncio.ensure_future(asyncio.to_thread(self._read))
        await asyncio.wait([self._reading])  # cancelled, it lets the thread read on
        reading, self._reading = self._reading, None
        return reading.result()

    def close(self) -> None:
        """Closes the batches, once the one that is being read is complete: no generator is closed while it runs."""
        with self._lock:
            self._batches.close()

    def _read(self) -> T | None:
        with self._lock:
            return next(self._batches, None)
