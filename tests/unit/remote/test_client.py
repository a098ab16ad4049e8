"""One exchange with the endpoint, the target's clock, and which targets are accepted."""

import asyncio
import base64
import html
import json
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus

import httpx
import pytest

from pipeline.errors import ConfigurationError
from pipeline.remote.client import Call, Client, encode
from pipeline.remote.clock import TargetClock
from pipeline.remote.responses import Expected, Verdict
from pipeline.remote.transports.httpx_transport import adapted
from pipeline.remote.urls import checked_base_url
from schemas.emailaccounts import ENDPOINT
from tests.support.doubles import Session, Wire

BASE = "https://spaces.example"
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
CREATED = {"Status": 200, "Value": {"Id": 7}, "WasSuccessful": True}


def created(content):
    return Call(method="POST", role="EmailAccount-Create", expected=Expected.CREATION, content=content)


def asked(method="GET", **options):
    return Call(method=method, role="EmailAccount-List", expected=Expected.DOCUMENT, **options)


def client_of(wire, session=None, clock=None):
    return Client(
        adapted(wire),
        BASE,
        ENDPOINT,
        session or Session(secrets=["first-secret-token"]),
        12.5,
        clock or TargetClock(lambda: NOON),
    )


# -- targets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("https://spaces.nexudus.com", "https://spaces.nexudus.com"),
        ("https://spaces.nexudus.com/", "https://spaces.nexudus.com"),
        ("https://proxy.example/nexudus//", "https://proxy.example/nexudus"),
        ("HTTPS://spaces.nexudus.com:8443", "HTTPS://spaces.nexudus.com:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://LOCALHOST", "http://LOCALHOST"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://127.1.2.3", "http://127.1.2.3"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_target_is_https_or_this_machine(url, checked):
    assert checked_base_url(url) == checked


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "http://spaces.nexudus.com",
            "The base URL http://spaces.nexudus.com is plain http: the token would travel in clear.",
        ),
        (
            "http://127.evil.example",
            "The base URL http://127.evil.example is plain http: the token would travel in clear.",
        ),
        (
            "http://127.0.0.1.evil.example",
            "The base URL http://127.0.0.1.evil.example is plain http: the token would travel in clear.",
        ),
        (
            "http://localhost.evil.example",
            "The base URL http://localhost.evil.example is plain http: the token would travel in clear.",
        ),
        ("http://10.0.0.1", "The base URL http://10.0.0.1 is plain http: the token would travel in clear."),
        ("http://0.0.0.0", "The base URL http://0.0.0.0 is plain http: the token would travel in clear."),
        ("ftp://spaces.nexudus.com", "The base URL ftp://spaces.nexudus.com is not an http(s) URL."),
        ("spaces.nexudus.com", "The base URL spaces.nexudus.com is not an http(s) URL."),
        ("https://", "The base URL https:// is not an http(s) URL."),
        ("", "The base URL  is not an http(s) URL."),
        ("https://[::1", "The base URL https://[::1 is not an http(s) URL."),
        ("https://host:port", "The base URL https://host:port is not an http(s) URL."),
        ("https://host:99999", "The base URL https://host:99999 is not an http(s) URL."),
    ],
)
def test_any_other_target_is_refused(url, message):
    with pytest.raises(ConfigurationError) as caught:
        checked_base_url(url)
    assert caught.value.message == message


@pytest.mark.parametrize("url", ["https://me:hunter2@host.example", "http://me@localhost", "https://:hunter2@host"])
def test_credentials_in_a_target_are_refused_and_not_repeated(url):
    with pytest.raises(ConfigurationError, match="must not hold a user name or a password") as caught:
        checked_base_url(url)
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("url", ["https://host.example?a=b", "https://host.example/#part"])
def test_a_target_with_a_query_is_refused(url):
    with pytest.raises(ConfigurationError, match="is not an http"):
        checked_base_url(url)


# -- the clock ---------------------------------------------------------------------------------------------------


def test_without_an_answer_the_clock_is_this_machines():
    assert TargetClock(lambda: NOON).now() == NOON


@pytest.mark.parametrize(
    ("header", "ahead_s"),
    [
        ("Thu, 15 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 15 Jan 2026 11:00:00 GMT", -3_600.0),
        ("Thu, 15 Jan 2026 12:00:30 -0000", 30.0),
        ("Thu, 15 Jan 2026 14:00:30 +0200", 30.0),
        ("yesterday", 0.0),
        ("", 0.0),
        (None, 0.0),
        ("Thu, 15 Jan 99999999999999999999 12:00:30 GMT", 0.0),
    ],
)
def test_the_clock_learns_from_an_answers_date(header, ahead_s):
    clock = TargetClock(lambda: NOON)
    clock.learn(header)
    assert (clock.ahead_s, clock.now()) == (ahead_s, NOON + ahead_s)


def test_the_clock_goes_on_between_answers():
    time = [NOON]
    clock = TargetClock(lambda: time[0])
    clock.learn("Thu, 15 Jan 2026 12:00:30 GMT")
    time[0] += 100
    assert clock.now() == NOON + 130
    clock.learn("Thu, 15 Jan 2026 12:00:30 GMT")  # the same second again, from a cache or a slow answer
    assert clock.now() == NOON + 130


# -- exchanges ---------------------------------------------------------------------------------------------------


def test_a_row_is_posted_as_it_is():
    wire = Wire(CREATED)
    reading = asyncio.run(client_of(wire).exchange(created(b'{"BusinessId":1}'), "first"))
    (request,) = wire.requests
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/api/crm/emailaccounts")
    assert request.content == b'{"BusinessId":1}'
    assert {name: request.headers[name] for name in ("authorization", "accept", "content-type", "accept-encoding")} == {
        "authorization": "Bearer first",
        "accept": "application/json",
        "content-type": "application/json",
        "accept-encoding": "identity",
    }
    assert request.headers["user-agent"] == "nexudus-import"
    assert request.headers["content-length"] == "16"
    assert request.headers["host"] == "spaces.example"
    assert request.extensions["timeout"] == {"connect": 12.5, "read": 12.5, "write": 12.5, "pool": 12.5}
    assert (reading.verdict, reading.remote_id) == (Verdict.SUCCEEDED, 7)


def test_each_row_has_its_own_length():
    wire = Wire(CREATED, CREATED)
    client = client_of(wire)

    async def work():
        await client.exchange(created(b"{}"), client.session.token)
        await client.exchange(created(b'{"a":1}'), client.session.token)

    asyncio.run(work())
    assert [r.headers["content-length"] for r in wire.requests] == ["2", "7"]


def test_a_new_token_is_carried_from_then_on():
    wire, session = Wire(CREATED, CREATED), Session()
    client = client_of(wire, session)

    async def work():
        await client.exchange(created(b"{}"), client.session.token)
        session.token = "second"
        await client.exchange(created(b"{}"), client.session.token)

    asyncio.run(work())
    assert [r.headers["authorization"] for r in wire.requests] == ["Bearer t0", "Bearer second"]


@pytest.mark.parametrize(
    ("error", "verdict"), [(httpx.ConnectError("no"), Verdict.NOT_SENT), (httpx.ReadTimeout("no"), Verdict.IN_DOUBT)]
)
def test_a_post_raises_nothing_for_what_the_network_does(error, verdict):
    assert asyncio.run(client_of(Wire(error)).exchange(created(b"{}"), "first")).verdict is verdict


def test_the_clock_learns_from_a_post_before_its_answer_is_read():
    clock = TargetClock(lambda: NOON)
    later = {"Date": "Thu, 15 Jan 2026 12:10:00 GMT", "Retry-After": "Thu, 15 Jan 2026 12:10:05 GMT"}
    call = client_of(Wire(httpx.Response(429, headers=later)), clock=clock).exchange(created(b"{}"), "first")
    reading = asyncio.run(call)
    assert (clock.ahead_s, reading.retry_after_s) == (600.0, 5.0)


def test_a_refused_secret_is_not_repeated():
    error = {"AttemptedValue": "ya29", "Message": "is bad", "PropertyName": "GoogleAccessToken"}
    body = {"Message": "no", "Value": None, "Errors": [error], "WasSuccessful": False}
    reading = asyncio.run(client_of(Wire(httpx.Response(400, json=body))).exchange(created(b"{}"), "first"))
    assert reading.response["Errors"][0]["AttemptedValue"] == "(secret)"


@pytest.mark.parametrize(
    ("method", "options", "url", "content"),
    [
        ("GET", {"record_id": 7}, "/api/crm/emailaccounts/7", b""),
        (
            "GET",
            {"query": {"page": "1", "a": "x+y@z & ü"}},
            "/api/crm/emailaccounts?page=1&a=x%2By%40z%20%26%20%C3%BC",
            b"",
        ),
        ("PUT", {"content": b'{"Id": 7}'}, "/api/crm/emailaccounts", b'{"Id": 7}'),
        ("DELETE", {"record_id": 7}, "/api/crm/emailaccounts/7", b""),
    ],
)
def test_the_other_calls(method, options, url, content):
    wire = Wire(httpx.Response(200, headers={"Date": "Thu, 15 Jan 2026 12:00:30 GMT"}, json={}))
    clock = TargetClock(lambda: NOON)
    result = asyncio.run(client_of(wire, clock=clock).exchange(asked(method, **options), "first"))
    (request,) = wire.requests
    assert (request.method, httpx.QueryParams(request.url.query)) == (method, httpx.QueryParams(httpx.URL(url).query))
    assert request.url.path == httpx.URL(url).path
    assert request.content == content
    assert request.headers["authorization"] == "Bearer first"
    assert (result.status, clock.ahead_s) == (200, 30.0)


def test_a_plus_in_an_address_survives_the_query():
    wire = Wire(CREATED)
    asyncio.run(client_of(wire).exchange(asked(query={"EmailAccount_EmailAddress": "sales+eu@x.example"}), "first"))
    assert b"+" not in wire.requests[0].url.query


def test_what_goes_out_is_json():
    assert json.loads(encode({"Name": "ü"})) == {"Name": "ü"}


# -- secrets -----------------------------------------------------------------------------------------------------

SECRET = 'ya29.a+b/c=d"e'


def spelled(secret):
    """The secret as servers write it in the texts that they answer with."""
    hexadecimal = "".join(f"\\u{ord(letter):04X}" for letter in secret)
    return {
        "plain": secret,
        "escaped": json.dumps(secret)[1:-1].replace("/", "\\/"),
        "hexadecimal": hexadecimal,
        "url": quote(secret, safe=""),
        "form": quote_plus(secret),
        "html": html.escape(secret).replace("+", "&#43;").replace("/", "&#x2F;"),
        "twice": html.escape(quote(secret, safe="")),
        "base64": base64.b64encode(secret.encode()).decode(),
        "upper": secret.upper(),
    }


@pytest.mark.parametrize("spelling", spelled(SECRET).values(), ids=spelled(SECRET))
@pytest.mark.parametrize("secret", ["row", "token"])
@pytest.mark.parametrize("call", [created, lambda content: asked("PUT", content=content)], ids=["create", "update"])
@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
def test_no_response_repeats_a_secret_in_any_spelling(spelling, secret, call, status):
    session = Session()
    body = {"BusinessId": 1, "GoogleAccessToken": SECRET} if secret == "row" else {"BusinessId": 1}
    session.secrets = frozenset() if secret == "row" else frozenset({SECRET})
    error = {"AttemptedValue": f"[{spelling}]", "Message": f"bad {spelling}", "PropertyName": f"X{spelling}"}
    envelope = {"Message": f"no: {spelling}", "Value": None, "Errors": [error], "WasSuccessful": False}
    pages = [json.dumps(envelope).encode(), f"<p>{spelling}</p>".encode(), spelling.encode("utf-16")]
    for page in pages:
        wire = Wire(httpx.Response(status, content=page, headers={"Location": f"/?t={spelling}"}))
        result = asyncio.run(client_of(wire, session).exchange(call(json.dumps(body).encode()), "t"))
        written = json.dumps(result.response)
        assert SECRET not in written
        assert json.dumps(spelling)[1:-1] not in written


def test_what_holds_no_secret_is_quoted_as_it_came():
    wire = Wire(httpx.Response(500, text="out of order"))
    result = asyncio.run(client_of(wire).exchange(created(b'{"GoogleAccessToken":"ya29.secret"}'), "t"))
    assert result.response["Message"] == "HTTP 500: out of order"
