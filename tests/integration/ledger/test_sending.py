"""Rows from their intent to their end: claims, holders, transitions, tallies."""

import contextlib
import json
import threading

import pytest

from pipeline.errors import IllegalTransition
from pipeline.ledger import claims, outcomes, results
from pipeline.ledger.claims import KeyOwner
from pipeline.ledger.ledger import Ledger
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import FieldError, envelope
from pipeline.model.rows import TRANSITIONS, Key, Outcome, RowRef, Status
from pipeline.model.runs import Summary

A, B = "a@x.example", "b@x.example"
NOTICE = FieldError(
    property_name="Colour", attempted_value=None, message="no such field", code=FindingCode.COLUMNS_NOT_IMPORTED
)
ODD = FieldError(
    property_name="IncomingServerPort",
    attempted_value="99999",
    message="is outside 1-65535",
    code=FindingCode.NOT_A_PORT,
)


@pytest.fixture
def run(book):
    begun = book.begin()
    book.enter(begun, book.batch(A, B, "c@x.example"))
    return begun


# -- intents and claims ------------------------------------------------------------------------------------------


def test_an_intent_claims_the_key_and_notes_its_moment(book, run):
    assert book.intend(run, book.record(2, "A@X.example"), at=12.5) == {RowRef(source=1, row=2): None}
    assert book.claims() == {(1, A): (run.id, 1, 2, None)}
    row = book.row(run, 2)
    assert (row["status"], row["intent_at"]) == ("sending", 12.5)


def test_the_body_of_a_row_is_written_nowhere(book, run):
    book.intend(run, book.record(2, A))
    assert "never" not in repr(book.everything())


def test_a_row_that_is_sent_again_keeps_its_first_moment_and_its_claim(book, run):
    one = book.record(2, A)
    book.intend(run, one, at=10.0)
    book.conclude(run, (one, Outcome(status=Status.IN_DOUBT)))
    assert book.intend(run, one, at=99.0) == {one.ref: None}
    assert book.row(run, 2)["intent_at"] == 10.0
    assert book.claims() == {(1, A): (run.id, 1, 2, None)}


def test_a_row_that_leaves_once_more_notes_when(book, run):
    one, other = book.record(2, A), book.record(3, B)
    book.intend(run, one, at=10.0)
    for record in (one, other):
        book.ledger.write(lambda c, record=record: claims.claim_again(c, run, record, 30.0))
    assert (book.row(run, 2)["intent_at"], book.row(run, 2)["ended_at"]) == (10.0, 30.0)
    assert book.row(run, 3)["ended_at"] is None  # it is not on its way
    assert book.claims() == {(1, A): (run.id, 1, 2, None)}


def test_many_intents_fit_into_one_transaction(book):
    begun = book.begin()
    emails = [f"{n}@x.example" for n in range(1_500)]
    book.enter(begun, book.batch(*emails))
    records = [book.record(n + 2, email) for n, email in enumerate(emails)]
    assert set(book.intend(begun, *records).values()) == {None}
    assert set(book.statuses(begun).values()) == {"sending"}


def test_a_key_that_another_run_claims_is_not_sent_and_its_holder_is_named(book, run):
    book.intend(run, book.record(3, B), at=12.5)
    other = book.begin("run-2", "other.csv")
    book.enter(other, book.batch("free@x.example", "B@x.example"))
    mine, theirs = book.record(2, "free@x.example"), book.record(3, "B@x.example")
    holders = book.intend(other, mine, theirs, at=99.0)
    holder = KeyOwner(
        run_pk=run.id,
        run_id="run-1",
        source="accounts.csv",
        row=3,
        remote_id=None,
        intent_at=12.5,
        last_at=12.5,
        in_doubt=False,
    )
    assert holders == {mine.ref: None, theirs.ref: holder}
    assert str(holder) == "row 3 of accounts.csv in run run-1"
    assert book.statuses(other) == {(1, 2): "sending", (1, 3): "unprocessed"}
    assert book.row(other, 3)["intent_at"] is None


def test_a_holder_in_doubt_is_named_as_such(book, run):
    one = book.record(2, A)
    book.intend(run, one, at=12.5)
    book.conclude(run, (one, Outcome(status=Status.IN_DOUBT)), at=20.0)
    other = book.begin("run-2")
    book.enter(other, book.batch(A))
    holder = book.intend(other, one)[one.ref]
    assert (holder.in_doubt, holder.intent_at, holder.last_at) == (True, 12.5, 20.0)


def test_a_key_whose_record_exists_names_its_id(book, run):
    book.created(run, book.record(2, A), 4711)
    other = book.begin("run-2")
    book.enter(other, book.batch("z@x.example"))
    holders = book.intend(other, book.record(2, A))
    assert holders[RowRef(source=1, row=2)].remote_id == 4711


def test_a_key_is_claimed_per_target(book, run):
    book.intend(run, book.record(2, A))
    other = book.begin("run-2", target="https://elsewhere.example/")
    book.enter(other, book.batch(A))
    assert book.intend(other, book.record(2, A)) == {RowRef(source=1, row=2): None}


def test_the_same_key_from_many_connections_is_claimed_by_one(book):
    begun = [book.begin(f"run-{n}") for n in range(6)]
    for one in begun:
        book.enter(one, book.batch(A))
    barrier = threading.Barrier(len(begun))
    holders = {}

    def claim(one):
        ledger = Ledger(book.location)
        barrier.wait()
        record = book.record(2, A)
        holders[one.id] = ledger.write(lambda c: claims.claim_rows(c, one, [record], 1.0))[record.ref]
        ledger.close()

    threads = [threading.Thread(target=claim, args=(one,)) for one in begun]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [run_id for run_id, holder in holders.items() if holder is None]
    assert {h.run_pk for h in holders.values() if h is not None} == {winner}
    assert len(holders) == 6
    assert book.claims() == {(1, A): (winner, 1, 2, None)}


def test_a_key_that_is_freed_at_the_moment_of_the_intent_is_claimed(postgresql, new_book, monkeypatch):
    """SQLite lets nobody in between; in PostgreSQL each statement sees what has been committed until then."""
    book, freeing = new_book(postgresql), new_book(postgresql)
    run, other = book.begin("run-1"), book.begin("run-2")
    theirs, mine = book.record(2, A), book.record(2, A)
    for one in (run, other):
        book.enter(one, book.batch(A))
    book.intend(run, theirs)
    claimed, asked = claims.insert_claims, []

    def claimed_just_before_it_is_freed(connection, of_run, records):
        found = claimed(connection, of_run, records)
        if not asked:
            freeing.conclude(run, (theirs, Outcome(status=Status.REJECTED)))
        asked.append(records)
        return found

    monkeypatch.setattr(claims, "insert_claims", claimed_just_before_it_is_freed)
    assert book.intend(other, mine) == {mine.ref: None}
    assert book.claims() == {(1, A): (other.id, 1, 2, None)}
    book.ledger.close()
    freeing.ledger.close()


def test_two_processes_that_wait_for_each_others_keys_both_go_on(book):
    """Each frees the key that the other is about to claim; PostgreSQL ends such a wait by failing one of them."""
    begun = [book.begin(f"run-{n}") for n in range(2)]
    mine = [book.record(2, A), book.record(3, B)]
    for one, record in zip(begun, mine, strict=True):
        book.enter(one, book.batch(A, B))
        book.intend(one, record)
    ledgers = [Ledger(book.location) for _ in begun]
    freed, failures = threading.Barrier(2, timeout=0.3), []

    def free_and_claim(n):
        def work(connection):
            outcomes.record_outcomes(connection, begun[n], [(mine[n], Outcome(status=Status.REJECTED))], 1.0)
            with contextlib.suppress(threading.BrokenBarrierError):  # SQLite lets one in after the other
                freed.wait()
            claims.claim_rows(connection, begun[n], [mine[1 - n]], 2.0)

        try:
            ledgers[n].write(work)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=free_and_claim, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ledger in ledgers:
        ledger.close()
    assert failures == []
    assert [book.row(begun[0], 2)["status"], book.row(begun[1], 3)["status"]] == ["rejected", "rejected"]


def test_a_claim_can_be_taken_over(book, run):
    book.intend(run, book.record(2, A), at=10.0)
    other = book.begin("run-2")
    book.enter(other, book.batch("z@x.example", A))
    mine = book.record(3, A)
    holder = book.intend(other, mine)[mine.ref]
    book.ledger.write(lambda c: claims.take_over(c, other, mine, holder))
    assert book.claims() == {(1, A): (other.id, 1, 3, None)}
    assert book.intend(other, mine, at=20.0) == {mine.ref: None}
    assert book.row(other, 3)["intent_at"] == 20.0


def test_a_claim_is_taken_over_by_whoever_is_faster(book, run):
    book.intend(run, book.record(2, A))
    two, three = book.begin("run-2"), book.begin("run-3")
    mine = book.record(2, A)
    for other in (two, three):
        book.enter(other, book.batch(A))
    holder = book.intend(two, mine)[mine.ref]
    assert book.intend(three, mine)[mine.ref] == holder
    book.ledger.write(lambda c: claims.take_over(c, two, mine, holder))
    book.ledger.write(lambda c: claims.take_over(c, three, mine, holder))
    assert book.claims() == {(1, A): (two.id, 1, 2, None)}


def test_a_key_whose_record_was_created_meanwhile_is_not_taken_over(book, run):
    book.intend(run, book.record(2, A))
    other = book.begin("run-2")
    book.enter(other, book.batch(A))
    mine = book.record(2, A)
    holder = book.intend(other, mine)[mine.ref]
    book.conclude(run, (book.record(2, A), Outcome(status=Status.CREATED, remote_id=5)))
    book.ledger.write(lambda c: claims.take_over(c, other, mine, holder))
    assert book.claims() == {(1, A): (run.id, 1, 2, 5)}


def test_a_claim_that_was_taken_over_is_not_freed_by_the_row_that_lost_it(book, run):
    lost = book.record(2, A)
    book.intend(run, lost)
    other = book.begin("run-2")
    book.enter(other, book.batch(A))
    mine = book.record(2, A)
    holder = book.intend(other, mine)[mine.ref]
    book.ledger.write(lambda c: claims.take_over(c, other, mine, holder))
    book.conclude(run, (lost, Outcome(status=Status.REJECTED)))
    assert book.claims() == {(1, A): (other.id, 1, 2, None)}


def test_a_record_is_adopted_by_one_row_only_even_if_its_claim_has_changed_hands(book, run):
    lost = book.record(2, A)
    book.intend(run, lost)
    book.conclude(run, (lost, Outcome(status=Status.IN_DOUBT)))
    other = book.begin("run-2")
    book.enter(other, book.batch(A))
    mine = book.record(2, A)
    holder = book.intend(other, mine)[mine.ref]
    book.ledger.write(lambda c: claims.take_over(c, other, mine, holder))
    book.intend(other, mine)
    book.conclude(other, (mine, Outcome(status=Status.IN_DOUBT)))

    assert book.ledger.write(lambda c: outcomes.adopt(c, run, lost, 7, 300.0))
    assert not book.ledger.write(lambda c: outcomes.adopt(c, other, mine, 7, 300.0))

    assert book.row(run, 2)["remote_id"] == 7
    assert book.row(other, 2)["status"] == "in_doubt"
    assert book.claims() == {(1, A): (run.id, 1, 2, 7)}
    assert book.intend(other, mine)[mine.ref].remote_id == 7


def test_a_record_is_adopted_though_its_key_is_nobodys_any_more(book, run):
    lost = book.record(2, A)
    book.intend(run, lost)
    book.conclude(run, (lost, Outcome(status=Status.IN_DOUBT)))
    other = book.begin("run-2")
    book.enter(other, book.batch(A))
    mine = book.record(2, A)
    holder = book.intend(other, mine)[mine.ref]
    book.ledger.write(lambda c: claims.take_over(c, other, mine, holder))
    book.intend(other, mine)
    book.conclude(other, (mine, Outcome(status=Status.REJECTED)))
    assert book.claims() == {}

    assert book.ledger.write(lambda c: outcomes.adopt(c, run, lost, 7, 300.0))
    assert book.claims() == {(1, A): (run.id, 1, 2, 7)}


# -- ends --------------------------------------------------------------------------------------------------------


def test_a_created_row_owns_its_record(book, run):
    one = book.record(2, A)
    book.intend(run, one)
    book.conclude(run, (one, Outcome(status=Status.CREATED, remote_id=9_000_000_000)), at=300.25)
    row = book.row(run, 2)
    assert (row["status"], row["remote_id"], row["response"], row["ended_at"]) == (
        "created",
        9_000_000_000,
        None,
        300.25,
    )
    assert book.claims() == {(1, A): (run.id, 1, 2, 9_000_000_000)}


@pytest.mark.parametrize("status", [Status.SKIPPED, Status.REJECTED, Status.FAILED, Status.UNPROCESSED])
def test_a_row_that_created_nothing_frees_its_key(book, run, status):
    one, other = book.record(2, A), book.record(3, B)
    book.intend(run, one, other)
    response = envelope([], "ünwilling")
    book.conclude(run, (one, Outcome(status=status, response=response, reason="why")))
    row = book.row(run, 2)
    assert (row["status"], json.loads(row["response"]), row["reason"]) == (status.value, response, "why")
    assert book.claims() == {(1, B): (run.id, 1, 3, None)}


def test_a_row_in_doubt_keeps_its_key(book, run):
    one = book.record(2, A)
    book.intend(run, one)
    book.conclude(run, (one, Outcome(status=Status.IN_DOUBT, response=envelope([], "?"))))
    assert book.claims() == {(1, A): (run.id, 1, 2, None)}


def test_a_changed_row_ends_without_owning_a_record(book, run):
    book.conclude(run, (book.record(2, A), Outcome(status=Status.UPDATED, remote_id=12)))
    row = book.row(run, 2)
    assert (row["status"], row["remote_id"]) == ("updated", 12)
    assert book.claims() == {}


def test_a_row_put_back_can_be_sent_again(book, run):
    one = book.record(2, A)
    book.intend(run, one, at=10.0)
    book.conclude(run, (one, Outcome(status=Status.UNPROCESSED)))
    assert book.intend(run, one, at=20.0) == {one.ref: None}


def test_rows_of_every_end_are_concluded_together(book):
    begun = book.begin()
    ends = [Status.CREATED, Status.REJECTED, Status.FAILED, Status.IN_DOUBT, Status.SKIPPED, Status.UNPROCESSED]
    emails = [f"{status}@x.example" for status in ends]
    book.enter(begun, book.batch(*emails))
    records = [book.record(n + 2, email) for n, email in enumerate(emails)]
    book.intend(begun, *records)
    outcomes = [Outcome(status=s, remote_id=7 if s is Status.CREATED else None) for s in ends]
    book.conclude(begun, *zip(records, outcomes, strict=True))
    assert sorted(book.statuses(begun).items()) == [((1, n + 2), s.value) for n, s in enumerate(ends)]


# -- transitions -------------------------------------------------------------------------------------------------

PAIRS = [(before, after) for before in Status for after in Status]


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=[f"{a}-to-{b}" for a, b in PAIRS])
def test_only_the_transitions_of_the_diagram_happen(book, run, before, after):
    book.force(run, 2, before)
    book.force(run, 3, Status.SENDING)
    unchanged = book.everything()
    one, other = book.record(2, A), book.record(3, B)

    def move(connection):
        if after is Status.SENDING:
            claims.claim_rows(connection, run, [one], 1.0)
        else:
            outcome = Outcome(status=after, remote_id=7 if after is Status.CREATED else None)
            outcomes.record_outcomes(connection, run, [(other, Outcome(status=Status.FAILED)), (one, outcome)], 2.0)

    if after in TRANSITIONS[before]:
        book.ledger.write(move)
        assert book.statuses(run)[1, 2] == after.value
    else:
        with pytest.raises(IllegalTransition, match=f"^1 of [12] rows may not become {after}.$"):
            book.ledger.write(move)
        assert book.everything() == unchanged


def test_a_row_that_was_never_entered_cannot_be_sent(book, run):
    unchanged = book.everything()
    with pytest.raises(IllegalTransition):
        book.intend(run, book.record(99, "nobody@x.example"))
    assert book.everything() == unchanged


# -- looking up --------------------------------------------------------------------------------------------------


def test_what_was_sent_without_an_answer_is_in_doubt_once_its_process_has_died(book, run):
    other = book.begin("run-2")
    book.enter(other, book.batch("z@x.example"))
    book.intend(run, book.record(2, A), book.record(3, B))
    book.intend(other, book.record(2, "z@x.example"))
    book.conclude(run, (book.record(3, B), Outcome(status=Status.REJECTED)))
    assert book.ledger.write(lambda c: outcomes.doubt_unanswered(c, run.id)) == 1
    assert book.statuses(run) == {(1, 2): "in_doubt", (1, 3): "rejected", (1, 4): "unprocessed"}
    assert book.statuses(other) == {(1, 2): "sending"}
    assert book.claims()[1, A] == (run.id, 1, 2, None)
    assert book.ledger.write(lambda c: outcomes.doubt_unanswered(c, run.id)) == 0


def test_records_of_other_rows_are_known_as_owned(book, run):
    book.created(run, book.record(2, A), 11)
    book.intend(run, book.record(3, B))

    def owned(target_id, *ids):
        return book.ledger.write(lambda c: claims.owned(c, target_id, ids))

    assert owned(run.target_id, 10, 11, 12) == {11: book.record(2, A).key.folded}
    assert owned(run.target_id) == {}
    assert owned(run.target_id + 1, 11) == {}


# -- reporting ---------------------------------------------------------------------------------------------------


def summary(book, run, rows_read=None):
    with book.ledger.connection() as connection:
        return results.summary(connection, run, rows_read)


def test_a_tally_counts_each_row_once_and_each_warning(book):
    begun = book.begin("run-1", "a.csv", "b.csv", notices={1: (NOTICE,), 2: (NOTICE, NOTICE)})
    other = book.begin("run-2", notices={1: (NOTICE,)})
    book.enter(other, book.batch("z@x.example", warnings={0: [ODD]}))
    book.enter(begun, book.batch(A, B, A, None, errors={3: [ODD]}, warnings={0: [ODD, ODD], 3: [ODD]}))
    book.created(begun, book.record(2, A), 7)
    counts = {Status.CREATED: 1, Status.UNPROCESSED: 1, Status.SKIPPED: 1, Status.INVALID: 1}
    found = summary(book, begun)
    assert found == Summary(rows_read=4, by_status=counts, warnings=6)
    assert found.adds_up
    assert summary(book, begun, 4) == found
    assert not summary(book, begun, 5).adds_up


def test_the_tally_of_a_run_without_rows_is_empty(book):
    assert summary(book, book.begin()) == Summary(rows_read=0, by_status={}, warnings=0)


def test_ends_come_in_the_order_of_the_sources(book):
    begun = book.begin("run-1", "a.csv", "b.csv")
    book.enter(begun, book.batch(*(f"b{n}@x.example" for n in range(12)), source=2))
    book.enter(begun, book.batch(*(f"a{n}@x.example" for n in range(12)), first=100))
    book.enter(begun, book.batch(None, "z@x.example", first=9, errors={0: [ODD]}, warnings={1: [ODD]}))
    one = book.record(10, "z@x.example")
    book.intend(begun, one)
    book.conclude(begun, (one, Outcome(status=Status.REJECTED, response=envelope([ODD]))))
    with book.ledger.connection() as connection:
        ends = list(results.results(connection, begun.id))
    places = [(1, 9), (1, 10), *((1, n) for n in range(100, 112)), *((2, n) for n in range(2, 14))]
    assert [(end.ref.source, end.ref.row) for end in ends] == places
    assert (ends[0].status, ends[0].key, ends[0].response) == (Status.INVALID, None, envelope([ODD]))
    assert ends[1].key == Key.of((1, "z@x.example"))
    assert (ends[1].response, ends[1].warnings) == (envelope([ODD]), (ODD.with_code(),))
    assert (ends[0].codes, ends[1].codes) == (("not-a-port",), ("refused",))


def test_ends_are_read_as_a_stream(book):
    begun = book.begin()
    book.enter(begun, book.batch(*(f"{n}@x.example" for n in range(5_000))))
    with book.ledger.connection() as connection:
        ends = results.results(connection, begun.id)
        first = next(ends)
        book.created(begun, book.record(5_001, "4999@x.example"), 7)  # a writer does not wait for a report
        rest = list(ends)
    assert (first.ref.row, len(rest), rest[-1].status) == (2, 4_999, Status.UNPROCESSED)
