"""The seam to the network, against real sockets on this machine's loopback."""

import asyncio
import time

import httpx
import pytest

from pipeline.remote.responses import TRANSPORT_ERRORS, Verdict
from pipeline.remote.transports import open_transport
from pipeline.remote.urls import is_loopback
from tests.support.raw_server import (
    ANSWER,
    answer_all,
    answering,
    listening,
)

BODY = b'{"BusinessId":1}'
HEADERS = {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "us"}


async def exchanged(url, *, timeout_s=20.0, times=1, method="POST"):
    """What the last of so many calls came to."""
    transport = open_transport(url, 1)
    try:
        for _ in range(times):
            found = await transport.send(method, url, HEADERS, BODY, timeout_s)
    except httpx.TransportError as error:
        found = error
    finally:
        await transport.aclose()
    return found


def met(*behaviours, **options):
    """What came of calls to a server that behaves so, and the server."""

    async def work():
        async with listening(*behaviours) as server:
            return await exchanged(f"http://127.0.0.1:{server.port}/api", **options), server

    return asyncio.run(work())


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


# -- what goes out -----------------------------------------------------------------------------------------------


def test_an_answer_is_read_whole():
    found, server = met(answering(ANSWER))
    assert (found.status, found.body, found.header("content-type")) == (200, b"{}", "application/json")
    assert server.requests[0].startswith(b"POST /api HTTP/1.1\r\n")
    assert server.requests[0].endswith(b"\r\n\r\n" + BODY)


def test_connections_are_kept():
    found, server = met(answer_all, times=3)
    assert (found.status, server.connections, len(server.requests)) == (200, 1, 3)


def test_nothing_goes_out_but_what_the_request_says():
    async def work():
        async with listening(answering(ANSWER)) as server:
            await exchanged(f"http://127.0.0.1:{server.port}/api?EmailAccount_EmailAddress=a%2Bb%40x%20y")
            return server.requests[0].decode().lower().split("\r\n")

    line, *headers = asyncio.run(work())[:-2]
    assert line == "post /api?emailaccount_emailaddress=a%2bb%40x%20y http/1.1"
    assert sorted(headers)[:2] == ["accept: application/json", "content-length: 16"]
    names = sorted(header.split(":")[0] for header in headers)
    assert names == ["accept", "content-length", "content-type", "host", "user-agent"]


def test_headers_that_change_go_out_changed():
    async def work():
        async with listening(answer_all) as server:
            url = f"http://127.0.0.1:{server.port}"
            transport = open_transport(url, 1)
            for token in ("first", "first", "second"):
                await transport.send("GET", url, {"Authorization": f"Bearer {token}"}, None, 20.0)
            await transport.aclose()
            return [request.split(b"Bearer ")[1].split(b"\r")[0] for request in server.requests]

    assert asyncio.run(work()) == [b"first", b"first", b"second"]


def test_redirects_are_not_followed():
    found, server = met(answering(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"))
    assert (found.status, found.header("location"), len(server.requests)) == (302, "/login", 1)


def test_cookies_are_not_sent_back():
    async def cookie(server, reader, writer):
        for _ in range(2):
            await server.request(reader)
            writer.write(ANSWER.replace(b"\r\n\r\n", b"\r\nSet-Cookie: session=1\r\n\r\n"))
            await writer.drain()

    _, server = met(cookie, times=2)
    assert b"session=1" not in server.requests[1]


def test_what_is_packed_unasked_is_not_unpacked():
    packed = ANSWER.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    found, server = met(answering(packed))
    assert found.body == b"{}"
    assert b"accept-encoding" not in server.requests[0].lower()


def test_a_header_that_is_no_text_is_as_if_it_were_not_there():
    found, _ = met(answering(ANSWER.replace(b"\r\n\r\n", b"\r\nDate: \xff\xfe\r\nRetry-After: 5\r\n\r\n")))
    assert (found.header("date"), found.header("retry-after"), found.header("location")) == (None, "5", None)


def test_an_answer_in_pieces_is_put_together():
    pieces = b"".join(b"3\r\nabc\r\n" for _ in range(50_000))
    found, _ = met(answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"))
    assert found.body == b"abc" * 50_000


def test_the_longest_answer_is_read():
    found, _ = met(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n" + b"x" * (4 << 20)))
    assert len(found.body) == 4 << 20


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999", b"HTTP/1.1 200 OK\r\nConnection: close"]
)
def test_an_answer_that_is_too_long_is_not_read_to_its_end(head):
    async def endless(server, reader, writer):
        await server.request(reader)
        writer.write(head + b"\r\n\r\n")
        while not server.closing.is_set():
            writer.write(b"x" * 65_536)
            await writer.drain()

    found, server = met(endless)
    assert type(found) is httpx.ReadError
    assert str(found) == "the answer is longer than any answer of this API"
    assert len(server.requests) == 1


def test_a_url_that_cannot_be_called_was_not_sent():
    error = asyncio.run(exchanged("http://127.0.0.1:1 2/"))
    assert TRANSPORT_ERRORS[type(error)] is Verdict.NOT_SENT


def test_closing_ends_the_connections_that_were_kept():
    ended = []

    async def until_the_end(server, reader, writer):
        await server.request(reader)
        writer.write(ANSWER)
        await writer.drain()
        ended.append(await reader.read())
        server.closing.set()

    async def work():
        async with listening(until_the_end) as server:
            await exchanged(f"http://127.0.0.1:{server.port}")
            await asyncio.wait_for(server.closing.wait(), 20)

    asyncio.run(work())
    assert ended == [b""]


def test_closing_what_was_never_used_is_fine():
    asyncio.run(open_transport("https://spaces.example", 1).aclose())


class SlowToWake(asyncio.SelectorEventLoop):
    """A loop whose waking takes a thread long, as it does where there is one core and much to do."""

    def __init__(self):
        super().__init__()
        self.begun, self.done = 0, 0

    def _write_to_self(self):
        self.begun += 1
        super()._write_to_self()
        time.sleep(0.1)
        self.done += 1


def test_no_thread_is_left_in_the_interpreter_when_a_transport_is_closed():
    async def work():
        async with listening(answer_all) as server:
            found = await exchanged(f"http://127.0.0.1:{server.port}/api")
            loop = asyncio.get_running_loop()
            return found.status, loop.begun, loop.done

    with asyncio.Runner(loop_factory=SlowToWake) as runner:
        status, begun, done = runner.run(work())
    assert (status, done) == (200, begun)
    assert begun > 0
