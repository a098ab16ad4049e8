import asyncio
from datetime import UTC, datetime
from datetime import time as time_of_day

import pytest

from pipeline.errors import SittingOver
from pipeline.operations.runtime import Runtime
from pipeline.operations.sitting import ending_in_time, sitting_end
from pipeline.stop import Stop, Stopping
from tests.support.doubles import Clock

pytestmark = pytest.mark.usefixtures("berlin")


def at(*moment):
    return datetime(*moment, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "until", "end"),
    [
        (at(2026, 10, 1, 20), time_of_day(6), at(2026, 10, 2, 4)),  # this evening, until tomorrow morning
        (at(2026, 10, 1, 2), time_of_day(6), at(2026, 10, 1, 4)),  # this night, until this morning
        (at(2026, 10, 1, 4), time_of_day(6), at(2026, 10, 2, 4)),  # at that very time
        (at(2026, 10, 24, 20), time_of_day(6), at(2026, 10, 25, 5)),  # the night that winter time begins
        (at(2026, 3, 28, 20), time_of_day(6), at(2026, 3, 29, 4)),  # the night that summer time begins
        (at(2026, 12, 31, 20), time_of_day(0, 30), at(2026, 12, 31, 23, 30)),  # over the end of a year
    ],
)
def test_until_is_the_next_such_time_of_day_here(now, until, end):
    assert sitting_end(now, until, None) == end


def test_the_earlier_of_both_counts():
    now = at(2026, 10, 1, 20)
    assert sitting_end(now, time_of_day(6), 3600.0) == now + 3600
    assert sitting_end(now, time_of_day(6), 86_400.0) == at(2026, 10, 2, 4)
    assert sitting_end(now, None, None) is None


def test_a_run_is_stopped_when_the_sitting_is_over():
    clock = Clock(at(2026, 10, 2, 0))

    async def sitting():
        stop = Stop(clock.sleep)
        async with ending_in_time(at(2026, 10, 2, 4), Runtime(now=clock, sleep=clock.sleep), stop):
            with pytest.raises(Stopping):
                await stop.sleep(1e9)
        return stop.reason

    clock.sleep = _until_the_end(clock)
    reason = asyncio.run(sitting())
    assert isinstance(reason, SittingOver)
    assert reason.message == "The time that was given was over at 2026-10-02 06:00."
    assert (clock.time, max(clock.waits)) == (at(2026, 10, 2, 4), 60.0)


def _until_the_end(clock):
    """Time that passes for those who wait for less than an hour; the others wait for somebody to stop them."""
    passing = clock.sleep

    async def sleep(seconds):
        await (passing(seconds) if seconds < 3600 else asyncio.Event().wait())

    return sleep


def test_a_run_that_ends_before_is_not_stopped():
    clock = Clock()

    async def sitting():
        stop = Stop(clock.sleep)
        async with ending_in_time(clock.time + 600, Runtime(now=clock, sleep=clock.sleep), stop):
            pass
        await asyncio.sleep(0)
        return stop.is_set

    assert asyncio.run(sitting()) is False
