"""Ctrl-C and SIGTERM: the first ends a run in good order, the second waits for no answer, the third for no row."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Self

from pipeline.operations.interruption import stop_on_request
from pipeline.stop import Stop, Stopping

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class HandlersBefore:
    """Handles signals as before once the context has ended: put around the loop, whose closing none may cut off."""

    def __enter__(self) -> Self:
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        self._give_back()

    def after_one_more(self, on_first: Callable[[], None]) -> None:
        """Passes the next signal over, so that what is left can be done; the one after that is handled as before.

        Args:
            on_first: Called with the first, to say so.
        """

        def passed_over(_number: int, _frame: FrameType | None) -> None:
            self._give_back()
            on_first()

        for number in _SIGNALS:
            signal.signal(number, passed_over)

    def _give_back(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def cancelled_by_second_signal(stop: Stop) -> Iterator[None]:
    """Turns what the second signal does to the task into the order that the first one gave.

    Raises:
        Stopping: The task was cancelled, and had been told to end before.
    """
    try:
        yield
    except asyncio.CancelledError:
        if not stop.is_set:
            raise
        _go_on_after_cancelling()
        raise Stopping from None


def _go_on_after_cancelling() -> None:
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()


class StoppingOnSignals:
    """Obeys the signals while the context lasts; the second cancels the task that entered it, which ends the context.

    Signals that come later are passed over until their handlers are given back. Entered in the thread that runs the
    tasks.

    Args:
        stop: Told of the first signal.
        on_first: Called with the first signal, to say that a second one ends the run at once.
    """

    def __init__(self, stop: Stop, on_first: Callable[[], None]) -> None:
        self._stop = stop
        self._on_first = on_first
        self._signals = 0
        self._has_ended = False

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        for number in _SIGNALS:
            signal.signal(number, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self._has_ended = True
        if kind is not asyncio.CancelledError or self._signals < 2:
            return False
        _go_on_after_cancelling()
        return True

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self._has_ended:  # what is left is short, and the loop may be closed
            return
        self._loop.call_soon_threadsafe(self._obey)

    def _obey(self) -> None:
        if self._has_ended:
            return
        self._signals += 1
        if self._signals > 1 and self._task is not None:
            self._task.cancel()
            return
        stop_on_request(self._stop)
        self._on_first()
