"""One exchange with the endpoint: a prepared request out, an answer in. Repeats nothing by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from pipeline.answers import Reading, read_answer, read_error
from pipeline.errors import ConfigurationError
from pipeline.transport import is_loopback

if TYPE_CHECKING:
    from pipeline.auth import Session
    from schemas.endpoint import Endpoint


def checked_base_url(url: str) -> str:
    """The base URL without a trailing slash.

    Raises:
        ConfigurationError: It is no http(s) URL, or plain http to another machine: the token would travel in clear.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"--base-url {url}: is not an http(s) URL.", advice="Try https://spaces.nexudus.com")
    if parts.username or parts.password:
        advice = "Credentials go into the environment: see `nexudus-import run --help`."
        raise ConfigurationError("--base-url: must not hold a user name or a password.", advice=advice)
    if parts.scheme == "http" and not is_loopback(url):
        advice = "Use https://; plain http is accepted for this machine only."
        raise ConfigurationError(f"--base-url {url}: the token would travel in clear.", advice=advice)
    return url.rstrip("/")


@dataclass
class ServerClock:
    """The target's clock, as far as its answers tell.

    Attributes:
        local: Seconds since 1970 by this machine's clock.
        ahead_s: How far the target's clock is ahead of it.
    """

    local: Callable[[], float]
    ahead_s: float = 0.0

    def now(self) -> float:
        """Seconds since 1970 by the target's clock."""
        return self.local() + self.ahead_s

    def learn(self, date_header: str | None) -> None:
        """Takes note of an answer's `Date`."""
        if not date_header:
            return
        try:
            moment = parsedate_to_datetime(date_header)
        except ValueError:
            return
        self.ahead_s = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - self.local()


class Client:
    """Speaks to one endpoint of one target.

    Args:
        transport: The seam to the network.
        base_url: The target's.
        endpoint: What is spoken to.
        session: Gives each call its token.
        timeout_s: For the connection and for each read.
        clock: Learns from every answer.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        base_url: str,
        endpoint: Endpoint,
        session: Session,
        timeout_s: float,
        clock: ServerClock,
    ) -> None:
        self._transport = transport
        self._endpoint = endpoint
        self.session = session
        self.clock = clock
        self._url = httpx.URL(base_url + endpoint.path)
        self._extensions = {"timeout": httpx.Timeout(timeout_s).as_dict()}
        self._headers: tuple[str, httpx.Headers] = ("", httpx.Headers())

    async def create(self, body: bytes) -> Reading:
        """Posts one record, once. Never raises for what the network or the target does."""
        request = httpx.Request(
            "POST", self._url, headers=self._headers_for_token(), content=body, extensions=self._extensions
        )
        try:
            answer = await self._transport.handle_async_request(request)
        except httpx.TransportError as error:
            return read_error(error)
        self.clock.learn(answer.headers.get("date"))
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        return read_answer(answer.status_code, answer.headers, answer.content, now, self._endpoint.secrets)

    async def call(
        self, method: str, *, record_id: int | None = None, query: Mapping[str, str] | None = None, body: object = None
    ) -> httpx.Response:
        """Makes one of the sibling calls, once.

        Raises:
            httpx.TransportError: There was no answer.
        """
        url = self._url if record_id is None else self._url.copy_with(path=f"{self._url.path}/{record_id}")
        request = httpx.Request(
            method,
            url.copy_merge_params(query) if query else url,
            headers=self._headers_for_token(),
            content=json.dumps(body).encode() if body is not None else None,
            extensions=self._extensions,
        )
        answer = await self._transport.handle_async_request(request)
        self.clock.learn(answer.headers.get("date"))
        return answer

    def _headers_for_token(self) -> httpx.Headers:
        token = self.session.token
        if self._headers[0] != token:
            headers = httpx.Headers(
                {
                    "Authorization": f"Bearer {token}",
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",
                    "Content-Type": "application/json",
                    "User-Agent": "nexudus-import",
                }
            )
            self._headers = (token, headers)
        return self._headers[1]
