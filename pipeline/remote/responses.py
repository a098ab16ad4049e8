"""What a response, or the lack of one, says about the call that was made.

Two tables decide it: one for every error of the transport, one for every response. The line they draw is between what
is known not to have been processed (make it again), what the endpoint refused (never again), what is in doubt (never
again before it has been looked up), and what says nothing about the row at all (the run stops).
May import `remote.redaction`, the seam of `remote.transports` and `model`; must know nothing of tokens, limits or
retries.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import httpx

from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import REDACTED, FieldError, envelope
from pipeline.model.json_types import Json, JsonScalar
from pipeline.model.rows import MOST_ID

if TYPE_CHECKING:
    from pipeline.remote.redaction import Redactor
    from pipeline.remote.transports.seam import Response

_LONGEST_RETRY_AFTER_S = 86_400.0  # after a day it does no harm to ask again, whatever the target said

# Statuses that speak of the address, the method or the way there, not of what was sent.
_NOT_ABOUT_THE_ROW = frozenset({404, 405, 406, 407, 410, 415, 421, 426, 501, 505, 511})
_LOGIN_FORM = re.compile(rb"""<input[^>]{1,300}?type\s*=\s*["']?password""", re.IGNORECASE)
_PAGE = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--(?:[^-]|-(?!->))*-->\s*)*<(!doctype\s+)?html\b",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST_NUMBER = 30


class Verdict(StrEnum):
    """What is known of a call."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    THROTTLED = "throttled"
    UNAUTHORIZED = "unauthorized"
    NOT_SENT = "not sent"
    IN_DOUBT = "in doubt"
    NOT_THE_ENDPOINT = "not the endpoint"


class Expected(StrEnum):
    """What a successful response to a call holds.

    `CREATION` is the envelope with the new record's Id, `ENVELOPE` the envelope alone, `DOCUMENT` any JSON object.
    """

    CREATION = "creation"
    ENVELOPE = "envelope"
    DOCUMENT = "document"


TRANSPORT_ERRORS: Mapping[type[httpx.TransportError], Verdict] = {
    # Raised before a request leaves: nothing can have been created.
    httpx.ConnectError: Verdict.NOT_SENT,
    httpx.ConnectTimeout: Verdict.NOT_SENT,
    httpx.PoolTimeout: Verdict.NOT_SENT,
    httpx.ProxyError: Verdict.NOT_SENT,
    httpx.UnsupportedProtocol: Verdict.NOT_SENT,
    httpx.LocalProtocolError: Verdict.NOT_SENT,
    # Raised, or possibly raised, after it left.
    httpx.ReadTimeout: Verdict.IN_DOUBT,
    httpx.WriteTimeout: Verdict.IN_DOUBT,
    httpx.ReadError: Verdict.IN_DOUBT,
    httpx.WriteError: Verdict.IN_DOUBT,
    httpx.CloseError: Verdict.IN_DOUBT,
    httpx.RemoteProtocolError: Verdict.IN_DOUBT,
    # The families, should a new member appear: in doubt is the answer that harms nobody.
    httpx.TimeoutException: Verdict.IN_DOUBT,
    httpx.NetworkError: Verdict.IN_DOUBT,
    httpx.ProtocolError: Verdict.IN_DOUBT,
    httpx.TransportError: Verdict.IN_DOUBT,
}
"""Of every `httpx.TransportError` whether the request was not sent or is in doubt. A test holds it complete."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallResult:
    """What was understood of a response.

    Attributes:
        verdict: What it means for the call.
        status: The HTTP status; `None` where no response came.
        document: The JSON object that the body holds, if it holds one. May hold secrets: it is worked with, never
            written down.
        remote_id: The new record's Id, if one was created.
        updated_on: The new record's `UpdatedOn`, as the response gives it.
        response: The documented 400 body, without secrets, where the call did not succeed.
        retry_after_s: For how long the target asked to be left alone.
        timed_out: Whether it is in doubt because no response came in time: the target may still be at work.
        is_page: Whether a web page came in place of a success: something else may answer in the endpoint's place.
    """

    verdict: Verdict
    status: int | None = None
    document: Mapping[str, Any] | None = None
    remote_id: int | None = None
    updated_on: str | None = None
    response: Mapping[str, Json] | None = None
    retry_after_s: float | None = None
    timed_out: bool = False
    is_page: bool = False

    @property
    def message(self) -> str:
        """What the target said, in words."""
        return str((self.response or {}).get("Message") or "no message")


def interpret_error(error: httpx.TransportError, redactor: Redactor) -> CallResult:
    """What a failed exchange means for the call."""
    verdict = next(TRANSPORT_ERRORS[kind] for kind in type(error).__mro__ if kind in TRANSPORT_ERRORS)
    what = "no connection" if verdict is Verdict.NOT_SENT else "no answer"
    response = envelope([], redactor.text(f"{what}: {error}"))
    return CallResult(verdict=verdict, response=response, timed_out=isinstance(error, httpx.TimeoutException))


class Interpreter:
    """Understands the responses of one endpoint.

    Source: developers.nexudus.com (the 200 and 400 bodies; 409 with an empty body is throttling; 401 is a bad token
    as well as a missing role) and public clients of the API (200 with `WasSuccessful: false`, a `Status` of 400 or
    more inside a 200, `Errors: null`, empty, text and HTML bodies).

    Args:
        fields: The names of the endpoint's fields.
        secrets: Those of them whose attempted values are never written down.
    """

    def __init__(self, fields: Iterable[str], secrets: Iterable[str]) -> None:
        self._fields = frozenset(name.lower() for name in fields)
        self._secrets = frozenset(name.lower() for name in secrets)

    def interpret(
        self, response: Response, expected: Expected, *, now: Callable[[], datetime], redactor: Callable[[], Redactor]
    ) -> CallResult:
        """What a response means for the call.

        Args:
            response: The response.
            expected: What it holds if the call succeeded.
            now: Tells the time, to measure a `Retry-After` date from.
            redactor: Makes what knows the secrets; asked for only where something is to be written down, since most
                calls succeed.
        """
        document = parse_object(response.body)
        verdict = self._verdict(response, document, expected)
        if verdict is Verdict.THROTTLED:
            retry_after_s = _retry_after(response, now())
            return CallResult(verdict=verdict, status=response.status, retry_after_s=retry_after_s)
        if verdict is Verdict.SUCCEEDED and document is not None:
            return _success(response.status, document, expected)
        refusal = self._refusal(response, document, redactor())
        is_page = 200 <= response.status < 300 and document is None and _is_page(response)
        return CallResult(verdict=verdict, status=response.status, document=document, response=refusal, is_page=is_page)

    def _verdict(self, response: Response, document: Mapping[str, Any] | None, expected: Expected) -> Verdict:
        status = response.status
        if status in {401, 403}:
            return Verdict.UNAUTHORIZED
        if _is_throttling(response, document):
            return Verdict.THROTTLED
        if 200 <= status < 300:
            return _verdict_of_success(response, document, expected)
        if 300 <= status < 400 or (status in _NOT_ABOUT_THE_ROW and not self._is_refusal(document, expected)):
            return Verdict.NOT_THE_ENDPOINT
        if status == 408:  # the server gave up waiting for the request: it has not seen all of it
            return Verdict.NOT_SENT
        return Verdict.IN_DOUBT if status >= 500 else Verdict.REFUSED

    def _is_refusal(self, document: Mapping[str, Any] | None, expected: Expected) -> bool:
        """Whether the endpoint itself speaks: by its envelope; of a row, only if it names one of the row's fields."""
        if document is None or "WasSuccessful" not in document:
            return False
        listed = document.get("Errors")
        errors = [e for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
        names = {str(e.get("PropertyName")).lower() for e in errors}
        return expected is not Expected.CREATION or bool(names & self._fields)

    def _refusal(self, response: Response, document: Mapping[str, Any] | None, redactor: Redactor) -> dict[str, Json]:
        """The response as the documented 400 body, whatever it came as."""
        if document is None:
            return envelope([], _said(response, redactor))
        listed = document.get("Errors")
        found = [e for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
        errors = [self._field_error(e, redactor) for e in found]
        message = document.get("Message")
        told = redactor.text(_writable(message)) if isinstance(message, str) and message else ""
        return envelope(errors, told or "; ".join(str(e) for e in errors) or _said(response, redactor))

    def _field_error(self, found: Mapping[str, Any], redactor: Redactor) -> FieldError:
        name, value, message = (found.get(n) for n in ("PropertyName", "AttemptedValue", "Message"))
        hidden = str(name).lower() in self._secrets and bool(value)
        return FieldError(
            property_name=redactor.text(_writable(name)) if isinstance(name, str) else None,
            attempted_value=REDACTED if hidden else _attempted(value, redactor),
            message=redactor.text(_writable(str(message))) if message else "is refused",
            code=FindingCode.REFUSED,
        )


def _success(status: int, document: Mapping[str, Any], expected: Expected) -> CallResult:
    if expected is not Expected.CREATION:
        return CallResult(verdict=Verdict.SUCCEEDED, status=status, document=document)
    updated_on = document.get("UpdatedOn")
    return CallResult(
        verdict=Verdict.SUCCEEDED,
        status=status,
        remote_id=read_id(document["Value"]["Id"]),
        updated_on=updated_on if isinstance(updated_on, str) and updated_on.isprintable() else None,
    )


def _verdict_of_success(response: Response, document: Mapping[str, Any] | None, expected: Expected) -> Verdict:
    """A 2xx is believed only with the envelope's own word for it."""
    if document is None:
        return _verdict_of_no_document(response, expected)
    inner, successful = document.get("Status"), document.get("WasSuccessful")
    failed_inside = isinstance(inner, int) and inner >= 400
    if expected is Expected.DOCUMENT and successful is None and not failed_inside:
        return Verdict.SUCCEEDED if document else Verdict.IN_DOUBT
    if successful is False or (failed_inside and successful is not True):
        return Verdict.REFUSED
    value = document.get("Value")
    has_id = isinstance(value, dict) and read_id(value.get("Id")) is not None
    believed = successful is True and not failed_inside and (has_id or expected is not Expected.CREATION)
    return Verdict.SUCCEEDED if believed else Verdict.IN_DOUBT


def _verdict_of_no_document(response: Response, expected: Expected) -> Verdict:
    """A web page is not the endpoint; but pages were seen in place of the answer to a creation that had succeeded."""
    may_have_created = expected is Expected.CREATION and not _LOGIN_FORM.search(response.body)
    return Verdict.IN_DOUBT if may_have_created or not _is_page(response) else Verdict.NOT_THE_ENDPOINT


def _is_page(response: Response) -> bool:
    """Whether the body is a web page, by its beginning or by what the response calls it."""
    if not response.body.strip():
        return False
    called = (response.header("content-type") or "").partition(";")[0].strip().lower()
    return called in {"text/html", "application/xhtml+xml"} or bool(
        _PAGE.match(response.body) or _LOGIN_FORM.search(response.body)
    )


def read_id(value: object) -> int | None:
    """A record's Id, as a number or as digits in text; `None` where it is none that a record can have."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_ID:
        return value
    return None


def _is_throttling(response: Response, document: Mapping[str, Any] | None) -> bool:
    """409 without an envelope, 429, and a 503 that says when to come back."""
    if response.status == 409:
        return document is None or "WasSuccessful" not in document
    return response.status == 429 or (response.status == 503 and response.header("retry-after") is not None)


def _retry_after(response: Response, now: datetime) -> float | None:
    """Seconds to wait; `None` where the header is missing or cannot be read."""
    value = (response.header("retry-after") or "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:_LONGEST_NUMBER]), _LONGEST_RETRY_AFTER_S)
    moment = read_date(value)
    return None if moment is None else min(max(0.0, (moment - now).total_seconds()), _LONGEST_RETRY_AFTER_S)


def read_date(text: str) -> datetime | None:
    """The moment of a header such as `Date`; `None` where it is none."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):  # the latter for years and zones that no calendar has
        return None


def parse_object(body: bytes) -> Mapping[str, Any] | None:
    """The JSON object that a body holds; `None` where it holds none, or one that no parser should be given."""
    try:
        found = _DECODER.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        return None
    return found if isinstance(found, dict) else None


def _bounded_int(digits: str) -> int | str:
    """Python refuses to read integers of thousands of digits; no field of the API comes near that."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


_DECODER = json.JSONDecoder(parse_int=_bounded_int, parse_constant=str)  # `json.loads` would make one for each body


def _attempted(value: object, redactor: Redactor) -> JsonScalar:
    if isinstance(value, str):
        return redactor.text(_writable(value))
    if isinstance(value, float) and not math.isfinite(value):  # Python reads NaN, and would write it; JSON has none
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return REDACTED if redactor.found_in(str(value)) else value
    return redactor.text(_writable(json.dumps(value)))


def _writable(text: str) -> str:
    """JSON may hold halves of characters, which neither a database nor a file takes."""
    return text.encode("utf-8", "replace").decode()


def _said(response: Response, redactor: Redactor) -> str:
    location = response.header("location")
    to = f" to {redactor.text(location)}" if location and 300 <= response.status < 400 else ""
    return f"HTTP {response.status}{to}: {redactor.quote(response.body)}"
