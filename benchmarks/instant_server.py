"""A server that answers every creating POST with the documented envelope and the next Id, at once or after a time.

    python benchmarks/instant_server.py PORT [SECONDS]

Reads just enough of HTTP/1.1 to find where a request ends: it is to cost as little as possible beside what is
measured. Lists are empty; `GET /calls` says how many POSTs were answered.
"""

import asyncio
import itertools
import sys
from collections import deque

_FIRST_ID = 87654321
_EMPTY_LIST = b'{"Records":[],"CurrentPage":1,"CurrentPageSize":0,"TotalItems":0,"TotalPages":0,"HasNextPage":false}'
_LONGEST_LIFE_S = 7200


class Answers:
    """What is answered, and how often it was."""

    def __init__(self, delay_s: float) -> None:
        self.delay_s = delay_s
        self._ids = itertools.count(_FIRST_ID)
        self._created = 0

    def to(self, head: bytes) -> bytes:
        """The body that answers a request with this head, in lower case."""
        if head.startswith(b"get /calls"):
            return b'{"calls":%d}' % self._created
        return _EMPTY_LIST if head.startswith(b"get") else self._create()

    def _create(self) -> bytes:
        self._created += 1
        return (
            b'{"Status":200,"Message":"EmailAccount was successfully created.","Value":{"Id":%d},'
            b'"Errors":null,"WasSuccessful":true}' % next(self._ids)
        )


class InstantProtocol(asyncio.Protocol):
    """One connection, kept alive."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._buffer = b""
        self._due: deque[bytes] = deque()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            length = _content_length(head)
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(_response(self._answers.to(head)))

    def _answer(self, response: bytes) -> None:
        if not self._answers.delay_s:
            self._transport.write(response)
            return
        self._due.append(response)
        asyncio.get_running_loop().call_later(self._answers.delay_s, self._send_next)

    def _send_next(self) -> None:
        self._transport.write(self._due.popleft())


def _content_length(head: bytes) -> int:
    at = head.find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def _response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def _serve(port: int, delay_s: float) -> None:
    answers = Answers(delay_s)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: InstantProtocol(answers), "127.0.0.1", port, backlog=1024)
    async with server:
        await asyncio.wait_for(server.serve_forever(), timeout=_LONGEST_LIFE_S)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0))
