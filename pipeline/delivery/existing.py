"""What is at the target already: one paged listing per business, and changes to records that exist."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pipeline.errors import TargetUnavailable
from pipeline.ledger import entry
from pipeline.remote.resource import MissingRole, NoResponse, NotSupported, UnreadableResponse

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.ledger.writer import LedgerWriter
    from pipeline.remote.resource import Resource
    from schemas.endpoint import Endpoint

_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Listing:
    """Finds the records of each business that rows are for, before any of its rows is sent.

    Attributes:
        run: Whose rows.
        endpoint: Where they go.
        siblings: The list call.
        writer: Keeps what was found while the run lasts.
    """

    run: StoredRun
    endpoint: Endpoint
    resource: Resource
    writer: LedgerWriter
    _listed: set[int] = field(default_factory=set)
    _impossible: bool = False

    async def ensure(self, business_ids: Iterable[int]) -> bool:
        """Lists those that have not been listed yet; returns whether there were any.

        Raises:
            TargetUnavailable: The target does not answer.
            Stopping: The run is to end.
        """
        unlisted = sorted(set(business_ids) - self._listed)
        for business_id in unlisted:
            if self._impossible:
                return False
            await self._list(business_id)
            self._listed.add(business_id)
        return bool(unlisted)

    async def _list(self, business_id: int) -> None:
        number, text = self.endpoint.key
        found: list[tuple[str, int]] = []
        try:
            found = [
                (str(record[text]).strip(), int(record["Id"]))
                async for record in self.resource.list({self.endpoint.filters[number]: str(business_id)})
                if record.get(number) == business_id and record.get(text) and isinstance(record.get("Id"), int)
            ]
        except MissingRole as error:
            self._give_up(f"the user lacks the role {error.role}")
        except NotSupported:
            self._give_up("the target offers no list")
        except NoResponse as error:
            advice = "`nexudus-import resume --last` goes on from here when it is back."
            raise TargetUnavailable(f"The target cannot be reached ({error}).", advice=advice) from error
        except UnreadableResponse as error:
            advice = (
                "Try again later: `nexudus-import resume --last` goes on from here; --existing ignore does without."
            )
            message = f"The target does not list what exists for business {business_id} ({error})."
            raise TargetUnavailable(message, advice=advice) from error
        add = partial(entry.add_listed, run_id=self.run.id, business_id=business_id, found=found)
        await self.writer.do(add)

    def _give_up(self, why: str) -> None:
        self._impossible = True
        _log.warning(
            "Cannot see what exists at the target: %s. Going on with what earlier runs have created, as the ledger "
            "knows it; other records of the same key will not be noticed.",
            why,
        )
