"""One exchange with the endpoint: a call out, its result in. Repeats nothing by itself.

May import `remote`'s session, clock, responses, redaction and the seam of its transports. Must know nothing of limits,
retries or ledgers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import httpx

from pipeline.remote.redaction import Redactor
from pipeline.remote.responses import CallResult, Expected, Interpreter, interpret_error, parse_object

if TYPE_CHECKING:
    from pipeline.remote.clock import TargetClock
    from pipeline.remote.session import Session
    from pipeline.remote.transports.seam import Transport
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
        transport: Transport,
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
        self._url = base_url + endpoint.path
        self._timeout_s = timeout_s
        self._headers: tuple[str, Mapping[str, str]] = ("", {})

    async def exchange(self, call: Call, token: str) -> CallResult:
        """Makes a call, once. Never raises for what the network or the target does.

        Args:
            call: What to ask.
            token: Who asks.
        """
        headers = self._headers_for(token)
        try:
            response = await self._transport.send(
                call.method, self._url_of(call), headers, call.content, self._timeout_s
            )
        except httpx.TransportError as error:
            return interpret_error(error, Redactor(self._secrets(call)))
        self.clock.learn(response.header("date"))
        return self._interpreter.interpret(
            response, call.expected, now=self._now, redactor=lambda: Redactor(self._secrets(call))
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), UTC)

    def _secrets(self, call: Call) -> Iterable[str]:
        """All that no response may repeat: the session's secrets and those of the row that was sent."""
        sent = parse_object(call.content or b"") or {}
        return {*self.session.secrets, *(str(sent[name]) for name in self._secret_fields if sent.get(name))}

    def _url_of(self, call: Call) -> str:
        url = self._url if call.record_id is None else f"{self._url}/{call.record_id}"
        return f"{url}?{urlencode(call.query, quote_via=quote)}" if call.query else url

    def _headers_for(self, token: str) -> Mapping[str, str]:
        """The same object for as long as the token is the same."""
        if self._headers[0] != token:
            headers = {
                "Authorization": f"{self.session.scheme} {token}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
                "User-Agent": "nexudus-import",
            }
            self._headers = (token, headers)
        return self._headers[1]


def encode(body: object) -> bytes:
    """A JSON body as it is sent."""
    return json.dumps(body).encode()
