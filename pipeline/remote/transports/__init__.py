"""The seam to the network: one `httpx.AsyncBaseTransport` per HTTP library that can be trusted.

May import `remote.urls`. Must know nothing of endpoints, tokens or rows.
"""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pipeline.errors import Code, ConfigurationError
from pipeline.remote.transports.aiohttp_transport import AiohttpTransport
from pipeline.remote.urls import is_loopback


def open_transport(base_url: str, connections: int) -> AiohttpTransport:
    """The transport for a target, with the proxy that the environment names for it.

    TLS is 1.2 or higher and certificates are always checked, with `SSL_CERT_FILE` and `SSL_CERT_DIR` if they are set.

    Args:
        base_url: The target's.
        connections: At most so many at the same time.
    """
    return AiohttpTransport(connections, _proxy(base_url))


def _proxy(base_url: str) -> str | None:
    parts = urlsplit(base_url)
    if is_loopback(base_url) or proxy_bypass(parts.netloc):
        return None
    proxy = getproxies().get(parts.scheme)
    if proxy and not _is_url(proxy):
        message = f"The proxy that the environment names for {parts.scheme} is not an http(s) URL."
        raise ConfigurationError(Code.PROXY_INVALID, message, variable=f"{parts.scheme.upper()}_PROXY")
    return proxy or None


def _is_url(proxy: str) -> bool:
    try:
        parts = urlsplit(proxy)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
