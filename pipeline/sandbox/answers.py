"""The answers that the sandbox gives, good and bad, as HTTP.

Knows aiohttp's responses and the documented envelopes; must not know records, users or when a fault strikes.
"""

import html
import json
from collections.abc import Mapping

from aiohttp import web

from pipeline.sandbox.faults import OddBody

_JSON = "application/json; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
_PROXY_ERRORS = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}

Payload = Mapping[str, object]


def answer(request: web.Request, payload: Payload, status: int = 200) -> web.Response:
    """The payload as JSON, or as an HTML page to a client that does not ask for JSON by name.

    Source: developers.nexudus.com: always send `Accept: application/json`, HTML may come back otherwise.
    """
    text = json.dumps(payload)
    if "application/json" in request.headers.get("Accept", ""):
        return _response(text, _JSON, status)
    return _response(_page(html.escape(text)), _HTML, status)


def token_answer(payload: Payload, status: int = 200) -> web.Response:
    """The answer to a token request: JSON whatever the client accepts, and never to be cached.

    Source: RFC 6749, 5.1, which the documented answer follows.
    """
    response = _response(json.dumps(payload), _JSON, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def succeeded(record: Payload, action: str) -> dict[str, object]:
    """The envelope of a success, with the record's Id.

    Source: post-emailaccounts, the 200 answer.

    Args:
        record: the record as it is now.
        action: created, updated or deleted.
    """
    return {
        "Status": 200,
        "Message": f"EmailAccount was successfully {action}.",
        "Value": {"Id": record["Id"]},
        "OpenInDialog": False,
        "OpenInWindow": False,
        "RedirectURL": None,
        "JavaScript": None,
        "UpdatedOn": record["UpdatedOn"],
        "UpdatedBy": record["UpdatedBy"],
        "Errors": None,
        "WasSuccessful": True,
    }


def refused(status: int = 500) -> dict[str, object]:
    """The envelope of a failure that names no field; it comes with HTTP 200 as well.

    Source: public client code of the API.
    """
    return {
        "Status": status,
        "Message": "An error occurred while processing the request.",
        "Value": None,
        "Errors": None,
        "WasSuccessful": False,
    }


def unauthorized(request: web.Request) -> web.Response:
    """The 401 of a token that does not work and of a missing role alike.

    Source: developers.nexudus.com, authentication. The body is not documented.
    """
    response = answer(request, {"Message": "Authorization has been denied for this request."}, 401)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def throttled(status: int, retry_after: str) -> web.Response:
    """Too many calls: an empty body and when to come back.

    Source: developers.nexudus.com/reference/api-limitations.
    """
    return web.Response(status=status, headers={"Retry-After": retry_after})


def server_error(request: web.Request, status: int) -> web.Response:
    """A 5xx: the application's envelope, or a proxy's page where the proxy is what gives such a status."""
    reason = _PROXY_ERRORS.get(status)
    if reason is None:
        return answer(request, refused(status), status)
    return _response(_page(f"{status} {reason}"), _HTML, status)


def odd(payload: Payload, kind: OddBody) -> web.Response:
    """A 200 whose body cannot be read as the envelope, in one of the ways that were seen."""
    text = json.dumps(payload)
    if kind is OddBody.HTML:
        return _response(_page("Done"), _HTML)
    if kind is OddBody.TRUNCATED:
        return _response(text[: len(text) // 2], _JSON)
    if kind is OddBody.EMPTY:
        return _response("", _JSON)
    return _response("Done", _TEXT)


async def cut(request: web.Request, payload: Payload) -> web.StreamResponse:
    """Begin the answer and end the connection in the middle of its body."""
    body = json.dumps(payload).encode()
    response = web.StreamResponse(headers={"Content-Type": _JSON, "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    abort(request)
    return response


def lose(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    abort(request)
    # aiohttp wants a response; with the connection gone it writes none.
    return web.Response()


def abort(request: web.Request) -> None:
    """End the request's connection at once, unless the client has done so already."""
    if request.transport is not None:
        request.transport.abort()


def _response(text: str, content_type: str, status: int = 200) -> web.Response:
    return web.Response(body=text.encode(), status=status, headers={"Content-Type": content_type})


def _page(text: str) -> str:
    return f"<!DOCTYPE html>\n<html><head><title>Nexudus</title></head><body><p>{text}</p></body></html>\n"
