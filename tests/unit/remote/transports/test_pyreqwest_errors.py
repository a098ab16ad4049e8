"""Which causes of pyreqwest's errors say that a request was not sent; all others leave it in doubt."""

import httpx
import pytest
from pyreqwest import exceptions

from pipeline.remote.responses import TRANSPORT_ERRORS, Verdict
from pipeline.remote.transports.pyreqwest_errors import translated

URL = "https://host.example/api"
SENDING = "error sending request for url (https://host.example/api)"
CONNECT = "client error (Connect)"
SEND = "client error (SendRequest)"
BODY = ("error decoding response body", "request or response body error")


def subclasses(kind):
    return {kind} | {one for child in kind.__subclasses__() for one in subclasses(child)}


def made(kind, *causes):
    """An error of that class, as pyreqwest makes it."""
    details = {"causes": [{"message": cause} for cause in causes], "status": 500, "doc": "", "pos": 0}
    return kind("why") if kind is exceptions.PyreqwestError else kind("why", details)


KINDS = sorted(subclasses(exceptions.PyreqwestError), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", KINDS)
def test_no_class_of_errors_says_by_itself_that_nothing_was_sent(kind):
    found = translated(made(kind), URL)
    assert TRANSPORT_ERRORS[type(found)] is Verdict.IN_DOUBT
    assert str(found) != ""


@pytest.mark.parametrize(
    "causes",
    [
        (SENDING, SEND, "connection closed before message completed"),
        (SENDING, SEND, "connection error", "Connection reset by peer (os error 104)"),
        (SENDING, "client error (Connection)", "Connection refused (os error 111)"),
        (SENDING, "client error (connect)"),
        (SENDING, f"{CONNECT}: refused"),
        (SENDING, "client error (Canceled)"),
        (SENDING, "dns error"),
        (SENDING, "tcp connect error", "Connection refused (os error 111)"),
        (SENDING, "operation timed out"),
    ],
    ids=lambda causes: causes[1],
)
def test_any_other_wording_than_the_known_one_is_in_doubt(causes):
    assert TRANSPORT_ERRORS[type(translated(made(exceptions.ConnectError, *causes), URL))] is Verdict.IN_DOUBT


@pytest.mark.parametrize(
    ("causes", "precise", "words"),
    [
        (
            (CONNECT, "tcp connect error", "Connection refused (os error 111)"),
            httpx.ConnectError,
            "host.example:443 refuses the connection: nothing answers there",
        ),
        (
            (CONNECT, "tcp connect error", "Too many open files (os error 24)"),
            httpx.ConnectError,
            "this machine has no more connections to give to host.example:443",
        ),
        (
            (CONNECT, "dns error", "failed to lookup address information: Name or service not known"),
            httpx.ConnectError,
            "there is no host named host.example, or no way to look its name up",
        ),
        ((CONNECT, "operation timed out"), httpx.ConnectTimeout, "nothing came in time"),
        ((CONNECT, "Connection reset by peer (os error 104)"), httpx.ConnectError, "host.example:443 broke the"),
        (
            (CONNECT, "received corrupt message of type InvalidContentType"),
            httpx.ConnectError,
            "host.example:443 does not speak TLS 1.2 or higher as it should (received corrupt message of type",
        ),
        (
            (CONNECT, "invalid peer certificate: UnknownIssuer"),
            httpx.ConnectError,
            "the certificate of host.example:443 is not trusted by this machine's certificates: it was issued",
        ),
        ((CONNECT,), httpx.ConnectError, "host.example:443 does not speak TLS"),
        (("operation timed out",), httpx.ReadTimeout, "nothing came in time"),
        ((*BODY, "operation timed out"), httpx.ReadTimeout, "nothing came in time"),
        (
            (SEND, "connection error", "Connection reset by peer (os error 104)"),
            httpx.ReadError,
            "the target broke the connection off",
        ),
        (
            (SEND, "connection closed before message completed"),
            httpx.ReadError,
            "the connection broke off before the answer was complete",
        ),
        (
            (*BODY, "error reading a body from connection", "end of file before message length reached"),
            httpx.ReadError,
            "the connection broke off before the answer was complete",
        ),
        (
            (SEND, "invalid HTTP version parsed"),
            httpx.RemoteProtocolError,
            "the answer cannot be read (invalid HTTP version parsed)",
        ),
        ((), httpx.RemoteProtocolError, "the answer cannot be read (why)"),
    ],
    ids=lambda found: "-".join(found) or "none" if isinstance(found, tuple) else None,
)
def test_errors_are_precise_and_told_in_plain_words(causes, precise, words):
    found = translated(made(exceptions.RequestError, SENDING, *causes) if causes else made(KINDS[0]), URL)
    assert type(found) is precise
    assert str(found).startswith(words)


@pytest.mark.parametrize(
    "kind", [exceptions.ReadTimeoutError, exceptions.ConnectTimeoutError, exceptions.RequestTimeoutError]
)
def test_a_time_out_by_its_class_is_one_whatever_its_causes_are_called(kind):
    assert type(translated(made(kind, "the deadline has elapsed"), URL)) is httpx.ReadTimeout


PROXY = "http://me:hunter2@proxy.example:3128"


@pytest.mark.parametrize(
    ("causes", "precise", "words"),
    [
        (
            (CONNECT, "tunnel error: failed to create underlying connection", "tcp connect error", "x (os error 111)"),
            httpx.ProxyError,
            "the proxy proxy.example:3128 cannot be reached",
        ),
        (
            (CONNECT, "tcp connect error", "Connection refused (os error 111)"),
            httpx.ProxyError,
            "the proxy proxy.example:3128 cannot be reached",
        ),
        ((CONNECT, "dns error", "no"), httpx.ProxyError, "the proxy proxy.example:3128 cannot be reached"),
        (
            (CONNECT, "tunnel error: proxy authorization required"),
            httpx.ProxyError,
            "the proxy proxy.example:3128 answers HTTP 407",
        ),
        (
            (CONNECT, "tunnel error: unsuccessful"),
            httpx.ProxyError,
            "the proxy proxy.example:3128 does not let connections to host.example:443 through",
        ),
        (
            (CONNECT, "invalid peer certificate: certificate expired: verification time 17 (UNIX), but"),
            httpx.ConnectError,
            "the certificate of host.example:443 is not trusted by this machine's certificates: certificate expired;",
        ),
        ((CONNECT, "operation timed out"), httpx.ConnectTimeout, "nothing came in time"),
        ((SEND, "hunter2 is said by me"), httpx.RemoteProtocolError, "the answer cannot be read ((secret) is said by"),
    ],
    ids=lambda found: "-".join(found) if isinstance(found, tuple) else None,
)
def test_of_a_proxy_only_host_and_port_are_named(causes, precise, words):
    found = translated(made(exceptions.RequestError, SENDING, *causes), URL, PROXY)
    assert type(found) is precise
    assert str(found).startswith(words)
    assert "hunter2" not in str(found)
