"""What became of a row that was sent without a readable answer: it is looked up by its key.

A record counts as the row's own only if it was created since the row was first sent (by the target's clock), has the
row's key, and belongs to no other row of the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.errors import TargetUnavailable
from pipeline.ledger import claims
from pipeline.remote.resource import MissingRole, NoResponse, NotSupported, UnreadableResponse

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.ledger.writer import LedgerWriter
    from pipeline.model.rows import Key
    from pipeline.remote.resource import Resource
    from schemas.endpoint import Endpoint

# The `Date` header has whole seconds, and its age is the answer's travelling time.
_CLOCK_TOLERANCE_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Found:
    """The look-up's result.

    Attributes:
        remote_id: The one record that is the row's own.
        absent: Whether it is known that there is none.
        why: Where neither: why that cannot be said, and how to settle it by hand.
    """

    remote_id: int | None = None
    absent: bool = False
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """Looks rows up at the target.

    Attributes:
        run: Whose rows.
        endpoint: Where they were sent.
        siblings: The list and read calls.
        writer: Knows which records have an owner.
    """

    run: StoredRun
    endpoint: Endpoint
    resource: Resource
    writer: LedgerWriter

    async def find(self, key: Key, since: float) -> Found:
        """Finds the record that a row of this key has created since then.

        Args:
            key: The row's.
            since: When it was first sent, by the target's clock, in seconds since 1970.

        Raises:
            TargetUnavailable: The target does not answer at all.
            Stopping: The run is to end.
        """
        try:
            candidates = [r async for r in self._candidates(key, since)]
        except MissingRole as error:
            return Found(why=f"the user lacks the role {error.role} to look it up; {_by_hand(key)}")
        except NotSupported:
            return Found(why=f"the target offers no list to look it up in; {_by_hand(key)}")
        except NoResponse as error:
            # Not an end: a run that has ended cannot look up any more, a stopped one does when it is resumed.
            advice = "`nexudus-import resume --last` goes on from here when it is back."
            raise TargetUnavailable(f"The target cannot be reached ({error}).", advice=advice) from error
        except UnreadableResponse as error:
            return Found(why=f"the look-up got no answer ({error}); {_by_hand(key)}")
        taken = await self.writer.do(partial(claims.owned, target_id=self.run.target_id, remote_ids=candidates))
        free = [remote_id for remote_id in candidates if remote_id not in taken]
        if len(free) > 1:
            ids = ", ".join(map(str, free))
            return Found(why=f"{len(free)} records with this key were created since ({ids}): keep one of them")
        return Found(remote_id=free[0]) if free else Found(absent=True)

    async def _candidates(self, key: Key, since: float) -> Any:
        number, text = self.endpoint.key
        filters = {
            self.endpoint.filters[number]: str(key.business_id),
            self.endpoint.filters[text]: key.email,
        }
        async for record in self.resource.list(filters):
            # Whether the filters are exact is not documented: what counts is compared here.
            same = (record.get(number), str(record.get(text, "")).strip().lower()) == key.folded
            if same and isinstance(record.get("Id"), int) and await self._created_since(record, since):
                yield record["Id"]

    async def _created_since(self, record: Mapping[str, Any], since: float) -> bool:
        created = _moment(record.get("CreatedOn"))
        if created is None:
            whole = await self.resource.read(record["Id"])
            created = _moment((whole or {}).get("CreatedOn"))
        return created is None or created >= since - _CLOCK_TOLERANCE_S


def _moment(value: object) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def _by_hand(key: Key) -> str:
    return (
        f"look for {key.email} of business {key.business_id} at the target, and import the row again if it is missing"
    )
