"""The transport on pyreqwest (reqwest and hyper, in Rust): tells apart what was not sent from what is in doubt.

A request through it costs a third of one through aiohttp, and most of that beside the interpreter. Not through its own
adapter for httpx: that goes by the classes of its errors (see `pyreqwest_errors`), and to send a row again that was
only said not to have left is how duplicates are made.
May import `remote.transports`' seam, certificates and errors. Knows nothing of rows or endpoints.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING

import httpx
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.http import HeaderMap
from pyreqwest.proxy import ProxyBuilder

from pipeline.remote.transports.certificates import certificates_refused, trusted_certificates
from pipeline.remote.transports.pyreqwest_errors import translated
from pipeline.remote.transports.seam import Response

if TYPE_CHECKING:
    from pyreqwest.client import Client
    from pyreqwest.request import StreamRequest
    from pyreqwest.response import Response as Answer

_MAX_ANSWER_BYTES = 4 << 20
# Shorter than servers keep connections: a request on one that is just being closed is in doubt for nothing.
_KEEP_ALIVE = timedelta(seconds=15)
# The time for reading runs from the start: a connection that takes all of it would count as an answer that is late.
_SHARE_OF_CONNECTING = 0.8
_LOOK_AGAIN_S = 0.001
_USER_AGENT = "nexudus-import"


class PyreqwestTransport:
    """Sends requests over HTTP/1.1; follows no redirect, keeps no cookie, unpacks nothing, repeats nothing.

    An answer of more than 4 MiB is a `ReadError`: no answer of this API comes near it.

    Args:
        connections: So many are kept open while they are idle.
        proxy: The URL of a proxy, or `None`.
    """

    def __init__(self, connections: int, proxy: str | None = None) -> None:
        self._connections = connections
        self._proxy = proxy
        self._clients: dict[float, Client] = {}  # by time-out, which pyreqwest knows of clients only
        self._headers: tuple[Mapping[str, str] | None, HeaderMap] = (None, HeaderMap())

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, timeout_s: float
    ) -> Response:
        """Sends a request, and reads its response whole."""
        request = self._prepared(method, url, headers, content, timeout_s)
        with _cancellable():
            try:
                async with request as answer:
                    return Response(status=answer.status, headers=answer.headers, body=await _read(answer))
            except PyreqwestError as error:
                raise translated(error, url, self._proxy) from error

    def _prepared(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, timeout_s: float
    ) -> StreamRequest:
        client = self._clients.get(timeout_s) or self._open(timeout_s)
        try:
            builder = client.request(method, url).headers(self._header_map(headers))
            return (builder.body_bytes(content) if content else builder).build_streamed()
        except ValueError as error:  # BuilderError is one
            raise httpx.UnsupportedProtocol(f"{url} cannot be called: {error.args[0]}") from error

    def _header_map(self, headers: Mapping[str, str]) -> HeaderMap:
        if self._headers[0] is not headers:
            self._headers = (headers, HeaderMap(headers))
        return self._headers[1]

    def _open(self, timeout_s: float) -> Client:
        builder = ClientBuilder().http1_only().user_agent(_USER_AGENT).follow_redirects(False).referer(False)
        builder = builder.gzip(False).brotli(False).zstd(False).deflate(False)
        builder = builder.pool_max_idle_per_host(self._connections).pool_idle_timeout(_KEEP_ALIVE)
        builder = _timed(builder, timeout_s).no_proxy()
        if self._proxy is not None:
            builder = builder.proxy(ProxyBuilder.all(self._proxy))
        client = self._clients[timeout_s] = _trusting(builder)
        return client

    async def aclose(self) -> None:
        """Closes the connections; afterwards the process may end."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()  # with the last reference to a client its idle connections close
        await _all_handed_over()


async def _all_handed_over() -> None:
    """Waits for threads of the library that hand over answers: each lets go of the interpreter on the way.

    One that is not back when the process ends aborts it (seen with 0.15.1, on one core: one short command of twelve).
    """
    while any(map(_is_handing_over, sys._current_frames().values())):  # noqa: ASYNC110, SLF001 - there is no other way
        await asyncio.sleep(_LOOK_AGAIN_S)


def _is_handing_over(frame: FrameType) -> bool:
    """Whether a thread is one of the library's, waking an event loop: Python's own begin elsewhere."""
    while frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_name == "call_soon_threadsafe"


@contextlib.contextmanager
def _cancellable() -> Iterator[None]:
    """Raises the cancellation that came while a result was ready: pyreqwest gives the result then, and forgets it."""
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        yield
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


def _timed(builder: ClientBuilder, timeout_s: float) -> ClientBuilder:
    connect = timedelta(seconds=timeout_s * _SHARE_OF_CONNECTING)
    # Each byte renews the time for reading: an answer that drips must end as well.
    total = timedelta(seconds=timeout_s * 2)
    return builder.connect_timeout(connect).read_timeout(timedelta(seconds=timeout_s)).timeout(total)


def _trusting(builder: ClientBuilder) -> Client:
    try:
        for bundle in trusted_certificates():
            builder = builder.add_root_certificate_pem(bundle)
        return builder.min_tls_version("TLSv1.2").build()
    except ValueError as error:  # BuilderError is one
        raise certificates_refused(str(error.args[0])) from error


async def _read(answer: Answer) -> bytes:
    """The body; up to 64 KiB of it came with the head, without another switch of threads."""
    chunks, size = [], 0
    while (chunk := await answer.body_reader.read_chunk()) is not None:
        chunks.append(chunk.to_bytes())
        size += len(chunks[-1])
        if size > _MAX_ANSWER_BYTES:
            raise httpx.ReadError("the answer is longer than any answer of this API")
    return b"".join(chunks)
