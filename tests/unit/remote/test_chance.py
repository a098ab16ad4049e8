"""Refusals by chance are told from those of a limit by what slowing down has changed."""

import pytest

from pipeline.remote.chance import Chance


def watched(accepted, refused):
    chance = Chance()
    for n in range(accepted + refused):
        chance.seen(refused=n < refused)
    return chance


def test_a_limit_that_refuses_few_calls_takes_all_at_a_somewhat_lower_pace():
    chance = watched(90, 10)
    assert [chance.slowed(rate) for rate in (20, 19, 15, 12.1)] == [False] * 4
    assert not chance.explains()


def test_calls_that_are_refused_far_below_a_pace_that_was_hardly_too_high_are_refused_by_chance():
    chance = watched(90, 10)
    assert [chance.slowed(rate) for rate in (20, 11.9)] == [False, True]
    assert chance.explains()
    assert chance.share == pytest.approx(0.1)


def test_nothing_is_told_from_few_calls():
    chance = watched(26, 3)
    assert [chance.slowed(rate) for rate in (20, 5, 1)] == [False] * 3


def test_a_target_that_refuses_nearly_everything_has_a_limit_however_low():
    chance = watched(20, 80)
    assert [chance.slowed(rate) for rate in (20, 5, 1)] == [False] * 3


@pytest.mark.parametrize(("rate", "is_in_vain"), [(10, False), (None, False)])
def test_a_limit_that_is_seen_to_be_far_lower_is_where_slowing_down_begins(rate, is_in_vain):
    chance = watched(90, 10)
    chance.slowed(20)
    chance.limited(rate)
    assert chance.slowed(10) is is_in_vain


def test_a_pace_that_was_kept_counts_as_much_as_one_that_was_begun_with():
    chance = watched(90, 10)
    chance.slowed(10)
    chance.kept(20)
    assert chance.slowed(11)


def test_when_many_more_calls_are_refused_than_were_they_tell_of_the_pace_again():
    chance = watched(90, 10)
    chance.slowed(20)
    chance.slowed(10)
    explained = []
    for _ in range(40):
        chance.seen(refused=True)
        explained.append(chance.explains())
    assert explained[0] is True
    assert explained[-1] is False
    assert chance.share is None
