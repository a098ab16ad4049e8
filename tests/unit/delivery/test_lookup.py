"""What became of a row in doubt: which records count as its own."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from pipeline.delivery.lookup import Lookup
from pipeline.model.rows import Key
from pipeline.remote.resource import MissingRole, NotSupported, UnreadableResponse
from schemas.emailaccounts import ENDPOINT

KEY = Key(business_id=1, email="A@x.example")
SENT = datetime(2025, 1, 15, 10, 30, tzinfo=UTC).timestamp()
BY_HAND = "look for A@x.example of business 1 at the target, and import the row again if it is missing"


def record(number=7, **changes):
    found = {"Id": number, "BusinessId": 1, "EmailAddress": "a@x.example", "CreatedOn": "2025-01-15T10:30:00Z"}
    return {name: value for name, value in (found | changes).items() if value is not ...}


class Resource:
    """A target that lists and reads what it is given."""

    def __init__(self, *records, whole=None, error=None):
        self._records, self._whole, self._error = records, whole or {}, error
        self.filters = None

    async def list(self, filters):
        self.filters = dict(filters)
        for one in self._records:
            yield one
        if self._error:
            raise self._error

    async def read(self, number):
        found = self._whole.get(number)
        if isinstance(found, Exception):
            raise found
        return found


class Writer:
    """A ledger in which these records have an owner."""

    def __init__(self, *owned):
        self._owned = set(owned)

    async def do(self, work):
        assert work.keywords["target_id"] == 3
        return self._owned & set(work.keywords["remote_ids"])


def found(resource, *owned, key=KEY, since=SENT):
    lookup = Lookup(run=SimpleNamespace(target_id=3), endpoint=ENDPOINT, resource=resource, writer=Writer(*owned))
    result = asyncio.run(lookup.find(key, since))
    return result.remote_id, result.absent, result.why


def test_one_record_is_adopted():
    resource = Resource(record())
    assert found(resource) == (7, False, "")
    assert resource.filters == {"EmailAccount_Business": "1", "EmailAccount_EmailAddress": "A@x.example"}


def test_no_record_is_known_to_be_absent():
    assert found(Resource()) == (None, True, "")


def test_several_records_cannot_be_told_apart():
    assert found(Resource(record(7), record(8))) == (
        None,
        False,
        "2 records with this key were created since (7, 8): keep one of them",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"EmailAddress": "aa@x.example"},
        {"EmailAddress": "a@x.example.org"},
        {"EmailAddress": None},
        {"EmailAddress": ...},
        {"BusinessId": 2},
        {"BusinessId": None},
        {"BusinessId": ...},
        {"Id": None},
        {"Id": "7"},
        {"Id": ...},
        {"CreatedOn": "2025-01-15T10:29:57Z"},
        {"CreatedOn": "2024-12-31T10:30:00Z"},
    ],
    ids=repr,
)
def test_any_other_record_is_not_the_rows(changes):
    assert found(Resource(record(**changes))) == (None, True, "")


@pytest.mark.parametrize(
    "changes",
    [
        {"EmailAddress": "A@X.EXAMPLE"},
        {"EmailAddress": " a@x.example "},
        {"CreatedOn": "2025-01-15T10:29:58Z"},
        {"CreatedOn": "2025-01-15T10:30:00"},
        {"CreatedOn": "2025-01-15T12:30:00+02:00"},
        {"CreatedOn": "2025-01-15T10:31:07.1234567Z"},
    ],
    ids=repr,
)
def test_a_record_is_the_rows_however_it_is_written(changes):
    assert found(Resource(record(**changes))) == (7, False, "")


def test_a_record_of_another_row_is_passed_over():
    assert found(Resource(record(7)), 7) == (None, True, "")
    assert found(Resource(record(7), record(8)), 7) == (8, False, "")


def test_a_record_on_a_later_page_is_found():
    others = [record(n, EmailAddress=f"a{n}@x.example") for n in range(100, 250)]
    assert found(Resource(*others, record(7))) == (7, False, "")


@pytest.mark.parametrize(
    ("created", "expected"), [("2025-01-15T10:30:00Z", (7, False, "")), ("2024-01-15T10:30:00Z", (None, True, ""))]
)
def test_where_the_list_does_not_say_when_the_record_does(created, expected):
    resource = Resource(record(CreatedOn=...), whole={7: {"Id": 7, "CreatedOn": created}})
    assert found(resource) == expected


@pytest.mark.parametrize("whole", [None, {"Id": 7}, {"Id": 7, "CreatedOn": "soon"}])
def test_a_record_of_unknown_age_counts(whole):
    """It has the row's key and no owner: to send the row again might double it."""
    assert found(Resource(record(CreatedOn="soon"), whole={7: whole}))[0] == 7


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (MissingRole("EmailAccount-List"), "the user lacks the role EmailAccount-List to look it up; "),
        (NotSupported(), "the target offers no list to look it up in; "),
        (UnreadableResponse("HTTP 500: x"), "the look-up got no answer (HTTP 500: x); "),
    ],
    ids=["role", "offer", "answer"],
)
def test_a_look_up_that_is_impossible_says_what_to_do(error, why):
    assert found(Resource(error=error)) == (None, False, why + BY_HAND)
    assert found(Resource(record(), error=error)) == (None, False, why + BY_HAND)


def test_a_user_who_may_list_but_not_read_is_told_so():
    resource = Resource(record(CreatedOn=...), whole={7: MissingRole("EmailAccount-Read")})
    assert found(resource)[2] == "the user lacks the role EmailAccount-Read to look it up; " + BY_HAND
