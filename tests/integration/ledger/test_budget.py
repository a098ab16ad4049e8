"""The budget of calls: several limits at once, shared by all who use one ledger."""

import asyncio
import threading
from functools import partial

import pytest
import sqlalchemy as sa

from pipeline.ledger import budget
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.tables import SPENDING
from pipeline.model.pacing import Delay, Spent
from schemas.endpoint import RateLimit, Scope

MINUTE = RateLimit(calls=3, seconds=60, scope=Scope.MODIFYING)
ALL = RateLimit(calls=5, seconds=60, scope=Scope.ALL)
# 60 s with the margin of 0.4 % and 0.02 s
WINDOW = 60 * 1.004 + 0.02


@pytest.fixture
def run(book):
    return book.begin()


@pytest.fixture
def spend(book, run):
    known = {}

    def one(limits, now, *, modifying=True, of=None):
        calls = budget.SpentCalls((of or run).target_id, limits)
        calls = known.setdefault((calls.target_id, tuple(limits)), calls)  # as a process has one for as long as it runs
        spend = partial(budget.spend, calls=calls, modifying=modifying, now=now)
        return book.ledger.write(spend)[0].seconds

    return one


def calls(book):
    with book.ledger.connection() as connection:
        which = SPENDING.c.at > 0  # the others take calls back
        query = sa.select(SPENDING.c.at, SPENDING.c.modifying).where(which).order_by(SPENDING.c.id)
        found = connection.execute(query).all()
    return [tuple(row) for row in found]


def test_calls_pass_until_the_window_is_full(book, spend):
    assert [spend([MINUTE], now) for now in (100.0, 101.0, 102.0)] == [0.0, 0.0, 0.0]
    assert spend([MINUTE], 103.0) == pytest.approx(100.0 + WINDOW - 103.0)
    assert calls(book) == [(100.0, True), (101.0, True), (102.0, True)]


def test_a_call_passes_again_when_the_first_leaves_the_window(spend):
    for now in (100.0, 101.0, 102.0):
        spend([MINUTE], now)
    assert spend([MINUTE], 100.0 + WINDOW - 0.001) == pytest.approx(0.001)
    assert spend([MINUTE], 100.0 + WINDOW) == 0.0
    assert spend([MINUTE], 100.0 + WINDOW) == pytest.approx(1.0)


def test_the_wait_that_is_named_is_long_enough(spend):
    now = 1_768_478_400.123
    for _ in range(12):
        wait = spend([MINUTE], now)
        if wait:
            now += wait
            assert spend([MINUTE], now) == 0.0


def test_without_limits_every_call_passes(book, spend):
    assert [spend([], 100.0) for _ in range(3)] == [0.0] * 3
    assert len(calls(book)) == 3


def test_the_longest_of_several_waits_counts(spend):
    day = RateLimit(calls=4, seconds=86_400, scope=Scope.MODIFYING)
    for now in (100.0, 101.0, 102.0, 100.0 + WINDOW):
        assert spend([MINUTE, day], now) == 0.0
    assert spend([MINUTE, day], 200.0) == pytest.approx(100.0 + 86_400 + 30 + 0.02 - 200.0)


def test_a_call_is_spent_in_all_limits_or_in_none(book, spend):
    tight = RateLimit(calls=1, seconds=60, scope=Scope.MODIFYING)
    assert spend([tight, ALL], 100.0) == 0.0
    assert spend([tight, ALL], 101.0) > 0
    assert calls(book) == [(100.0, True)]


def test_reading_calls_count_for_all_calls_only(spend):
    for now in (100.0, 101.0, 102.0):
        assert spend([MINUTE, ALL], now) == 0.0
    assert [spend([MINUTE, ALL], 103.0, modifying=False) for _ in range(2)] == [0.0, 0.0]
    assert spend([MINUTE, ALL], 104.0, modifying=False) == pytest.approx(100.0 + WINDOW - 104.0)
    assert spend([MINUTE], 104.0, modifying=False) == 0.0


def test_reading_calls_use_up_nothing_of_the_modifying_ones(spend):
    for _ in range(20):
        spend([MINUTE], 100.0, modifying=False)
    assert spend([MINUTE], 100.0) == 0.0


def test_each_target_has_a_budget_of_its_own(book, spend):
    other = book.begin("run-2", target="https://elsewhere.example/")
    for _ in range(3):
        spend([MINUTE], 100.0)
    assert spend([MINUTE], 100.0) > 0
    assert spend([MINUTE], 100.0, of=other) == 0.0


def test_a_later_run_finds_the_budget_as_it_was_left(book, spend):
    for _ in range(3):
        spend([MINUTE], 100.0)
    again = Ledger(book.location)
    with again.connection() as connection:
        calls = budget.SpentCalls(1, [MINUTE])
        wait = budget.wait_for(connection, calls, modifying=True, now=110.0).seconds
    again.close()
    assert wait == pytest.approx(100.0 + WINDOW - 110.0)


def test_asking_spends_nothing(book, run):
    with book.ledger.connection() as connection:
        calls_of_run = budget.SpentCalls(run.target_id, [MINUTE])
        assert budget.wait_for(connection, calls_of_run, modifying=True, now=100.0) == Delay()
    assert calls(book) == []


def test_a_clock_that_was_set_back_spends_no_more_than_is_allowed(spend):
    for _ in range(3):
        spend([MINUTE], 100.0)
    assert spend([MINUTE], 40.0) == pytest.approx(100.0 + WINDOW - 40.0)


def test_a_pause_holds_every_call(book, run, spend):
    book.ledger.write(lambda c: budget.pause(c, run.target_id, 130.0))
    assert spend([], 100.0) == 30.0
    assert spend([MINUTE], 100.0, modifying=False) == 30.0
    assert calls(book) == []
    assert spend([MINUTE], 130.0) == 0.0


def test_a_pause_is_prolonged_and_never_shortened(book, run):
    seen = []
    for until in (130.0, 120.0, 140.0):
        book.ledger.write(lambda c, until=until: budget.pause(c, run.target_id, until))
        with book.ledger.connection() as connection:
            seen.append(budget.paused_until(connection, run.target_id))
    assert seen == [130.0, 130.0, 140.0]


def test_a_pause_holds_one_target_only(book, run):
    other = book.begin("run-2", target="https://elsewhere.example/")
    book.ledger.write(lambda c: budget.pause(c, run.target_id, 130.0))
    with book.ledger.connection() as connection:
        assert budget.paused_until(connection, other.target_id) == 0.0


def test_two_processes_that_are_told_to_wait_at_the_same_moment_both_note_it(book, run):
    first, second = Ledger(book.location), Ledger(book.location)
    entered, failures = threading.Event(), []

    def pause_second():
        entered.wait()
        try:
            second.write(lambda c: budget.pause(c, run.target_id, 140.0))
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    thread = threading.Thread(target=pause_second)
    thread.start()

    def pause_first(connection):
        budget.pause(connection, run.target_id, 130.0)
        entered.set()
        thread.join(0.3)  # PostgreSQL makes it wait for this transaction, SQLite for its turn

    first.write(pause_first)
    thread.join()
    with book.ledger.connection() as connection:
        assert (failures, budget.paused_until(connection, run.target_id)) == ([], 140.0)
    first.close()
    second.close()


def test_connections_at_work_together_never_overspend(book, run):
    limit = RateLimit(calls=10, seconds=60, scope=Scope.MODIFYING)
    barrier = threading.Barrier(4)
    waits = []

    def spend_much():
        ledger = Ledger(book.location)
        barrier.wait()
        one = partial(budget.spend, calls=budget.SpentCalls(run.target_id, [limit]), modifying=True, now=100.0)
        waits.extend(ledger.write(one)[0].seconds for _ in range(8))
        ledger.close()

    threads = [threading.Thread(target=spend_much) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waits) == 32
    assert waits.count(0.0) == 10
    assert calls(book) == [(100.0, True)] * 10


def test_what_no_window_remembers_is_forgotten(book, run, spend):
    other = book.begin("run-2", target="https://elsewhere.example/")
    for now in (100.0, 200.0, 300.0):
        spend([], now)
    spend([], 100.0, of=other)
    book.ledger.write(lambda c: budget.forget_before(c, run.target_id, 200.0))
    assert sorted(calls(book)) == [(100.0, True), (200.0, True), (300.0, True)]
    with book.ledger.connection() as connection:
        limit = RateLimit(calls=9, seconds=1e6, scope=Scope.MODIFYING)
        assert sorted(budget.spent(connection, run.run.target, [limit]).modifying) == [200.0, 300.0]


def test_what_is_spent_once_all_else_is_forgotten_is_seen_by_those_who_knew_the_old_calls(book, run, spend):
    """SQLite would number new calls as the first ones."""
    for now in (100.0, 101.0):
        spend([MINUTE], now)
    book.ledger.write(lambda c: budget.forget_before(c, run.target_id, 1_000.0))
    other = budget.SpentCalls(run.target_id, [MINUTE])
    for now in (2_000.0, 2_001.0, 2_002.0):
        assert book.ledger.write(partial(budget.spend, calls=other, modifying=True, now=now))[0] == Delay()
    assert spend([MINUTE], 2_003.0) == pytest.approx(2_000.0 + WINDOW - 2_003.0)


def test_a_wait_that_is_known_already_asks_nobody():
    calls = budget.SpentCalls(1, [MINUTE])
    for number, at in enumerate((100.0, 101.0, 102.0), start=1):
        calls.note(number, at, modifying=True)
    shared = budget.SharedBudget(calls=calls, writer=None)  # so that it could not ask
    found = asyncio.run(shared.spend(modifying=True, now=103.0))
    assert (found.seconds, found.limit) == (pytest.approx(100.0 + WINDOW - 103.0), MINUTE)


def test_calls_that_are_spent_in_one_commit_are_counted_once_each(book, run):
    async def work():
        async with book.ledger.at_work(run, lambda: 100.0) as at_work:
            shared = at_work.budget([ALL])
            both = (shared.spend(modifying=modifying, now=100.0) for modifying in (True, False))
            assert await asyncio.gather(*both) == [Delay(), Delay()]
            return [(await shared.spend(modifying=False, now=101.0)).seconds for _ in range(4)]

    assert asyncio.run(work()) == [0.0, 0.0, 0.0, pytest.approx(100.0 + WINDOW - 101.0)]


def test_of_many_calls_as_many_are_kept_in_memory_as_a_limit_counts(spend, run):
    fast = RateLimit(calls=2, seconds=10, scope=Scope.ALL)
    waits = [spend([fast], 100.0 + 20 * n) for n in range(20)]
    assert waits == [0.0] * 20
    assert [spend([fast], 481.0), spend([fast], 482.0)] == [0.0, pytest.approx(480.0 + 10.04 + 0.02 - 482.0)]


def test_the_calls_that_may_still_count_are_the_latest(book, run, spend):
    for now in (100.0, 300.0, 200.0):
        spend([], now)
    spend([], 400.0, modifying=False)
    two = RateLimit(calls=2, seconds=60, scope=Scope.MODIFYING)
    three = RateLimit(calls=3, seconds=60, scope=Scope.ALL)
    with book.ledger.connection() as connection:
        found = partial(budget.spent, connection, run.run.target)
        assert found([two, ALL]) == Spent(modifying=[300.0, 200.0], all=[400.0, 300.0, 200.0, 100.0])
        assert found([three]) == Spent(modifying=[], all=[400.0, 300.0, 200.0])
        assert budget.spent(connection, "https://unknown.example/", [two]) == Spent(modifying=[], all=[])


def test_the_limit_that_a_call_waits_for_is_named(book, run, spend):
    day = RateLimit(calls=4, seconds=86_400, scope=Scope.MODIFYING)
    for now in (100.0, 101.0, 102.0):
        spend([MINUTE, day], now)

    def asked(limits, now):
        with book.ledger.connection() as connection:
            return budget.wait_for(connection, budget.SpentCalls(run.target_id, limits), modifying=True, now=now)

    assert asked([MINUTE, day], 103.0).limit == MINUTE
    spend([MINUTE, day], 200.0)
    book.ledger.write(lambda c: budget.pause(c, run.target_id, 260.0))
    assert asked([MINUTE, day], 201.0).limit == day
    assert asked([MINUTE], 201.0) == Delay(seconds=59.0, limit=None)


@pytest.mark.parametrize("modifying", [True, False])
def test_a_call_that_left_later_counts_from_then_for_this_process_and_the_next(book, run, modifying):
    limits = [RateLimit(calls=3, seconds=60, scope=Scope.ALL)]

    async def work():
        async with book.ledger.at_work(run, lambda: 100.0) as at_work:
            shared = at_work.budget(limits)
            for now in (100.0, 100.0, 101.0):
                await shared.spend(modifying=modifying, now=now)
            await shared.postpone(100.0, 103.0, modifying=modifying)
            return [(await shared.spend(modifying=modifying, now=now)).seconds for now in (104.0, 100.0 + WINDOW)]

    assert asyncio.run(work()) == [pytest.approx(100.0 + WINDOW - 104.0), 0.0]
    assert sorted(calls(book)) == [(at, modifying) for at in (100.0, 101.0, 103.0, 100.0 + WINDOW)]
    later = budget.SpentCalls(run.target_id, limits)
    asked = partial(budget.wait_for, calls=later, modifying=modifying, now=100.0 + WINDOW)
    assert book.ledger.write(asked).seconds == pytest.approx(1.0)


@pytest.mark.parametrize("left_at", [None, 130.0])
@pytest.mark.parametrize("modifying", [True, False])
def test_what_is_taken_back_is_known_to_processes_that_have_read_it(book, run, left_at, modifying):
    """Three calls a minute, one of which leaves later or not at all: nobody lets pass a fourth too early.

    Whoever waits already does not look whether it may go sooner.
    """
    limits = [RateLimit(calls=3, seconds=60, scope=Scope.ALL)]

    async def work():
        async with book.ledger.at_work(run, lambda: 100.0) as ours, book.ledger.at_work(run, lambda: 100.0) as theirs:
            shared, other = ours.budget(limits), theirs.budget(limits)
            for now in (100.0, 100.0, 110.0):
                await shared.spend(modifying=modifying, now=now)
            before = await other.spend(modifying=modifying, now=120.0)
            await (
                shared.give_back(100.0, modifying=modifying)
                if left_at is None
                else shared.postpone(100.0, left_at, modifying=modifying)
            )
            at = 140.0 if left_at is None else 100.0 + WINDOW
            return [before] + [await one.spend(modifying=modifying, now=at) for one in (other, other, shared)]

    waits = [one.seconds for one in asyncio.run(work())]
    # One place is free for whoever has given it back; or one has left the window, and the next is the call of 110.
    expected = [40.0, 20.0, 20.0, 0.0] if left_at is None else [40.0, 0.0, 10.0, 10.0]
    assert waits == pytest.approx(expected, abs=0.5)


def test_a_call_that_nobody_remembers_counts_from_when_it_left(book, run):
    known = budget.SpentCalls(run.target_id, [ALL])
    taken_back = partial(budget.take_back, calls=known, spent_at=100.0, left_at=103.0, modifying=True)
    assert [at for _, at in book.ledger.write(taken_back)] == [-100.0, 103.0]
    assert calls(book) == [(103.0, True)]
