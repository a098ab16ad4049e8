"""How a run stands, in words; and the same again after the ledger."""

from datetime import UTC, datetime

import pytest

from pipeline.model.durations import moment_in_words
from pipeline.model.standing import Standing
from pipeline.model.waits import Cause, Wait, Why

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC).timestamp()
WAIT = Wait(cause=Cause(why=Why.DOWN), began_at=NOW - 1, until=NOW + 7)


def test_figures_are_labelled():
    one = Standing(at=NOW, done=1_200, total=12_000, per_minute=59.8, due_at=NOW + 10_800, wait=WAIT)
    due = moment_in_words(datetime.fromtimestamp(NOW + 10_800, UTC), datetime.fromtimestamp(NOW, UTC))
    assert list(one.in_words(NOW)) == [
        "60 a minute",
        f"due {due}, in 3 hours",
        "the target is down, next try in 7 s",
    ]


def test_what_is_not_known_is_not_said():
    assert list(Standing(at=NOW, done=0, total=None, per_minute=0.0).in_words(NOW)) == []
    assert list(Standing(at=NOW, done=3, total=None, per_minute=2.5, due_at=NOW - 1).in_words(NOW)) == ["2.5 a minute"]


@pytest.mark.parametrize(
    "one",
    [
        Standing(at=NOW, done=1, total=2, per_minute=59.8, calls_left=1.5, due_at=NOW + 10.25, wait=WAIT),
        Standing(at=NOW, done=1, total=None, per_minute=0.0),
    ],
)
def test_a_standing_is_the_same_after_the_ledger(one):
    assert Standing.from_json(one.as_json()) == one
