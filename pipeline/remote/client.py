"""One exchange with the endpoint: a prepared request out, an answer in. Repeats nothing by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from pipeline.model.findings import REDACTED
from pipeline.remote.responses import CallResult, interpret_error, interpret_response

if TYPE_CHECKING:
    from pipeline.remote.clock import TargetClock
    from pipeline.remote.session import Session
    from schemas.endpoint import Endpoint


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
        clock: TargetClock,
    ) -> None:
        self._transport = transport
        self._endpoint = endpoint
        self.session = session
        self.clock = clock
        self._url = httpx.URL(base_url + endpoint.path)
        self._extensions = {"timeout": httpx.Timeout(timeout_s).as_dict()}
        self._headers: tuple[str, httpx.Headers] = ("", httpx.Headers())

    async def create(self, body: bytes) -> CallResult:
        """Posts one record, once. Never raises for what the network or the target does."""
        request = httpx.Request(
            "POST", self._url, headers=self._headers_for_token(), content=body, extensions=self._extensions
        )
        try:
            answer = await self._transport.handle_async_request(request)
        except httpx.TransportError as error:
            return interpret_error(error)
        self.clock.learn(answer.headers.get("date"))
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        secrets = self._endpoint.secrets
        reading = interpret_response(answer.status_code, answer.headers, answer.content, now, secrets)
        if reading.response is None:
            return reading
        # What was not understood as a success is written down, and may repeat what was sent.
        return interpret_response(
            answer.status_code, answer.headers, self._redacted(answer.content, body), now, secrets
        )

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
