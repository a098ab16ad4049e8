"""The seam to the network, and the one transport behind it.

May import `remote.urls`. Must know nothing of endpoints, tokens or rows.
"""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pipeline.errors import Code, ConfigurationError
from pipeline.remote.transports.loading import load_for_good
from pipeline.remote.urls import is_loopback

load_for_good("pyreqwest.http")

from pyreqwest.http import Url  # noqa: E402 - loaded above, in a thread that lasts

from pipeline.remote.transports.pyreqwest_transport import PyreqwestTransport  # noqa: E402 - the same


def open_transport(base_url: str, connections: int) -> PyreqwestTransport:
    """The transport for a target, with the proxy that the environment names for it.

    TLS is 1.2 or higher and certificates are always checked, against those that `SSL_CERT_FILE` or `SSL_CERT_DIR`
    names if they are set.

    Args:
        base_url: The target's.
        connections: So many are kept open while they are idle.
    """
    return PyreqwestTransport(connections, _proxy(base_url))


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
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        return is_web and Url.is_valid(proxy)
    except ValueError:
        return False
