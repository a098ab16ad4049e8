"""When so many calls can have been made: sittings between long waits, and what is left of a limit."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.model.pacing import Spent, kept_window_s
from pipeline.remote.estimate import Pace, budget_left, early_end, finish_time, sittings
from schemas.endpoint import RateLimit, Scope

DAY = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
DOCUMENTED = (
    RateLimit(calls=60, seconds=60, scope=Scope.MODIFYING),
    RateLimit(calls=5_000, seconds=86_400, scope=Scope.MODIFYING),
)


A_MOMENT = timedelta(milliseconds=1)  # what sums of floats may differ by
A_MINUTE, A_DAY = (timedelta(seconds=kept_window_s(limit)) for limit in DOCUMENTED)


def earlier(*moments):
    return Spent(modifying=moments, all=moments)


def test_sittings_are_what_lies_between_long_waits():
    found = sittings(DOCUMENTED, Spent(), 12_000, DAY)
    assert [one.calls for one in found] == [5_000, 5_000, 2_000]
    assert [one.begin - DAY for one in found] == pytest.approx([timedelta(0), A_DAY, 2 * A_DAY], abs=A_MOMENT)
    assert found[0].end - found[0].begin == pytest.approx(83 * A_MINUTE, abs=A_MOMENT)
    assert found[-1].end == finish_time(DOCUMENTED, Spent(), 12_000, DAY)


def test_spent_calls_put_the_rest_off():
    spent = earlier(*[DAY.timestamp() - 3_600] * 4_990)
    first, second = sittings(DOCUMENTED, spent, 30, DAY)
    assert (first.calls, second.calls) == (10, 20)
    assert second.begin - DAY == pytest.approx(A_DAY - timedelta(hours=1), abs=A_MOMENT)


def test_a_spent_quota_that_is_not_waited_for_is_where_a_process_ends():
    spent = earlier(*[DAY.timestamp() - 3_600] * 4_990)
    found = early_end(DOCUMENTED, spent, 30, DAY, longest_wait_s=5_400)
    assert (found.calls, found.is_quota, found.at) == (10, True, DAY)
    assert found.next_at - DAY == pytest.approx(A_DAY - timedelta(hours=1), abs=A_MOMENT)
    assert early_end(DOCUMENTED, spent, 10, DAY, longest_wait_s=5_400) is None
    assert early_end(DOCUMENTED, spent, 30, DAY) is None


def test_a_quota_that_is_renewed_soon_is_waited_for():
    spent = earlier(*[DAY.timestamp() - 86_000] * 5_000)
    assert early_end(DOCUMENTED, spent, 30, DAY, longest_wait_s=5_400) is None


def test_a_spent_quota_allows_no_call_at_all():
    spent = earlier(*[DAY.timestamp() - 60] * 5_000)
    found = early_end(DOCUMENTED, spent, 1, DAY, longest_wait_s=5_400)
    assert (found.calls, found.is_quota, found.at) == (0, True, DAY)


def test_calls_are_counted_up_to_the_end_of_the_time_that_was_given():
    ends_at = DAY + timedelta(minutes=10)
    found = early_end(DOCUMENTED, Spent(), 12_000, DAY, ends_at=ends_at.timestamp(), longest_wait_s=5_400)
    assert (found.calls, found.is_quota, found.at) == (600, False, ends_at)
    assert found.next_at - DAY == pytest.approx(10 * A_MINUTE, abs=A_MOMENT)
    found = early_end(DOCUMENTED, Spent(), 12_000, DAY, ends_at=DAY.timestamp())
    assert (found.calls, found.is_quota) == (0, False)
    assert early_end(DOCUMENTED, Spent(), 599, DAY, ends_at=ends_at.timestamp()) is None


def test_what_is_left_of_the_longest_limit():
    spent = earlier(*[DAY.timestamp() - 3_600] * 40, *[DAY.timestamp() - 90_000] * 7)
    assert budget_left(DOCUMENTED, spent, DAY) == (4_960, DOCUMENTED[1])
    assert budget_left((), spent, DAY) is None


def test_calls_that_only_read_count_where_all_calls_are_limited():
    limits = [RateLimit(calls=20, seconds=60, scope=Scope.ALL)]
    listed = Spent(all=[DAY.timestamp() - 1] * 20)
    due = finish_time(limits, listed, 1, DAY) - DAY
    assert due == pytest.approx(A_MINUTE - timedelta(seconds=1), abs=A_MOMENT)
    due = finish_time(limits, Spent(), 30, DAY, Pace(reads_per_call=1)) - DAY
    assert due == pytest.approx(2 * A_MINUTE, abs=A_MOMENT)
    thousand = finish_time(limits, Spent(), 1_000, DAY, Pace(reads_per_call=1)) - DAY
    assert thousand / (99 * A_MINUTE) == pytest.approx(1, abs=0.02)


def test_a_pace_counts_where_the_limits_allow_more():
    pace = Pace(seconds_per_call=2.0)
    assert finish_time([], Spent(), 1_001, DAY, pace) - DAY == timedelta(seconds=2_000)
    assert finish_time(DOCUMENTED, Spent(), 5_000, DAY, pace) - DAY == timedelta(seconds=9_998)
    assert finish_time(DOCUMENTED, Spent(), 5_000, DAY, Pace(seconds_per_call=0.01)) - DAY == pytest.approx(
        83 * A_MINUTE, abs=timedelta(seconds=1)
    )
