"""An excerpt: what one ledger, on SQLite or PostgreSQL, knows of a target, copied into an empty one."""

from contextlib import closing
from functools import partial

import pytest
import sqlalchemy as sa

from pipeline.ledger import budget, entry
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.tables import PAUSES, RECORDS, ROWS, RUNS, SOURCES, SPENDING, TARGETS
from pipeline.model.rows import Key
from schemas.endpoint import RateLimit, Scope

A, B, C, D = "a@x.example", "b@x.example", "c@x.example", "d@x.example"
TARGET = "https://spaces.example/api/crm/emailaccounts"
ELSEWHERE = "https://elsewhere.example/"
MINUTE = RateLimit(calls=2, seconds=60, scope=Scope.MODIFYING)


@pytest.fixture
def known(book):
    """Two targets, each with a run; of the first one two records, a claim, two calls and a wait."""
    for name, target in (("run-1", TARGET), ("run-2", ELSEWHERE)):
        run = book.begin(name, target=target)
        book.enter(run, book.batch(A, B, C))
        one, two, three = (book.record(row, email) for row, email in ((2, A), (3, B), (4, C)))
        book.created(run, one, 71)
        book.created(run, two, 72)
        book.intend(run, three)
        calls = budget.SpentCalls(run.target_id, [])
        for at, modifying in ((1_000.0, True), (1_001.0, False)):
            book.ledger.write(partial(budget.spend, calls=calls, modifying=modifying, now=at))
        book.ledger.write(partial(budget.pause, target_id=run.target_id, until=2_000.0))
    return book


@pytest.fixture
def copy(tmp_path):
    with closing(Ledger(str(tmp_path / "copy.db"), durable=False)) as ledger:
        yield ledger


def taken(known, copy, *keys):
    folded = [book_key(email) for email in keys]
    with known.ledger.connection() as original:
        copy.take_excerpt(original, TARGET, [folded[:2], folded[2:]])
    with copy.connection() as connection:
        return {t.name: connection.execute(sa.select(t)).mappings().all() for t in TABLES}


TABLES = (TARGETS, RUNS, SOURCES, ROWS, RECORDS, SPENDING, PAUSES)


def book_key(email):
    return Key.of((1, email)).folded


def test_the_targets_own_calls_wait_and_runs_are_copied_but_not_their_rows(known, copy):
    found = taken(known, copy, A)
    assert [row["url"] for row in found["targets"]] == [TARGET]
    assert [(row["name"], row["status"]) for row in found["runs"]] == [("run-1", "running")]
    assert [row["label"] for row in found["sources"]] == ["accounts.csv"]
    assert [(row["at"], row["modifying"]) for row in found["spending"]] == [(1_000.0, True), (1_001.0, False)]
    assert [row["until"] for row in found["pauses"]] == [2_000.0]
    assert found["rows"] == []


def test_of_the_records_those_of_the_keys_that_some_row_has_created(known, copy):
    found = taken(known, copy, B, C, D)
    assert [(row["key"], row["remote_id"], row["row"]) for row in found["records"]] == [(book_key(B), 72, 3)]


def test_the_copy_knows_what_the_original_knows(known, copy):
    taken(known, copy, A, B)
    with copy.connection() as connection:
        assert entry.known_among(connection, TARGET, [book_key(one) for one in (A, B, C)]) == {book_key(A), book_key(B)}
        assert list(budget.spent(connection, TARGET, [MINUTE]).modifying) == [1_000.0]


def test_of_a_target_that_is_not_known_there_is_nothing_to_copy(known, copy):
    with known.ledger.connection() as original:
        copy.take_excerpt(original, "https://unknown.example/", [[book_key(A)]])
    with copy.connection() as connection:
        assert [connection.execute(sa.select(t)).all() for t in TABLES] == [[]] * len(TABLES)
