"""Updater records that exist at the target (`--existing update`).

May import `remote` and `model`; must know nothing of the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.model.findings import envelope
from pipeline.model.rows import Outcome, Status
from pipeline.remote.resource import MissingRole, UnreadableResponse
from pipeline.remote.responses import Verdict

if TYPE_CHECKING:
    from pipeline.model.rows import Record
    from pipeline.remote.resource import Resource


@dataclass(frozen=True, kw_only=True)
class Updater:
    """Brings existing records up to date with their rows (`--existing update`).

    Attributes:
        siblings: The read and update calls.
    """

    resource: Resource

    async def apply(self, record: Record, remote_id: int) -> Outcome:
        """Updater the fields that the row gives, and no others.

        Raises:
            Stopping: The run is to end.
        """
        given: Mapping[str, Any] = json.loads(record.body)
        try:
            existing = await self.resource.read(remote_id)
            if existing is None:
                return _failed(remote_id, f"record {remote_id} is gone from the target: import the row again")
            if all(existing.get(name) == value for name, value in given.items()):
                return Outcome(status=Status.SKIPPED, remote_id=remote_id, reason="exists and does not differ")
            # The whole record goes back: what is left out of a PUT may be cleared.
            reading = await self.resource.update({**existing, **given, "Id": remote_id})
        except MissingRole as error:
            return Outcome(
                status=Status.REJECTED,
                remote_id=remote_id,
                response=envelope([], f"the user lacks the role {error.role}"),
            )
        except UnreadableResponse as error:
            return _failed(remote_id, f"no answer ({error}); the record may have been changed: import the row again")
        if reading.verdict is Verdict.CREATED:
            return Outcome(status=Status.UPDATED, remote_id=remote_id)
        return Outcome(status=Status.REJECTED, remote_id=remote_id, response=reading.response)


def _failed(remote_id: int, message: str) -> Outcome:
    return Outcome(status=Status.FAILED, remote_id=remote_id, response=envelope([], message))
