"""One exchange with the endpoint: a call out, its result in. Repeats nothing by itself.

May import `remote`'s session, clock, responses and redaction. Must know nothing of limits, retries or ledgers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from pipeline.remote.redaction import Redactor
from pipeline.remote.responses import CallResult, Expected, Interpreter, Response, interpret_error, parse_object

if TYPE_CHECKING:
    from pipeline.remote.clock import TargetClock
    from pipeline.remote.session import Session
    from schemas.endpoint import Endpoint


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call to the endpoint.

    Attributes:
        method: The HTTP method.
        role: The role that the user needs for it.
        expected: What a successful response holds.
        record_id: The record that it names in its path.
        query: Its parameters.
        content: Its JSON body, encoded.
    """

    method: str
    role: str
    expected: Expected
    record_id: int | None = None
    query: Mapping[str, str] | None = None
    content: bytes | None = None

    @property
    def is_modifying(self) -> bool:
        """Whether it changes something at the target."""
        return self.method != "GET"

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be made again without harm when nobody knows what became of it; a creation may not."""
        return self.expected is not Expected.CREATION


class Client:
    """Speaks to one endpoint of one target.

    Args:
        transport: The seam to the network.
        base_url: The target's.
        endpoint: What is spoken to.
        session: Gives each call its token.
        timeout_s: For the connection, and for the response.
        clock: Learns from every response.
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
        self._secret_fields = endpoint.secrets
        self._interpreter = Interpreter((f.name for f in endpoint.fields), endpoint.secrets)
        self.session = session
        self.clock = clock
        self._url = httpx.URL(base_url + endpoint.path)
        self._extensions = {"timeout": httpx.Timeout(timeout_s).as_dict()}
        self._headers: tuple[str, httpx.Headers] = ("", httpx.Headers())

    async def exchange(self, call: Call, token: str) -> CallResult:
        """Makes a call, once. Never raises for what the network or the target does.

        Args:
            call: What to ask.
            token: Who asks.
        """
        try:
            answer = await self._transport.handle_async_request(self._request(call, token))
        except httpx.TransportError as error:
            return interpret_error(error, Redactor(self._secrets(call)))
        self.clock.learn(answer.headers.get("date"))
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        response = Response(status=answer.status_code, headers=answer.headers, body=answer.content)
        return self._interpreter.interpret(
            response, call.expected, now=now, redactor=lambda: Redactor(self._secrets(call))
        )

    def _secrets(self, call: Call) -> Iterable[str]:
        """All that no response may repeat: the session's secrets and those of the row that was sent."""
        sent = parse_object(call.content or b"") or {}
        return {*self.session.secrets, *(str(sent[name]) for name in self._secret_fields if sent.get(name))}

    def _request(self, call: Call, token: str) -> httpx.Request:
        url = self._url
        if call.record_id is not None:
            url = url.copy_with(path=f"{url.path}/{call.record_id}")
        if call.query:
            url = url.copy_merge_params(call.query)
        return httpx.Request(
            call.method, url, headers=self._headers_for(token), content=call.content, extensions=self._extensions
        )

    def _headers_for(self, token: str) -> httpx.Headers:
        if self._headers[0] != token:
            headers = httpx.Headers(
                {
                    "Authorization": f"{self.session.scheme} {token}",
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",
                    "Content-Type": "application/json",
                    "User-Agent": "nexudus-import",
                }
            )
            self._headers = (token, headers)
        return self._headers[1]


def encode(body: object) -> bytes:
    """A JSON body as it is sent."""
    return json.dumps(body).encode()
