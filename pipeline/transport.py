"""The one seam to the network: an `httpx.AsyncBaseTransport` that tells apart what was not sent from what is in doubt.

httpx-aiohttp is several times faster than httpx's own pool, but maps aiohttp's errors so that a connection which
broke after the request had left (`ServerDisconnectedError`, a reset) comes out as `httpx.ConnectTimeout`: "never
sent". To send such a row again is how duplicates are made. So each error is translated anew from its cause.
Knows nothing of rows or endpoints.
"""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

_TRANSLATED: tuple[tuple[type[BaseException], type[httpx.TransportError]], ...] = (
    # Asked in this order; each is known to be raised before the first byte of a request leaves …
    (aiohttp.ClientProxyConnectionError, httpx.ProxyError),
    (aiohttp.ClientHttpProxyError, httpx.ProxyError),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.ServerFingerprintMismatch, httpx.ConnectError),
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
    # … and each of these may come after.
    (aiohttp.SocketTimeoutError, httpx.ReadTimeout),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientPayloadError, httpx.ReadError),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    (aiohttp.ClientConnectionResetError, httpx.WriteError),
    (aiohttp.ClientOSError, httpx.ReadError),
    (aiohttp.ClientError, httpx.ReadError),
    (TimeoutError, httpx.ReadTimeout),
    (OSError, httpx.ReadError),
)

_MAX_ANSWER_BYTES = 4 << 20


class PreciseTransport(httpx.AsyncBaseTransport):
    """Sends one request at a time per call and reads its answer whole.

    Args:
        inner: What does the work.

    Raises:
        httpx.TransportError: Of the subclass that says whether the request may have reached the server. An answer
            of more than 4 MiB is a `ReadError`: no answer of this API comes near it.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request, and returns its answer with the body read."""
        try:
            response = await self._inner.handle_async_request(request)
            try:
                body = await _read(response, request)
            finally:
                await response.aclose()
        except (httpx.TransportError, aiohttp.ClientError, OSError) as error:
            raise translated(error, request) from error
        return httpx.Response(response.status_code, headers=response.headers, content=body, request=request)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._inner.aclose()


async def _read(response: httpx.Response, request: httpx.Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        chunks.append(chunk)
        size += len(chunk)
        if size > _MAX_ANSWER_BYTES:
            raise httpx.ReadError("the answer is longer than any answer of this API", request=request)
    return b"".join(chunks)


def translated(error: BaseException, request: httpx.Request) -> httpx.TransportError:
    """The precise httpx error for one of aiohttp's, or for one of httpx's that was made from one of aiohttp's."""
    cause = error.__cause__ if isinstance(error, httpx.TransportError) and error.__cause__ else error
    for kind, precise in _TRANSLATED:
        if isinstance(cause, kind):
            return precise(str(cause) or type(cause).__name__, request=request)
    if isinstance(error, httpx.TransportError):
        return error
    return httpx.ReadError(str(error) or type(error).__name__, request=request)


def open_transport(base_url: str, connections: int) -> PreciseTransport:
    """The transport for a target, with the proxy that the environment names for it.

    TLS is 1.2 or higher and certificates are always checked, with `SSL_CERT_FILE` and `SSL_CERT_DIR` if they are set.

    Args:
        base_url: The target's.
        connections: At most so many at the same time.
    """
    context = httpx.create_ssl_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    inner = AiohttpTransport(
        verify=context, proxy=_proxy(base_url), limits=httpx.Limits(max_connections=connections, keepalive_expiry=15.0)
    )
    return PreciseTransport(inner)


def _proxy(base_url: str) -> httpx.Proxy | None:
    parts = urlsplit(base_url)
    url = getproxies().get(parts.scheme)
    if url is None or is_loopback(base_url) or proxy_bypass(parts.netloc):
        return None
    return httpx.Proxy(url)


def is_loopback(base_url: str) -> bool:
    """Whether a URL leads to this machine itself."""
    host = (urlsplit(base_url).hostname or "").lower()
    return host in {"localhost", "::1"} or host.startswith("127.")
