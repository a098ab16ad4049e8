"""What is at the target already: the records of each part of the endpoint that rows are for.

A part is listed page by page, or, where it holds far more records than there are rows for it, asked for row by row.
May import `remote`, `ledger`, and `delivery`'s keys and failures.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.delivery.failures import not_the_endpoint, refused_user, unreachable
from pipeline.delivery.keys import filters_of, filters_of_part, key_in
from pipeline.errors import Code, TargetUnavailable
from pipeline.model.durations import in_words
from pipeline.model.rows import Status
from pipeline.remote.calls import MissingRole, NotTheEndpoint
from pipeline.remote.resource import EndlessList, ListPage, NoResponse, NotSupported, UnreadableResponse
from pipeline.remote.responses import read_id

if TYPE_CHECKING:
    from pipeline.ledger.entry import PendingRow
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.model.findings import CheckedBatch
    from pipeline.model.rows import Key
    from pipeline.remote.resource import Resource
    from schemas.endpoint import Endpoint

T = TypeVar("T")

_log = logging.getLogger(__name__)

_LONG_S = 60.0


def parts_of_new(endpoint: Endpoint, batch: CheckedBatch, pending: Sequence[PendingRow]) -> dict[int, tuple[Any, Key]]:
    """The rows of which the ledger does not know whether their record exists: a repeated import costs no quota.

    Args:
        endpoint: Where they go.
        batch: The rows.
        pending: Those that have something left to do.

    Returns:
        Position to the part of the target that the row is for, and its key.
    """
    new = [p.position for p in pending if p.status is Status.UNPROCESSED and p.existing_id is None]
    parts = batch.typed[endpoint.partition].iloc[new].tolist() if new else []
    keyed = ((p, part, batch.keys[p]) for p, part in zip(new, parts, strict=True))
    return {p: (part, key) for p, part, key in keyed if key is not None}


@dataclass(kw_only=True)
class ExistingRecords:
    """Finds the records of each part that rows are for, before any of its rows is sent.

    Attributes:
        endpoint: Where the rows go.
        resource: The list call.
        ledger: Keeps what was found while the run lasts.
        at_once: So many parts are looked at at the same time.
        is_found: Whether another process has looked already, so that all that can be known is in the ledger.
    """

    endpoint: Endpoint
    resource: Resource
    ledger: RunLedger
    at_once: int
    is_found: bool = False
    _listed: set[Any] = field(default_factory=set)
    _asked: dict[Any, set[str]] = field(default_factory=lambda: defaultdict(set))
    _impossible: bool = False

    def knows(self, part: Any, key: Key) -> bool:
        """Whether all that can be known of a key is in the ledger.

        Args:
            part: The part of the target that it is for.
            key: The key.
        """
        return self.is_found or self._impossible or part in self._listed or key.folded in self._asked[part]

    async def find(self, wanted: Mapping[Any, Sequence[Key]]) -> AsyncGenerator[list[Any]]:
        """Looks for the records of these keys, several parts at once.

        Args:
            wanted: Values of the endpoint's partition field, in the order of the rows; the keys of each.

        Yields:
            Parts of whose keys it is now in the ledger which exist.

        Raises:
            TargetUnavailable: The target does not answer.
            WrongTarget: Something else answers in its place.
            SignInError: The token has expired.
            Stopping: The run is to end.
        """
        slots = asyncio.Semaphore(self.at_once)
        async with _tasks(self._look(part, keys, slots) for part, keys in wanted.items()) as tasks:
            left = set(tasks)
            while left:
                done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
                yield [task.result() for task in done]

    async def _look(self, part: Any, keys: Sequence[Key], slots: asyncio.Semaphore) -> Any:
        async with slots:
            if not self._impossible:
                await self._find_in(part, keys)
        return part

    async def _find_in(self, part: Any, keys: Sequence[Key]) -> None:
        where = f"{self.endpoint.partition} {part}"
        try:
            await self.ledger.add_listed(await self._found(part, keys))
        except MissingRole as error:
            if error.was_granted:  # the token has expired: to go on would create anew what exists
                raise refused_user(error) from error
            self._give_up(error.reason)
        except NotSupported:
            self._give_up("the target offers no list")
        except EndlessList as error:
            self._listed.add(part)
            _log.warning("Cannot see all that exists for %s: %s. %s", where, error, _WITHOUT)
        except NoResponse as error:
            raise unreachable(str(error)) from error
        except NotTheEndpoint as error:
            raise not_the_endpoint(error) from error
        except UnreadableResponse as error:
            message = f"The target does not list what exists for {where} ({error})."
            raise TargetUnavailable(Code.LISTING_UNREADABLE, message, where=where, reason=str(error)) from error

    async def _found(self, part: Any, keys: Sequence[Key]) -> list[tuple[str, int]]:
        filters = filters_of_part(part, self.endpoint)
        first = await self.resource.page(filters, 1)
        if len(self._asked[part]) + len(keys) < first.pages:
            self._tell(part, first, len(keys), f"{len(keys):,} rows are looked up one by one instead")
            found = await self._asked_for(keys)
            self._asked[part].update(key.folded for key in keys)
            return found
        self._tell(part, first, first.pages, "listing them")
        records = [record async for record in self.resource.list(filters, first)]
        self._listed.add(part)
        return self._keyed(records)

    async def _asked_for(self, keys: Sequence[Key]) -> list[tuple[str, int]]:
        async with _tasks(map(self._records_of, keys)) as tasks:
            return [one for found in await asyncio.gather(*tasks) for one in found]

    async def _records_of(self, key: Key) -> list[tuple[str, int]]:
        return self._keyed([record async for record in self.resource.list(filters_of(key, self.endpoint))])

    def _keyed(self, records: Iterable[Mapping[str, Any]]) -> list[tuple[str, int]]:
        found = ((key_in(record, self.endpoint), read_id(record.get("Id"))) for record in records)
        return [(key, remote_id) for key, remote_id in found if key is not None and remote_id is not None]

    def _tell(self, part: Any, first: ListPage, calls: int, how: str) -> None:
        """Says what takes long before it does."""
        seconds = self.resource.least_duration_of(calls)
        if seconds >= _LONG_S:
            _log.warning(
                "%s %s holds %s records: %s takes %s calls, at least %s at the limits.",
                *(self.endpoint.partition, part, f"{first.total or 0:,}", how, f"{calls:,}", in_words(seconds)),
            )

    def _give_up(self, why: str) -> None:
        if not self._impossible:
            self._impossible = True
            _log.warning("Cannot see what exists at the target: %s. %s", why, _WITHOUT)


@contextlib.asynccontextmanager
async def _tasks(work: Iterable[Coroutine[None, None, T]]) -> AsyncIterator[list[asyncio.Task[T]]]:
    """Tasks of which none is left behind; the first error comes through as it is, unlike from a `TaskGroup`."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


_WITHOUT = (
    "Going on with what earlier runs have created, as the ledger knows it; other records of the same key will not be "
    "noticed."
)
