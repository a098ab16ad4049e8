"""What became of a row in doubt: which records count as its own."""

import asyncio
from datetime import UTC, datetime

import pytest

from pipeline.delivery.lookup import Lookup
from pipeline.delivery.work_item import SendOptions
from pipeline.model.rows import Key
from pipeline.remote.calls import MissingRole
from pipeline.remote.resource import NotSupported, UnreadableResponse
from pipeline.stop import Stop
from schemas.emailaccounts import ENDPOINT
from tests.support.doubles import Clock, Ledger

KEY = Key.of((1, "A@x.example"))
SENT = datetime(2025, 1, 15, 10, 30, tzinfo=UTC).timestamp()


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


def lookup_of(resource, *owned, clock=None, max_lag_s=30.0):
    clock = clock or Clock(SENT + 5)
    options = SendOptions(concurrency=1, attempts=5, settle_s=5.0, max_lag_s=max_lag_s, timeout_s=30.0)
    return Lookup(
        endpoint=ENDPOINT,
        resource=resource,
        ledger=Ledger(*owned),
        clock=clock,
        options=options,
        stop=Stop(clock.sleep),
    )


def found(resource, *owned, key=KEY, since=SENT):
    async def work():
        return await lookup_of(resource, *owned).find(key, since)

    result = asyncio.run(work())
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
        "2 records with this key were created since (7, 8): keep one",
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


@pytest.mark.parametrize("number", [None, ..., "seven", 10**30, 0, True], ids=repr)
def test_a_record_whose_id_cannot_be_read_leaves_the_row_in_doubt(number):
    resource = Resource(record(number))
    assert found(resource)[2] == "the look-up got no answer (it lists a record without an Id that can be read)"


def test_an_id_may_be_written_as_text():
    assert found(Resource(record("7", BusinessId="1"))) == (7, False, "")


def test_a_record_of_another_row_is_passed_over():
    assert found(Resource(record(7)), 7) == (None, True, "")
    assert found(Resource(record(7), record(8)), 7) == (8, False, "")


def test_a_record_whose_id_the_ledger_has_for_another_key_is_no_evidence_of_absence():
    """Ids may begin anew: with a database that was restored, or a stand-in that was started again."""

    async def work():
        lookup = lookup_of(Resource(record(7)))
        lookup.ledger = Ledger(7, of_key='[1,"other@x.example"]')
        return await lookup.find(KEY, SENT)

    result = asyncio.run(work())
    assert (result.remote_id, result.absent, result.candidates) == (None, False, (7,))
    assert "the target has given it twice" in result.why


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
def test_without_a_date_there_is_no_evidence(whole):
    """It has the row's key and no owner: to send the row again might double it, and it may be another's."""
    assert found(Resource(record(CreatedOn="soon"), whole={7: whole})) == (
        None,
        False,
        "record 7 has this key, but nothing tells when it was created",
    )


def test_a_clock_that_cannot_be_right_is_no_evidence_either():
    async def work():
        clock = Clock(SENT + 5)
        clock.is_plausible = False
        return await lookup_of(Resource(record()), clock=clock).find(KEY, SENT)

    assert asyncio.run(work()).why == "record 7 has this key, but nothing tells when it was created"


# -- absence -----------------------------------------------------------------------------------------------------


class LateList(Resource):
    """A list that shows each record so many seconds after it was created."""

    def __init__(self, clock, lag_s, *created):
        super().__init__()
        self.clock, self.lag_s, self.created = clock, lag_s, list(created)
        self.looked_at = []

    async def list(self, filters):
        self.looked_at.append((round(self.clock.time - SENT, 3), filters["EmailAccount_EmailAddress"]))
        for at, one in self.created:
            if self.clock.time >= at + self.lag_s:
                yield one


def settled(lag_s, *created, witnesses=(), wait_s=5.0):
    """Settles a row that was sent at SENT and in doubt a second later."""
    clock = Clock(SENT + 5)
    clock.time = SENT + 1
    resource = LateList(clock, lag_s, *created)

    async def work():
        lookup = lookup_of(resource, clock=clock)
        for at, key, number in witnesses:
            lookup.created(key, number, at)
        return await lookup.find_when_settled(KEY, SENT, SENT + 1, wait_s)

    result = asyncio.run(work())
    return (result.remote_id, result.absent), round(clock.time - SENT - 1), resource.looked_at


OTHER = Key.of((1, "other@x.example"))
SHOWN = record(50, EmailAddress="other@x.example", CreatedOn="2025-01-15T10:30:03Z")
WITNESS = (SENT + 3, OTHER, 50)


def test_a_lone_row_is_given_the_whole_time_before_it_counts_as_absent():
    assert settled(0) == ((None, True), 30, [(s + 1, "A@x.example") for s in (5, 15, 30)])


@pytest.mark.parametrize("lag_s", [0, 3, 12, 25])
def test_a_record_that_the_list_shows_late_is_found(lag_s):
    assert settled(lag_s, (SENT, record()))[0] == (7, False)


def test_a_list_that_shows_a_younger_record_has_caught_up():
    result, waited, looked_at = settled(0, (SENT + 3, SHOWN), witnesses=[WITNESS])
    assert (result, waited) == ((None, True), 5)
    assert looked_at == [(6.0, "other@x.example"), (6.0, "A@x.example")]


def test_a_younger_record_that_is_not_shown_yet_proves_nothing():
    result, waited, _ = settled(12, (SENT + 3, SHOWN), (SENT, record()), witnesses=[WITNESS])
    assert (result, waited) == ((7, False), 15)


def test_an_older_record_proves_nothing():
    assert settled(0, (SENT + 3, SHOWN), witnesses=[(SENT + 0.5, OTHER, 50)])[1] == 30


def test_what_was_seen_to_have_caught_up_is_not_asked_for_again():
    clock = Clock(SENT + 5)
    resource = LateList(clock, 0, (SENT + 3, SHOWN))

    async def work():
        lookup = lookup_of(resource, clock=clock)
        lookup.created(OTHER, 50, SENT + 3)
        for _ in range(2):
            await lookup.find_when_settled(KEY, SENT, SENT + 1, 5.0)

    asyncio.run(work())
    assert [address for _, address in resource.looked_at] == ["other@x.example", "A@x.example", "A@x.example"]


# -- what cannot be looked up ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (MissingRole("EmailAccount-List"), "the user lacks the role EmailAccount-List to look it up"),
        (NotSupported(), "the target offers no list to look it up in"),
        (UnreadableResponse("HTTP 500: x"), "the look-up got no answer (HTTP 500: x)"),
    ],
    ids=["role", "offer", "answer"],
)
def test_a_look_up_that_is_impossible_says_why(error, why):
    assert found(Resource(error=error)) == (None, False, why)
    assert found(Resource(record(), error=error)) == (None, False, why)


def test_a_user_who_may_list_but_not_read_is_told_so():
    resource = Resource(record(CreatedOn=...), whole={7: MissingRole("EmailAccount-Read")})
    assert found(resource)[2] == "the user lacks the role EmailAccount-Read to look it up"
