"""How another thread asks a run at work to end in good order, as Ctrl-C does where there is a terminal.

May import `stop` and `errors`.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator

from pipeline.errors import Code, Interrupted
from pipeline.stop import Stop


def stop_on_request(stop: Stop) -> None:
    """Gives the order, with what to do next; the first reason stands."""
    stop.because(Interrupted(Code.STOPPED_ON_REQUEST, "Stopped on request."))


class Interruption:
    """The request to end a run; may come from any thread, and before the run is at work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requested = False
        self._obey: Callable[[], object] | None = None

    def request(self) -> None:
        """Asks the run to end; rows in flight are finished. Returns at once."""
        with self._lock:
            self._requested = True
            if self._obey is not None:
                self._obey()

    @contextlib.contextmanager
    def stopping(self, stop: Stop) -> Iterator[None]:
        """Obeys the request while the context lasts; entered in the thread that runs the tasks."""
        loop = asyncio.get_running_loop()
        with self._lock:
            self._obey = lambda: loop.call_soon_threadsafe(stop_on_request, stop)
            if self._requested:
                self._obey()
        try:
            yield
        finally:
            with self._lock:  # the loop may be closed from here on
                self._obey = None
