"""The list, read, update and delete calls: paging, refusals, repeats."""

import asyncio
from types import SimpleNamespace

import httpx
import pytest

from pipeline.remote.calls import Calls, MissingRole, NotTheEndpoint
from pipeline.remote.client import Client
from pipeline.remote.clock import TargetClock
from pipeline.remote.concurrency import Concurrency, Slots
from pipeline.remote.resource import EndlessList, NotSupported, Resource, UnreadableResponse
from pipeline.remote.responses import Verdict
from pipeline.remote.retry import NotSent
from pipeline.remote.transports.httpx_transport import adapted
from pipeline.stop import Stop
from schemas.emailaccounts import ENDPOINT
from tests.support.doubles import Session, Wire

PATH = "/api/crm/emailaccounts"
SUCCESS = {
    "Status": 200,
    "Message": "EmailAccount was successfully updated.",
    "Value": {"Id": 7},
    "WasSuccessful": True,
}
REFUSAL = {
    "Message": "DisplayName: is a required field",
    "Value": None,
    "Errors": [{"AttemptedValue": None, "Message": "is a required field", "PropertyName": "DisplayName"}],
    "WasSuccessful": False,
}


class RateLimiter:
    """Lets everything pass, and keeps what it was told."""

    limits = ()

    def __init__(self):
        self.asked, self.pauses, self.passes, self.turns = [], [], 0, 0

    async def acquire(self, *, modifying):
        self.asked.append(modifying)
        return len(self.asked)

    async def turn(self, spent_at, *, modifying):
        assert (spent_at, modifying) == (len(self.asked), self.asked[-1])
        self.turns += 1

    async def throttled(self, left_at, retry_after_s):
        self.pauses.append(retry_after_s)

    def passed(self, left_at, *, modifying):
        self.passes += 1

    def now(self):
        return 0.0


def asked(call, *answers, attempts=3, renewals=1):
    """Makes a call and returns what came of it, whether a result or an error."""
    wire, limiter, waits = Wire(*answers), RateLimiter(), []

    async def sleep(seconds):
        waits.append(seconds)

    async def work():
        client = Client(adapted(wire), "https://x.example", ENDPOINT, Session(renewals), 5.0, TargetClock(lambda: 0.0))
        slots = Slots(Concurrency(2))
        calls = Calls(client=client, limiter=limiter, slots=slots, attempts=attempts, stop=Stop(sleep))
        resource = Resource(calls=calls, endpoint=ENDPOINT)
        try:
            return await call(resource)
        except (MissingRole, NotSupported, NotTheEndpoint, NotSent, UnreadableResponse) as error:
            return error

    return SimpleNamespace(result=asyncio.run(work()), wire=wire, limiter=limiter, waits=waits)


async def listed(resource):
    return [record async for record in resource.list({"EmailAccount_Business": "1"})]


def page(*ids, more=False):
    return {"Records": [{"Id": n} for n in ids], "HasNextPage": more, "TotalItems": 9}


# -- list --------------------------------------------------------------------------------------------------------


def test_a_list_is_read_page_after_page():
    found = asked(listed, page(1, 2, more=True), page(3, more=True), page(4))
    assert found.result == [{"Id": 1}, {"Id": 2}, {"Id": 3}, {"Id": 4}]
    assert [dict(r.url.params) for r in found.wire.requests] == [
        {"page": str(n), "size": "100", "EmailAccount_Business": "1"} for n in (1, 2, 3)
    ]
    assert {(r.method, r.url.path) for r in found.wire.requests} == {("GET", PATH)}
    assert (found.limiter.asked, found.limiter.passes, found.limiter.turns) == ([False] * 3, 3, 3)


def test_an_empty_page_is_the_last_whatever_it_says():
    assert asked(listed, page(1, more=True), page(more=True)).result == [{"Id": 1}]


def test_a_list_that_says_for_ever_that_there_is_more_is_ended():
    found = asked(listed, *[page(1, 2, more=True)] * 9)
    assert isinstance(found.result, EndlessList)
    assert str(found.result) == "page 2 of the list repeats what earlier pages showed"
    assert len(found.wire.requests) == 2


def test_a_list_with_ever_new_pages_ends_some_pages_after_those_it_announced():
    found = asked(listed, *[page(n, more=True) for n in range(1, 500)])
    assert isinstance(found.result, EndlessList)
    assert len(found.wire.requests) == 101


def test_a_list_that_does_not_speak_of_pages_has_one():
    assert asked(listed, {"Records": [{"Id": 1}]}).result == [{"Id": 1}]


def test_a_list_may_be_empty():
    assert asked(listed, page()).result == []


def test_what_is_no_record_is_passed_over():
    assert asked(listed, {"Records": [None, {"Id": 1}, 5, "x", []]}).result == [{"Id": 1}]


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_list_that_is_not_offered_is_said_to_be_so_at_once(status):
    found = asked(listed, status)
    assert isinstance(found.result, NotSupported)
    assert len(found.wire.requests) == 1


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"Records": None}, "HTTP 200 without a list of records"),
        (httpx.Response(400, json=REFUSAL), "HTTP 400 without a list of records"),
        (httpx.Response(400, json={"Records": []}), "HTTP 400 without a list of records"),
    ],
    ids=lambda found: str(found)[:30],
)
def test_what_is_no_list_is_no_answer(answer, message):
    found = asked(listed, answer)
    assert isinstance(found.result, UnreadableResponse)
    assert str(found.result) == message


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({}, "HTTP 200: {}"),
        ([], "HTTP 200: []"),
        (httpx.Response(200, text="OK"), "HTTP 200: OK"),
        (httpx.Response(200, content=b""), "HTTP 200: an empty body"),
    ],
    ids=lambda found: str(found)[:30],
)
def test_an_answer_that_cannot_be_read_is_asked_for_again(answer, message):
    assert asked(listed, answer, answer, page(1)).result == [{"Id": 1}]
    given_up = asked(listed, answer, answer, answer)
    assert isinstance(given_up.result, UnreadableResponse)
    assert str(given_up.result) == message


# -- repeats -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("slow"), httpx.ConnectError("no"), 500, 502, 503, 504], ids=repr)
def test_a_call_that_fails_is_made_again(failure):
    found = asked(listed, failure, failure, page(1))
    assert found.result == [{"Id": 1}]
    assert len(found.waits) == 2
    assert found.limiter.asked == [False] * 3


def test_a_call_that_keeps_failing_is_given_up():
    found = asked(listed, *[httpx.ReadTimeout("slow")] * 9, attempts=4)
    assert isinstance(found.result, UnreadableResponse)
    assert str(found.result) == "no answer: slow"
    assert len(found.wire.requests) == 4


def test_a_server_that_keeps_failing_is_quoted():
    found = asked(listed, *[httpx.Response(500, text="out of order")] * 3)
    assert str(found.result) == "HTTP 500: out of order"


def test_throttling_pauses_everybody_and_uses_up_no_attempt():
    slow = [httpx.Response(409, headers={"Retry-After": "3"}) for _ in range(9)]
    found = asked(listed, *slow, page(1), attempts=1)
    assert found.result == [{"Id": 1}]
    assert found.limiter.pauses == [3.0] * 9


# -- tokens and roles --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403])
def test_an_expired_token_is_renewed_once(status):
    found = asked(listed, status, page(1))
    assert found.result == [{"Id": 1}]
    assert [r.headers["authorization"] for r in found.wire.requests] == ["Bearer t0", "Bearer t1"]


@pytest.mark.parametrize("renewals", [0, 1, 9])
@pytest.mark.parametrize(
    ("call", "role"),
    [
        (listed, "EmailAccount-List"),
        (lambda s: s.read(7), "EmailAccount-Read"),
        (lambda s: s.update({"Id": 7}), "EmailAccount-Edit"),
        (lambda s: s.delete(7), "EmailAccount-Delete"),
    ],
    ids=["list", "read", "update", "delete"],
)
def test_a_new_token_that_is_refused_too_means_that_a_role_is_missing(call, role, renewals):
    found = asked(call, *[401] * 9, renewals=renewals)
    assert isinstance(found.result, MissingRole)
    assert found.result.role == role
    assert len(found.wire.requests) == min(2, renewals + 1)


# -- read, update, delete ----------------------------------------------------------------------------------------


def test_a_record_is_read_whole():
    found = asked(lambda s: s.read(7), {"Id": 7, "EmailAddress": "a@x.example"})
    assert found.result == {"Id": 7, "EmailAddress": "a@x.example"}
    assert found.wire.requests[0].url.path == f"{PATH}/7"


GONE = httpx.Response(404, json={"Message": "Id: was not found", "Value": None, "Errors": [], "WasSuccessful": False})


def test_a_record_is_gone_where_the_endpoint_says_so():
    assert asked(lambda s: s.read(7), GONE).result is None


@pytest.mark.parametrize("call", [lambda s: s.read(7), lambda s: s.delete(7), lambda s: s.update({"Id": 7})])
@pytest.mark.parametrize(
    "answer",
    [404, 302, httpx.Response(404, text="<h1>Maintenance</h1>"), httpx.Response(200, text="<html>")],
)
def test_a_page_that_says_nothing_of_the_record_is_not_the_endpoint(call, answer):
    assert isinstance(asked(call, answer).result, NotTheEndpoint)


@pytest.mark.parametrize("answer", [{}, [], httpx.Response(200, text="OK"), httpx.Response(400, json={"Id": 7})])
def test_what_is_no_record_is_no_answer(answer):
    assert isinstance(asked(lambda s: s.read(7), answer, answer, answer).result, UnreadableResponse)


def test_an_update_sends_the_whole_record():
    found = asked(lambda s: s.update({"Id": 7, "Name": "ü"}), SUCCESS)
    (request,) = found.wire.requests
    assert (request.method, request.url.path, request.content) == ("PUT", PATH, b'{"Id": 7, "Name": "\\u00fc"}')
    assert found.result.verdict is Verdict.SUCCEEDED
    assert found.limiter.asked == [True]


def test_an_update_needs_no_id_in_its_answer():
    found = asked(lambda s: s.update({"Id": 7}), SUCCESS | {"Value": None})
    assert found.result.verdict is Verdict.SUCCEEDED


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (httpx.Response(400, json=REFUSAL), Verdict.REFUSED),
        (httpx.Response(200, json=REFUSAL), Verdict.REFUSED),
    ],
)
def test_an_update_may_be_refused(answer, verdict):
    assert asked(lambda s: s.update({"Id": 7}), answer).result.verdict is verdict


def test_a_record_is_deleted_by_its_id():
    found = asked(lambda s: s.delete(7), SUCCESS | {"Value": None})
    assert (found.wire.requests[0].method, found.wire.requests[0].url.path) == ("DELETE", f"{PATH}/7")
    assert found.result.verdict is Verdict.SUCCEEDED
    assert found.limiter.asked == [True]


def test_a_record_that_was_gone_already_is_not_deleted():
    assert asked(lambda s: s.delete(7), GONE).result is None
