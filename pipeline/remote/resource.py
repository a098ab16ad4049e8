"""The endpoint's other calls: list, read, update, delete. All of them may be repeated without harm.

Source: developers.nexudus.com and learn.nexudus.com, the pages of the email accounts' sibling calls.
"""

from __future__ import annotations

import contextlib
import json
from asyncio import Semaphore
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from pipeline.remote.responses import CallResult, Verdict, interpret_error, interpret_response
from pipeline.remote.retry import NotSent, Throttled, TokenRenewed, with_retries

if TYPE_CHECKING:
    from pipeline.remote.client import Client
    from pipeline.remote.rate_limit import RateLimiter
    from pipeline.stop import Stop
    from schemas.endpoint import Endpoint

_PAGE_SIZE = 100
_NOT_OFFERED = {404, 405, 501}


class MissingRole(Exception):
    """The user lacks the role for a call.

    Args:
        role: Its documented name.
    """

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.role = role


class NotSupported(Exception):
    """The target does not know the call at all."""


class UnreadableResponse(Exception):
    """All attempts are spent without a readable answer."""


class NoResponse(UnreadableResponse):
    """All attempts are spent without any answer."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """The sibling calls, each paced and repeated as needed.

    Attributes:
        client: Makes one exchange.
        endpoint: Whose siblings they are.
        pacer: Lets each call pass.
        slots: Calls in flight, shared with the creating ones.
        attempts: How often a call may fail before it is given up.
        stop: Interrupts every wait.
    """

    client: Client
    endpoint: Endpoint
    limiter: RateLimiter
    slots: Semaphore
    attempts: int
    stop: Stop

    async def probe(self) -> None:
        """Makes a call that changes nothing, so that its answer tells the target's time; whether it succeeds or not."""
        with contextlib.suppress(MissingRole, UnreadableResponse):
            await self._call("GET", self.endpoint.roles.list, query={"page": "1", "size": "1"})

    async def list(self, filters: Mapping[str, str]) -> AsyncIterator[Mapping[str, Any]]:
        """The records that pass the filters, page after page; partial, as lists are.

        Raises:
            MissingRole: The user lacks the List role.
            NotSupported: The target has no such call.
            UnreadableResponse: It did not answer readably.
        """
        page = 1
        while True:
            query = {"page": str(page), "size": str(_PAGE_SIZE), **filters}
            answer = await self._call("GET", self.endpoint.roles.list, query=query)
            if answer.status_code in _NOT_OFFERED:
                raise NotSupported
            found = _object(answer)
            records = found.get("Records")
            if answer.status_code != 200 or not isinstance(records, list):
                raise UnreadableResponse(f"HTTP {answer.status_code} without a list of records")
            for record in records:
                if isinstance(record, dict):
                    yield record
            if not found.get("HasNextPage") or not records:
                return
            page += 1

    async def read(self, record_id: int) -> dict[str, Any] | None:
        """A whole record; `None` where there is none of that Id.

        Raises:
            MissingRole: The user lacks the Read role.
            UnreadableResponse: It did not answer readably.
        """
        answer = await self._call("GET", self.endpoint.roles.read, record_id=record_id)
        if answer.status_code == 404:
            return None
        found = _object(answer)
        if answer.status_code != 200 or "Id" not in found:
            raise UnreadableResponse(f"HTTP {answer.status_code} without a record")
        return dict(found)

    async def update(self, record: Mapping[str, Any]) -> CallResult:
        """Puts a whole record, its Id in the body.

        Raises:
            MissingRole: The user lacks the Edit role.
            UnreadableResponse: It did not answer readably.
        """
        return self._read(await self._call("PUT", self.endpoint.roles.edit, body=record))

    async def delete(self, record_id: int) -> CallResult | None:
        """Deletes a record; `None` where there was none of that Id.

        Raises:
            MissingRole: The user lacks the Delete role.
            UnreadableResponse: It did not answer readably.
        """
        answer = await self._call("DELETE", self.endpoint.roles.delete, record_id=record_id)
        return None if answer.status_code == 404 else self._read(answer)

    def _read(self, answer: httpx.Response) -> CallResult:
        """An envelope without an Id is success enough for calls that name the record themselves."""
        now = datetime.fromtimestamp(self.client.clock.now(), UTC)
        reading = interpret_response(answer.status_code, answer.headers, answer.content, now, self.endpoint.secrets)
        if reading.verdict is Verdict.IN_DOUBT and _object(answer).get("WasSuccessful") is True:
            return CallResult(verdict=Verdict.CREATED)
        return reading

    async def _call(
        self,
        method: str,
        role: str,
        *,
        record_id: int | None = None,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> httpx.Response:
        refused: set[str] = set()

        async def attempt() -> httpx.Response:
            await self.limiter.acquire(modifying=method != "GET")
            token = self.client.session.token
            try:
                async with self.slots:
                    answer = await self.client.call(method, record_id=record_id, query=query, body=body)
            except httpx.TransportError as error:
                raise NotSent(interpret_error(error)) from error
            if answer.status_code in {401, 403}:
                if refused or not await self.client.session.renew(token):
                    raise MissingRole(role)
                refused.add(token)
                raise TokenRenewed
            await self._check(answer)
            return answer

        try:
            return await with_retries(attempt, self.attempts, self.stop)
        except NotSent as error:
            message = str((error.reading.response or {}).get("Message")) if error.reading else "no answer"
            silent = isinstance(error.__cause__, httpx.TransportError)
            raise (NoResponse(message) if silent else UnreadableResponse(message)) from error

    async def _check(self, answer: httpx.Response) -> None:
        """Raises what makes the call be repeated: throttling, errors of the server, an answer that cannot be read."""
        now = datetime.fromtimestamp(self.client.clock.now(), UTC)
        reading = interpret_response(answer.status_code, answer.headers, answer.content, now, self.endpoint.secrets)
        if reading.verdict is Verdict.THROTTLED:
            await self.limiter.throttled(reading.retry_after_s)
            raise Throttled(reading)
        unreadable = answer.status_code == 200 and not _object(answer)
        if unreadable or (answer.status_code >= 500 and answer.status_code not in _NOT_OFFERED):
            raise NotSent(reading)
        self.limiter.succeeded()


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
