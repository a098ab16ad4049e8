"""One exchange with the endpoint: a prepared request out, an answer in. Repeats nothing by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

import httpx

from pipeline.errors import ConfigurationError
from pipeline.model.rows import REDACTED
from pipeline.remote.responses import Reading, read_answer, read_date, read_error
from pipeline.remote.transports.aiohttp_transport import is_loopback

if TYPE_CHECKING:
    from pipeline.remote.session import Session
    from schemas.endpoint import Endpoint


def checked_base_url(url: str) -> str:
    """The base URL without a trailing slash.

    Raises:
        ConfigurationError: It is no http(s) URL, or plain http to another machine: the token would travel in clear.
    """
    parts = _parts(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError(f"--base-url {url}: is not an http(s) URL.", advice="Try https://spaces.nexudus.com")
    if parts.username or parts.password:
        advice = "Credentials go into the environment: see `nexudus-import run --help`."
        raise ConfigurationError("--base-url: must not hold a user name or a password.", advice=advice)
    if parts.scheme == "http" and not is_loopback(url):
        advice = "Use https://; plain http is accepted for this machine only."
        raise ConfigurationError(f"--base-url {url}: the token would travel in clear.", advice=advice)
    return url.rstrip("/")


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is no port
    except ValueError:
        return urlsplit("")
    return parts


@dataclass
class ServerClock:
    """The target's clock, as far as its answers tell.

    Attributes:
        local: Seconds since 1970 by this machine's clock.
        ahead_s: How far the target's clock is ahead of it.
    """

    local: Callable[[], float]
    ahead_s: float = 0.0
    _learned: str = ""

    @property
    def known(self) -> bool:
        """Whether an answer has told it."""
        return bool(self._learned)

    def now(self) -> float:
        """Seconds since 1970 by the target's clock."""
        return self.local() + self.ahead_s

    def learn(self, date_header: str | None) -> None:
        """Takes note of an answer's `Date`."""
        if not date_header or date_header == self._learned:  # it changes once a second, answers come by the thousand
            return
        self._learned = date_header
        moment = read_date(date_header)
        if moment is not None:
            self.ahead_s = moment.timestamp() - self.local()


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
        secrets = self._endpoint.secrets
        reading = read_answer(answer.status_code, answer.headers, answer.content, now, secrets)
        if reading.response is None:
            return reading
        # What was not understood as a success is written down, and may repeat what was sent.
        return read_answer(answer.status_code, answer.headers, self._redacted(answer.content, body), now, secrets)

    def _redacted(self, content: bytes, body: bytes) -> bytes:
        """An answer without the secrets of the request that it answers, however JSON writes them."""
        sent = json.loads(body)
        values = {self.session.token, *(str(sent[name]) for name in self._endpoint.secrets if name in sent)}
        for value in filter(None, values):
            for written in (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
                content = content.replace(written.encode(), REDACTED.encode())
        return content

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
