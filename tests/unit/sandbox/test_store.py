"""Records, and the listing of them."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from pipeline.sandbox.listing import MAX_SIZE, Query, QueryError, parse, stamp
from pipeline.sandbox.store import FIRST_ID, Store
from tests.support.doubles import Clock

NINE = datetime(2025, 1, 15, 9, 0, 30, tzinfo=UTC)


@pytest.fixture
def clock():
    return Clock(NINE)


@pytest.fixture
def store(clock):
    return Store(now=clock)


def account(email="sales@example.com", business=1, **updater):
    return {"BusinessId": business, "EmailAddress": email, "DisplayName": "Sales", "IncomingServerPort": 993} | updater


def emails(store, **parameters):
    return [record["EmailAddress"] for record in store.find(parse(parameters)).records]


def test_create_gives_the_read_only_fields(store):
    record = store.create(account(), by="ann@example.com")
    assert record["Id"] == FIRST_ID
    assert record["CreatedOn"] == record["UpdatedOn"] == "2025-01-15T09:00:30Z"
    assert (record["UpdatedBy"], record["IsNew"], record["SystemId"]) == ("ann@example.com", False, None)
    assert len(record["UniqueId"]) == 36


def test_ids_increase_and_duplicates_are_created(store):
    first, second = store.create(account()), store.create(account())
    assert second["Id"] == first["Id"] + 1
    assert second["UniqueId"] != first["UniqueId"]
    assert len(store) == len(store.records()) == 2


def test_ids_are_not_used_again(store):
    first = store.create(account())
    assert store.delete(first["Id"])
    assert store.create(account())["Id"] == first["Id"] + 1


def test_what_is_left_out_reads_as_unset_and_what_is_unknown_is_dropped(store):
    record = store.create(account(Nonsense=1, Active=None, CreatedOn="1999"))
    assert "Nonsense" not in record
    assert (record["Active"], record["ReplyToEmail"], record["IncomingServerType"]) == (False, None, 0)
    assert record["CreatedOn"] == "2025-01-15T09:00:30Z"


def test_records_are_copies(store):
    created = store.create(account())
    for record in (created, store.read(created["Id"]), store.records()[0]):
        record["DisplayName"] = "changed"
    assert store.read(created["Id"])["DisplayName"] == "Sales"


def test_update_replaces_the_whole_record(store, clock):
    created = store.create(account(ReplyToEmail="x@example.com", Active=True), by="ann@example.com")
    clock.time += timedelta(hours=1)
    updated = store.update(created["Id"], account(DisplayName="Help"), by="bob@example.com")
    assert updated == store.read(created["Id"])
    assert (updated["DisplayName"], updated["ReplyToEmail"], updated["Active"]) == ("Help", None, False)
    assert (updated["UpdatedOn"], updated["UpdatedBy"]) == ("2025-01-15T10:00:30Z", "bob@example.com")
    assert [updated[name] == created[name] for name in ("Id", "UniqueId", "CreatedOn")] == [True] * 3


def test_unknown_ids(store):
    assert store.read(5) is None
    assert store.update(5, account()) is None
    assert not store.delete(5)


def test_creating_from_several_threads_loses_nothing(store):
    threads = [threading.Thread(target=lambda: [store.create(account()) for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({record["Id"] for record in store.records()}) == 800


def test_pages(store):
    for number in range(7):
        store.create(account(f"{number}@example.com"))
    page = store.find(parse({"page": "2", "size": "3"})).payload()
    assert [record["EmailAddress"][0] for record in page.pop("Records")] == ["3", "4", "5"]
    assert page == {
        "CurrentPage": 2,
        "CurrentPageSize": 3,
        "CurrentOrderField": "Id",
        "CurrentSortDirection": 1,
        "FirstItem": 4,
        "LastItem": 6,
        "TotalItems": 7,
        "TotalPages": 3,
        "HasNextPage": True,
        "HasPreviousPage": True,
    }


@pytest.mark.parametrize(("page", "count", "more"), [(3, 1, False), (4, 0, False)])
def test_last_page_and_beyond(store, page, count, more):
    for _ in range(7):
        store.create(account())
    answer = store.find(Query(page=page, size=3)).payload()
    assert (len(answer["Records"]), answer["HasNextPage"], answer["TotalItems"]) == (count, more, 7)


def test_nothing_found(store):
    answer = store.find(Query()).payload()
    assert (answer["Records"], answer["TotalPages"], answer["FirstItem"], answer["HasNextPage"]) == ([], 0, 0, False)


def test_default_size_and_cap(store):
    assert parse({}).size == 25
    assert parse({"size": "5000"}).size == MAX_SIZE


def test_list_records_are_partial(store):
    store.create(account())
    assert store.find(Query()).records[0].keys() == {
        *("BusinessId", "DisplayName", "EmailAddress", "Active", "ErrorCount", "GoogleAccessToken"),
        *("Office365AccessToken", "Id", "UniqueId", "CreatedOn", "UpdatedOn", "UpdatedBy", "IsNew", "SystemId"),
    }


def test_a_listing_sees_every_write(store):
    record = store.create(account("a@example.com"))
    assert emails(store) == ["a@example.com"]
    store.create(account("b@example.com"))
    assert emails(store) == ["a@example.com", "b@example.com"]
    store.update(record["Id"], account("c@example.com"))
    assert emails(store) == ["c@example.com", "b@example.com"]
    store.delete(record["Id"])
    assert emails(store) == ["b@example.com"]


def test_text_filters_mean_contains_in_any_case(store):
    for email in ("Sales@Example.com", "presales@example.com", "help@example.com"):
        store.create(account(email))
    assert emails(store, EmailAccount_EmailAddress="SALES@example") == ["Sales@Example.com", "presales@example.com"]


def test_business_filter_and_its_wrong_name(store):
    store.create(account("a@example.com", business=1))
    store.create(account("b@example.com", business=12))
    assert emails(store, EmailAccount_Business="1") == ["a@example.com"]
    assert len(emails(store, EmailAccount_BusinessId="1")) == 2


def test_number_and_boolean_filters(store):
    store.create(account("a@example.com", Active=True, IncomingServerPort=143))
    store.create(account("b@example.com", Active=False, IncomingServerPort=993))
    assert emails(store, EmailAccount_Active="True") == ["a@example.com"]
    assert emails(store, EmailAccount_IncomingServerPort="993") == ["b@example.com"]
    assert emails(store, from_EmailAccount_IncomingServerPort="144") == ["b@example.com"]
    assert emails(store, to_EmailAccount_IncomingServerPort="143") == ["a@example.com"]
    assert emails(store, EmailAccount_Active="false", EmailAccount_IncomingServerPort="143") == []


def test_nulls_meet_no_filter(store):
    store.create(account())
    assert emails(store, EmailAccount_ReplyToEmail="x") == []


def test_blank_and_unknown_filters_are_ignored(store):
    store.create(account())
    parameters = {"EmailAccount_EmailAddress": " ", "EmailAccount_Nonsense": "x", "from_EmailAccount_X": "1", "q": "x"}
    assert emails(store, **parameters) == ["sales@example.com"]


def test_creation_range_counts_in_minutes_both_ends_included(store, clock):
    for email in ("0@example.com", "1@example.com", "2@example.com"):
        store.create(account(email))
        clock.time += timedelta(minutes=1)
    # The first was created at 09:00:30: the seconds of a filter are dropped, those of a record are not.
    assert len(emails(store, from_EmailAccount_CreatedOn="2025-01-15T09:00:59Z")) == 3
    assert emails(store, from_EmailAccount_CreatedOn="2025-01-15T09:02") == ["2@example.com"]
    assert emails(store, to_EmailAccount_CreatedOn="2025-01-15T09:01:59Z") == ["0@example.com"]
    assert emails(store, to_EmailAccount_CreatedOn="2025-01-15T10:01+01:00") == ["0@example.com"]
    assert len(emails(store, from_EmailAccount_UpdatedOn="2025-01-15")) == 3


def test_order(store):
    for email in ("b@example.com", "C@example.com", "a@example.com"):
        store.create(account(email))
    assert [email[0] for email in emails(store, orderBy="EmailAddress")] == ["a", "b", "C"]
    assert [email[0] for email in emails(store, orderBy="EmailAddress", dir="-1")] == ["C", "b", "a"]
    assert [email[0] for email in emails(store, orderBy="Nonsense", dir="Descending")] == ["a", "C", "b"]


def test_order_with_nulls(store):
    store.create(account("a@example.com", ReplyToEmail="z"))
    store.create(account("b@example.com"))
    store.create(account("c@example.com"))
    assert [email[0] for email in emails(store, orderBy="ReplyToEmail")] == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "0"),
        ("page", "x"),
        ("size", "-1"),
        ("EmailAccount_Business", "x"),
        ("EmailAccount_Active", "maybe"),
        ("from_EmailAccount_CreatedOn", "yesterday"),
    ],
)
def test_unreadable_parameters(name, value):
    with pytest.raises(QueryError) as caught:
        parse({name: value})
    assert caught.value.error["PropertyName"] == name
    assert caught.value.error["AttemptedValue"] == value


def test_stamp_is_utc_with_z():
    moment = datetime(2025, 1, 15, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    assert stamp(moment) == "2025-01-15T10:30:00Z"
