"""When the next call may leave, and when all of them can have left."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cli.parameters import parse_rate
from pipeline.errors import Code, QuotaExceeded, StoppedError, TargetUnavailable
from pipeline.model.pacing import Delay, Spent, kept_window_s
from pipeline.model.waits import Cause, Wait, Why
from pipeline.remote.estimate import finish_time
from pipeline.remote.rate_limit import RateLimiter
from pipeline.stop import Stop, Stopping
from schemas.emailaccounts import ENDPOINT
from schemas.endpoint import RateLimit, Scope
from tests.support.doubles import Clock

LIMITS = (RateLimit(calls=2, seconds=60, scope=Scope.MODIFYING),)


class Shelf:
    """What the ledger keeps of a budget, in memory."""

    def __init__(self, *waits):
        self.waits = list(waits)
        self.spent = []
        self.until = 0.0

    async def spend(self, *, modifying, now):
        await asyncio.sleep(0)
        wait = self.waits.pop(0) if self.waits else 0.0
        if not wait:
            self.spent.append((now, modifying))
        return Delay(seconds=wait, limit=LIMITS[0])

    async def postpone(self, spent_at, left_at, *, modifying):
        await asyncio.sleep(0)
        self.spent[self.spent.index((spent_at, modifying))] = (left_at, modifying)

    async def give_back(self, spent_at, *, modifying):
        await asyncio.sleep(0)
        self.spent.remove((spent_at, modifying))

    async def pause(self, until):
        await asyncio.sleep(0)
        self.until = max(self.until, until)

    async def paused_until(self):
        await asyncio.sleep(0)
        return self.until


def paced(work, shelf=None, *, limits=LIMITS, stop_on_quota=False, clock=None):
    """Runs `work(pacer)` and returns what came of it, with the clock and the run's end."""
    clock, found = clock or Clock(), shelf or Shelf()

    async def at_work():
        stop = Stop(clock.sleep, clock.now)
        limiter = RateLimiter(
            budget=found,
            limits=limits,
            stop=stop,
            now=clock.now,
            stop_on_quota=stop_on_quota,
        )
        try:
            return await work(limiter), stop.reason
        except Stopping:
            return "stopped", stop.reason

    result, reason = asyncio.run(at_work())
    return SimpleNamespace(result=result, reason=reason, clock=clock, shelf=found)


async def acquire(limiter):
    await limiter.acquire(modifying=True)


def test_a_call_within_the_budget_passes_and_is_spent():
    found = paced(acquire)
    assert (found.clock.waits, found.shelf.spent) == ([], [(1_000.0, True)])


def test_a_call_beyond_the_budget_waits_and_asks_again():
    found = paced(acquire, Shelf(12.5, 3.0))
    assert (found.clock.waits, found.shelf.spent) == ([12.5, 3.0], [(1_015.5, True)])


def test_without_limits_nothing_is_asked_of_the_ledger():
    found = paced(acquire, limits=())
    assert (found.clock.waits, found.shelf.spent) == ([], [])


def test_one_call_asks_and_the_others_stand_behind_it():
    async def work(limiter):
        await asyncio.gather(*(limiter.acquire(modifying=True) for _ in range(4)))

    found = paced(work, Shelf(10.0, 0.0, 5.0))
    assert found.clock.waits == [10.0, 5.0]
    assert found.shelf.spent == [(1_010.0, True), *[(1_015.0, True)] * 3]


def test_a_reading_call_does_not_stand_behind_modifying_ones():
    async def work(limiter):
        await asyncio.gather(limiter.acquire(modifying=True), limiter.acquire(modifying=False))

    found = paced(work, Shelf(10.0))
    assert found.shelf.spent == [(1_000.0, False), (1_010.0, True)]


@pytest.mark.parametrize("limits", [(), LIMITS])
def test_retry_after_holds_everybody(limits):
    async def work(limiter):
        await limiter.throttled(limiter.now(), 30.0)
        await asyncio.gather(limiter.acquire(modifying=True), limiter.acquire(modifying=False))

    found = paced(work, limits=limits)
    assert max(found.clock.waits) == 30.0
    assert found.clock.time >= 1_030.0
    assert found.shelf.until == 1_030.0


@pytest.mark.parametrize("retry_after_s", [None, 0.0])
def test_throttling_that_does_not_say_for_how_long_costs_a_second(retry_after_s):
    async def work(limiter):
        await limiter.throttled(limiter.now(), retry_after_s)
        await acquire(limiter)

    assert paced(work).clock.waits == [1.0]


def test_a_shorter_wait_does_not_shorten_a_longer_one():
    async def work(limiter):
        await limiter.throttled(limiter.now(), 30.0)
        await limiter.throttled(limiter.now(), 5.0)
        await acquire(limiter)

    found = paced(work)
    assert found.clock.waits == [30.0]
    assert found.shelf.until == 1_030.0


def test_a_wait_that_another_process_was_asked_for_is_kept():
    async def work(limiter):
        limiter.budget.until = 1_045.0
        following = asyncio.create_task(limiter.follow())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await acquire(limiter)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    assert paced(work, limits=()).clock.waits == [45.0]


def test_a_target_that_throttles_every_call_for_a_quarter_of_an_hour_is_down():
    async def work(limiter):
        for _ in range(1_000):
            await acquire(limiter)
            await limiter.throttled(limiter.now(), 1.0)

    found = paced(work)
    assert found.result == "stopped"
    assert isinstance(found.reason, TargetUnavailable)
    assert found.reason.message == "The target has throttled every call for 15 minutes."
    assert 1_900.0 < found.clock.time <= 1_960.0  # by then it asks once a minute


def test_a_call_that_comes_through_renews_the_patience():
    async def work(limiter):
        for _ in range(1_000):
            await acquire(limiter)
            await limiter.throttled(limiter.now(), 100.0)
            limiter.passed(limiter.now(), modifying=True)
        return "patient"

    assert paced(work).result == "patient"


def test_a_spent_quota_stops_a_run_that_is_not_to_wait_for_it():
    found = paced(acquire, Shelf(7_200.0), stop_on_quota=True)
    assert found.result == "stopped"
    assert isinstance(found.reason, QuotaExceeded)
    assert found.reason.message == "The budget of calls is spent; the next is due in 2 hours."
    assert (found.clock.waits, found.shelf.spent) == ([], [])


@pytest.mark.parametrize(("wait", "stop_on_quota"), [(5_400.0, True), (7_200.0, False)])
def test_pacing_stops_no_run(wait, stop_on_quota):
    found = paced(acquire, Shelf(wait), stop_on_quota=stop_on_quota)
    assert (found.result, found.reason, found.clock.waits) == (None, None, [wait])


def test_no_call_passes_once_the_run_is_to_end():
    async def work(limiter):
        limiter.stop.because(QuotaExceeded(Code.BUDGET_SPENT, "enough"))
        await acquire(limiter)

    assert [paced(work, limits=limits).result for limits in ((), LIMITS)] == ["stopped"] * 2


def test_what_is_waited_for_is_known_while_it_lasts():
    seen, watched = [], []

    class Looking(Clock):
        async def sleep(self, seconds):
            seen.extend(stop.waits.present for stop in watched)
            await super().sleep(seconds)

    async def work(limiter):
        watched.append(limiter.stop)
        await acquire(limiter)
        await limiter.throttled(limiter.now(), 30.0)
        await acquire(limiter)
        return [*seen, limiter.stop.waits.present]

    limit = Cause(why=Why.LIMIT, calls=2, seconds=60)
    assert paced(work, Shelf(41.0), clock=Looking()).result == [
        Wait(cause=limit, began_at=1_000.0, until=1_041.0),
        Wait(cause=Cause(why=Why.ASKED), began_at=1_041.0, until=1_071.0),
        None,
    ]


# -- the time it takes -------------------------------------------------------------------------------------------

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
A_MOMENT = timedelta(milliseconds=1)  # what sums of floats may differ by
# The documented windows as they are kept to.
TENTH, MINUTE, DAY = 0.1 * 1.004 + 0.02, 60 * 1.004 + 0.02, 86_400 + 30 + 0.02


def played_through(limits, spent, calls, now):
    """Call after call, each at the first moment at which no window is too full."""
    made, moment = list(spent), now
    for _ in range(calls):
        while full := [one for one in limits if sum(moment < at + kept_window_s(one) for at in made) >= one.calls]:
            ends = [at + kept_window_s(limit) for limit in full for at in made]
            moment = min(end for end in ends if end > moment)
        made.append(moment)
    return moment


windows = st.builds(
    RateLimit,
    calls=st.integers(1, 12),
    seconds=st.integers(1, 60).map(float),
    scope=st.sampled_from(Scope),
)


@settings(max_examples=300)
@given(
    limits=st.lists(windows, min_size=1, max_size=4),
    ages=st.lists(st.integers(0, 100), max_size=10),
    calls=st.integers(1, 150),
)
def test_the_end_is_where_playing_it_through_ends(limits, ages, calls):
    spent = [NOON.timestamp() - age for age in ages]
    expected = datetime.fromtimestamp(played_through(limits, spent, calls, NOON.timestamp()), UTC)
    found = finish_time(limits, Spent(modifying=spent, all=spent), calls, NOON)
    longest = max(kept_window_s(limit) for limit in limits)
    if calls <= 2 * longest * min(limit.calls / kept_window_s(limit) for limit in limits):
        assert abs(found - expected) < A_MOMENT
    else:  # never later; and no earlier than one window, where two limits are nearly as slow as each other
        assert -A_MOMENT < expected - found <= timedelta(seconds=longest)


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (1, 0.0),
        (60, 59 * TENTH),
        (61, MINUTE),
        (5_000, 83 * MINUTE + 19 * TENTH),
        (5_001, DAY),
        (12_000, 2 * DAY + 33 * MINUTE + 19 * TENTH),
        (1_000_000, 199 * DAY + 83 * MINUTE + 19 * TENTH),
    ],
)
def test_the_documented_limits_take_their_time(calls, expected):
    found = finish_time(ENDPOINT.limits, Spent(), calls, NOON) - NOON
    assert found.total_seconds() == pytest.approx(expected, abs=0.01)


def test_calls_of_earlier_runs_count():
    spent = [NOON.timestamp() - 3_600] * 5_000
    found = finish_time(ENDPOINT.limits, Spent(modifying=spent, all=spent), 1, NOON) - NOON
    assert found.total_seconds() == pytest.approx(DAY - 3_600, abs=0.01)


def test_no_limits_take_no_time():
    assert finish_time([], Spent(), 1_000_000, NOON) == NOON


@pytest.mark.parametrize(("text", "calls", "seconds"), [("10/s", 10, 1.0), (" 60 / M ", 60, 60.0), ("1/m", 1, 60.0)])
def test_a_rate_is_calls_per_second_or_minute(text, calls, seconds):
    assert parse_rate(text) == RateLimit(calls=calls, seconds=seconds, scope=Scope.MODIFYING)


@pytest.mark.parametrize("text", ["", "10", "10/h", "/s", "0/s", "-1/s", "1.5/s", "ten/s", "10/s/m", "10/", "²/s"])
def test_anything_else_is_no_rate(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_rate(text)


def test_calls_that_were_let_pass_before_a_refusal_wait_for_their_turn():
    async def work(limiter):
        spent_at = await limiter.acquire(modifying=True)
        await limiter.turn(spent_at, modifying=True)
        await limiter.throttled(limiter.now(), 3.0)
        await limiter.turn(spent_at, modifying=True)
        return limiter.now()

    assert paced(work, limits=()).result >= 1_003.0


def test_without_a_refusal_it_is_always_a_calls_turn():
    async def work(limiter):
        for _ in range(100):
            await limiter.turn(limiter.now(), modifying=True)
        return limiter.now()

    assert paced(work, limits=()).result == 1_000.0


@pytest.mark.parametrize(("late_s", "counts_from"), [(0.0, 1_000.0), (0.01, 1_000.0), (3.0, 1_003.0)])
@pytest.mark.parametrize("modifying", [True, False])
def test_a_call_that_waits_for_a_slot_counts_from_when_it_leaves(late_s, counts_from, modifying):
    """The target counts it when it comes: counted earlier here, it would be thought to leave the window too soon."""

    async def work(limiter):
        spent_at = await limiter.acquire(modifying=modifying)
        clock.time += late_s
        await limiter.turn(spent_at, modifying=modifying)

    clock = Clock()
    assert paced(work, clock=clock).shelf.spent == [(counts_from, modifying)]


@pytest.mark.parametrize("modifying", [True, False])
def test_a_call_that_does_not_leave_after_all_is_given_back(modifying):
    async def work(limiter):
        await limiter.give_back(await limiter.acquire(modifying=modifying), modifying=modifying)

    assert paced(work).shelf.spent == []


def test_no_call_leaves_after_the_order_to_stop():
    async def work(limiter):
        spent_at = await limiter.acquire(modifying=True)
        limiter.stop.because(StoppedError(Code.STOPPED_ON_REQUEST, "Ctrl-C"))
        with pytest.raises(Stopping):
            await limiter.turn(spent_at, modifying=True)

    paced(work)


def test_a_call_whose_delay_takes_long_to_note_is_noted_once_more():
    class Slow(Shelf):
        async def postpone(self, spent_at, left_at, *, modifying):
            await super().postpone(spent_at, left_at, modifying=modifying)
            clock.time += 5.0 if len(self.postponed) == 0 else 0.01
            self.postponed.append(left_at)

    async def work(limiter):
        spent_at = await limiter.acquire(modifying=True)
        clock.time += 3.0
        await limiter.turn(spent_at, modifying=True)

    clock, shelf = Clock(), Slow()
    shelf.postponed = []
    assert paced(work, shelf, clock=clock).shelf.spent == [(1_008.0, True)]
    assert shelf.postponed == [1_003.0, 1_008.0]


def test_without_limits_nothing_is_counted_anew():
    async def work(limiter):
        clock.time += 3.0
        await limiter.turn(1_000.0, modifying=True)

    clock = Clock()
    assert paced(work, limits=(), clock=clock).shelf.spent == []
