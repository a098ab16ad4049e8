"""What became of a row that was sent without a readable answer: its record is looked up by its key.

A record counts as the row's own only if it was created since the row was first sent (by the target's clock), has the
row's key, and belongs to no other row of the ledger. That there is none counts only once the list is seen to have
caught up: it must show a record that was created after the row's doubt began.
May import `remote`, `ledger` and `delivery.failures`.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pipeline.delivery.failures import not_the_endpoint, refused_user, unreachable
from pipeline.delivery.keys import filters_of, key_in
from pipeline.events import Event, tell
from pipeline.model.runs import parse_moment
from pipeline.model.waits import Cause, Why
from pipeline.remote.calls import MissingRole, NotTheEndpoint
from pipeline.remote.resource import NoResponse, NotSupported, UnreadableResponse
from pipeline.remote.responses import read_id

if TYPE_CHECKING:
    from pipeline.delivery.work_item import SendOptions
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.model.rows import Key
    from pipeline.remote.clock import TargetClock
    from pipeline.remote.resource import Resource
    from pipeline.stop import Stop
    from schemas.endpoint import Endpoint

_log = logging.getLogger(__name__)

# The `Date` header has whole seconds, and its age is the answer's travelling time.
_CLOCK_TOLERANCE_S = 2.0
_WITNESS_EVERY_S = 0.25
_MOST_WITNESSES = 4_096
_SPOILED = "record {} has this key, but the ledger has that Id for another one: the target has given it twice"


@dataclass(frozen=True, kw_only=True)
class Found:
    """The look-up's result.

    Attributes:
        remote_id: The one record that is the row's own.
        absent: Whether it counts as known that there is none.
        is_assumed: Whether that is so only because the list was waited for long enough.
        why: Where neither: why that cannot be said.
        candidates: Where several could be the row's own: their Ids.
    """

    remote_id: int | None = None
    absent: bool = False
    is_assumed: bool = False
    why: str = ""
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Witness:
    """A record of which it is known when it was created: once the list shows it, it has caught up to that moment."""

    sent_at: float
    key: Key
    remote_id: int


@dataclass(kw_only=True)
class Lookup:
    """Looks rows up at the target.

    Attributes:
        endpoint: Where they were sent.
        resource: The list and read calls.
        ledger: Knows which records have an owner.
        clock: The target's clock.
        options: How long the list is waited for.
        stop: Interrupts every wait.
    """

    endpoint: Endpoint
    resource: Resource
    ledger: RunLedger
    clock: TargetClock
    options: SendOptions
    stop: Stop
    _witnesses: deque[_Witness] = field(default_factory=lambda: deque(maxlen=_MOST_WITNESSES))
    _caught_up_to: float = 0.0

    def created(self, key: Key, remote_id: int, sent_at: float) -> None:
        """Takes note of a record that this run has created: the list will show it some time.

        Args:
            key: Its key.
            remote_id: Its Id.
            sent_at: When its row was sent, by the target's clock.
        """
        if not self._witnesses or sent_at >= self._witnesses[-1].sent_at + _WITNESS_EVERY_S:
            self._witnesses.append(_Witness(sent_at=sent_at, key=key, remote_id=remote_id))

    async def find_when_settled(self, key: Key, since: float, doubt_at: float, wait_s: float) -> Found:
        """Finds the record that a row of this key has created, as soon as that can be said.

        Args:
            key: The row's.
            since: When it was first sent, by the target's clock.
            doubt_at: When its doubt began, by that clock.
            wait_s: Seconds to wait before it is looked up for the first time.

        Raises:
            TargetUnavailable: The target does not answer at all.
            WrongTarget: Something else answers in its place.
            Stopping: The run is to end.
        """
        waited = 0.0
        while True:
            await self.stop.sleep(wait_s, Cause(why=Why.LOOK_UP))
            waited += wait_s
            # First whether the list has caught up, then whether it shows the record: never the other way round.
            is_seen = await self._has_caught_up(doubt_at)
            found = await self.find(key, since)
            is_enough = is_seen or waited >= self.options.max_lag_s
            _tell(found, is_certain=is_enough)
            if not found.absent:
                return found
            if is_enough:
                return replace(found, is_assumed=not is_seen)
            wait_s = min(2 * max(wait_s, self.options.settle_s), self.options.max_lag_s - waited)

    async def _has_caught_up(self, moment: float) -> bool:
        """Whether the list shows a record that was created after that moment."""
        if self._caught_up_to > moment:
            return True
        at = bisect_right(self._witnesses, moment, key=lambda witness: witness.sent_at)
        if at == len(self._witnesses):
            return False
        witness = self._witnesses[at]
        try:
            is_shown = witness.remote_id in [read_id(r.get("Id")) async for r in self._listed(witness.key)]
        except (MissingRole, NotSupported, NotTheEndpoint, UnreadableResponse):
            return False
        if is_shown:
            self._caught_up_to = max(self._caught_up_to, witness.sent_at)
        return is_shown

    async def find(self, key: Key, since: float) -> Found:
        """Finds the record that a row of this key has created since then, as the list shows it now.

        Args:
            key: The row's.
            since: When it was first sent, by the target's clock, in seconds since 1970.

        Raises:
            TargetUnavailable: The target does not answer at all.
            WrongTarget: Something else answers in its place.
            SignInError: The token has expired.
            Stopping: The run is to end.
        """
        try:
            candidates = {remote_id: certain async for remote_id, certain in self._candidates(key, since)}
        except MissingRole as error:
            if error.was_granted:  # the token has expired: whoever resumes with another finds the record
                raise refused_user(error) from error
            return Found(why=f"{error.reason} to look it up")
        except NotSupported:
            return Found(why="the target offers no list to look it up in")
        except NoResponse as error:
            # Not an end: a run that has ended cannot look up any more, a stopped one does when it is resumed.
            raise unreachable(str(error)) from error
        except NotTheEndpoint as error:
            raise not_the_endpoint(error) from error
        except UnreadableResponse as error:
            return Found(why=f"the look-up got no answer ({error})")
        taken = await self.ledger.owned(list(candidates))
        if foreign := [remote_id for remote_id, of_key in taken.items() if of_key != key.folded]:
            return Found(why=_SPOILED.format(foreign[0]), candidates=tuple(candidates))
        return _judged({remote_id: certain for remote_id, certain in candidates.items() if remote_id not in taken})

    async def _candidates(self, key: Key, since: float) -> AsyncIterator[tuple[int, bool]]:
        """Records that may be the row's own: their Ids, and whether they are known to be new enough."""
        async for record in self._listed(key):
            remote_id = read_id(record.get("Id"))
            if remote_id is None:
                raise UnreadableResponse("it lists a record without an Id that can be read")
            is_new = await self._is_created_since(record, remote_id, since)
            if is_new is not False:
                yield remote_id, bool(is_new)

    async def _listed(self, key: Key) -> AsyncIterator[Mapping[str, Any]]:
        """Records with that key. Whether the filters are exact is not documented: what counts is compared here."""
        filters = filters_of(key, self.endpoint)
        async for record in self.resource.list(filters):
            if key_in(record, self.endpoint) == key.folded:
                yield record

    async def _is_created_since(self, record: Mapping[str, Any], remote_id: int, since: float) -> bool | None:
        """Whether a record was created since then; `None` where nothing tells."""
        created = parse_moment(record.get("CreatedOn"))
        if created is None:
            created = parse_moment((await self.resource.read(remote_id) or {}).get("CreatedOn"))
        if created is None or not self.clock.is_plausible:
            return None
        return created.timestamp() >= since - _CLOCK_TOLERANCE_S


def _tell(found: Found, *, is_certain: bool) -> None:
    if found.remote_id is not None:
        tell(_log, Event.LOOK_UP, f"looked up: record {found.remote_id}", Found="record", Id=found.remote_id)
    elif not found.absent:
        tell(_log, Event.LOOK_UP, "looked up: nobody can say", Found="unclear", Candidates=list(found.candidates))
    elif is_certain:
        tell(_log, Event.LOOK_UP, "looked up: there is no record", Found="nothing")
    else:
        message = "looked up: no record yet, but the list may be late"
        tell(_log, Event.LOOK_UP, message, Found="nothing yet")


def _judged(free: Mapping[int, bool]) -> Found:
    ids = tuple(free)
    if len(ids) > 1:
        listed = ", ".join(map(str, ids))
        return Found(why=f"{len(ids)} records with this key were created since ({listed}): keep one", candidates=ids)
    if not ids:
        return Found(absent=True)
    if free[ids[0]]:
        return Found(remote_id=ids[0])
    return Found(why=f"record {ids[0]} has this key, but nothing tells when it was created", candidates=ids)
