"""What is at the target already: the records of each part of the endpoint that rows are for, listed page by page.

May import `remote`, `ledger` and `delivery.failures`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.delivery.failures import RESUME, not_the_endpoint, unreachable
from pipeline.delivery.keys import key_in
from pipeline.errors import TargetUnavailable
from pipeline.remote.calls import MissingRole, NotTheEndpoint
from pipeline.remote.resource import EndlessList, NoResponse, NotSupported, UnreadableResponse
from pipeline.remote.responses import read_id

if TYPE_CHECKING:
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.remote.resource import Resource
    from schemas.endpoint import Endpoint

_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class ExistingRecords:
    """Finds the records of each part that rows are for, before any of its rows is sent.

    Attributes:
        endpoint: Where the rows go.
        resource: The list call.
        ledger: Keeps what was found while the run lasts.
    """

    endpoint: Endpoint
    resource: Resource
    ledger: RunLedger
    _listed: set[Any] = field(default_factory=set)
    _impossible: bool = False

    async def ensure(self, parts: Iterable[Any]) -> bool:
        """Lists those that have not been listed yet; returns whether there were any.

        Args:
            parts: Values of the endpoint's partition field.

        Raises:
            TargetUnavailable: The target does not answer.
            WrongTarget: Something else answers in its place.
            Stopping: The run is to end.
        """
        unlisted = sorted(set(parts) - self._listed)
        for part in unlisted:
            if self._impossible:
                return False
            await self._list(part)
            self._listed.add(part)
        return bool(unlisted)

    async def _list(self, part: Any) -> None:
        where = f"{self.endpoint.partition} {part}"
        try:
            await self.ledger.add_listed(await self._found(part))
        except MissingRole as error:
            self._give_up(error.reason)
        except NotSupported:
            self._give_up("the target offers no list")
        except EndlessList as error:
            self._give_up(f"{where}: {error}")
        except NoResponse as error:
            raise unreachable(str(error)) from error
        except NotTheEndpoint as error:
            raise not_the_endpoint(error) from error
        except UnreadableResponse as error:
            advice = f"Try again later: {RESUME}; --existing ignore does without."
            message = f"The target does not list what exists for {where} ({error})."
            raise TargetUnavailable(message, advice=advice) from error

    async def _found(self, part: Any) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        async for record in self.resource.list({self.endpoint.filters[self.endpoint.partition]: str(part)}):
            key, remote_id = key_in(record, self.endpoint), read_id(record.get("Id"))
            if key is not None and remote_id is not None:
                found.append((key, remote_id))
        return found

    def _give_up(self, why: str) -> None:
        self._impossible = True
        _log.warning(
            "Cannot see what exists at the target: %s. Going on with what earlier runs have created, as the ledger "
            "knows it; other records of the same key will not be noticed.",
            why,
        )
