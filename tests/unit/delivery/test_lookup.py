"""What became of a row in doubt: which records count as its own."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from pipeline.delivery.lookup import LookUp
from pipeline.model.rows import Key
from pipeline.remote.resource import NotAllowed, NotOffered, Unanswered
from schemas.emailaccounts import ENDPOINT

KEY = Key(business_id=1, email="A@x.example")
SENT = datetime(2025, 1, 15, 10, 30, tzinfo=UTC).timestamp()
BY_HAND = "look for A@x.example of business 1 at the target, and import the row again if it is missing"


def record(number=7, **changes):
    found = {"Id": number, "BusinessId": 1, "EmailAddress": "a@x.example", "CreatedOn": "2025-01-15T10:30:00Z"}
    return {name: value for name, value in (found | changes).items() if value is not ...}


class Siblings:
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


def found(siblings, *owned, key=KEY, since=SENT):
    look_up = LookUp(run=SimpleNamespace(target_id=3), endpoint=ENDPOINT, siblings=siblings, writer=Writer(*owned))
    result = asyncio.run(look_up.find(key, since))
    return result.remote_id, result.absent, result.why


def test_one_record_is_adopted():
    siblings = Siblings(record())
    assert found(siblings) == (7, False, "")
    assert siblings.filters == {"EmailAccount_Business": "1", "EmailAccount_EmailAddress": "A@x.example"}


def test_no_record_is_known_to_be_absent():
    assert found(Siblings()) == (None, True, "")


def test_several_records_cannot_be_told_apart():
    assert found(Siblings(record(7), record(8))) == (
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
    assert found(Siblings(record(**changes))) == (None, True, "")


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
    assert found(Siblings(record(**changes))) == (7, False, "")


def test_a_record_of_another_row_is_passed_over():
    assert found(Siblings(record(7)), 7) == (None, True, "")
    assert found(Siblings(record(7), record(8)), 7) == (8, False, "")


def test_a_record_on_a_later_page_is_found():
    others = [record(n, EmailAddress=f"a{n}@x.example") for n in range(100, 250)]
    assert found(Siblings(*others, record(7))) == (7, False, "")


@pytest.mark.parametrize(
    ("created", "expected"), [("2025-01-15T10:30:00Z", (7, False, "")), ("2024-01-15T10:30:00Z", (None, True, ""))]
)
def test_where_the_list_does_not_say_when_the_record_does(created, expected):
    siblings = Siblings(record(CreatedOn=...), whole={7: {"Id": 7, "CreatedOn": created}})
    assert found(siblings) == expected


@pytest.mark.parametrize("whole", [None, {"Id": 7}, {"Id": 7, "CreatedOn": "soon"}])
def test_a_record_of_unknown_age_counts(whole):
    """It has the row's key and no owner: to send the row again might double it."""
    assert found(Siblings(record(CreatedOn="soon"), whole={7: whole}))[0] == 7


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NotAllowed("EmailAccount-List"), "the user lacks the role EmailAccount-List to look it up; "),
        (NotOffered(), "the target offers no list to look it up in; "),
        (Unanswered("HTTP 500: x"), "the look-up got no answer (HTTP 500: x); "),
    ],
    ids=["role", "offer", "answer"],
)
def test_a_look_up_that_is_impossible_says_what_to_do(error, why):
    assert found(Siblings(error=error)) == (None, False, why + BY_HAND)
    assert found(Siblings(record(), error=error)) == (None, False, why + BY_HAND)


def test_a_user_who_may_list_but_not_read_is_told_so():
    siblings = Siblings(record(CreatedOn=...), whole={7: NotAllowed("EmailAccount-Read")})
    assert found(siblings)[2] == "the user lacks the role EmailAccount-Read to look it up; " + BY_HAND
