"""The sandbox without a socket: calls and answers go through memory, as the bytes that a connection would carry.

For a rehearsal, whose time is not the machine's: nothing here waits for anything but the sandbox itself. Knows asyncio
and HTTP; what is served is `api`'s business.
"""

import asyncio
import http.client
import io
from collections.abc import Iterable

import httpx
from aiohttp import web

from pipeline.sandbox.api import Sandbox, build_app


class InProcessTransport(httpx.AsyncBaseTransport):
    """Hands requests to a sandbox in the loop of whoever calls.

    Args:
        sandbox: What is served; it outlives the transport.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._runner: web.AppRunner | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request, and returns its answer.

        Raises:
            httpx.ReadTimeout: The answer did not come in the time that the request allows.
            httpx.ReadError: The sandbox ended the connection without an answer.
            httpx.RemoteProtocolError: It ended the connection in the middle of the answer.
        """
        server = await self._server()
        connection = _Connection()
        protocol = server()
        protocol.connection_made(connection)
        protocol.data_received(_encoded(request))
        try:
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("read")):
                await connection.closed.wait()
        except TimeoutError:
            raise httpx.ReadTimeout("nothing came in time", request=request) from None
        finally:
            protocol.connection_lost(None)
        return _decoded(connection.written, request)

    async def aclose(self) -> None:
        """Ends the calls in flight."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _server(self) -> web.Server:
        if self._runner is None:
            app = build_app(self._sandbox, own_date=True)
            self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
            await self._runner.setup()
        server = self._runner.server
        if server is None:
            raise RuntimeError("the transport is closed")
        return server


class _Connection(asyncio.Transport):
    """The server's end of a connection that carries one call."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 0)})
        self.written = bytearray()
        self.closed = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        for data in list_of_data:
            self.write(data)

    def close(self) -> None:
        self.closed.set()

    def abort(self) -> None:
        self.closed.set()

    def is_closing(self) -> bool:
        return self.closed.is_set()

    def pause_reading(self) -> None:
        """All there is to read has been read."""

    def resume_reading(self) -> None:
        """All there is to read has been read."""


def _encoded(request: httpx.Request) -> bytes:
    body = request.read()
    headers = httpx.Headers({"Host": request.url.netloc.decode(), "Content-Length": str(len(body))})
    headers.update(request.headers)
    headers["Connection"] = "close"  # so that the end of the answer is the end of the connection
    lines = [f"{request.method} {request.url.raw_path.decode()} HTTP/1.1".encode()]
    lines += [name + b": " + value for name, value in headers.raw]
    return b"\r\n".join([*lines, b"", body])


class _Readable:
    """What `http.client` takes for a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def _decoded(data: bytearray, request: httpx.Request) -> httpx.Response:
    if not data:
        raise httpx.ReadError("the connection broke off before the answer came", request=request)
    answer = http.client.HTTPResponse(_Readable(bytes(data)), method=request.method)  # type: ignore[arg-type]
    try:
        answer.begin()
        body = answer.read()
    except http.client.HTTPException as error:
        raise httpx.RemoteProtocolError("the connection broke off inside the answer", request=request) from error
    return httpx.Response(answer.status, headers=answer.getheaders(), content=body, request=request)
