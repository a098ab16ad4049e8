"""The pace of an import under a limit, read from counts over time."""

import pytest

from benchmarks.throttling import Sample, pace


def sample(at_s, posts, refused=0):
    return Sample(at_s=at_s, posts=posts, refused=refused)


def paced(samples):
    return pace(samples, 20)


def test_calls_that_come_evenly_at_the_allowed_rate_use_all_of_it():
    found = paced([sample(100, 0), *(sample(100 + i / 20, i + 1) for i in range(400))])
    assert found.used_share == pytest.approx(1)
    assert (found.refused, found.refused_share) == (0, 0)


def test_calls_that_come_in_bursts_at_the_beginning_of_each_window_use_no_more_than_all_of_it():
    assert paced([sample(i, 20 * (i + 1)) for i in range(20)]).used_share == pytest.approx(1)


def test_half_the_rate_is_half_used():
    assert paced([sample(i / 10, i + 1) for i in range(200)]).used_share == pytest.approx(0.5)


def test_what_was_throttled_while_it_learned_is_told_apart():
    found = paced([sample(0, 1), sample(4.9, 200, 90), sample(5.0, 200, 100), sample(10, 300, 103)])
    assert found.refused == 103
    assert found.refused_share == pytest.approx(0.03)


def test_the_time_ends_with_the_last_call_that_was_let_through():
    found = paced([sample(0, 20), sample(6, 140), sample(7, 160), sample(9, 200), sample(60, 260, 60)])
    assert found.used_share == pytest.approx(1)


def test_without_calls_to_judge_by_no_share_is_told():
    found = paced([sample(0, 1), sample(1, 10), sample(9, 10)])
    assert (found.refused_share, found.used_share) == (None, None)
