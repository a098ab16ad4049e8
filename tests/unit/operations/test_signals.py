"""Ctrl-C and SIGTERM while a run is at work, and while its loop closes."""

import asyncio
import contextlib
import signal
import sys

import pytest

from pipeline.errors import Code, Interrupted, StoppedError
from pipeline.operations.event_loop import run_in_loop
from pipeline.operations.signals import HandlersBefore, StoppingOnSignals, cancelled_by_second_signal
from pipeline.stop import Stop, Stopping

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are no messages there")

BOTH = (signal.SIGINT, signal.SIGTERM)


async def came_through(number):
    """A signal, and the loop's turn in which it is obeyed."""
    signal.raise_signal(number)
    await asyncio.sleep(0.001)  # the loop is told of it through a pipe


class Work:
    """Something at work, which notes how far it came."""

    def __init__(self, *reasons):
        self.told = []
        self.steps = []
        self.reasons = reasons

    def run(self, signals, *, afterwards=()):
        with HandlersBefore():
            return run_in_loop(self._at_work(signals, afterwards))

    async def _at_work(self, signals, afterwards):
        self.stop = Stop()
        for reason in self.reasons:
            self.stop.because(reason)
        with StoppingOnSignals(self.stop, lambda: self.told.append("stopping")):
            for number in signals:
                await came_through(number)
                self.steps.append("at work")
            self.steps.append("through")
        for number in afterwards:
            await came_through(number)
            self.steps.append("closing")
        return asyncio.current_task().cancelling()


@pytest.mark.parametrize("number", BOTH)
def test_the_first_asks_to_end(number):
    work = Work()
    assert work.run([number]) == 0
    assert isinstance(work.stop.reason, Interrupted)
    assert (work.told, work.steps) == (["stopping"], ["at work", "through"])


@pytest.mark.parametrize("first", BOTH)
@pytest.mark.parametrize("second", BOTH)
def test_the_second_ends_the_context_wherever_it_is_and_what_follows_goes_on(first, second):
    work = Work()
    assert work.run([first, second]) == 0
    assert (work.told, work.steps) == (["stopping"], ["at work"])


def test_two_end_a_run_that_was_ending_for_another_reason_too():
    reason = StoppedError(Code.STOPPED_ON_REQUEST, "The target is down.")
    work = Work(reason)
    assert work.run(BOTH) == 0
    assert work.stop.reason is reason
    assert work.steps == ["at work"]


@pytest.mark.parametrize("before", [0, 1, 2])
def test_none_cuts_off_what_is_closed_afterwards(before):
    work = Work()
    work.run([signal.SIGINT] * before, afterwards=BOTH * 2)
    assert work.steps[-4:] == ["closing"] * 4
    assert work.told == ["stopping"] * min(before, 1)


def test_handlers_are_given_back_once_the_loop_is_closed():
    before = [signal.getsignal(number) for number in BOTH]
    Work().run([signal.SIGINT])
    assert [signal.getsignal(number) for number in BOTH] == before


def test_a_cancellation_of_another_kind_is_not_taken_for_a_signal():
    async def cancelled():
        with StoppingOnSignals(Stop(), list):
            asyncio.current_task().cancel()
            await asyncio.sleep(0)

    with HandlersBefore(), pytest.raises(asyncio.CancelledError):
        run_in_loop(cancelled())


def test_a_look_that_is_cancelled_twice_is_left_once_and_for_all():
    async def looking():
        stop = Stop()
        with StoppingOnSignals(stop, list), contextlib.suppress(Stopping), cancelled_by_second_signal(stop):
            try:
                await came_through(signal.SIGINT)
                await came_through(signal.SIGINT)
            finally:
                await came_through(signal.SIGINT)
        return asyncio.current_task().cancelling()

    with HandlersBefore():
        assert run_in_loop(looking()) == 0
