"""What is believed of a request when something goes wrong, beside what the server has read of it; on real sockets.

A request of which it is believed that it was not sent must not have been read; none may ever be read twice.
"""

import asyncio
import ssl
from types import SimpleNamespace

import pytest

from pipeline.remote.client import Call, Client
from pipeline.remote.clock import TargetClock
from pipeline.remote.responses import Expected, Verdict
from pipeline.remote.transports import open_transport
from schemas.emailaccounts import ENDPOINT
from tests.support import raw_server
from tests.support.doubles import Session
from tests.support.raw_server import answering, free_port, listening

HEAD = b"HTTP/1.1 200 OK\r\n"
CREATED = b'{"Status":200,"Value":{"Id":7},"Errors":null,"WasSuccessful":true}'
ANSWER = HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(CREATED), CREATED)
LONG = 20.0
"""Seconds that no test here waits for."""


async def created(url, *, timeout_s=LONG, times=1):
    """The results of so many creating calls, one after the other; each has a number in its body."""
    transport = open_transport(url, 1)
    client = Client(transport, url, ENDPOINT, Session(), timeout_s, TargetClock(lambda: 0.0))
    calls = [
        Call(method="POST", role="", expected=Expected.CREATION, content=b'{"BusinessId":%d}' % number)
        for number in range(times)
    ]
    try:
        return [await client.exchange(call, "token") for call in calls]
    finally:
        await transport.aclose()


def met(*behaviours, scheme="http", tls=None, **options):
    """What is believed of calls to a server that behaves so, and the server."""

    async def work():
        async with listening(*behaviours, tls=tls) as server:
            return await created(f"{scheme}://127.0.0.1:{server.port}", **options), server

    results, server = asyncio.run(work())
    return SimpleNamespace(results=results, server=server, read=len(server.requests))


async def refuse_tls(_server, reader, writer):
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


async def say_nothing_to_tls(server, _reader, _writer):
    await server.closing.wait()


# -- not sent ----------------------------------------------------------------------------------------------------
# Should the library's words for it change one day, these fail: rows would be looked up that were never sent.


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (None, "refuses the connection: nothing answers there"),
        ("nobody.invalid", "no connection: there is no host named nobody.invalid"),
    ],
    ids=["refused", "no such host"],
)
def test_without_a_server_nothing_was_sent(address, words):
    host = address or f"127.0.0.1:{free_port()}"
    (result,) = asyncio.run(created(f"http://{host}"))
    assert result.verdict is Verdict.NOT_SENT
    assert words in result.message


@pytest.mark.parametrize(
    ("behaviour", "timeout_s"),
    [
        (refuse_tls, LONG),
        (raw_server.close_at_once, LONG),
        (raw_server.reset_at_once, LONG),
        (say_nothing_to_tls, 3.0),
    ],
    ids=["no TLS", "closed", "reset", "stalled"],
)
def test_without_a_tls_handshake_nothing_was_sent(behaviour, timeout_s):
    call = met(behaviour, scheme="https", timeout_s=timeout_s)
    assert call.results[0].verdict is Verdict.NOT_SENT
    assert (call.server.connections, call.read) == (1, 0)


def test_to_a_server_whose_certificate_is_not_trusted_nothing_was_sent(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    call = met(answering(ANSWER), scheme="https", tls=context)
    assert call.results[0].verdict is Verdict.NOT_SENT
    assert call.read == 0


# -- in doubt ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "read"),
    [
        (raw_server.close_at_once, 0),
        (raw_server.close_in_mid_request, 0),
        (raw_server.reset_in_mid_request, 0),
        (raw_server.close_after_the_request, 1),
        (raw_server.reset_after_the_request, 1),
    ],
)
def test_a_connection_that_breaks_without_an_answer_leaves_the_request_in_doubt(behaviour, read):
    call = met(behaviour)
    assert call.results[0].verdict is Verdict.IN_DOUBT
    assert not call.results[0].timed_out
    assert (call.server.connections, call.read) == (1, read)


def test_a_connection_that_is_reset_at_once_is_believed_to_be_what_it_can_be():
    """The reset comes before the client has seen its connection (nothing was sent), or after it (in doubt)."""
    call = met(raw_server.reset_at_once)
    check_belief(call)
    assert call.results[0].verdict in NOT_READ
    assert (call.server.connections, call.read) == (1, 0)


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"Content-Length: 100\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        HEAD + b"Content-",
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\x00\xff garbage \r\n\r\n",
        HEAD + b"Content-Length: many\r\n\r\n{}",
        HEAD + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n",
        HEAD + b"Content-Length: 4194305\r\n\r\n" + b"x" * 4_194_305,
        HEAD + b"Content-Length: 2\r\n\r\n{}",
    ],
    ids=["body", "chunk", "no-chunk", "head", "nothing", "ssh", "garbage", "length", "header", "long", "no-envelope"],
)
def test_an_answer_that_is_cut_off_or_none_leaves_the_request_in_doubt(raw):
    call = met(answering(raw))
    assert call.results[0].verdict is Verdict.IN_DOUBT
    assert (call.server.connections, call.read) == (1, 1)


@pytest.mark.parametrize("behaviour", [raw_server.say_nothing, raw_server.say_half, raw_server.drip])
def test_an_answer_that_does_not_come_to_its_end_in_time_leaves_the_request_in_doubt(behaviour):
    call = met(behaviour, timeout_s=1.0)
    assert call.results[0].verdict is Verdict.IN_DOUBT
    assert call.results[0].timed_out
    assert (call.server.connections, call.read) == (1, 1)


# -- kept connections --------------------------------------------------------------------------------------------


def check_belief(call):
    """Holds for all that was believed: nothing was read twice, and nothing that is believed not to have been sent."""
    bodies = [request.rpartition(b"\r\n\r\n")[2] for request in call.server.requests]
    assert len(bodies) == len(set(bodies))
    for number, result in enumerate(call.results):
        was_read = b'{"BusinessId":%d}' % number in bodies
        assert result.verdict in ({Verdict.SUCCEEDED, Verdict.IN_DOUBT} if was_read else NOT_READ)


NOT_READ = {Verdict.IN_DOUBT, Verdict.NOT_SENT}


def test_a_kept_connection_that_breaks_after_the_request_leaves_it_in_doubt():
    async def answer_then_close(server, reader, writer):
        await server.request(reader)
        writer.write(ANSWER)
        await writer.drain()
        await server.request(reader)

    call = met(answer_then_close, times=2)
    assert [result.verdict for result in call.results] == [Verdict.SUCCEEDED, Verdict.IN_DOUBT]
    assert (call.server.connections, call.read) == (1, 2)


def test_a_kept_connection_that_is_closed_while_idle_is_not_used_again():
    async def answer_and_end(server, reader, writer):
        await server.request(reader)
        writer.write(ANSWER)
        await writer.drain()
        writer.write_eof()
        await reader.read()  # comes to an end when the client has seen it, and closes too
        seen.release()

    seen = asyncio.Semaphore(0)

    async def work():
        async with listening(answer_and_end) as server:
            url = f"http://127.0.0.1:{server.port}"
            transport = open_transport(url, 1)
            found = []
            for number in range(3):
                found.append(await transport.send("POST", url, {}, b"%d" % number, LONG))
                await seen.acquire()
            await transport.aclose()
            return [answer.status for answer in found], server

    statuses, server = asyncio.run(work())
    assert statuses == [200, 200, 200]
    assert (server.connections, [request[-1:] for request in server.requests]) == (3, [b"0", b"1", b"2"])


@pytest.mark.parametrize("ends", [lambda writer: writer.close(), raw_server.reset], ids=["closed", "reset"])
@pytest.mark.parametrize("answers", [1, 2, 3])
def test_connections_that_end_at_the_moment_of_sending_cause_no_second_reading(ends, answers):
    async def answer_some_and_end(server, reader, writer):
        for _ in range(answers):
            await server.request(reader)
            writer.write(ANSWER)
            await writer.drain()
        ends(writer)

    call = met(answer_some_and_end, times=150)
    check_belief(call)
    assert call.read > 50
