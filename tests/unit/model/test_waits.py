"""What is waited for, in words; and the same again after the ledger."""

from datetime import UTC, datetime

import pytest

from pipeline.model.durations import moment_in_words
from pipeline.model.waits import Cause, Wait, Why

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC).timestamp()
MINUTE = Cause(why=Why.LIMIT, calls=60, seconds=60)
DAY = Cause(why=Why.LIMIT, calls=5_000, seconds=86_400)


def wait(cause, seconds, rows=1):
    return Wait(cause=cause, began_at=NOW - 10, until=NOW + seconds, rows=rows)


def local(seconds):
    return moment_in_words(datetime.fromtimestamp(NOW + seconds, UTC), datetime.fromtimestamp(NOW, UTC))


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (wait(MINUTE, 41.2), "waiting for the limit of 60 a minute, next in 41 s"),
        (
            wait(Cause(why=Why.LIMIT, calls=4, seconds=10), 7),
            "waiting for the limit of 4 in 10 s, next in 7 s",
        ),
        (
            wait(DAY, 85_000),
            f"the limit of 5,000 a day is spent, goes on {local(85_000)}",
        ),
        (wait(Cause(why=Why.ASKED), 30), "the target asks to wait, 30 s"),
        (wait(Cause(why=Why.DOWN), 8), "the target is down, next try in 8 s"),
        (wait(Cause(why=Why.DOWN), -3), "the target is down, next try in 0 s"),
        (wait(Cause(why=Why.LOOK_UP), 8, rows=3), "looking up what became of 3 rows"),
        (wait(Cause(why=Why.LOOK_UP), 8), "looking up what became of 1 row"),
        (wait(Cause(why=Why.KEY), 1), "waiting for another row of the same key that is on its way"),
    ],
)
def test_each_wait_is_named_with_what_is_left_of_it(one, words):
    assert one.in_words(NOW) == words


@pytest.mark.parametrize("one", [wait(MINUTE, 41.25), wait(Cause(why=Why.LOOK_UP), 8, rows=3)])
def test_a_wait_is_the_same_after_the_ledger(one):
    assert Wait.from_json(one.as_json()) == one
