"""Which URLs may be called: http(s), no credentials inside, no plain http to another machine.

May import `errors`; must know nothing of endpoints.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from pipeline.errors import Code, ConfigurationError


def checked_base_url(url: str) -> str:
    """The base URL without a trailing slash.

    Raises:
        ConfigurationError: It is no http(s) URL, or plain http to another machine: the token would travel in clear.
    """
    if "@" in url:  # asked first: no other message may repeat a password
        message = "The base URL must not hold a user name or a password."
        raise ConfigurationError(Code.BASE_URL_WITH_PASSWORD, message)
    parts = _parts(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError(Code.BASE_URL_INVALID, f"The base URL {url} is not an http(s) URL.", base_url=url)
    if parts.scheme == "http" and not is_loopback(url):
        message = f"The base URL {url} is plain http: the token would travel in clear."
        raise ConfigurationError(Code.BASE_URL_UNSAFE, message, base_url=url)
    return url.rstrip("/")


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is no port
    except ValueError:
        return urlsplit("")
    return parts


def is_loopback(base_url: str) -> bool:
    """Whether a URL leads to this machine itself."""
    host = (urlsplit(base_url).hostname or "").lower()
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, which another machine may bear however it begins
        return False
