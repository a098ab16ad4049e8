"""What an answer, or the lack of one, says about the row that was sent.

Two tables decide it: one for every error of the transport, one for every answer. The line they draw is between what
is known not to have been processed (send again), what the endpoint refused (never again), and what is in doubt
(never again before it has been looked up).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import httpx

from pipeline.model.findings import REDACTED, FieldError, Json, JsonScalar, envelope

if TYPE_CHECKING:
    from collections.abc import Iterable


_LONGEST_RETRY_AFTER_S = 86_400.0  # after a day it does no harm to ask again, whatever the target said


class Verdict(StrEnum):
    """What is known of a row after a POST."""

    CREATED = "created"
    REFUSED = "refused"
    THROTTLED = "throttled"
    UNAUTHORIZED = "unauthorised"
    NOT_SENT = "not sent"
    IN_DOUBT = "in doubt"


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
    """What was understood of an answer.

    Attributes:
        verdict: What it means for the row.
        remote_id: The new record's Id, if one was created.
        updated_on: The new record's `UpdatedOn`, as the answer gives it.
        response: The documented 400 body, where it was refused or is in doubt.
        retry_after_s: For how long the target asked to be left alone.
        timed_out: Whether it is in doubt because no answer came in time: it may still be at work.
    """

    verdict: Verdict
    remote_id: int | None = None
    updated_on: str | None = None
    response: Mapping[str, Json] | None = None
    retry_after_s: float | None = None
    timed_out: bool = False


def interpret_error(error: httpx.TransportError) -> CallResult:
    """What a failed exchange means for the row."""
    verdict = next(TRANSPORT_ERRORS[kind] for kind in type(error).__mro__ if kind in TRANSPORT_ERRORS)
    what = "no connection" if verdict is Verdict.NOT_SENT else "no answer"
    response = envelope([], f"{what}: {error} ({type(error).__name__})")
    return CallResult(verdict=verdict, response=response, timed_out=isinstance(error, httpx.TimeoutException))


def interpret_response(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime, secrets: Iterable[str]
) -> CallResult:
    """What an answer to a creating POST means for the row.

    Source: developers.nexudus.com (the 200 and 400 bodies; 409 with an empty body is throttling; 401 is a bad token
    as well as a missing role) and public clients of the API (200 with `WasSuccessful: false`, a `Status` of 400 or
    more inside a 200, `Errors: null`, empty, text and HTML bodies).

    Args:
        status: The HTTP status.
        headers: The answer's headers.
        body: Its bytes.
        now: To measure a `Retry-After` date from.
        secrets: Fields whose attempted values are not repeated.
    """
    found = _json_object(body)
    if status in {401, 403}:
        return CallResult(verdict=Verdict.UNAUTHORIZED, response=_refusal(found, status, body, secrets))
    if _is_throttling(status, headers, found):
        return CallResult(verdict=Verdict.THROTTLED, retry_after_s=_retry_after(headers, now))
    if 200 <= status < 300:
        return _read_success(found, status, body, secrets)
    if status == 408:  # the server gave up waiting for the request: it has not seen all of it
        return CallResult(verdict=Verdict.NOT_SENT, response=_refusal(found, status, body, secrets))
    if status >= 500:
        return CallResult(verdict=Verdict.IN_DOUBT, response=_refusal(found, status, body, secrets))
    return CallResult(verdict=Verdict.REFUSED, response=_refusal(found, status, body, secrets))


def _read_success(found: Mapping[str, Any] | None, status: int, body: bytes, secrets: Iterable[str]) -> CallResult:
    """A 2xx is believed only with the envelope's own word for it."""
    verdict = _verdict_of_success(found or {})
    if verdict is Verdict.CREATED and found is not None:
        updated_on = found.get("UpdatedOn")
        return CallResult(
            verdict=verdict,
            remote_id=found["Value"]["Id"],
            updated_on=updated_on if isinstance(updated_on, str) and updated_on.isprintable() else None,
        )
    return CallResult(verdict=verdict, response=_refusal(found, status, body, secrets))


def _verdict_of_success(found: Mapping[str, Any]) -> Verdict:
    inner, successful = found.get("Status"), found.get("WasSuccessful")
    failed_inside = isinstance(inner, int) and inner >= 400
    if successful is False or (failed_inside and successful is not True):
        return Verdict.REFUSED
    value = found.get("Value")
    has_id = isinstance(value, dict) and _is_id(value.get("Id"))
    return Verdict.CREATED if successful is True and has_id and not failed_inside else Verdict.IN_DOUBT


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _is_throttling(status: int, headers: Mapping[str, str], found: Mapping[str, Any] | None) -> bool:
    """409 without an envelope, 429, and a 503 that says when to come back."""
    if status == 409:
        return found is None or "WasSuccessful" not in found
    return status == 429 or (status == 503 and "retry-after" in headers)


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait; `None` where the header is missing or cannot be read."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), _LONGEST_RETRY_AFTER_S)
    moment = read_date(value)
    return None if moment is None else min(max(0.0, (moment - now).total_seconds()), _LONGEST_RETRY_AFTER_S)


def read_date(text: str) -> datetime | None:
    """The moment of a header such as `Date`; `None` where it is none."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):  # the latter for years and zones that no calendar has
        return None


def _json_object(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _refusal(found: Mapping[str, Any] | None, status: int, body: bytes, secrets: Iterable[str]) -> dict[str, Json]:
    """The answer as the documented 400 body, whatever it came as."""
    if found is None:
        return envelope([], f"HTTP {status}: {_snippet(body)}")
    hidden = frozenset(name.lower() for name in secrets)
    listed = found.get("Errors")
    errors = [_field_error(e, hidden) for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
    message = _writable(found.get("Message"))
    default = "; ".join(str(e) for e in errors) or f"HTTP {status}: {_snippet(body)}"
    return envelope(errors, message if isinstance(message, str) and message else default)


def _field_error(found: Mapping[str, Any], secrets: frozenset[str]) -> FieldError:
    name = _writable(found.get("PropertyName"))
    value = _writable(found.get("AttemptedValue"))
    attempted: JsonScalar = value if isinstance(value, str | int | float | bool | None) else json.dumps(value)
    return FieldError(
        property_name=name if isinstance(name, str) else None,
        attempted_value=REDACTED if str(name).lower() in secrets and attempted else attempted,
        message=str(_writable(found.get("Message")) or "is refused"),
    )


def _writable(value: object) -> object:
    """JSON may hold halves of characters, which neither a database nor a file takes."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _snippet(body: bytes) -> str:
    text = " ".join(body[:2000].decode("utf-8", "replace").split())
    return "an empty body" if not text else text[:200] + ("…" if len(text) > 200 else "")
