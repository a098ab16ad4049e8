"""The time at which a run will be done, as it is shown while it is at work: days of it, in a time of its own."""

import asyncio
from dataclasses import dataclass, field

import pytest

from pipeline.model.waits import Cause, Why
from pipeline.operations.outlook import Outlook
from pipeline.operations.virtual_time import VirtualTime
from pipeline.remote.call_counts import CallCounts
from pipeline.remote.rate_limit import RateLimiter
from pipeline.stop import Stop
from schemas.emailaccounts import ENDPOINT
from schemas.endpoint import RateLimit, Scope
from tests.support.memory_budget import MemoryBudget

NOON = 1_768_478_400.0
MINUTE = 60.0
DAY = 86_400.0


@dataclass
class Run:
    """A run of so many rows, each a call that takes its time; every some of them has to be made twice."""

    rows: int
    limits: tuple[RateLimit, ...] = ENDPOINT.limits
    workers: int = 25
    latency_s: float = 0.3
    repeated_every: int = 0
    read_before_each: bool = False
    throttled_every: int = 0
    spent: list[float] = field(default_factory=list)
    look_every_s: float = 197.0
    time: VirtualTime = field(default_factory=lambda: VirtualTime(NOON))
    shown: list[tuple[float, float]] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    def play(self):
        self.time.run(self._at_work())
        return self

    async def _at_work(self):
        stop = Stop(asyncio.sleep, self.time.now)
        self.budget = MemoryBudget(self.limits, list(self.spent), list(self.spent))
        self.limiter = RateLimiter(budget=self.budget, limits=self.limits, stop=stop, now=self.time.now)
        self.outlook = Outlook(
            total=self.rows,
            to_send=self.rows,
            limits=self.limits,
            calls=CallCounts(),
            waits=stop.waits,
            now=self.time.now,
        )
        looking = asyncio.create_task(self._look())
        rows = iter(range(1, self.rows + 1))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self.workers):
                tasks.create_task(self._work(rows))
        self.end = self.time.now()
        looking.cancel()

    async def _work(self, rows):
        for row in rows:
            if self.read_before_each:
                await self._call(modifying=False)
            await self._call()
            if self.throttled_every and row % self.throttled_every == 0:
                await self.limiter.throttled(1.0)
                await self._call(again=True)
            if self.repeated_every and row % self.repeated_every == 0:
                await self._call(again=True)
            self.outlook.ended()

    async def _call(self, *, modifying=True, again=False):
        await self.limiter.acquire(modifying=modifying)
        self.outlook.calls.made(modifying=modifying, again=again)
        await asyncio.sleep(self.latency_s)

    async def _look(self):
        """Each second, as a run does; what is due is only worked out now and then, and when the wait is another."""
        before, looked_at = None, 0.0
        while True:
            self.outlook.look()
            present, now = self.outlook.waits.present, self.time.now()
            cause = present.cause if present else None
            if cause != before or now - looked_at >= self.look_every_s:
                before, looked_at = cause, now
                due_at = self.outlook.due_at(self.budget.spent)
                self.shown.append((now, due_at))
                self.rates.append(self.outlook.standing(due_at).per_minute)
            # A day's wait needs no look each second here: nothing changes in it.
            await asyncio.sleep(min(self.look_every_s, max(1.0, self.outlook.waits.until(Why.LIMIT) - now - 1)))

    def off(self, share=0.02, least_s=2.0, after_s=0.0):
        """The moments at which the time shown was off by more than so much of the time left, or than a few seconds."""
        return [
            (at - NOON, due - NOON, self.end - NOON)
            for at, due in self.shown
            if at - NOON >= after_s and abs(due - self.end) > max(share * (self.end - at), least_s)
        ]


def test_at_no_moment_of_a_long_run_at_the_documented_limits_is_the_time_off():
    run = Run(12_000).play()
    assert 2 * DAY < run.end - NOON < 2 * DAY + 50 * MINUTE
    assert len(run.shown) > 300
    assert run.off() == []


def test_no_rate_is_shown_that_the_limits_do_not_allow():
    run = Run(400, look_every_s=1.0).play()
    assert max(run.rates) == 60.0
    assert run.rates[-1] > 55.0


def test_calls_that_were_spent_before_count():
    run = Run(600, spent=[NOON - 3_600 + n for n in range(4_900)]).play()
    assert run.end - NOON > 22 * 3_600
    assert run.off() == []


def test_calls_that_are_made_twice_are_foreseen_once_they_are_seen():
    run = Run(2_000, repeated_every=10).play()
    assert run.outlook.calls.attempts_per_call == pytest.approx(1.1)
    assert run.off(after_s=3 * MINUTE) == []


def test_a_call_that_reads_before_each_row_counts_where_all_calls_are_limited():
    limits = (RateLimit(calls=30, seconds=60, scope=Scope.ALL),)
    run = Run(600, limits=limits, read_before_each=True, workers=5).play()
    assert run.end - NOON > 38 * MINUTE
    assert run.off(share=0.1, least_s=61.0, after_s=MINUTE) == []


def test_a_target_that_is_slower_than_its_limits_is_foreseen_by_its_pace():
    run = Run(1_000, workers=2, latency_s=10.0).play()
    assert run.end - NOON == pytest.approx(5_000, abs=10)
    assert run.off(share=0.04, after_s=3 * MINUTE, least_s=40.0) == []


def test_without_limits_the_pace_alone_says_when():
    run = Run(20_000, limits=(), latency_s=0.5, look_every_s=5.0).play()
    assert run.shown[0][1] is None
    run.shown = [one for one in run.shown if one[1] is not None]
    assert run.shown[0][0] - NOON <= 10
    assert run.off() == []


def test_runs_that_share_the_limits_take_turns():
    run = Run(300, limits=(RateLimit(calls=60, seconds=60, scope=Scope.MODIFYING),)).play()
    alone = run.outlook
    alone.calls, alone.done, alone.sent = CallCounts(), 0, 0
    now = run.time.now()
    spent = MemoryBudget(()).spent
    assert alone.due_at(spent) - now == pytest.approx(4 * MINUTE, abs=2)
    assert alone.due_at(spent, [300]) - now == pytest.approx(9 * MINUTE, abs=3)
    assert alone.due_at(spent, [60, 9_000]) - now == pytest.approx(10 * MINUTE, abs=4)


def test_a_look_up_is_waited_for_after_the_last_call():
    run = Run(1).play()
    with run.outlook.waits.waiting(Cause(why=Why.LOOK_UP), 35.0):
        assert run.outlook.due_at(run.budget.spent) == run.time.now() + 35.0


def test_rows_that_turn_out_to_exist_are_no_calls():
    run = Run(1).play()
    outlook = Outlook(total=100, to_send=90, limits=(), calls=CallCounts(), waits=run.outlook.waits, now=run.time.now)
    assert outlook.left == 90
    outlook.settled(50)
    assert outlook.left == 50
