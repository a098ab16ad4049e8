"""What undoing a run would do, seen from lists: a page tells of a hundred records what reading tells of one.

May import `delivery.undoer`, `remote`, `ledger` and `model`.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.delivery.keys import filters_of_part
from pipeline.model.rows import Status
from pipeline.remote.calls import MissingRole, NotTheEndpoint
from pipeline.remote.resource import PAGE_SIZE, NotSupported, UnreadableResponse
from pipeline.remote.responses import read_id

if TYPE_CHECKING:
    from pipeline.delivery.undoer import Undoer, Undone
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.ledger.undo import UndoableRecord

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class UndoSurvey:
    """Looks at the records that a run created, part by part of the target.

    Attributes:
        undoer: Judges a record.
        ledger: Knows what the run created.
    """

    undoer: Undoer
    ledger: RunLedger

    async def judged(self) -> AsyncIterator[tuple[UndoableRecord, Undone]]:
        """Records that lists show, with what would become of each. Those that no list shows are left to be read.

        Raises:
            Stopping: The operation is to end.
        """
        for part, ids in (await self._by_part()).items():
            try:
                async for one in self._listed(part, ids):
                    yield one
            except (MissingRole, NotSupported, NotTheEndpoint, UnreadableResponse) as error:
                _log.info("The records of %s are read one by one, since they cannot be listed (%s).", part, error)

    async def _by_part(self) -> dict[Any, set[int]]:
        """The Ids of the created records that are left, by the value of the endpoint's partition field."""
        endpoint, found = self.undoer.endpoint, defaultdict[Any, set[int]](set)
        async for one in self.ledger.all_left_to_undo():
            if one.end.status is Status.CREATED and one.end.key is not None:
                found[one.end.key.named(endpoint.key).get(endpoint.partition)].add(one.remote_id)
        return found

    async def _listed(self, part: Any, ids: set[int]) -> AsyncIterator[tuple[UndoableRecord, Undone]]:
        endpoint, resource = self.undoer.endpoint, self.undoer.resource
        filters = filters_of_part(part, endpoint)
        first = await resource.page(filters, 1)
        if first.pages > len(ids):  # to read them is cheaper
            return
        shown: dict[int, Mapping[str, Any]] = {}
        async for record in resource.list(filters, first):
            record_id = read_id(record.get("Id"))
            if record_id in ids and record.get("CreatedOn") and record.get("UpdatedOn"):
                shown[record_id] = record
            if len(shown) == PAGE_SIZE:
                for one in await self._judged(shown):
                    yield one
                shown = {}
        for one in await self._judged(shown):
            yield one

    async def _judged(self, shown: Mapping[int, Mapping[str, Any]]) -> list[tuple[UndoableRecord, Undone]]:
        known = await self.ledger.undoable(list(shown))
        return [(one, self.undoer.judge(one, shown[one.remote_id])) for one in known]
