"""A server that answers every creating POST at once, with the documented envelope and the next Id.

    python benchmarks/instant_server.py PORT

Reads just enough of HTTP/1.1 to find where a request ends: it is to cost as little as possible beside what is
measured. Lists are empty.
"""

import asyncio
import itertools
import sys

_IDS = itertools.count(87654321)
_EMPTY_LIST = b'{"Records":[],"CurrentPage":1,"CurrentPageSize":0,"TotalItems":0,"TotalPages":0,"HasNextPage":false}'


class InstantProtocol(asyncio.Protocol):
    """One connection, kept alive."""

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            self._transport.write(_answer(_EMPTY_LIST if head.startswith(b"get") else _created()))


def _created() -> bytes:
    return (
        b'{"Status":200,"Message":"EmailAccount was successfully created.","Value":{"Id":%d},'
        b'"Errors":null,"WasSuccessful":true}' % next(_IDS)
    )


def _answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(InstantProtocol, "127.0.0.1", port)
    async with server:
        await asyncio.wait_for(server.serve_forever(), timeout=1800)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
