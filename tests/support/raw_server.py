"""A TCP server that does to each connection what a test says, and counts the requests that it has read."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

Behaviour = Callable[["RawServer", StreamReader, StreamWriter], Awaitable[None]]


class RawServer:
    """Counts connections and whole requests.

    Args:
        *behaviours: What is done to the first connection, the second and so on; the last one to all others.
    """

    def __init__(self, *behaviours: Behaviour) -> None:
        self._behaviours = list(behaviours)
        self.connections = 0
        self.requests: list[bytes] = []
        self.port = 0
        self.asked = asyncio.Event()
        self.closing = asyncio.Event()
        self._working: dict[asyncio.Task[None], StreamWriter] = {}

    async def __call__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        if (task := asyncio.current_task()) is not None:
            self._working[task] = writer
        behaviour = self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]
        try:
            await behaviour(self, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the client has gone
        finally:
            writer.close()

    async def end(self) -> None:
        """Breaks off every connection, and waits until nothing works on one."""
        self.closing.set()
        for writer in self._working.values():
            writer.transport.abort()
        await asyncio.gather(*self._working, return_exceptions=True)
        for writer in self._working.values():
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def request(self, reader: StreamReader) -> bytes:
        """Reads one whole request."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        self.requests.append(head + await reader.readexactly(int(length[0].split(b":")[1]) if length else 0))
        self.asked.set()
        return self.requests[-1]


@asynccontextmanager
async def listening(*behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """A server on loopback, for as long as this lasts."""
    server = RawServer(*behaviours)
    listener = await asyncio.start_server(server, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        await server.end()
        listener.close()
        await listener.wait_closed()


def free_port() -> int:
    """A port where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def reset(writer: StreamWriter) -> None:
    """The connection's end reaches the client as a reset rather than as an end of file."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def close_at_once(_server: RawServer, _reader: StreamReader, _writer: StreamWriter) -> None:
    """Closes the connection as soon as it is there."""


async def reset_at_once(_server: RawServer, _reader: StreamReader, writer: StreamWriter) -> None:
    """Resets the connection as soon as it is there."""
    reset(writer)


async def close_in_mid_request(_server: RawServer, reader: StreamReader, _writer: StreamWriter) -> None:
    """Closes the connection with half a request read."""
    await reader.readexactly(10)


async def reset_in_mid_request(_server: RawServer, reader: StreamReader, writer: StreamWriter) -> None:
    """Resets the connection with half a request read."""
    await reader.readexactly(10)
    reset(writer)


async def close_after_the_request(server: RawServer, reader: StreamReader, _writer: StreamWriter) -> None:
    """Reads a request, and closes without an answer."""
    await server.request(reader)


async def reset_after_the_request(server: RawServer, reader: StreamReader, writer: StreamWriter) -> None:
    """Reads a request, and resets without an answer."""
    await server.request(reader)
    reset(writer)


async def say_nothing(server: RawServer, reader: StreamReader, _writer: StreamWriter) -> None:
    """Reads a request, and answers nothing."""
    await server.request(reader)
    await server.closing.wait()


async def say_half(server: RawServer, reader: StreamReader, writer: StreamWriter) -> None:
    """Answers all but the last byte."""
    await server.request(reader)
    writer.write(ANSWER[:-1])
    await writer.drain()
    await server.closing.wait()


async def drip(server: RawServer, reader: StreamReader, writer: StreamWriter) -> None:
    """Answers a byte at a time, without an end."""
    await server.request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not server.closing.is_set():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def answer_all(server: RawServer, reader: StreamReader, writer: StreamWriter) -> None:
    """Answers each request of a connection that is kept."""
    while True:
        await server.request(reader)
        writer.write(ANSWER)
        await writer.drain()


def answering(raw: bytes) -> Behaviour:
    """Answers with these bytes, and closes."""

    async def behave(server: RawServer, reader: StreamReader, writer: StreamWriter) -> None:
        await server.request(reader)
        writer.write(raw)
        await writer.drain()

    return behave
