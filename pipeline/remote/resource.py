"""What the endpoint offers: create, list, read, update and delete its records.

Source: developers.nexudus.com and learn.nexudus.com, the pages of the email accounts' calls.
May import `remote`'s calls and responses. Must know nothing of the rows of a file or of the ledger.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.remote.calls import MissingRole, NotTheEndpoint
from pipeline.remote.client import Call, encode
from pipeline.remote.responses import Expected, Verdict, read_id
from pipeline.remote.retry import NotSent

if TYPE_CHECKING:
    from pipeline.remote.calls import Calls
    from pipeline.remote.clock import TargetClock
    from pipeline.remote.responses import CallResult
    from schemas.endpoint import Endpoint

PAGE_SIZE = 100
_NOT_OFFERED = {404, 405, 501}
_MOST_PAGES_MORE = 100
"""A list may grow while it is read; by so many pages more than it announced, it has no end."""


class NotSupported(Exception):
    """The target does not know the call at all."""


class UnreadableResponse(Exception):
    """All attempts are spent without a response that can be read."""


class NoResponse(UnreadableResponse):
    """All attempts are spent without any response."""


class EndlessList(UnreadableResponse):
    """The list goes on for ever, or repeats itself."""


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """One page of a list.

    Attributes:
        records: Its records; partial, as lists are.
        total: How many records the whole list has, as far as it says.
        has_more: Whether another page follows.
    """

    records: list[Mapping[str, Any]]
    total: int | None
    has_more: bool

    @property
    def pages(self) -> int:
        """How many pages the whole list has, as far as it says."""
        return -(-(self.total or 0) // PAGE_SIZE)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """The endpoint's records at one target.

    Attributes:
        calls: Makes each call.
        endpoint: Whose records they are.
    """

    calls: Calls
    endpoint: Endpoint

    @property
    def clock(self) -> TargetClock:
        """The target's clock, as far as it is known."""
        return self.calls.client.clock

    async def follow_waits(self) -> None:
        """Follows the waits that the target asked other processes for; runs until cancelled."""
        await self.calls.limiter.follow()

    def least_duration_of(self, calls: int) -> float:
        """How many seconds so many calls take at least that change nothing; 0 without limits."""
        return self.calls.limiter.least_duration_of(calls)

    async def probe(self) -> None:
        """Makes a call that changes nothing, since any response to it tells the target's time."""
        with contextlib.suppress(MissingRole, NotTheEndpoint, NotSent):
            await self.calls.make(self._list_call({}, page=1, size=1))

    async def create(
        self, body: bytes, before: Callable[[], Awaitable[None]], leaves: Callable[[bool], None]
    ) -> CallResult:
        """Posts one record, until the target has processed it or may have.

        Args:
            body: The JSON object, encoded.
            before: Claims the row; done before each attempt.
            leaves: Told `True` when an attempt leaves, since the record may be created from then on; and `False` once
                it is known that it was not.

        Raises:
            NotSent: All attempts are spent; the target has not processed it.
            MissingRole: The user lacks the Create role.
            NotTheEndpoint: Something else answered.
            Stopping: The run is to end.
        """
        call = Call(method="POST", role=self.endpoint.roles.create, expected=Expected.CREATION, content=body)
        return await self.calls.make(call, before, leaves)

    async def list(self, filters: Mapping[str, str], first: ListPage | None = None) -> AsyncIterator[Mapping[str, Any]]:
        """The records that pass the filters, page after page; partial, as lists are.

        Args:
            filters: Names and values of the query.
            first: The first page, where it is known already.

        Raises:
            MissingRole: The user lacks the List role.
            NotSupported: The target has no such call.
            NotTheEndpoint: Something else answered.
            UnreadableResponse: It did not answer readably, or without an end.
        """
        number, seen = 1, set[int]()
        first = found = first if first is not None else await self.page(filters, number)
        while True:
            new = [record for record in found.records if read_id(record.get("Id")) not in seen]
            for record in new:
                yield record
            if not found.has_more or not found.records:
                return
            seen.update(filter(None, (read_id(record.get("Id")) for record in new)))
            number += 1
            self._check_end(first, number, has_news=bool(new))
            found = await self.page(filters, number)

    @staticmethod
    def _check_end(first: ListPage, number: int, *, has_news: bool) -> None:
        """Ends a list that says for ever that there is more.

        Raises:
            EndlessList: The last page brought nothing new, or there are far more pages than the first one announced.
        """
        if not has_news:
            raise EndlessList(f"page {number - 1} of the list repeats what earlier pages showed")
        if first.total is not None and number > first.pages + _MOST_PAGES_MORE:
            raise EndlessList(f"the list announced {first.pages} pages and does not end after {number - 1}")

    async def page(self, filters: Mapping[str, str], number: int) -> ListPage:
        """One page of the list.

        Raises:
            MissingRole: The user lacks the List role.
            NotSupported: The target has no such call.
            NotTheEndpoint: Something else answered.
            UnreadableResponse: It did not answer readably.
        """
        try:
            result = await self._answered(self._list_call(filters, page=number, size=PAGE_SIZE))
        except NotTheEndpoint as error:
            if error.result.status in _NOT_OFFERED:
                raise NotSupported from error
            raise
        document = result.document or {}
        records = document.get("Records")
        if result.verdict is not Verdict.SUCCEEDED or not isinstance(records, list):
            raise UnreadableResponse(f"HTTP {result.status} without a list of records")
        return ListPage(
            records=[record for record in records if isinstance(record, dict)],
            total=_count(document.get("TotalItems")),
            has_more=bool(document.get("HasNextPage")) and bool(records),
        )

    def _list_call(self, filters: Mapping[str, str], *, page: int, size: int) -> Call:
        query = {"page": str(page), "size": str(size), **filters}
        return Call(method="GET", role=self.endpoint.roles.list, expected=Expected.DOCUMENT, query=query)

    async def read(self, record_id: int) -> dict[str, Any] | None:
        """A whole record; `None` where the endpoint says that there is none of that Id.

        Raises:
            MissingRole: The user lacks the Read role.
            NotTheEndpoint: Something else answered.
            UnreadableResponse: It did not answer readably.
        """
        role = self.endpoint.roles.read
        result = await self._answered(Call(method="GET", role=role, expected=Expected.DOCUMENT, record_id=record_id))
        if result.status == 404:
            return None
        document = result.document or {}
        if result.verdict is not Verdict.SUCCEEDED or "Id" not in document:
            raise UnreadableResponse(f"HTTP {result.status} without a record")
        return dict(document)

    async def update(self, record: Mapping[str, Any]) -> CallResult:
        """Puts a whole record, its Id in the body.

        Raises:
            MissingRole: The user lacks the Edit role.
            NotTheEndpoint: Something else answered.
            UnreadableResponse: It did not answer readably.
        """
        role = self.endpoint.roles.edit
        return await self._answered(Call(method="PUT", role=role, expected=Expected.ENVELOPE, content=encode(record)))

    async def delete(self, record_id: int) -> CallResult | None:
        """Deletes a record; `None` where the endpoint says that there was none of that Id.

        Raises:
            MissingRole: The user lacks the Delete role.
            NotTheEndpoint: Something else answered.
            UnreadableResponse: It did not answer readably.
        """
        role = self.endpoint.roles.delete
        result = await self._answered(Call(method="DELETE", role=role, expected=Expected.ENVELOPE, record_id=record_id))
        return None if result.status == 404 else result

    async def _answered(self, call: Call) -> CallResult:
        try:
            return await self.calls.make(call)
        except NotSent as error:
            result = error.result
            message = result.message if result else "no answer"
            kind = NoResponse if result is None or result.status is None else UnreadableResponse
            raise kind(message) from error


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
