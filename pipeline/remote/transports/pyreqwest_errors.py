"""What an error of pyreqwest says about the request: not sent, or in doubt.

Its classes do not tell: a response that never comes is a `ConnectTimeoutError`, a connection that was closed after the
request had been read is a `ConnectError`. Its causes do. hyper, far below, says `client error (Connect)` exactly where
there was no connection to send the request on: refused, no such host, a proxy or a TLS handshake that failed, no
connection in time. With any other cause, and with causes that a later version words otherwise, it is in doubt: that
costs a look-up, while the contrary would create records twice.
May import `words`. Must know nothing of rows or endpoints.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

import httpx
from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError

from pipeline.remote.transports import words

_NO_CONNECTION = "client error (Connect)"
_TIMED_OUT = "operation timed out"
_NO_SUCH_HOST = "dns error"
_TUNNEL = "tunnel error"
_BAD_CERTIFICATE = "invalid peer certificate: "
_BROKEN_OFF = frozenset({"connection closed before message completed", "end of file before message length reached"})
_SYSTEM_ERROR = re.compile(r"\(os error ([0-9]+)\)")


def translated(error: PyreqwestError, url: str, proxy: str | None = None) -> httpx.TransportError:
    """The httpx error that says what became of the request, with words for a person.

    Args:
        error: What pyreqwest raised.
        url: Where the request was to go.
        proxy: The proxy's URL, if there is one; only its host and port are named.
    """
    causes = _causes(error)
    innermost = _without_login(causes[-1] if causes else error.message, proxy)
    if _NO_CONNECTION in causes:
        return _not_sent(causes, innermost, url, proxy)
    return _in_doubt(causes, innermost, timed_out=isinstance(error, TimeoutError) or _TIMED_OUT in causes)


def _causes(error: PyreqwestError) -> list[str]:
    """From the outermost to the innermost."""
    details = error.details if isinstance(error, DetailedPyreqwestError) else {"causes": None}
    return [cause["message"] for cause in details.get("causes") or ()]


def _not_sent(causes: Sequence[str], innermost: str, url: str, proxy: str | None) -> httpx.TransportError:
    parts = urlsplit(url)
    peer = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    if proxy is not None and (fault := _proxy_fault(causes, peer)):
        return httpx.ProxyError(f"the proxy {urlsplit(proxy).netloc.rpartition('@')[2]} {fault}")
    if _TIMED_OUT in causes:
        return httpx.ConnectTimeout("nothing came in time")
    return httpx.ConnectError(_why_not_connected(causes, innermost, parts.hostname or "", peer))


def _why_not_connected(causes: Sequence[str], innermost: str, host: str, peer: str) -> str:
    if _NO_SUCH_HOST in causes:
        return words.no_such_host(host)
    if innermost.startswith(_BAD_CERTIFICATE):
        return words.certificate_error(peer, innermost.removeprefix(_BAD_CERTIFICATE))
    if number := _SYSTEM_ERROR.search(innermost):
        return words.connection_error(peer, OSError(int(number[1]), innermost))
    return words.tls_error(peer, innermost)


def _proxy_fault(causes: Sequence[str], peer: str) -> str | None:
    """What is wrong with the proxy; `None` where it is the target beyond it."""
    tunnel = next((cause for cause in causes if cause.startswith(_TUNNEL)), "")
    if "authorization required" in tunnel:
        return "answers HTTP 407"
    if "unsuccessful" in tunnel:
        return f"does not let connections to {peer} through"
    is_at_fault = tunnel or _NO_SUCH_HOST in causes or "tcp connect error" in causes
    return "cannot be reached" if is_at_fault else None


def _in_doubt(causes: Sequence[str], innermost: str, *, timed_out: bool) -> httpx.TransportError:
    if timed_out:
        return httpx.ReadTimeout("nothing came in time")
    if number := _SYSTEM_ERROR.search(innermost):
        return httpx.ReadError(words.connection_error("the target", OSError(int(number[1]), innermost)))
    if _BROKEN_OFF.intersection(causes):
        return httpx.ReadError("the connection broke off before the answer was complete")
    return httpx.RemoteProtocolError(f"the answer cannot be read ({innermost})")


def _without_login(text: str, proxy: str | None) -> str:
    login = (proxy or "").rpartition("@")[0].partition("//")[2]
    for part in sorted({login, unquote(login), *login.split(":"), *unquote(login).split(":")}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", "(secret)", text) if part else text
    return text
