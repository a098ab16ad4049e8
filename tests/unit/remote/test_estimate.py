"""When so many calls can have been made: sittings between long waits, and what is left of a limit."""

from datetime import UTC, datetime, timedelta

from pipeline.remote.estimate import budget_left, finish_time, sittings
from schemas.endpoint import RateLimit, Scope

DAY = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
DOCUMENTED = (
    RateLimit(calls=60, seconds=60, scope=Scope.MODIFYING),
    RateLimit(calls=5_000, seconds=86_400, scope=Scope.MODIFYING),
)


def test_sittings_are_what_lies_between_long_waits():
    found = sittings(DOCUMENTED, [], 12_000, DAY)
    assert [one.calls for one in found] == [5_000, 5_000, 2_000]
    assert [one.begin - DAY for one in found] == [timedelta(0), timedelta(days=1), timedelta(days=2)]
    assert found[0].end - found[0].begin == timedelta(minutes=83)
    assert found[-1].end == finish_time(DOCUMENTED, [], 12_000, DAY)


def test_spent_calls_put_the_rest_off():
    spent = [DAY.timestamp() - 3_600] * 4_990
    first, second = sittings(DOCUMENTED, spent, 30, DAY)
    assert (first.calls, second.calls) == (10, 20)
    assert second.begin - DAY == timedelta(hours=23)


def test_what_is_left_of_the_longest_limit():
    spent = [DAY.timestamp() - 3_600] * 40 + [DAY.timestamp() - 90_000] * 7
    assert budget_left(DOCUMENTED, spent, DAY) == (4_960, DOCUMENTED[1])
    assert budget_left((), spent, DAY) is None
