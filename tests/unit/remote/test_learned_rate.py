"""The rate that a target allows, learned in simulated time from models of servers that throttle."""

import pytest

from pipeline.remote.learned_rate import LearnedRate
from tests.support.throttling_servers import (
    ByChance,
    Changing,
    FixedWindow,
    SlidingWindow,
    TokenBucket,
    arrivals,
    share_refused,
    share_used,
)


def test_while_nothing_is_refused_calls_leave_as_they_come():
    learned = LearnedRate()
    for n in range(1_000):
        assert learned.wait(n / 1_000) == 0.0
        learned.left(n / 1_000)
        learned.accepted(n / 1_000, n / 1_000 + 0.01)
    assert learned.is_idle


SERVERS = {
    "sliding 20/s": (lambda: SlidingWindow(20, 1.0), 20, 0.93),
    "sliding 200/s": (lambda: SlidingWindow(200, 1.0), 200, 0.93),
    "sliding 120 in 10 s": (lambda: SlidingWindow(120, 10.0), 12, 0.93),
    "fixed 20/s": (lambda: FixedWindow(20, 1.0), 20, 0.93),
    "fixed 5/s": (lambda: FixedWindow(5, 1.0), 5, 0.90),
    "bucket 20/s": (lambda: TokenBucket(20.0, 20.0), 20, 0.95),
    "deep bucket 20/s": (lambda: TokenBucket(20.0, 100.0), 20, 0.95),
}


@pytest.mark.parametrize(("server", "rate", "used"), SERVERS.values(), ids=SERVERS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_rate_by_the_second_is_found_and_kept_with_hardly_a_refusal(server, rate, used, seed):
    seen = arrivals(server(), 600.0, LearnedRate(), seed=seed)
    assert share_refused(seen, 5.0, 600.0) <= 0.02
    assert share_used(seen, 5.0, 600.0, rate) >= used


@pytest.mark.parametrize("server", [SlidingWindow, FixedWindow])
def test_a_rate_by_the_minute_is_found_and_kept_with_hardly_a_refusal(server):
    seen = arrivals(server(60, 60.0), 1_800.0, LearnedRate())
    assert share_refused(seen, 5.0, 1_800.0) <= 0.02
    assert share_used(seen, 0.0, 1_800.0, 1.0) >= 0.95


def test_a_steady_rate_that_allows_no_bursts_is_found_too():
    seen = arrivals(TokenBucket(20.0, 3.0), 600.0, LearnedRate())
    assert share_refused(seen, 5.0, 600.0) <= 0.02
    assert share_used(seen, 120.0, 600.0, 20.0) >= 0.85


def test_a_short_run_against_20_a_second_uses_nearly_all_of_it():
    seen = arrivals(SlidingWindow(20, 1.0), 20.0, LearnedRate())
    assert share_refused(seen, 5.0, 20.0) <= 0.02
    assert share_used(seen, 0.0, 20.0, 20.0) >= 0.95


@pytest.mark.parametrize(
    ("before", "after", "rate", "since", "until"),
    [
        (SlidingWindow(20, 1.0), SlidingWindow(40, 1.0), 40, 300.0, 600.0),
        (SlidingWindow(40, 1.0), SlidingWindow(10, 1.0), 10, 130.0, 600.0),
        (FixedWindow(20, 1.0), FixedWindow(200, 1.0), 200, 350.0, 600.0),
        (FixedWindow(20, 1.0), FixedWindow(5, 1.0), 5, 130.0, 600.0),
    ],
    ids=["raised", "lowered", "raised tenfold", "lowered, by the clock"],
)
def test_a_limit_that_changes_in_mid_run_is_found_again(before, after, rate, since, until):
    seen = arrivals(Changing([(0.0, before), (100.0, after)]), until, LearnedRate())
    assert share_refused(seen, since, until) <= 0.02
    assert share_used(seen, since, until, rate) >= 0.88


def test_a_limit_by_the_minute_that_is_halved_in_mid_run_is_found_again():
    server = Changing([(0.0, SlidingWindow(120, 60.0)), (600.0, SlidingWindow(60, 60.0))])
    seen = arrivals(server, 1_800.0, LearnedRate())
    assert share_refused(seen, 730.0, 1_800.0) <= 0.02
    assert share_used(seen, 730.0, 1_800.0, 1.0) >= 0.9


@pytest.mark.parametrize(("share", "a_second"), [(0.01, 50), (0.02, 25), (0.05, 20), (0.1, 10), (0.2, 5)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_refusals_that_come_at_any_pace_do_not_slow_calls_down_for_good(share, a_second, seed):
    seen = arrivals(ByChance(share, seed), 600.0, LearnedRate(), seed=seed)
    for since in (0.0, 200.0, 400.0):
        assert sum(arrival.is_taken for arrival in seen if since < arrival.at <= since + 200.0) >= a_second * 200.0


def test_a_limit_that_sets_in_after_refusals_by_chance_is_found():
    server = Changing([(0.0, ByChance(0.05)), (200.0, SlidingWindow(20, 1.0))])
    seen = arrivals(server, 600.0, LearnedRate())
    assert share_refused(seen, 250.0, 600.0) <= 0.02
    assert share_used(seen, 250.0, 600.0, 20.0) >= 0.9


def refused_at(learned, *moments):
    return [learned.refused(moment - 0.01, moment, None) for moment in moments]


def test_a_target_that_refuses_everything_is_asked_ever_more_rarely():
    assert refused_at(LearnedRate(), 1.0, 3.0, 5.0, 9.0, 17.0, 40.0, 80.0, 200.0) == [1, 2, 4, 8, 16, 32, 60, 60]


def test_calls_that_were_under_way_when_another_was_refused_tell_nothing_new():
    learned = LearnedRate()
    learned.refused(1.0, 1.5, 1.0)
    assert [learned.refused(1.0 + n / 100, 1.6, 1.0) for n in range(20)] == [1.0] * 20


def test_after_a_refusal_one_call_finds_out_and_the_others_ask_again_soon():
    learned = LearnedRate()
    learned.left(0.0)
    learned.refused(0.0, 0.1, 1.0)
    assert learned.wait(0.5) == 0.05
    assert learned.wait(1.2) <= 0.0
    learned.left(1.2)
    assert learned.wait(1.21) == 0.05
    learned.accepted(1.2, 1.3)
    assert learned.wait(1.31) <= 0.0


def test_what_the_target_asks_for_is_waited_for():
    assert LearnedRate().refused(0.0, 1.0, 30.0) == 30.0


@pytest.mark.parametrize("retry_after_s", [None, 0.0])
def test_a_refusal_that_does_not_say_for_how_long_costs_a_second(retry_after_s):
    assert LearnedRate().refused(0.0, 1.0, retry_after_s) == 1.0


def test_under_known_limits_a_few_refusals_a_minute_do_not_slow_calls_down():
    learned = LearnedRate(tolerated=2)
    refused_at(learned, 10.0, 30.0)
    assert learned.is_idle
    refused_at(learned, 75.0)  # the first is more than a minute ago
    assert learned.is_idle
    refused_at(learned, 80.0)
    assert not learned.is_idle


def test_a_wait_that_took_too_long_is_not_caught_up_in_a_bunch():
    learned = LearnedRate(rate=10.0)
    learned.left(0.0)
    learned.left(5.0)
    assert learned.wait(5.0) == pytest.approx(0.05)


def test_a_refusal_while_others_are_taken_slows_nothing_down():
    learned = LearnedRate()
    for n in range(8):
        learned.left(n / 100)
    learned.refused(0.02, 0.10, 1.0)
    for n in range(3, 8):
        learned.accepted(n / 100, 0.11)
    learned.left(1.2)
    learned.accepted(1.2, 1.3)
    assert learned.is_idle


def test_a_call_that_is_refused_alone_slows_nothing_down():
    learned = LearnedRate()
    for n in range(3):
        learned.left(2.0 * n)
        learned.refused(2.0 * n, 2.0 * n + 0.1, 1.0)
        learned.left(2.0 * n + 1.2)
        learned.accepted(2.0 * n + 1.2, 2.0 * n + 1.3)
    assert learned.is_idle
