"""What is left of a pruned run: who created a record, and nothing else."""

import pytest

from pipeline.model.rows import Outcome, RowRef, Status
from pipeline.model.runs import RunStatus
from tests.integration.ledger.conftest import NOON, TARGET

A, B = "a@x.example", "b@x.example"


@pytest.fixture
def old(book):
    """A completed run that created a record and was refused another."""
    run = book.begin("old", "mail.csv")
    book.enter(run, book.batch(A, B))
    book.created(run, book.record(2, A), 71)
    book.intend(run, book.record(3, B))
    book.conclude(run, (book.record(3, B), Outcome(status=Status.REJECTED)))
    book.ledger.finish_run(run, RunStatus.COMPLETED, NOON.timestamp())
    book.ledger.set_reported(run, NOON.timestamp())
    return run


def test_a_record_is_still_owned_and_a_row_with_its_key_skipped(book, old):
    book.ledger.prune(old, records=False)
    assert (book.statuses(old), book.claims()) == ({}, {(1, A): (old.id, 1, 2, 71)})
    new = book.begin("new")
    assert [one.position for one in book.enter(new, book.batch(A, B))] == [1]
    assert (book.row(new, 2)["reason"], book.row(new, 2)["remote_id"]) == ("created by run old (row 2 of mail.csv)", 71)


def test_a_row_that_meets_such_a_record_only_when_it_is_sent_learns_whose_it_is(book, old):
    new = book.begin("new")
    book.enter(new, book.batch("c@x.example"))
    book.ledger.prune(old, records=False)
    book.enter(new, book.batch(A, first=5), update=True)
    [owner] = book.intend(new, book.record(5, A)).values()
    assert owner is not None
    assert (str(owner), owner.remote_id, owner.in_doubt) == ("row 2 of mail.csv in run old", 71, False)


def test_it_is_old_no_more_and_not_to_be_resumed(book, old):
    later = NOON.timestamp() + 1
    with book.ledger.snapshot() as snapshot:
        assert [run.run.run_id for run in snapshot.old_runs(later)] == ["old"]
        assert snapshot.old_runs(NOON.timestamp()) == []
        assert (snapshot.count_rows(old), snapshot.has_rows_that_may_exist(old)) == (2, False)
    book.ledger.prune(old, records=False)
    with book.ledger.snapshot() as snapshot:
        assert (snapshot.old_runs(later), snapshot.unfinished()) == ([], [])
        assert [(run.run.run_id, run.run.status) for run in snapshot.runs()] == [("old", RunStatus.PRUNED)]


def test_where_the_target_has_gone_nothing_is_left(book, old):
    book.ledger.prune(old, records=True)
    left = book.everything()
    assert {name: len(rows) for name, rows in left.items() if rows and name != "receipts"} == {"targets": 1}
    assert TARGET in left["targets"][0]


def test_a_row_on_its_way_may_exist(book):
    run = book.begin()
    book.enter(run, book.batch(A))
    assert book.intend(run, book.record(2, A)) == {RowRef(source=1, row=2): None}
    with book.ledger.snapshot() as snapshot:
        assert (snapshot.has_rows_that_may_exist(run), snapshot.open_run_ids()) == (True, {run.id})
