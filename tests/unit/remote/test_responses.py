"""What answers, and the lack of them, say about a row."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.findings import envelope
from pipeline.remote.redaction import Redactor
from pipeline.remote.responses import (
    TRANSPORT_ERRORS,
    CallResult,
    Expected,
    Interpreter,
    Verdict,
    interpret_error,
    read_date,
)
from pipeline.remote.transports.seam import Response
from schemas.emailaccounts import ENDPOINT

NOW = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)
SILENT = Redactor(())
INTERPRETER = Interpreter((f.name for f in ENDPOINT.fields), ENDPOINT.secrets)

# Source: the documentation page, "Example Response" of 200 and 400.
CREATED = {
    "Status": 200,
    "Message": "EmailAccount was successfully created.",
    "Value": {"Id": 87654321},
    "OpenInDialog": False,
    "OpenInWindow": False,
    "RedirectURL": None,
    "JavaScript": None,
    "UpdatedOn": "2025-01-15T10:30:00Z",
    "UpdatedBy": "admin@example.com",
    "Errors": None,
    "WasSuccessful": True,
}
REFUSED = {
    "Message": "DisplayName: is a required field",
    "Value": None,
    "Errors": [{"AttemptedValue": None, "Message": "is a required field", "PropertyName": "DisplayName"}],
    "WasSuccessful": False,
}
BROKEN = {
    "Status": 500,
    "Message": "An error occurred …",
    "Value": None,
    "Errors": None,
    "WasSuccessful": False,
}
HTML = b"<html>\n  <body>Bad   gateway</body></html>"


def read(status, body=b"", headers=None, expected=Expected.CREATION, redactor=SILENT):
    """What is understood of a response, but for its status and its whole document."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(status=status, headers=httpx.Headers(headers or {}), body=raw)
    result = INTERPRETER.interpret(response, expected, now=lambda: NOW, redactor=lambda: redactor)
    assert result.status == status
    return replace(result, status=None, document=None)


def subclasses(kind):
    return {kind} | {one for child in kind.__subclasses__() for one in subclasses(child)}


# -- the two tables ----------------------------------------------------------------------------------------------


def test_every_error_of_a_transport_has_a_verdict():
    ours = {kind for kind in subclasses(httpx.TransportError) if kind.__module__.startswith("httpx")}
    assert set(TRANSPORT_ERRORS) == ours


@pytest.mark.parametrize("kind", sorted(TRANSPORT_ERRORS, key=lambda kind: kind.__name__))
def test_an_error_is_read_by_the_table(kind):
    verdict = TRANSPORT_ERRORS[kind]
    what = "no connection" if verdict is Verdict.NOT_SENT else "no answer"
    assert interpret_error(kind("why"), SILENT) == CallResult(
        verdict=verdict,
        response=envelope([], f"{what}: why"),
        timed_out=issubclass(kind, httpx.TimeoutException),
    )


@pytest.mark.parametrize("family", [httpx.NetworkError, httpx.TransportError])
def test_an_error_that_is_yet_to_be_invented_is_in_doubt(family):
    invented = type("Invented", (family,), {})
    assert interpret_error(invented("why"), SILENT).verdict is Verdict.IN_DOUBT


def test_only_what_cannot_have_left_counts_as_not_sent():
    not_sent = {kind.__name__ for kind, verdict in TRANSPORT_ERRORS.items() if verdict is Verdict.NOT_SENT}
    assert not_sent == {
        "ConnectError",
        "ConnectTimeout",
        "PoolTimeout",
        "ProxyError",
        "UnsupportedProtocol",
        "LocalProtocolError",
    }


# -- success -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202])
def test_the_documented_success_is_created(status):
    assert read(status, CREATED) == CallResult(
        verdict=Verdict.SUCCEEDED, remote_id=87654321, updated_on="2025-01-15T10:30:00Z"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"Value": None},
        {"Value": {}},
        {"Value": []},
        {"Value": "87654321"},
        {"Value": {"Id": None}},
        {"Value": {"Id": "87654321x"}},
        {"Value": {"Id": 0}},
        {"Value": {"Id": -1}},
        {"Value": {"Id": True}},
        {"Value": {"Id": 1.0}},
        {"Value": {"Id": 2**63}},
        {"Value": {"Id": 10**30}},
        {"Value": {"Id": "9" * 40}},
        {"WasSuccessful": None},
        {"WasSuccessful": "true"},
        {"WasSuccessful": 1},
        {"Status": 500},
    ],
    ids=repr,
)
def test_a_success_that_is_not_whole_is_in_doubt(change):
    reading = read(200, CREATED | change)
    assert (reading.verdict, reading.remote_id) == (Verdict.IN_DOUBT, None)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "HTTP 200: an empty body"),
        (b"  \n ", "HTTP 200: an empty body"),
        (b"OK", "HTTP 200: OK"),
        (b"[1]", "HTTP 200: [1]"),
        (b"null", "HTTP 200: null"),
        (b'{"Status": 200, "WasSucc', 'HTTP 200: {"Status": 200, "WasSucc'),
        (b"\xff\xfe\xfa", "HTTP 200: \ufffd\ufffd\ufffd"),
        (b"[" * 100_000, "HTTP 200: " + "[" * 200 + "…"),
        (b"x" * 201, "HTTP 200: " + "x" * 200 + "…"),
    ],
    ids=["empty", "blank", "text", "list", "null", "half", "bytes", "deep", "long"],
)
def test_a_success_that_cannot_be_read_is_in_doubt(body, message):
    assert read(200, body) == CallResult(verdict=Verdict.IN_DOUBT, response=envelope([], message))


@pytest.mark.parametrize("value", [None, 5, "a\0b", "\ud800"], ids=repr)
def test_a_moment_of_creation_that_cannot_be_kept_is_left_out(value):
    assert read(200, CREATED | {"UpdatedOn": value}) == CallResult(verdict=Verdict.SUCCEEDED, remote_id=87654321)


def test_a_success_without_any_word_of_it_is_in_doubt():
    assert read(204) == CallResult(verdict=Verdict.IN_DOUBT, response=envelope([], "HTTP 204: an empty body"))
    assert read(200, {}).verdict is Verdict.IN_DOUBT


# -- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 400, 409, 422])
def test_the_documented_refusal_is_kept_as_it_came(status):
    assert read(status, REFUSED) == CallResult(verdict=Verdict.REFUSED, response=REFUSED)


@pytest.mark.parametrize("status", [400, 401, 403, 413, 451])
def test_no_answer_below_500_is_in_doubt(status):
    expected = Verdict.UNAUTHORIZED if status in {401, 403} else Verdict.REFUSED
    assert [read(status, body).verdict for body in (b"", b"no", HTML, REFUSED)] == [expected] * 4


# -- what is not the endpoint ------------------------------------------------------------------------------------

OWN = {"Message": "was not found", "Value": None, "Errors": None, "WasSuccessful": False}
LOGIN = b"<html><form action=/login><INPUT name=p TYPE='Password'></form></html>"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 404, 405, 406, 407, 410, 415, 421, 426, 501, 505, 511])
@pytest.mark.parametrize("body", [b"", HTML, {"error": "no such path"}, OWN], ids=["empty", "html", "json", "own"])
def test_what_says_nothing_about_the_row_is_not_the_endpoint(status, body):
    assert read(status, body).verdict is Verdict.NOT_THE_ENDPOINT


@pytest.mark.parametrize("status", [404, 405, 410, 415])
def test_a_refusal_that_names_a_field_is_about_the_row_whatever_its_status(status):
    assert read(status, REFUSED) == CallResult(verdict=Verdict.REFUSED, response=REFUSED)


@pytest.mark.parametrize("expected", [Expected.DOCUMENT, Expected.ENVELOPE])
def test_a_call_that_names_a_record_may_be_told_by_the_envelope_that_there_is_none(expected):
    assert read(404, OWN, expected=expected).verdict is Verdict.REFUSED
    assert read(404, HTML, expected=expected).verdict is Verdict.NOT_THE_ENDPOINT


def test_a_redirect_says_where_to():
    found = read(302, b"", {"Location": "https://login.example/"})
    assert found.response["Message"] == "HTTP 302 to https://login.example/: an empty body"


def test_a_login_page_is_not_the_endpoint():
    assert read(200, LOGIN).verdict is Verdict.NOT_THE_ENDPOINT


PAGES = [
    pytest.param(HTML, "text/html", id="html"),
    pytest.param(HTML, "application/json", id="under another name"),
    pytest.param(b"\xef\xbb\xbf\n<!-- down --><!DOCTYPE HTML><title>Down</title>", "", id="document type"),
    pytest.param(b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">', "", id="xhtml"),
    pytest.param(b"<h1>Maintenance</h1>", "text/html; charset=utf-8", id="only called so"),
]


@pytest.mark.parametrize("expected", [Expected.DOCUMENT, Expected.ENVELOPE])
@pytest.mark.parametrize(("body", "called"), PAGES)
def test_a_page_is_not_the_endpoint(body, called, expected):
    found = read(200, body, {"Content-Type": called}, expected=expected)
    assert (found.verdict, found.is_page) == (Verdict.NOT_THE_ENDPOINT, True)


@pytest.mark.parametrize(("body", "called"), PAGES)
def test_a_page_in_answer_to_a_creation_is_in_doubt_since_it_may_follow_one(body, called):
    found = read(200, body, {"Content-Type": called})
    assert (found.verdict, found.is_page) == (Verdict.IN_DOUBT, True)


@pytest.mark.parametrize("body", [b"", b" \n", CREATED, {"Message": "<html>"}], ids=repr)
def test_what_is_only_called_a_page_is_none(body):
    assert not read(200, body, {"Content-Type": "text/html"}).is_page


@pytest.mark.parametrize("body", [b"Done", b"<xml/>", b"<htmlish>", b"see <html>"])
def test_other_text_is_no_page(body):
    found = read(200, body, {"Content-Type": "text/plain"}, expected=Expected.DOCUMENT)
    assert (found.verdict, found.is_page) == (Verdict.IN_DOUBT, False)


@pytest.mark.parametrize("status", [400, 500, 502])
def test_a_page_that_says_it_failed_means_what_its_status_does(status):
    assert not read(status, HTML, {"Content-Type": "text/html"}).is_page


# -- other calls -------------------------------------------------------------------------------------------------


def test_a_call_that_creates_nothing_needs_no_id():
    assert read(200, CREATED | {"Value": None}, expected=Expected.ENVELOPE).verdict is Verdict.SUCCEEDED
    assert read(200, {"Records": []}, expected=Expected.ENVELOPE).verdict is Verdict.IN_DOUBT


def test_a_document_is_any_object_that_speaks_of_no_failure():
    assert read(200, {"Records": []}, expected=Expected.DOCUMENT).verdict is Verdict.SUCCEEDED
    assert read(200, REFUSED, expected=Expected.DOCUMENT).verdict is Verdict.REFUSED
    assert [read(200, body, expected=Expected.DOCUMENT).verdict for body in ({}, [], b"")] == [Verdict.IN_DOUBT] * 3


# -- refusals in detail ------------------------------------------------------------------------------------------


def test_a_failure_inside_a_success_is_a_refusal():
    assert read(200, BROKEN) == CallResult(verdict=Verdict.REFUSED, response=envelope([], "An error occurred …"))
    silent = {"Status": 400, "Message": "no"}
    assert read(200, silent) == CallResult(verdict=Verdict.REFUSED, response=envelope([], "no"))


def test_the_message_is_made_from_the_errors_where_there_is_none():
    two = [
        {"AttemptedValue": 0, "Message": "is bad", "PropertyName": "ErrorCount"},
        {"AttemptedValue": None, "Message": "is a required field", "PropertyName": "DisplayName"},
    ]
    expected = {
        "Message": "ErrorCount: is bad; DisplayName: is a required field",
        "Value": None,
        "Errors": two,
        "WasSuccessful": False,
    }
    assert read(400, {"Errors": two}).response == expected
    assert read(400, {"Errors": two, "Message": ""}).response == expected


@pytest.mark.parametrize("errors", [None, [], {}, {"a": 1}, "text", 5, True, [None, "text", 3]], ids=repr)
def test_errors_of_another_form_are_passed_over(errors):
    found = read(400, {"Message": "no", "Errors": errors, "WasSuccessful": False})
    assert found == CallResult(verdict=Verdict.REFUSED, response=envelope([], "no"))


def test_an_error_may_lack_its_parts():
    found = read(400, {"Errors": [{}, {"PropertyName": 5, "AttemptedValue": [1, {"a": 2}], "Message": None}]})
    assert found.response["Errors"] == [
        {"AttemptedValue": None, "Message": "is refused", "PropertyName": None},
        {"AttemptedValue": '[1, {"a": 2}]', "Message": "is refused", "PropertyName": None},
    ]
    assert found.response["Message"] == "is refused; is refused"


def test_a_refusal_in_html_is_shown_in_one_line():
    assert read(400, HTML).response == envelope([], "HTTP 400: <html> <body>Bad gateway</body></html>")


@pytest.mark.parametrize("name", ["GoogleAccessToken", "Office365AccessToken", "googleaccesstoken"])
def test_the_value_of_a_secret_is_not_repeated(name):
    error = {"AttemptedValue": "ya29.secret", "Message": "is too long", "PropertyName": name}
    found = read(400, {"Message": "no", "Errors": [error], "WasSuccessful": False})
    assert found.response["Errors"][0]["AttemptedValue"] == "(secret)"
    assert "ya29" not in repr(found)


def test_a_blank_secret_is_shown_as_blank():
    error = {"AttemptedValue": None, "Message": "is a required field", "PropertyName": "GoogleAccessToken"}
    assert read(400, {"Errors": [error]}).response["Errors"] == [error]


def test_halves_of_characters_are_replaced():
    half = {"AttemptedValue": "\ud800", "Message": "\udfff", "PropertyName": "a\ud800"}
    found = read(400, {"Message": "no \ud800", "Errors": [half]}).response
    assert found["Message"] == "no ?"
    assert found["Errors"] == [{"AttemptedValue": "?", "Message": "?", "PropertyName": "a?"}]


# -- throttling, sign-in, server errors --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body"),
    [(409, b""), (409, HTML), (409, {"Message": "slow down"}), (429, b""), (429, REFUSED), (503, b""), (503, BROKEN)],
)
def test_a_throttled_call_was_not_processed(status, body):
    assert read(status, body, {"Retry-After": "1"}) == CallResult(verdict=Verdict.THROTTLED, retry_after_s=1.0)


def test_throttling_may_not_say_for_how_long():
    assert [read(status) for status in (409, 429)] == [CallResult(verdict=Verdict.THROTTLED)] * 2


def test_a_503_that_does_not_say_when_to_come_back_is_in_doubt():
    assert read(503).verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("9" * 400, 86_400.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime((NOW + timedelta(seconds=5)).astimezone(timezone(timedelta(hours=2)))), 5.0),
        ("Wed, 15 Jan 2025 10:31:00 -0000", 60.0),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=400), usegmt=True), 86_400.0),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("soon", None),
        ("", None),
        ("Wed, 15 Jan 99999999999999999999 10:31:00 GMT", None),
        ("Wed, 15 Jan 2025 10:31:00 +99999999999999", None),
    ],
    ids=repr,
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    headers = httpx.Headers([(b"retry-after", value.encode("latin-1"))])
    response = Response(status=429, headers=headers, body=b"")
    result = INTERPRETER.interpret(response, Expected.CREATION, now=lambda: NOW, redactor=lambda: SILENT)
    assert result.retry_after_s == seconds


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_or_a_role_is_missing(status):
    assert read(status) == CallResult(
        verdict=Verdict.UNAUTHORIZED, response=envelope([], f"HTTP {status}: an empty body")
    )


@pytest.mark.parametrize("status", [500, 502, 504, 520, 599])
def test_what_a_broken_server_did_is_in_doubt(status):
    assert [read(status, body).verdict for body in (b"", HTML, b"x", BROKEN, CREATED)] == [Verdict.IN_DOUBT] * 5


def test_a_request_that_the_server_gave_up_waiting_for_was_not_processed():
    assert read(408).verdict is Verdict.NOT_SENT


@pytest.mark.parametrize(
    "body", [b"<!-- a -->" * 4000, b"<!--" * 4000, b"<input " * 4000, b"<input a=" + b"type " * 4000]
)
def test_what_only_begins_like_a_page_is_looked_at_once(body):
    # With patterns that can match in many ways this would take as good as for ever.
    assert read(200, body).verdict is Verdict.IN_DOUBT


# -- anything ----------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["Status", "Message", "Value", "Errors", "WasSuccessful", "Id", "PropertyName"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
)


@given(
    status=st.integers(100, 599),
    body=st.binary() | JSON.map(lambda found: json.dumps(found).encode()),
    retry_after=st.none() | st.binary(),
    expected=st.sampled_from(Expected),
)
def test_every_answer_has_a_verdict_that_can_be_written_down(status, body, retry_after, expected):
    headers = httpx.Headers([(b"retry-after", retry_after)] if retry_after is not None else [])
    response = Response(status=status, headers=headers, body=body)
    reading = INTERPRETER.interpret(response, expected, now=lambda: NOW, redactor=lambda: SILENT)
    json.dumps(reading.response, ensure_ascii=False, allow_nan=False).encode()
    is_creation = reading.verdict is Verdict.SUCCEEDED and expected is Expected.CREATION
    assert is_creation == (reading.remote_id is not None)
    assert reading.retry_after_s is None or 0 <= reading.retry_after_s <= 86_400
    if reading.verdict is Verdict.SUCCEEDED:
        assert 200 <= status < 300


@given(st.text() | st.from_regex(r"\A\w{3}, \d{1,9} \w{3} \d{1,22} \d+:\d+:\d+ ([+-]\d{1,9}|GMT)\Z"))
def test_a_date_is_read_or_it_is_none(text):
    moment = read_date(text)
    assert moment is None or moment.tzinfo is UTC
