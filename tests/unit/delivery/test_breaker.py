"""When a run is to end early."""

import pytest

from pipeline.cli.hints import hint_of
from pipeline.delivery.breaker import Breaker
from pipeline.errors import ErrorLimitReached, TargetUnavailable
from pipeline.model.config import MaxErrors
from pipeline.model.findings import envelope
from pipeline.model.rows import Outcome, Status


def refused(message="is refused"):
    return Outcome(status=Status.REJECTED, response=envelope([], message))


DOUBT = Outcome(status=Status.IN_DOUBT, response=envelope([], "no answer"))
FAILED = Outcome(status=Status.FAILED, response=envelope([], "never created"))
CREATED = Outcome(status=Status.CREATED, remote_id=1)
SKIPPED = Outcome(status=Status.SKIPPED)


def reasons(breaker, *outcomes):
    return [type(reason).__name__ if (reason := breaker.ended(o)) else None for o in outcomes]


def test_refusals_alike_end_the_run():
    breaker = Breaker(3, None)
    assert reasons(breaker, refused(), refused()) == [None, None]
    reason = breaker.ended(refused())
    assert isinstance(reason, ErrorLimitReached)
    assert reason.message == "3 rows one after another were refused alike (is refused)."
    assert "--stop-after 0" in hint_of(reason)


def test_rows_without_an_answer_end_the_run_as_a_target_that_is_down():
    reason = [Breaker(2, None)].pop()
    assert reasons(reason, DOUBT, FAILED) == [None, "TargetUnavailable"]
    breaker = Breaker(1, None)
    found = breaker.ended(DOUBT)
    assert isinstance(found, TargetUnavailable)
    assert found.message == "1 time one after another there was no readable answer (no answer)."


@pytest.mark.parametrize(
    "between", [CREATED, SKIPPED, refused("another"), DOUBT], ids=["created", "skipped", "another", "doubt"]
)
def test_anything_else_between_begins_the_count_anew(between):
    breaker = Breaker(3, None)
    assert reasons(breaker, refused(), refused(), between, refused(), refused(), refused()) == [None] * 5 + [
        "ErrorLimitReached"
    ]


def test_rows_that_came_through_are_no_flood():
    assert reasons(Breaker(1, None), CREATED, SKIPPED, Outcome(status=Status.UPDATED)) == [None] * 3


def test_no_number_of_refusals_stops_where_none_is_asked_for():
    assert set(reasons(Breaker(0, None), *[refused()] * 200)) == {None}


def test_more_errors_than_allowed_end_the_run():
    breaker = Breaker(0, MaxErrors(rows=2))
    assert breaker.read(10, 1) is None
    assert reasons(breaker, refused("a")) == [None]
    reason = breaker.ended(FAILED)
    assert isinstance(reason, ErrorLimitReached)
    assert reason.message == "3 of 10 rows could not be imported, more than was allowed."


def test_invalid_rows_count_as_errors():
    breaker = Breaker(0, MaxErrors(rows=0))
    assert breaker.read(5, 0) is None
    assert isinstance(breaker.read(5, 1), ErrorLimitReached)


def test_rows_in_doubt_are_no_errors_yet():
    breaker = Breaker(0, MaxErrors(rows=0))
    assert reasons(breaker, DOUBT, CREATED, SKIPPED) == [None] * 3


def test_a_share_counts_from_a_hundred_rows_on():
    breaker = Breaker(0, MaxErrors(percent=5.0))
    assert breaker.read(99, 99) is None
    assert isinstance(breaker.read(1, 0), ErrorLimitReached)


def test_a_share_is_exceeded_only_above_it():
    breaker = Breaker(0, MaxErrors(percent=2.5))
    assert breaker.read(200, 5) is None
    assert isinstance(breaker.ended(refused()), ErrorLimitReached)


def test_a_flood_is_named_before_the_number_of_errors():
    assert reasons(Breaker(1, MaxErrors(rows=0)), DOUBT) == ["TargetUnavailable"]
