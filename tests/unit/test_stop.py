"""The order to end: one reason, and waits that it interrupts."""

import asyncio

import pytest

from pipeline.errors import Code, StoppedError
from pipeline.stop import Stop, Stopping


def test_nothing_stops_by_itself():
    async def work():
        stop = Stop()
        stop.check()
        return stop.is_set, stop.reason

    assert asyncio.run(work()) == (False, None)


def test_the_first_reason_stands():
    async def work():
        stop = Stop()
        first = StoppedError(Code.STOPPED_ON_REQUEST, "first")
        stop.because(first)
        stop.because(StoppedError(Code.STOPPED_ON_REQUEST, "second"))
        assert stop.is_set
        return stop.reason is first

    assert asyncio.run(work())


def test_a_row_is_left_once_the_run_is_to_end():
    async def work():
        stop = Stop()
        stop.because(StoppedError(Code.STOPPED_ON_REQUEST, "enough"))
        stop.check()

    with pytest.raises(Stopping):
        asyncio.run(work())


def test_a_wait_takes_as_long_as_it_was_asked_to():
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    async def work():
        await Stop(sleep).sleep(12.5)
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(work()) == 1
    assert waits == [12.5]


def test_a_wait_is_interrupted_and_leaves_nothing_running():
    interrupted = []

    async def forever(_seconds):
        try:
            await asyncio.Event().wait()
        finally:
            interrupted.append(True)

    async def work():
        stop = Stop(forever)
        waiting = [asyncio.create_task(stop.sleep(1e9)) for _ in range(3)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        stop.because(StoppedError(Code.STOPPED_ON_REQUEST, "enough"))
        results = await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.sleep(0)
        return [type(result) for result in results], len(asyncio.all_tasks())

    assert asyncio.run(work()) == ([Stopping] * 3, 1)
    assert interrupted == [True] * 3


def test_no_wait_begins_once_the_run_is_to_end():
    async def never(_seconds):
        raise AssertionError

    async def work():
        stop = Stop(never)
        stop.because(StoppedError(Code.STOPPED_ON_REQUEST, "enough"))
        await stop.sleep(1.0)

    with pytest.raises(Stopping):
        asyncio.run(work())


def test_a_wait_can_be_cancelled():
    async def work():
        waiting = asyncio.create_task(Stop().sleep(1e6))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(work()) == 1


def test_everybody_who_waits_for_the_end_is_told():
    async def work():
        stop = Stop()
        waiting = [asyncio.create_task(stop.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        stop.because(StoppedError(Code.STOPPED_ON_REQUEST, "enough"))
        return await asyncio.gather(*waiting)

    assert asyncio.run(work()) == [None] * 3
