"""Which waits last, and what they come to over time."""

from contextlib import ExitStack

import pytest

from pipeline.model.wait_register import WaitRegister
from pipeline.model.waits import Cause, Stretch, Why

LIMIT, DOWN, LOOK_UP = (Cause(why=why) for why in (Why.LIMIT, Why.DOWN, Why.LOOK_UP))


class World:
    """A register in a time that passes only when it is told to."""

    def __init__(self):
        self.time = 1_000.0
        self.told = []
        self.register = WaitRegister(lambda: self.time, self.told.append)

    def wait(self, cause, seconds):
        with self.register.waiting(cause, seconds):
            self.time += seconds


@pytest.fixture
def world():
    return World()


def test_what_holds_everybody_is_told_before_what_holds_a_row(world):
    with ExitStack() as waits:
        for _ in range(3):
            waits.enter_context(world.register.waiting(LOOK_UP, 35.0))
            world.time += 1
        assert (world.register.present.cause, world.register.present.rows) == (LOOK_UP, 3)
        assert (world.register.present.began_at, world.register.present.until) == (1_000.0, 1_035.0)
        assert world.register.until(Why.LOOK_UP) == 1_037.0
        with world.register.waiting(LIMIT, 41.0):
            assert world.register.present.cause == LIMIT
        assert world.register.present.cause == LOOK_UP
    assert world.register.present is None
    assert world.register.until(Why.LOOK_UP) == 0.0


def test_pacing_is_no_wait_worth_telling(world):
    with world.register.waiting(LIMIT, 0.1):
        assert world.register.present is None
    assert world.told == []
    world.wait(LIMIT, 2.0)
    assert [one.cause for one in world.told] == [LIMIT]


def test_the_time_in_which_no_call_leaves_is_counted_once(world):
    with world.register.waiting(LIMIT, 10.0):
        world.time += 4
        with world.register.waiting(Cause(why=Why.ASKED), 30.0), world.register.waiting(DOWN, 99.0):
            world.time += 6
            assert world.register.held_s == 10.0
    world.wait(DOWN, 50.0)
    world.wait(LIMIT, 0.25)
    assert world.register.held_s == 10.25


def test_waits_that_follow_one_another_closely_are_one_stretch(world):
    for _ in range(3):
        world.wait(LIMIT, 54.0)
        world.time += 6
    assert world.register.news() == [Stretch(what="limit", began_at=1_000.0, ended_at=1_174.0, waited_s=162.0, times=3)]
    assert world.register.news() == []
    world.time += 100
    world.wait(LIMIT, 10.0)
    assert world.register.news() == [Stretch(what="limit", began_at=1_280.0, ended_at=1_290.0, waited_s=10.0)]


def test_waits_at_the_same_time_are_no_longer_than_the_time_that_passes(world):
    with world.register.waiting(DOWN, 20.0), world.register.waiting(DOWN, 20.0):
        world.time += 20
    assert world.register.news() == [Stretch(what="down", began_at=1_000.0, ended_at=1_020.0, waited_s=20.0, times=2)]


def test_a_wait_that_lasts_is_told_as_long_as_it_is_now(world):
    with world.register.waiting(LIMIT, 80_000.0):
        world.time += 30
        assert [one.waited_s for one in world.register.news()] == [30.0]
        world.time += 15
        assert [one.waited_s for one in world.register.news()] == [45.0]
        world.time += 5
    assert world.register.news() == [Stretch(what="limit", began_at=1_000.0, ended_at=1_050.0, waited_s=50.0)]


def test_throttled_answers_are_counted(world):
    for _ in range(3):
        world.register.throttled()
        world.time += 1
    assert world.register.news() == [
        Stretch(what="throttled", began_at=1_000.0, ended_at=1_002.0, waited_s=0.0, times=3)
    ]
