"""How many calls may be in flight, and who gets a slot next."""

import asyncio

import pytest

from pipeline.remote.concurrency import Concurrency, Slots


def told(concurrency, *answers):
    """The calls allowed after so many answers, each `(began_at, now, well)`."""
    for began_at, now, well in answers:
        concurrency.answered(began_at, now, well=well)
    return concurrency.allowed


def quick(count, start=0.0):
    return [(start + n, start + n + 0.01, True) for n in range(count)]


def test_it_begins_with_few_and_doubles_each_round_up_to_the_most():
    concurrency = Concurrency(32)
    assert concurrency.allowed == 4
    assert [told(concurrency, *quick(4)), told(concurrency, *quick(8)), told(concurrency, *quick(99))] == [8, 16, 32]


def test_it_is_never_more_than_was_asked_for():
    assert told(Concurrency(3), *quick(50)) == 3


def test_an_error_halves_it_once_for_all_that_were_in_flight():
    concurrency = Concurrency(32)
    told(concurrency, *quick(40))
    assert told(concurrency, (50.0, 51.0, False), (50.5, 51.1, False), (50.9, 51.2, False)) == 16
    assert told(concurrency, (51.5, 52.0, False)) == 8


def test_one_call_may_always_be_in_flight():
    assert told(Concurrency(32), *((n, n + 0.5, False) for n in range(100))) == 1


def test_after_an_error_it_grows_by_one_a_round_and_recovers():
    concurrency = Concurrency(32)
    told(concurrency, *quick(40), (50.0, 51.0, False))
    assert 16.9 < told(concurrency, *quick(16, start=60.0)) <= 17
    assert told(concurrency, *quick(1_000, start=100.0)) == 32


def test_answers_that_take_far_longer_than_they_did_make_it_less():
    concurrency = Concurrency(32)
    told(concurrency, *quick(100))
    slow = [(200.0 + n, 201.0 + n, True) for n in range(20)]
    assert told(concurrency, *slow) < 10


def test_answers_that_take_a_little_longer_do_not():
    concurrency = Concurrency(32)
    told(concurrency, *quick(100))
    assert told(concurrency, *((200.0 + n, 200.15 + n, True) for n in range(200))) == 32


def test_a_target_that_has_become_slower_for_good_is_used_fully_again():
    concurrency = Concurrency(32)
    told(concurrency, *quick(100))
    assert told(concurrency, *((200.0 + n, 201.0 + n, True) for n in range(5_000))) == 32


# -- slots -----------------------------------------------------------------------------------------------------------


def worked(slots, count, cancel=()):
    """The most that were within at the same time, and how many came to their end."""
    inside, most, ended = 0, 0, 0

    async def one():
        nonlocal inside, most, ended
        async with slots:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1
            ended += 1

    async def work():
        tasks = [asyncio.create_task(one()) for _ in range(count)]
        await asyncio.sleep(0)
        for number in cancel:
            tasks[number].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(work())
    return most, ended


def test_no_more_than_are_allowed_are_within():
    assert worked(Slots(Concurrency(3)), 20) == (3, 20)


@pytest.mark.parametrize("cancel", [[0], [5], [3, 4, 5], range(19)])
def test_who_is_cancelled_takes_no_slot_along(cancel):
    slots = Slots(Concurrency(3))
    worked(slots, 20, cancel)
    assert worked(slots, 20) == (3, 20)


def test_whoever_is_cancelled_with_the_slot_in_hand_gives_it_back():
    async def work():
        slots = Slots(Concurrency(1))
        async with slots:
            waiting = asyncio.create_task(slots.__aenter__())
            await asyncio.sleep(0)
        waiting.cancel()  # it has been given the slot, and has not run since
        await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(5), slots:
            return True

    assert asyncio.run(work())


def test_slots_that_are_taken_away_are_not_given_out_until_enough_are_back():
    async def work():
        concurrency = Concurrency(4)
        slots = Slots(concurrency)
        for _ in range(4):
            await slots.__aenter__()
        concurrency.allowed = 2.0
        waiting = asyncio.create_task(slots.__aenter__())
        done = []
        for _ in range(3):
            await asyncio.sleep(0)
            done.append(waiting.done())
            await slots.__aexit__()
        await waiting
        return done

    assert asyncio.run(work()) == [False, False, False]
