"""The transport on aiohttp: an `httpx.AsyncBaseTransport` that tells apart what was not sent from what is in doubt.

Its pool is several times faster than httpx's own. Not through httpx-aiohttp: that maps a connection
which broke after the request had left (`ServerDisconnectedError`, a reset) to `httpx.ConnectTimeout`, "never sent",
and to send such a row again is how duplicates are made.
Knows nothing of rows or endpoints.
"""

from __future__ import annotations

import ssl
from urllib.parse import unquote

import aiohttp
import httpx
from yarl import URL

from pipeline.remote.transports import words

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
# Shorter than servers keep connections: a request on one that is just being closed is in doubt for nothing.
_KEEP_ALIVE_S = 15.0


class _TooLong(aiohttp.ClientError):
    """An answer that is not read to its end."""


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends a request and reads its answer whole.

    Args:
        connections: At most so many at the same time.
        proxy: The URL of a proxy, or `None`.

    Raises:
        httpx.TransportError: Of the subclass that says whether the request may have reached the server. An answer
            of more than 4 MiB is a `ReadError`: no answer of this API comes near it.
    """

    def __init__(self, connections: int, proxy: str | None = None) -> None:
        self._connections = connections
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request, and returns its answer with the body read."""
        if self._session is None:
            self._session = self._open_session()
        try:
            async with self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=request.content or None,
                allow_redirects=False,
                timeout=_timeout(request),
                proxy=self._proxy,
            ) as answer:
                body = await _read(answer)
                return httpx.Response(answer.status, headers=answer.raw_headers, content=body, request=request)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise translated(error, request, self._proxy) from error

    def _open_session(self) -> aiohttp.ClientSession:
        context = httpx.create_ssl_context()  # obeys SSL_CERT_FILE and SSL_CERT_DIR
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=_KEEP_ALIVE_S, ssl=context)
        return aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept-Encoding", "User-Agent"),
        )

    async def aclose(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()


def _timeout(request: httpx.Request) -> aiohttp.ClientTimeout:
    given = request.extensions.get("timeout", {})
    connect_s, read_s = given.get("connect"), given.get("read")
    # Each byte may renew the time for reading: an answer that drips must end as well.
    total_s = connect_s + read_s if connect_s is not None and read_s is not None else None
    return aiohttp.ClientTimeout(total=total_s, connect=given.get("pool"), sock_connect=connect_s, sock_read=read_s)


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    if (answer.content_length or 0) <= _MAX_ANSWER_BYTES:
        body = await answer.content.read(_MAX_ANSWER_BYTES + 1)
        while not answer.content.at_eof() and len(body) <= _MAX_ANSWER_BYTES:
            body += await answer.content.read(_MAX_ANSWER_BYTES + 1 - len(body))
        if len(body) <= _MAX_ANSWER_BYTES:
            return body
    raise _TooLong("the answer is longer than any answer of this API")


def translated(error: BaseException, request: httpx.Request, proxy: str | None = None) -> httpx.TransportError:
    """The precise httpx error for one of aiohttp's, or of the system's; of a proxy only host and port are named."""
    precise = next((precise for kind, precise in _TRANSLATED if isinstance(error, kind)), httpx.ReadError)
    if proxy is not None and precise is httpx.ProxyError:
        status = getattr(error, "status", None)
        said = f"answers HTTP {status}" if status else "cannot be reached"
        return precise(f"the proxy {proxy.rpartition('@')[2]} {said}", request=request)
    return precise(_without_login(_said(error), proxy), request=request)


def _without_login(text: str, proxy: str | None) -> str:
    login = (proxy or "").rpartition("@")[0].partition("//")[2]
    for part in sorted({login, unquote(login), *login.split(":"), *unquote(login).split(":")}, key=len, reverse=True):
        text = text.replace(part, "(secret)") if part else text
    return text


def _said(error: BaseException) -> str:
    """The error in words for a person: aiohttp's own speak of its settings as well."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return _why_not_connected(error, f"{error.host}:{error.port}")
    if isinstance(error, (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError)):
        return "the connection broke off before the answer was complete"
    if isinstance(error, TimeoutError):
        return "nothing came in time"
    if isinstance(error, OSError):
        return words.connection_error("the target", error)
    return str(error) or type(error).__name__


def _why_not_connected(error: aiohttp.ClientConnectorError, peer: str) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return words.certificate_error(peer, error.certificate_error)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return words.no_such_host(error.host)
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return words.tls_error(peer, error.os_error)
    return words.connection_error(peer, error.os_error)
