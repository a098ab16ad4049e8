import asyncio
import threading

import pytest

from pipeline.operations.virtual_time import VirtualTime

DAY_S = 86_400.0


def test_days_of_waiting_pass_at_once_and_in_their_order():
    clock = VirtualTime(1_000.0)
    woken = []

    async def sleeper(name, seconds):
        await asyncio.sleep(seconds)
        woken.append((name, clock.now()))

    async def work():
        await asyncio.gather(sleeper("third", 2 * DAY_S), sleeper("first", 1.0), sleeper("second", DAY_S))

    clock.run(work())
    assert woken == [("first", 1_001.0), ("second", 1_000.0 + DAY_S), ("third", 1_000.0 + 2 * DAY_S)]


def test_a_wait_is_given_up_when_its_time_is_over():
    clock = VirtualTime(0.0)

    async def work():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30.0):
                await asyncio.sleep(31.0)

    clock.run(work())
    assert clock.now() == 30.0


def test_no_time_passes_while_somebody_is_at_work():
    clock = VirtualTime(0.0)

    async def work():
        waiting = asyncio.create_task(asyncio.sleep(5.0))
        for _ in range(1_000):
            await asyncio.sleep(0)
            assert clock.now() == 0.0
        await waiting

    clock.run(work())
    assert clock.now() == 5.0


def test_time_goes_on_from_one_run_to_the_next():
    clock = VirtualTime(100.0)
    clock.run(asyncio.sleep(10.0))
    clock.run(asyncio.sleep(10.0))
    assert clock.now() == 120.0
    assert clock.moment().timestamp() == 120.0


def test_a_clock_that_is_set_wakes_nobody():
    clock = VirtualTime(0.0)

    async def work():
        waiting = asyncio.create_task(asyncio.sleep(60.0))
        await asyncio.sleep(10.0)
        clock.set_clock(3_600.0)
        assert not waiting.done()
        clock.set_clock(-7_200.0)
        await waiting

    clock.run(work())
    assert clock.now() == 60.0 + 3_600.0 - 7_200.0


def test_what_threads_would_do_is_done_here_and_takes_no_time():
    clock = VirtualTime(0.0)

    def where():
        return threading.current_thread()

    def fail():
        raise KeyError("lost")

    async def work():
        assert await asyncio.to_thread(where) is threading.current_thread()
        with pytest.raises(KeyError, match="lost"):
            await asyncio.to_thread(fail)

    clock.run(work())
    assert clock.now() == 0.0


def test_what_ends_the_process_ends_the_loop_as_well():
    def die():
        raise SystemExit(9)

    async def work():
        await asyncio.to_thread(die)

    with pytest.raises(SystemExit):
        VirtualTime().run(work())
