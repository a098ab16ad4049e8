"""Ctrl-C and SIGTERM: the first asks a run to end in good order, the second ends it at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

from pipeline.errors import Interrupted
from pipeline.operations.interruption import stop_on_request
from pipeline.stop import Stop, Stopping

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def cancelled_by_second_signal(stop: Stop) -> Iterator[None]:
    """Turns what the second signal does to the task into the order that the first one gave.

    Raises:
        Stopping: The task was cancelled, and had been told to end before.
    """
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or not isinstance(stop.reason, Interrupted):
            raise
        task.uncancel()
        raise Stopping from None


@contextlib.contextmanager
def stopping_on_signals(stop: Stop, on_first: Callable[[], None]) -> Iterator[None]:
    """Obeys the signals while the context lasts; the second cancels the task that entered it.

    Args:
        stop: Told of the first signal.
        on_first: Called with the first signal, to say that a second one ends the run at once.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def obey() -> None:
        if isinstance(stop.reason, Interrupted) and task is not None:
            task.cancel()
            return
        stop_on_request(stop)
        on_first()

    def handle(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(obey)

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
