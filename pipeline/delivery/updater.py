"""Changes records that exist at the target (`--existing update`).

May import `delivery`'s recorder, keys and failures, `ledger`, `remote` and `model`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.delivery.failures import not_the_endpoint, refused_user, unreachable
from pipeline.delivery.keys import key_in
from pipeline.model.findings import REDACTED, envelope
from pipeline.model.rows import Change, Outcome, Record, Status
from pipeline.remote.calls import MissingRole, NotTheEndpoint
from pipeline.remote.resource import NoResponse, UnreadableResponse
from pipeline.remote.responses import Verdict, read_id

if TYPE_CHECKING:
    from pipeline.delivery.recorder import Recorder
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.remote.resource import Resource
    from schemas.endpoint import Endpoint


@dataclass(frozen=True, kw_only=True)
class Updater:
    """Brings existing records up to date with their rows.

    Attributes:
        endpoint: Whose records they are.
        resource: The read and update calls.
        recorder: Notes how rows end.
        ledger: Keeps the old values before they are changed, so that no crash can take them from `undo`.
    """

    endpoint: Endpoint
    resource: Resource
    recorder: Recorder
    ledger: RunLedger

    async def update(self, record: Record, remote_id: int, begun: Sequence[Change] = ()) -> None:
        """Changes the fields that the row gives, and no others.

        Args:
            record: The row.
            remote_id: The record.
            begun: What a process that has ended was about to change, and may have changed.

        Raises:
            TargetUnavailable: The target cannot be reached.
            WrongTarget: Something other than the endpoint answers.
            SignInError: The token is wrong or has expired: no row would fare better.
            Stopping: The run is to end.
        """
        try:
            outcome = await self._updated(record, remote_id, begun)
        except MissingRole as error:
            outcome = _without_role(remote_id, error, begun)
        except NotTheEndpoint as error:
            raise not_the_endpoint(error) from error
        except UnreadableResponse as error:
            outcome = _failed(remote_id, f"no answer ({error}): import the row again", begun)
        await self.recorder.record(record, outcome)

    async def _updated(self, record: Record, remote_id: int, begun: Sequence[Change]) -> Outcome:
        given: Mapping[str, Any] = json.loads(record.body)
        existing = await self._read(remote_id)
        if existing is None:
            return _failed(remote_id, f"record {remote_id} is gone from the target: import the row again", begun)
        foreign = self._foreign(record, remote_id, existing)
        if foreign:
            return _failed(remote_id, f"{foreign}: nothing was written", begun)
        changes = self._changes(existing, given)
        if not changes and not begun:
            return Outcome(status=Status.SKIPPED, remote_id=remote_id, reason="exists and does not differ")
        if not changes:  # the call of a process that was cut off has arrived
            return Outcome(status=Status.UPDATED, remote_id=remote_id, changes=tuple(begun))
        changes = _with_begun(changes, begun)
        await self.ledger.note_changes(record, remote_id, changes)
        return await self._put(remote_id, {**existing, **given, "Id": remote_id}, changes)

    async def _put(self, remote_id: int, whole: Mapping[str, Any], changes: tuple[Change, ...]) -> Outcome:
        """Writes the whole record back: what is left out of a PUT may be cleared.

        Whatever it is answered, an attempt before whose answer was lost may have arrived: what was to be changed stays
        noted.
        """
        try:
            result = await self.resource.update(whole)
        except UnreadableResponse as error:
            message = f"no answer ({error}); the record may have been changed: import the row again"
            return _failed(remote_id, message, changes)
        except MissingRole as error:
            return _without_role(remote_id, error, changes)
        if result.verdict is Verdict.SUCCEEDED:
            return Outcome(status=Status.UPDATED, remote_id=remote_id, changes=changes)
        return Outcome(status=Status.REJECTED, remote_id=remote_id, response=result.response, changes=changes)

    async def _read(self, remote_id: int) -> Mapping[str, Any] | None:
        try:
            return await self.resource.read(remote_id)
        except NoResponse as error:  # nothing was written, and the next row would fare no better
            raise unreachable(str(error)) from error

    def _changes(self, existing: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[Change, ...]:
        """What differs, secrets kept out."""
        changed = [name for name, value in given.items() if existing.get(name) != value]
        secret = self.endpoint.secrets
        return tuple(
            Change(property_name=name, before=REDACTED, after=REDACTED)
            if name in secret
            else Change(property_name=name, before=existing.get(name), after=given[name])
            for name in changed
        )

    def _foreign(self, record: Record, remote_id: int, existing: Mapping[str, Any]) -> str | None:
        """Why what was read must not be written back; `None` where it is the row's record, and whole."""
        if read_id(existing.get("Id")) != remote_id:
            return f"the target answers for record {remote_id} with another one"
        if key_in(existing, self.endpoint) != record.key.folded:
            return f"record {remote_id} has another key now"
        missing = [f.name for f in self.endpoint.fields if f.required and f.name not in existing]
        return f"the target does not give the whole record {remote_id} ({', '.join(missing)})" if missing else None


def _with_begun(changes: tuple[Change, ...], begun: Sequence[Change]) -> tuple[Change, ...]:
    """What is changed now, and what was changed before by a call whose process was cut off."""
    now = {change.property_name for change in changes}
    return (*changes, *(change for change in begun if change.property_name not in now))


def _without_role(remote_id: int, error: MissingRole, changes: Sequence[Change]) -> Outcome:
    """The end of a row that the user may not send.

    Raises:
        SignInError: It may be the token's fault: no row would fare better.
    """
    if error.may_be_token:
        raise refused_user(error) from error
    response = envelope([], f"the user lacks the role {error.role}")
    return Outcome(status=Status.REJECTED, remote_id=remote_id, response=response, changes=tuple(changes))


def _failed(remote_id: int, message: str, changes: Sequence[Change]) -> Outcome:
    """The end of a row that is to be tried again, with what it may have changed."""
    return Outcome(status=Status.FAILED, remote_id=remote_id, response=envelope([], message), changes=tuple(changes))
