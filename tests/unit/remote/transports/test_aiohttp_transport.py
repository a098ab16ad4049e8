"""The seam to the network: which error says what, against a real server on this machine's loopback."""

import asyncio
import errno
import os
import socket
import ssl
import struct
from contextlib import asynccontextmanager
from types import SimpleNamespace

import aiohttp
import httpx
import pytest

from pipeline.remote.responses import TRANSPORT_ERRORS, Verdict
from pipeline.remote.transports import open_transport
from pipeline.remote.transports.aiohttp_transport import translated
from pipeline.remote.urls import is_loopback

REQUEST = httpx.Request("POST", "https://spaces.example/api")
BODY = b'{"BusinessId":1}'
KEY = SimpleNamespace(host="host", port=443, is_ssl=True, ssl=True)
INFO = SimpleNamespace(real_url="https://host/")


def subclasses(kind):
    return {kind} | {one for child in kind.__subclasses__() for one in subclasses(child)}


# -- the table ---------------------------------------------------------------------------------------------------

NOT_SENT = {
    "ClientConnectorCertificateError",
    "ClientConnectorDNSError",
    "ClientConnectorError",
    "ClientConnectorSSLError",
    "ClientHttpProxyError",
    "ClientProxyConnectionError",
    "ClientSSLError",
    "ConnectionTimeoutError",
    "InvalidURL",
    "InvalidUrlClientError",
    "InvalidUrlRedirectClientError",
    "NonHttpUrlClientError",
    "NonHttpUrlRedirectClientError",
    "ServerFingerprintMismatch",
    "UnixClientConnectorError",
}
"""Raised before the first byte of a request leaves; every other one, and every one yet to be invented, is in doubt."""


def made(kind):
    """An error of that class, whatever its constructor asks for."""
    error = kind.__new__(kind)
    error.args = ("why",)
    error._conn_key, error._os_error, error._certificate_error = KEY, OSError("why"), OSError("why")
    return error


@pytest.mark.parametrize("kind", sorted(subclasses(aiohttp.ClientError), key=lambda kind: kind.__name__))
def test_every_error_of_aiohttp_is_known_not_to_have_been_sent_or_in_doubt(kind, monkeypatch):
    monkeypatch.setattr(kind, "__str__", lambda _: "why")  # some want more than they are made with here
    error = translated(made(kind), REQUEST)
    expected = Verdict.NOT_SENT if kind.__name__ in NOT_SENT else Verdict.IN_DOUBT
    assert TRANSPORT_ERRORS[type(error)] is expected
    assert error.request == REQUEST
    assert str(error) not in {"", kind.__name__}


def test_the_list_names_no_error_that_there_is_not():
    assert NOT_SENT - {kind.__name__ for kind in subclasses(aiohttp.ClientError)} == set()


@pytest.mark.parametrize(
    ("error", "precise"),
    [
        (aiohttp.ServerDisconnectedError(), httpx.RemoteProtocolError),
        (aiohttp.ClientOSError(errno.ECONNRESET, "reset"), httpx.ReadError),
        (aiohttp.ClientConnectionResetError("closing"), httpx.WriteError),
        (aiohttp.SocketTimeoutError("slow"), httpx.ReadTimeout),
        (aiohttp.ServerTimeoutError("slow"), httpx.ReadTimeout),
        (aiohttp.ConnectionTimeoutError("slow"), httpx.ConnectTimeout),
        (aiohttp.ClientPayloadError("half"), httpx.ReadError),
        (aiohttp.ClientConnectorError(KEY, OSError(errno.ECONNREFUSED, "refused")), httpx.ConnectError),
        (aiohttp.ClientProxyConnectionError(KEY, OSError(errno.ECONNREFUSED, "refused")), httpx.ProxyError),
        (aiohttp.ClientHttpProxyError(INFO, (), status=407, message="no"), httpx.ProxyError),
        (aiohttp.ClientResponseError(INFO, (), status=0, message="garbage"), httpx.RemoteProtocolError),
        (aiohttp.InvalidURL("x"), httpx.UnsupportedProtocol),
        (TimeoutError(), httpx.ReadTimeout),
        (ConnectionResetError(errno.ECONNRESET, "reset"), httpx.ReadError),
        (BrokenPipeError(errno.EPIPE, "pipe"), httpx.ReadError),
        (OSError("?"), httpx.ReadError),
    ],
    ids=lambda found: found.__name__ if isinstance(found, type) else type(found).__name__,
)
def test_the_precise_error(error, precise):
    found = translated(error, REQUEST)
    assert type(found) is precise
    assert str(found) != ""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "nothing came in time"),
        (
            aiohttp.ClientConnectorError(KEY, OSError(errno.ECONNREFUSED, "Connect call failed ('::1', 1)")),
            "host:443 refuses the connection: nothing answers there",
        ),
        (
            aiohttp.ClientConnectorError(
                KEY, OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 1)")
            ),
            "host:443 refuses the connection: nothing answers there",
        ),
        (
            aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "Name or service not known")),
            "there is no host named host, or no way to look its name up",
        ),
        (aiohttp.ServerDisconnectedError(), "the connection broke off before the answer was complete"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "the target broke the connection off"),
        (
            aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong")),
            "host:443 does not speak TLS 1.2 or higher as it should",
        ),
        (aiohttp.ClientError(), "ClientError"),
    ],
    ids=lambda found: found if isinstance(found, str) else type(found).__name__,
)
def test_errors_are_told_in_plain_words(error, words):
    assert str(translated(error, REQUEST)).startswith(words)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:80", True),
        ("http://127.0.0.1", True),
        ("http://127.255.0.9", True),
        ("http://[::1]:80", True),
        ("http://[0:0:0:0:0:0:0:1]", True),
        ("http://127.evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://10.0.0.1", False),
        ("http://[::2]", False),
        ("http://", False),
    ],
)
def test_only_this_machine_is_loopback(url, loopback):
    assert is_loopback(url) is loopback


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({}, "https://spaces.example", None),
        ({"https_proxy": "http://proxy.example:3128"}, "https://spaces.example", "http://proxy.example:3128"),
        ({"https_proxy": "http://proxy.example:3128"}, "https://127.0.0.1:1", None),
        ({"https_proxy": "http://proxy.example:3128", "no_proxy": "example"}, "https://spaces.example", None),
        ({"http_proxy": "http://proxy.example:3128"}, "https://spaces.example", None),
    ],
)
def test_the_environment_names_the_proxy(monkeypatch, environment, url, proxy):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert open_transport(url, 1)._proxy == proxy


def test_certificates_are_checked_and_old_tls_is_refused():
    async def work():
        transport = open_transport("https://spaces.example", 3)
        session = transport._open_session()
        context, limit = session.connector._ssl, session.connector.limit
        await session.close()
        return context.verify_mode, context.check_hostname, context.minimum_version, limit

    assert asyncio.run(work()) == (ssl.CERT_REQUIRED, True, ssl.TLSVersion.TLSv1_2, 3)


# -- a real server -----------------------------------------------------------------------------------------------

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Counts connections and whole requests, and does to each connection what it is told."""

    def __init__(self, *behaviours):
        self._behaviours = list(behaviours)
        self.connections = 0
        self.requests = []
        self.port = 0
        self.asked = asyncio.Event()
        self._closing = asyncio.Event()

    async def __call__(self, reader, writer):
        self.connections += 1
        behaviour = self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]
        try:
            await behaviour(self, reader, writer)
        finally:
            writer.close()

    async def request(self, reader):
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        self.requests.append(head + await reader.readexactly(int(length[0].split(b":")[1]) if length else 0))
        self.asked.set()


def resets(writer):
    """The connection's end reaches the client as a reset rather than as an end of file."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def reset_at_once(_server, _reader, writer):
    resets(writer)


async def close_at_once(_server, _reader, _writer):
    return


async def reset_after_the_request(server, reader, writer):
    await server.request(reader)
    resets(writer)


async def close_after_the_request(server, reader, _writer):
    await server.request(reader)


async def close_after_one_answer(server, reader, writer):
    await server.request(reader)
    writer.write(ANSWER)
    await writer.drain()
    await server.request(reader)


def answering(raw):
    async def behave(server, reader, writer):
        await server.request(reader)
        writer.write(raw)
        await writer.drain()

    return behave


async def say_nothing(server, reader, _writer):
    await server.request(reader)
    await server._closing.wait()


async def say_half(server, reader, writer):
    await server.request(reader)
    writer.write(ANSWER[:-1])
    await writer.drain()
    await server._closing.wait()


async def answer_twice(server, reader, writer):
    for _ in range(2):
        await server.request(reader)
        writer.write(ANSWER)
        await writer.drain()


@asynccontextmanager
async def listening(*behaviours):
    server = Server(*behaviours)
    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        server._closing.set()
        listener.close()
        await listener.wait_closed()


def request_to(url, timeout_s=20.0, method="POST", **headers):
    extensions = {"timeout": httpx.Timeout(timeout_s).as_dict()}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Request(method, url, headers=named, content=BODY, extensions=extensions)


async def exchanged(url, *, timeout_s=20.0, times=1, method="POST"):
    transport = open_transport(url, 1)
    try:
        for _ in range(times):
            found = await transport.handle_async_request(request_to(url, timeout_s, method))
    except httpx.TransportError as error:
        found = error
    finally:
        await transport.aclose()
    return found


def met(*behaviours, timeout_s=20.0, times=1, method="POST"):
    """What came of a call to a server that behaves so, and how often it was asked."""

    async def work():
        async with listening(*behaviours) as server:
            found = await exchanged(
                f"http://127.0.0.1:{server.port}/api", timeout_s=timeout_s, times=times, method=method
            )
            return found, server

    return asyncio.run(work())


def test_an_answer_is_read_whole():
    found, server = met(answering(ANSWER))
    assert (found.status_code, found.content, found.headers["content-type"]) == (200, b"{}", "application/json")
    assert server.requests[0].startswith(b"POST /api HTTP/1.1\r\n")
    assert server.requests[0].endswith(b"\r\n\r\n" + BODY)


def test_connections_are_kept():
    found, server = met(answer_twice, times=2)
    assert (found.status_code, server.connections, len(server.requests)) == (200, 1, 2)


def test_nothing_goes_out_but_what_the_request_says():
    async def work():
        async with listening(answering(ANSWER)) as server:
            transport = open_transport("http://127.0.0.1", 1)
            url = f"http://127.0.0.1:{server.port}/api?EmailAccount_EmailAddress=a%2Bb%40x"
            await transport.handle_async_request(
                request_to(url, accept="application/json", content_type="application/json")
            )
            await transport.aclose()
            return server.requests[0].decode().lower().split("\r\n")

    line, *headers = asyncio.run(work())[:-2]
    assert line == "post /api?emailaccount_emailaddress=a%2bb%40x http/1.1"
    names = sorted(header.split(":")[0] for header in headers)
    assert names == ["accept", "content-length", "content-type", "host"]


def test_redirects_are_not_followed():
    found, server = met(answering(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"))
    assert (found.status_code, found.headers["location"], len(server.requests)) == (302, "/login", 1)


def test_cookies_are_not_sent_back():
    async def cookie(server, reader, writer):
        for _ in range(2):
            await server.request(reader)
            writer.write(ANSWER.replace(b"\r\n\r\n", b"\r\nSet-Cookie: session=1\r\n\r\n"))
            await writer.drain()

    _, server = met(cookie, times=2)
    assert b"session=1" not in server.requests[1]


def test_a_refused_port_was_not_sent():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert type(asyncio.run(exchanged(f"http://127.0.0.1:{port}"))) is httpx.ConnectError


def test_a_name_that_does_not_exist_was_not_sent(monkeypatch):
    async def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def work():
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown, raising=False)
        return await exchanged("http://nobody.invalid")

    assert type(asyncio.run(work())) is httpx.ConnectError


def test_a_server_that_speaks_no_tls_was_not_sent_anything():
    async def no_request(_server, reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async def refused():
        async with listening(no_request) as server:
            return await exchanged(f"https://127.0.0.1:{server.port}"), server

    found, server = asyncio.run(refused())
    assert type(found) is httpx.ConnectError
    assert server.requests == []


@pytest.mark.parametrize("behaviour", [reset_at_once, close_at_once, reset_after_the_request, close_after_the_request])
def test_a_connection_that_breaks_without_an_answer_is_in_doubt_and_the_call_is_made_once(behaviour):
    found, server = met(behaviour)
    assert TRANSPORT_ERRORS[type(found)] is Verdict.IN_DOUBT
    assert server.connections == 1
    assert len(server.requests) <= 1


def test_a_kept_connection_that_breaks_is_in_doubt_and_the_call_is_made_once():
    found, server = met(close_after_one_answer, times=2)
    assert TRANSPORT_ERRORS[type(found)] is Verdict.IN_DOUBT
    assert (server.connections, len(server.requests)) == (1, 2)


@pytest.mark.parametrize(
    ("raw", "precise"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", httpx.ReadError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", httpx.ReadError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-", httpx.RemoteProtocolError),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", httpx.RemoteProtocolError),
        (b"\x00\xff garbage \r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4194305\r\n\r\n", httpx.ReadError),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * ((4 << 20) + 1), httpx.ReadError),
    ],
    ids=["half", "half-chunk", "no-chunk", "half-head", "ssh", "bytes", "length", "header", "long", "endless"],
)
def test_an_answer_that_is_none_is_in_doubt(raw, precise):
    found, server = met(answering(raw))
    assert type(found) is precise
    assert TRANSPORT_ERRORS[type(found)] is Verdict.IN_DOUBT
    assert len(server.requests) == 1


def test_the_longest_answer_is_read():
    found, _ = met(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n" + b"x" * (4 << 20)))
    assert len(found.content) == 4 << 20


@pytest.mark.parametrize("behaviour", [say_nothing, say_half])
def test_an_answer_that_does_not_come_in_time_is_in_doubt(behaviour):
    found, server = met(behaviour, timeout_s=0.05)
    assert type(found) is httpx.ReadTimeout
    assert len(server.requests) == 1


def test_waiting_for_a_free_connection_was_not_sent():
    async def work():
        async with listening(say_nothing) as server:
            transport = open_transport("http://127.0.0.1", 1)
            url = f"http://127.0.0.1:{server.port}"
            holding = asyncio.create_task(transport.handle_async_request(request_to(url)))
            await server.asked.wait()
            try:
                await transport.handle_async_request(request_to(url, 0.05))
            except httpx.TransportError as error:
                return error, len(server.requests)
            finally:
                holding.cancel()
                await asyncio.gather(holding, return_exceptions=True)
                await transport.aclose()

    error, requests = asyncio.run(work())
    assert TRANSPORT_ERRORS[type(error)] is Verdict.NOT_SENT
    assert requests == 1


def test_a_proxy_that_is_not_there_was_not_sent(monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{probe.getsockname()[1]}")
    assert type(asyncio.run(exchanged("http://spaces.invalid"))) is httpx.ProxyError


def test_a_proxy_that_refuses_was_not_sent(monkeypatch):
    async def refuse(_server, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async def work():
        async with listening(refuse) as server:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.port}")
            return await exchanged("https://spaces.invalid")

    assert type(asyncio.run(work())) is httpx.ProxyError


def test_closing_what_was_never_used_is_fine():
    asyncio.run(open_transport("https://spaces.example", 1).aclose())


def test_the_certificate_file_of_the_environment_is_used(tmp_path, monkeypatch):
    path = tmp_path / "none.pem"
    path.write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", os.fspath(path))

    async def work():
        open_transport("https://spaces.example", 1)._open_session()

    with pytest.raises(ssl.SSLError):
        asyncio.run(work())
