"""The sandbox in memory answers as it does over a socket, faults and all, in virtual time."""

import json

import httpx
import pytest

from pipeline.operations.virtual_time import VirtualTime
from pipeline.sandbox.accounts import DEFAULT_USERS, Tokens
from pipeline.sandbox.api import PATH, Sandbox
from pipeline.sandbox.faults import FaultPlan, Faults
from pipeline.sandbox.in_process import InProcessTransport
from pipeline.sandbox.store import Store
from tests.support.factories import account_body

START = 1_768_478_400.0  # 2026-01-15 12:00 UTC
TIMEOUT = {"timeout": httpx.Timeout(5.0).as_dict()}


@pytest.fixture
def clock():
    return VirtualTime(START)


def sandbox_at(clock, **faults):
    return Sandbox(
        store=Store(now=clock.moment),
        tokens=Tokens(DEFAULT_USERS, now=clock.moment),
        plan=FaultPlan(Faults(**faults)),
        now=clock.moment,
    )


def exchange(clock, sandbox, *requests):
    """Sends requests one after the other, each with its own answer or error."""

    async def work():
        transport = InProcessTransport(sandbox)
        answers = []
        try:
            for request in requests:
                try:
                    answers.append(await transport.handle_async_request(request))
                except httpx.TransportError as error:
                    answers.append(error)
        finally:
            await transport.aclose()
        return answers

    return clock.run(work())


def request(method, path=PATH, body=None, token="sandbox-token"):
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    return httpx.Request(method, f"https://spaces.example{path}", headers=headers, content=content, extensions=TIMEOUT)


def test_what_is_created_is_listed_and_read(clock):
    sandbox = sandbox_at(clock)
    created, listed = exchange(
        clock, sandbox, request("POST", body=account_body(DisplayName="Büro")), request("GET", f"{PATH}?page=1&size=25")
    )
    assert (created.status_code, created.headers["date"]) == (200, "Thu, 15 Jan 2026 12:00:00 GMT")
    [record] = sandbox.store.records()
    assert (created.json()["Value"]["Id"], record["DisplayName"]) == (record["Id"], "Büro")
    assert [found["Id"] for found in listed.json()["Records"]] == [record["Id"]]


def test_refusals_come_as_they_are(clock):
    answers = exchange(clock, sandbox_at(clock), request("POST", body={}), request("GET", token="unknown"))
    assert [answer.status_code for answer in answers] == [400, 401]
    assert answers[0].json()["WasSuccessful"] is False


def test_throttling_has_its_header_and_no_body(clock):
    sandbox = sandbox_at(clock, limits=((1, 60.0),))
    _, throttled = exchange(clock, sandbox, *(request("POST", body=account_body()) for _ in range(2)))
    assert (throttled.status_code, throttled.headers["retry-after"], throttled.content) == (409, "1", b"")


@pytest.mark.parametrize(
    ("faults", "error", "created"),
    [
        ({"lose_answers": 1.0}, httpx.ReadError, 1),
        ({"drop": 1.0}, httpx.ReadError, 0),
        ({"cut_answers": 1.0}, httpx.RemoteProtocolError, 1),
        ({"slow": 1.0, "slow_s": 20.0}, httpx.ReadTimeout, 1),
    ],
)
def test_a_connection_that_ends_early_is_the_error_that_a_socket_would_give(clock, faults, error, created):
    sandbox = sandbox_at(clock, **faults)
    [answer] = exchange(clock, sandbox, request("POST", body=account_body()))
    assert type(answer) is error
    assert len(sandbox.store) == created


def test_a_wait_for_an_answer_lasts_as_long_as_it_may_by_the_virtual_clock(clock):
    exchange(clock, sandbox_at(clock, latency_s=2.0), request("GET"))
    assert clock.now() == START + 2.0
    [answer] = exchange(clock, sandbox_at(clock, slow=1.0, slow_s=1e6), request("POST", body=account_body()))
    assert isinstance(answer, httpx.ReadTimeout)
    assert clock.now() == START + 7.0
