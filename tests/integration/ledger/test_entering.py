"""Rows on their way into the ledger: what is skipped, what is still to do, what entering again changes."""

import json
from dataclasses import replace

import pytest

from pipeline.ledger import entry, outcomes, results
from pipeline.ledger.entry import PendingRow
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import FieldError
from pipeline.model.rows import Key, Outcome, Status

MISSING = FieldError(
    property_name="EmailAddress", attempted_value=None, message="is a required field", code=FindingCode.REQUIRED
)
ODD = FieldError(
    property_name="IncomingServerPort",
    attempted_value="99999",
    message="is outside 1-65535",
    code=FindingCode.NOT_A_PORT,
)


TARGET = "https://spaces.example/api/crm/emailaccounts"


def folded(email, business=1):
    return Key.of((business, email)).folded


def due(*positions, status=Status.UNPROCESSED):
    return [PendingRow(position=p, status=status) for p in positions]


def reasons(book, run, *numbers, source=1):
    found = [book.row(run, number, source) for number in numbers]
    return [(row["status"], row["remote_id"], row["reason"]) for row in found]


def test_each_row_is_entered_and_due(book):
    run = book.begin()
    assert book.enter(run, book.batch("A@Example.com", "b@example.com")) == due(0, 1)
    row = book.row(run, 2)
    assert (row["status"], row["key_values"], row["key"]) == (
        "unprocessed",
        '[1,"A@Example.com"]',
        '[1,"a@example.com"]',
    )


def test_entering_again_changes_nothing(book):
    run = book.begin()
    batch = book.batch(
        "a@example.com", "A@example.com", None, "b@example.com", errors={2: [MISSING]}, warnings={3: [ODD]}
    )
    assert book.enter(run, batch) == due(0, 3)
    before = book.everything()
    assert book.enter(run, batch) == due(0, 3)
    assert book.everything() == before


def test_entering_again_returns_what_is_still_to_do(book):
    run = book.begin()
    batch = book.batch("created@x.example", "doubt@x.example", "refused@x.example", "rest@x.example")
    book.enter(run, batch)
    one, two, three = (book.record(2 + n, email) for n, email in enumerate(batch.typed["EmailAddress"][:3]))
    book.intend(run, one, two, three, at=50.5)
    book.conclude(
        run,
        (one, Outcome(status=Status.CREATED, remote_id=7)),
        (two, Outcome(status=Status.IN_DOUBT)),
        (three, Outcome(status=Status.REJECTED)),
    )
    assert book.enter(run, batch) == [
        PendingRow(position=1, status=Status.IN_DOUBT, intent_at=50.5, last_at=200.0),
        PendingRow(position=3, status=Status.UNPROCESSED),
    ]


def test_an_invalid_row_is_kept_with_its_findings_and_not_due(book):
    run = book.begin()
    assert book.enter(run, book.batch(None, errors={0: [MISSING]}, warnings={0: [ODD]})) == []
    row = book.row(run, 2)
    assert row["status"] == "invalid"
    assert json.loads(row["response"]) == {
        "Message": "EmailAddress: is a required field",
        "Value": None,
        "Errors": [{"AttemptedValue": None, "Message": "is a required field", "PropertyName": "EmailAddress"}],
        "WasSuccessful": False,
    }
    assert json.loads(row["warnings"]) == [ODD.with_code()]


def test_a_source_without_the_keys_columns_can_be_entered(book):
    run = book.begin()
    batch = book.batch(None, None, errors={0: [MISSING], 1: [MISSING]})
    batch = replace(batch, typed=batch.typed[[]])
    assert book.enter(run, batch) == []
    assert book.row(run, 3)["key_values"] is None


@pytest.mark.parametrize(
    "text", ["ßtraße@exämple.com", "日本@example.com", "🦊@example.com", "o'hara\"%s:x@example.com"]
)
def test_any_text_comes_back_as_it_was(book, text):
    run = book.begin()
    book.enter(
        run,
        book.batch(
            text,
            warnings={
                0: [FieldError(property_name=None, attempted_value=text, message=text, code=FindingCode.ENCODING)]
            },
        ),
    )
    with book.ledger.connection() as connection:
        (end,) = results.results(connection, run.id)
    assert end.key.values[1] == text
    assert end.warnings[0]["Message"] == text


def test_a_row_that_was_sent_again_and_cut_off_knows_both_moments(book):
    run, batch = book.begin(), book.batch("a@x.example")
    one = book.record(2, "a@x.example")
    book.enter(run, batch)
    book.intend(run, one, at=50.0)
    book.conclude(run, (one, Outcome(status=Status.IN_DOUBT)), at=60.0)
    book.intend(run, one, at=70.0)
    book.ledger.write(lambda c: outcomes.doubt_unanswered(c, run.id))
    assert book.enter(run, batch) == [PendingRow(position=0, status=Status.IN_DOUBT, intent_at=50.0, last_at=70.0)]


# -- repeats -----------------------------------------------------------------------------------------------------


def test_a_row_that_repeats_another_of_its_batch_names_the_first(book):
    run = book.begin()
    assert book.enter(run, book.batch("a@x.example", "A@X.example", "b@x.example", "a@x.EXAMPLE")) == due(0, 2)
    assert reasons(book, run, 3, 5) == [("skipped", None, "repeats row 2")] * 2


def test_a_row_that_repeats_one_of_an_earlier_batch_names_the_first(book):
    run = book.begin()
    book.enter(run, book.batch("a@x.example", "a@x.example"))
    assert book.enter(run, book.batch("b@x.example", "a@x.example", "b@x.example", first=4)) == due(0)
    assert reasons(book, run, 5, 6) == [("skipped", None, "repeats row 2"), ("skipped", None, "repeats row 4")]


def test_a_row_that_repeats_one_of_an_earlier_source_names_both(book):
    run = book.begin("run-1", "january.csv", "february.csv", "march.csv")
    book.enter(run, book.batch("b@x.example", "a@x.example"))
    book.enter(run, book.batch("c@x.example", "a@x.example", source=2))
    assert book.enter(run, book.batch("c@x.example", "a@x.example", source=3)) == []
    assert reasons(book, run, 3, source=2) == [("skipped", None, "repeats row 3 of january.csv")]
    assert reasons(book, run, 2, 3, source=3) == [
        ("skipped", None, "repeats row 2 of february.csv"),
        ("skipped", None, "repeats row 3 of january.csv"),
    ]


def test_the_same_address_of_another_business_is_no_repeat(book):
    run = book.begin()
    book.enter(run, book.batch("a@x.example", business=1))
    assert book.enter(run, book.batch("a@x.example", first=3, business=2)) == due(0)


def test_an_invalid_row_is_repeated_by_none(book):
    run = book.begin()
    assert book.enter(run, book.batch("a@x.example", "a@x.example", "a@x.example", errors={0: [MISSING]})) == due(1)
    assert reasons(book, run, 4) == [("skipped", None, "repeats row 3")]


def test_a_row_is_a_repeat_however_the_first_one_ended(book):
    run = book.begin()
    book.enter(run, book.batch("created@x.example", "rejected@x.example"))
    one, two = book.record(2, "created@x.example"), book.record(3, "rejected@x.example")
    book.intend(run, one, two)
    book.conclude(run, (one, Outcome(status=Status.CREATED, remote_id=7)), (two, Outcome(status=Status.REJECTED)))
    assert book.enter(run, book.batch("created@x.example", "rejected@x.example", first=4)) == []
    assert reasons(book, run, 4, 5) == [("skipped", None, "repeats row 2"), ("skipped", None, "repeats row 3")]


def test_a_row_that_repeats_an_unchanged_one_does_not_change_the_record_after_it(book):
    """Which of two rows changes a record must not depend on where a batch happens to end."""
    run = book.begin()
    book.ledger.write(lambda c: entry.add_listed(c, run.id, [(folded("a@x.example"), 77)]))
    book.enter(run, book.batch("a@x.example"), update=True)
    book.conclude(run, (book.record(2, "a@x.example"), Outcome(status=Status.SKIPPED, remote_id=77, reason="same")))
    assert book.enter(run, book.batch("a@x.example", first=3), update=True) == []
    assert reasons(book, run, 3) == [("skipped", None, "repeats row 2")]


def test_rows_of_other_runs_are_no_repeats(book):
    book.enter(book.begin("run-1"), book.batch("a@x.example"))
    assert book.enter(book.begin("run-2"), book.batch("a@x.example")) == due(0)


# -- what is known -----------------------------------------------------------------------------------------------


def test_a_row_that_an_earlier_run_created_is_skipped_and_names_run_and_row(book):
    first = book.begin("monday", "accounts.csv")
    book.enter(first, book.batch("b@x.example", "a@x.example"))
    book.created(first, book.record(3, "a@x.example"), 4711)
    second = book.begin("tuesday", "accounts.csv")
    assert book.enter(second, book.batch("A@X.example", "b@x.example")) == due(1)
    assert reasons(book, second, 2) == [("skipped", 4711, "created by run monday (row 3 of accounts.csv)")]


def test_a_claim_that_is_still_open_skips_nothing(book):
    first = book.begin("monday")
    book.enter(first, book.batch("a@x.example"))
    book.intend(first, book.record(2, "a@x.example"))
    assert book.enter(book.begin("tuesday"), book.batch("a@x.example")) == due(0)


def test_what_was_created_at_one_target_is_not_known_at_another(book):
    first = book.begin("monday")
    book.enter(first, book.batch("a@x.example"))
    book.created(first, book.record(2, "a@x.example"), 1)
    second = book.begin("tuesday", target="https://elsewhere.example/api/crm/emailaccounts")
    assert book.enter(second, book.batch("a@x.example")) == due(0)


def test_a_row_that_exists_at_the_target_is_skipped_with_its_id(book):
    run = book.begin()
    book.ledger.write(lambda c: entry.add_listed(c, run.id, [(folded("A@x.example"), 12), (folded("c@x.example"), 13)]))
    assert book.enter(run, book.batch("a@X.example", "b@x.example")) == due(1)
    assert reasons(book, run, 2) == [("skipped", 12, "exists at the target")]


def test_a_listing_found_after_entering_skips_on_entering_again(book):
    run = book.begin()
    batch = book.batch("a@x.example", "b@x.example")
    assert book.enter(run, batch) == due(0, 1)
    book.ledger.write(lambda c: entry.add_listed(c, run.id, [(folded("b@x.example"), 12)]))
    assert book.enter(run, batch) == due(0)


def test_the_listing_of_one_business_says_nothing_of_another_nor_of_another_run(book):
    run, other = book.begin("run-1"), book.begin("run-2")
    book.ledger.write(lambda c: entry.add_listed(c, run.id, [(folded("a@x.example", 2), 12)]))
    book.ledger.write(lambda c: entry.add_listed(c, other.id, [(folded("a@x.example"), 13)]))
    assert book.enter(run, book.batch("a@x.example")) == due(0)


def test_a_listing_may_show_a_key_twice_or_nothing_at_all(book):
    run = book.begin()
    book.ledger.write(lambda c: entry.add_listed(c, run.id, []))
    book.ledger.write(lambda c: entry.add_listed(c, run.id, [(folded("a@x.example"), 12), (folded("A@x.example"), 13)]))
    book.enter(run, book.batch("a@x.example"))
    assert reasons(book, run, 2) == [("skipped", 12, "exists at the target")]


def test_a_forgotten_listing_skips_nothing(book):
    run, other = book.begin("run-1"), book.begin("run-2")
    for one in (run, other):
        book.ledger.write(lambda c, one=one: entry.add_listed(c, one.id, [(folded("a@x.example"), 12)]))
    book.ledger.write(lambda c: entry.forget_listed(c, run.id))
    assert book.enter(run, book.batch("a@x.example")) == due(0)
    assert book.enter(other, book.batch("a@x.example")) == []


def test_what_the_ledger_knows_is_said_rather_than_what_the_target_lists(book):
    first = book.begin("monday")
    book.enter(first, book.batch("a@x.example"))
    book.created(first, book.record(2, "a@x.example"), 12)
    second = book.begin("tuesday")
    book.ledger.write(lambda c: entry.add_listed(c, second.id, [(folded("a@x.example"), 12)]))
    book.enter(second, book.batch("a@x.example"))
    assert reasons(book, second, 2) == [("skipped", 12, "created by run monday (row 2 of accounts.csv)")]


def test_in_update_mode_a_known_record_is_to_be_changed(book):
    first = book.begin("monday")
    book.enter(first, book.batch("a@x.example"))
    book.created(first, book.record(2, "a@x.example"), 12)
    second = book.begin("tuesday")
    book.ledger.write(lambda c: entry.add_listed(c, second.id, [(folded("b@x.example"), 13)]))
    batch = book.batch("a@x.example", "b@x.example", "c@x.example", "b@x.example")
    assert book.enter(second, batch, update=True) == [
        PendingRow(position=0, status=Status.UNPROCESSED, existing_id=12),
        PendingRow(position=1, status=Status.UNPROCESSED, existing_id=13),
        PendingRow(position=2, status=Status.UNPROCESSED),
    ]


def test_a_row_in_doubt_is_looked_up_even_if_its_key_is_known(book):
    run = book.begin()
    batch = book.batch("a@x.example")
    book.enter(run, batch)
    book.intend(run, book.record(2, "a@x.example"), at=50.0)
    book.conclude(run, (book.record(2, "a@x.example"), Outcome(status=Status.IN_DOUBT)))
    book.ledger.write(lambda c: entry.add_listed(c, run.id, [(folded("a@x.example"), 12)]))
    assert book.enter(run, batch) == [PendingRow(position=0, status=Status.IN_DOUBT, intent_at=50.0, last_at=200.0)]


def test_a_large_batch_is_entered_whole(book):
    run = book.begin()
    emails = [f"{n}@x.example" for n in range(5_000)]
    assert book.enter(run, book.batch(*emails)) == due(*range(5_000))


def test_of_many_keys_those_that_are_known_are_found_whatever_stands_in_them(book):
    odd = ['"quoted"@x.example', "grö\\ße@x.example", "[1]@x.example", "a'b,c@x.example", "\U0001f600@x.example"]
    run = book.begin()
    book.enter(run, book.batch(*odd, "claimed@x.example"))
    for row, email in enumerate(odd, start=2):
        book.created(run, book.record(row, email), 70 + row)
    book.intend(run, book.record(7, "claimed@x.example"))
    book.ledger.write(lambda c: entry.add_listed(c, run.id, [(folded(email), 7) for email in odd]))
    asked = [folded(f"{n}@x.example") for n in range(40_000)] + [folded(e) for e in (*odd, "claimed@x.example")]

    with book.ledger.snapshot() as snapshot:
        assert snapshot.known_among(TARGET, asked) == {folded(email) for email in odd}
        assert snapshot.known_among("https://elsewhere.example", asked) == set()
        assert snapshot.known_among(TARGET, []) == set()
    assert book.ledger.write(lambda c: entry.listed_among(c, run.id, asked)) == {folded(email) for email in odd}
