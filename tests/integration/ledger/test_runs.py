"""Runs in the ledger: what they read, how they stand, which can be taken up again."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.errors import LedgerUnavailable
from pipeline.ledger import runs
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import FieldError
from pipeline.model.runs import RunStatus
from pipeline.model.sources import SourceHeader

ODD = FieldError(
    property_name="Colour",
    attempted_value=None,
    message="no such field; did you mean Active?",
    code=FindingCode.COLUMNS_NOT_IMPORTED,
)


def read(book, work, *arguments):
    with book.ledger.connection() as connection:
        return work(connection, *arguments)


def test_a_run_is_found_as_it_was_begun(book):
    begun = book.begin("run-1", "a.csv", "ümläut.xlsx", config={"limit": 3, "nested": {"a": [1, None]}})
    assert read(book, runs.find, "run-1") == [begun]
    assert begun.run.label_of(2) == "ümläut.xlsx"
    assert begun.run.started_on == datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_a_run_of_another_name_is_not_found(book):
    book.begin("run-1")
    assert read(book, runs.find, "run-2") == []


def test_no_run_is_the_latest_of_an_empty_ledger(book):
    assert read(book, runs.latest) is None
    assert read(book, runs.unfinished) == []
    assert read(book, runs.listing) == []


def test_the_latest_run_is_the_one_that_began_last(book):
    book.begin("run-b")
    last = book.begin("run-a")
    assert read(book, runs.latest) == last


def test_a_listing_begins_with_the_newest(book):
    one, two = book.begin("run-1"), book.begin("run-2")
    assert read(book, runs.listing) == [two, one]


def test_a_name_cannot_be_used_twice(book):
    book.begin("run-1")
    with pytest.raises(LedgerUnavailable):
        book.begin("run-1")


def test_runs_of_one_target_share_its_number_and_runs_of_others_do_not(book):
    one, two = book.begin("run-1"), book.begin("run-2")
    other = book.begin("run-3", target="https://elsewhere.example/api/crm/emailaccounts")
    assert one.target_id == two.target_id != other.target_id


@pytest.mark.parametrize("status", list(RunStatus))
def test_a_status_is_kept_with_its_moment(book, status):
    begun = book.begin()
    book.ledger.write(lambda c: runs.set_status(c, begun.id, status, 1_768_478_400.5))
    [found] = read(book, runs.find, "run-1")
    moment = datetime(2026, 1, 15, 12, 0, 0, 500_000, tzinfo=UTC)
    assert found == replace(begun, run=replace(begun.run, status=status, finished_on=moment))


def test_taking_a_run_up_again_takes_its_end_back(book):
    begun = book.begin()
    book.ledger.write(lambda c: runs.set_status(c, begun.id, RunStatus.STOPPED, 1.0))
    book.ledger.write(lambda c: runs.set_status(c, begun.id, RunStatus.RUNNING, None))
    assert read(book, runs.find, "run-1") == [begun]


def test_all_but_completed_runs_can_be_taken_up_the_oldest_first(book):
    for status in (RunStatus.STOPPED, RunStatus.COMPLETED, RunStatus.INTERRUPTED, RunStatus.RUNNING):
        begun = book.begin(f"run-{status}")
        book.ledger.write(lambda c, begun=begun, status=status: runs.set_status(c, begun.id, status, None))
        book.ledger.write(lambda c, begun=begun: runs.set_reported(c, begun.id, 1.0))
    names = [found.run.run_id for found in read(book, runs.unfinished)]
    assert names == ["run-stopped", "run-interrupted", "run-running"]


def test_a_completed_run_without_its_reports_can_be_taken_up(book):
    begun = book.begin()
    book.ledger.write(lambda c: runs.set_status(c, begun.id, RunStatus.COMPLETED, 1.0))
    assert [found.run.run_id for found in read(book, runs.unfinished)] == ["run-1"]
    book.ledger.write(lambda c: runs.set_reported(c, begun.id, 2.0))
    assert read(book, runs.unfinished) == []


def test_runs_are_found_by_the_beginning_of_their_names(book):
    one, two = book.begin("2026-a%"), book.begin("2026-ab")
    assert {run.id for run in read(book, runs.find, "2026-a")} == {one.id, two.id}
    assert read(book, runs.find, "2026-a%") == [one]


def test_headers_keep_where_they_stand_and_what_is_odd_about_them(book):
    begun = book.begin("run-1", "a.csv", "b.csv", notices={2: (ODD, replace(ODD, property_name=None))})
    book.begin("run-2", notices={1: (ODD,)})
    assert read(book, runs.headers, begun.id) == {
        1: SourceHeader(row=1, notices=()),
        2: SourceHeader(row=2, notices=(ODD, replace(ODD, property_name=None))),
    }


def test_rows_are_counted_by_source(book):
    begun = book.begin("run-1", "a.csv", "b.csv", "c.csv")
    other = book.begin("run-2")
    book.enter(begun, book.batch("a@example.com", "b@example.com"))
    book.enter(begun, book.batch("c@example.com", source=3))
    book.enter(other, book.batch("d@example.com"))
    assert read(book, runs.with_counts, begun).run.rows_by_source == {1: 2, 3: 1}
