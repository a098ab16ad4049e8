"""Takes one record of a run back: deletes what the run created, puts back what it changed.

A record is the run's own only if what is read under its Id has the row's Id and key and was created when the row was
sent; else it is kept and named, as is one that somebody has changed since, unless they are forced to go too. Both may
be repeated without harm, so nothing here can be in doubt.
May import `remote`, `ledger`'s types, `delivery.keys` and `model`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipeline.delivery.keys import filters_of, key_in
from pipeline.model.findings import REDACTED
from pipeline.model.rows import Status
from pipeline.model.runs import parse_moment
from pipeline.model.undo import UndoOutcome
from pipeline.remote.calls import MissingRole, NotTheEndpoint
from pipeline.remote.resource import NotSupported, UnreadableResponse
from pipeline.remote.responses import Verdict, read_id

if TYPE_CHECKING:
    from pipeline.ledger.undo import UndoableRecord
    from pipeline.model.rows import Change
    from pipeline.remote.resource import Resource
    from pipeline.remote.responses import CallResult
    from schemas.endpoint import Endpoint

# Between a record's `CreatedOn` and the `UpdatedOn` of its own creation.
_SAME_MOMENT = timedelta(seconds=1)
# Between the moment that a row was sent, by the target's clock as the ledger has it, and its record's `CreatedOn`.
_CREATED_BEFORE = timedelta(seconds=5)

Undone = tuple[UndoOutcome, str | None]
"""What became of a record, and why where that needs a word."""


@dataclass(frozen=True, kw_only=True)
class Undoer:
    """Takes records back.

    Attributes:
        endpoint: Whose records they are.
        resource: The read, list, update and delete calls.
        dry_run: Only say what would become of each.
        force: Delete also what has been changed since.
    """

    endpoint: Endpoint
    resource: Resource
    dry_run: bool
    force: bool

    async def undo(self, one: UndoableRecord) -> Undone:
        """Takes a record back.

        Raises:
            MissingRole: The user may not do that.
            NotTheEndpoint: Something else answers.
            UnreadableResponse: The target does not answer.
            Stopping: The operation is to end.
        """
        record = await self._read(one)
        if record is None:
            return UndoOutcome.GONE, None
        if one.end.status is not Status.CREATED:
            return await self._put_back(one, record)
        judged = self.judge(one, record)
        if self.dry_run or judged[0] is not UndoOutcome.DELETED:
            return judged
        return await self._delete(one, judged)

    def judge(self, one: UndoableRecord, record: Mapping[str, Any]) -> Undone:
        """What is to become of a record that the run created, as it was read or listed."""
        changed = None if self.force else _changed(record, one.updated_on)
        kept = self._foreign(record, one) or _born_before(record, one) or changed
        return (UndoOutcome.KEPT, kept) if kept else (UndoOutcome.DELETED, None)

    async def _put_back(self, one: UndoableRecord, record: Mapping[str, Any]) -> Undone:
        """Gives the fields that the run changed their old values, where nobody has changed them since."""
        foreign = self._foreign(record, one)
        if foreign:
            return UndoOutcome.KEPT, foreign
        changed = [change for change in one.end.changes if not _is_as_before(change, record)]
        if not changed:
            return UndoOutcome.RESTORED, "is as it was before"
        left = {change.property_name: _why_left(change, record) for change in changed}
        restored = {c.property_name: c.before for c in changed if left[c.property_name] is None}
        reason = "; ".join(f"{name} {why}" for name, why in left.items() if why) or None
        if not restored:
            return UndoOutcome.KEPT, reason
        judged = UndoOutcome.RESTORED, reason and f"not put back: {reason}"
        if self.dry_run:
            return judged
        result = await self.resource.update({**record, **restored, "Id": one.remote_id})
        return _refused_or(judged, result)

    async def _delete(self, one: UndoableRecord, judged: Undone) -> Undone:
        try:
            result = await self.resource.delete(one.remote_id)
        except NotTheEndpoint as error:  # an attempt before, whose answer was lost, may have deleted it
            if await self._is_gone(one, error):
                return judged
            raise
        return judged if result is None else _refused_or(judged, result)

    async def _read(self, one: UndoableRecord) -> Mapping[str, Any] | None:
        try:
            return await self.resource.read(one.remote_id)
        except NotTheEndpoint as error:
            if await self._is_gone(one, error):
                return None
            raise

    async def _is_gone(self, one: UndoableRecord, error: NotTheEndpoint) -> bool:
        """Whether a bare 404 means what it says: the list answers as the API does, and shows the record no more."""
        key = one.end.key
        if error.result.status != 404 or key is None:
            return False
        filters = filters_of(key, self.endpoint)
        try:
            return one.remote_id not in [read_id(r.get("Id")) async for r in self.resource.list(filters)]
        except (MissingRole, NotSupported, NotTheEndpoint, UnreadableResponse):
            return False

    def _foreign(self, record: Mapping[str, Any], one: UndoableRecord) -> str | None:
        """Why a record that was read is not the row's; `None` where it is."""
        key = one.end.key
        if read_id(record.get("Id")) != one.remote_id:
            return "not the run's own: the target answers with another record"
        if key is None or key_in(record, self.endpoint) != key.folded:
            return "not the run's own: it has another key"
        return None


def _born_before(record: Mapping[str, Any], one: UndoableRecord) -> str | None:
    """Why a record cannot have been created by the row; `None` where it can."""
    born = parse_moment(record.get("CreatedOn"))
    if born is None:
        return "not known to be the run's own: it does not say when it was created"
    if one.sent_at is not None and born < one.sent_at - _CREATED_BEFORE:
        return f"not the run's own: it was created before, on {record['CreatedOn']}"
    return None


def _is_as_before(change: Change, record: Mapping[str, Any]) -> bool:
    """Whether a field has its old value: the call that was to change it never arrived, or somebody was faster."""
    return change.before != REDACTED and record.get(change.property_name) == change.before


def _why_left(change: Change, record: Mapping[str, Any]) -> str | None:
    """Why a field keeps its value; `None` where it gets its old one back."""
    if change.before == REDACTED:
        return "is secret: its old value was not kept"
    if record.get(change.property_name) != change.after:
        return "was changed since"
    return None


def _refused_or(done: Undone, result: CallResult) -> Undone:
    return done if result.verdict is Verdict.SUCCEEDED else (UndoOutcome.REFUSED, result.message)


def _changed(record: Mapping[str, Any], updated_on_creation: str | None) -> str | None:
    """Since when, and by whom, a record is not as it was created; `None` where it is.

    Args:
        record: The record as it is.
        updated_on_creation: Its `UpdatedOn` in the answer that created it; without a usable one, which lies between
            its creation and its last change, `CreatedOn` stands in.
    """
    born, now = parse_moment(record.get("CreatedOn")), parse_moment(record.get("UpdatedOn"))
    before, slack = parse_moment(updated_on_creation), timedelta()
    if before is None or born is None or now is None or not born - _SAME_MOMENT <= before <= now + _SAME_MOMENT:
        before, slack = born, _SAME_MOMENT
    if before is None or now is None or now.replace(microsecond=0) - before.replace(microsecond=0) <= slack:
        return None
    by = record.get("UpdatedBy")
    return f"changed since: {record['UpdatedOn']}" + (f" by {by}" if by else "")
