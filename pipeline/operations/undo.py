"""`undo`: deletes what a run created, the newest first, and says of each record what became of it.

A record is the run's own only if what is read under its Id has the row's Id and key and was created when the row was
sent; else it is kept and named, as is one that somebody has changed since, unless they are forced to go too. Deleting
may be repeated without harm, so nothing here can be in doubt: undoing again takes up what is left.
May import every room below. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.delivery.failures import not_the_endpoint
from pipeline.delivery.keys import key_in
from pipeline.errors import ExitCode, ImportFailure, Interrupted, SignInError, TargetUnavailable
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.undo import CreatedRecord, UndoOutcome
from pipeline.model.config import RunConfig
from pipeline.model.runs import Run, parse_moment
from pipeline.operations.connection import Connection, Target, at_work, locked, signed_in
from pipeline.operations.history import reachable_run
from pipeline.operations.observer import Action, Preview
from pipeline.remote.calls import MissingRole, NotTheEndpoint
from pipeline.remote.resource import NotSupported, Resource, UnreadableResponse
from pipeline.remote.responses import Verdict, read_id
from pipeline.reports.undo import UndoEntry, write_undo_reports
from pipeline.stop import Stop, Stopping
from schemas import endpoints

if TYPE_CHECKING:
    from pipeline.ledger.run_ledger import RunLedger
    from pipeline.ledger.runs import StoredRun

_PAGE = 500
# Between a record's `CreatedOn` and the `UpdatedOn` of its own creation.
_SAME_MOMENT = timedelta(seconds=1)
# Between the moment that a row was sent, by the target's clock as the ledger has it, and its record's `CreatedOn`.
_CREATED_BEFORE = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class UndoResult:
    """How undoing ended.

    Attributes:
        run: The run that was undone.
        counts: Records by what became of them.
        left: Records that nothing was done about, because undoing stopped.
        dry_run: Whether nothing was deleted, only looked at.
        reports: Files worth a look.
        reason: Why it stopped early, if it did.
    """

    run: Run
    counts: Mapping[UndoOutcome, int]
    left: int
    dry_run: bool
    reports: Sequence[Path]
    reason: ImportFailure | None = None

    @property
    def exit_code(self) -> ExitCode:
        """What scripts are told."""
        if self.reason is not None:
            return self.reason.exit_code
        kept = self.counts.get(UndoOutcome.KEPT, 0) + self.counts.get(UndoOutcome.REFUSED, 0)
        return ExitCode.ROWS_REFUSED if kept else ExitCode.OK

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "Run": self.run.as_json(),
            "DryRun": self.dry_run,
            "Summary": {**{u.value.title(): self.counts.get(u, 0) for u in UndoOutcome}, "Left": self.left},
            "Reports": [str(path) for path in self.reports],
            "StoppedBecause": self.reason.message if self.reason else None,
            "ExitCode": int(self.exit_code),
        }


def undo(name: str, connection: Connection, *, dry_run: bool = False, force: bool = False) -> UndoResult:
    """Deletes the records that a run created.

    Args:
        name: The run's name.
        connection: The ledger, and how to reach the target.
        dry_run: Only look at the records and say what would become of them.
        force: Delete also what has been changed since.

    Raises:
        ConfigurationError: There is no such run, another process works on it, or its reports cannot be written.
        SignInError: The credentials are refused.
        TargetUnavailable: The target does not answer the sign-in.
        Interrupted: The person said no.
    """
    with contextlib.closing(Ledger(connection.ledger)) as ledger:
        run = reachable_run(ledger, name)
        return _Undoing(run, connection, ledger, dry_run=dry_run, force=force).result()


class _Undoing:
    """One run being undone in this process."""

    def __init__(self, run: StoredRun, connection: Connection, ledger: Ledger, *, dry_run: bool, force: bool) -> None:
        self._run = run
        self._connection = connection
        self._ledger = ledger
        self._dry_run = dry_run
        self._force = force
        self._config = RunConfig.from_json(run.config)
        self._endpoint = endpoints()[self._config.endpoint]
        self._stop = Stop(connection.runtime.sleep)
        self._counts: Counter[UndoOutcome] = Counter()
        self._looked_at: dict[int, tuple[UndoOutcome, str | None]] = {}

    def result(self) -> UndoResult:
        """Undoes, and reports."""
        with self._ledger.snapshot() as snapshot:
            total = snapshot.count_left_to_undo(self._run)
        asyncio.run(self._at_work(total))
        with self._ledger.snapshot() as snapshot:
            entries = (self._entry(created) for created in snapshot.created_records(self._run))
            paths = write_undo_reports(self._run.run, entries, key=self._endpoint.key, dry_run=self._dry_run)
        return UndoResult(
            run=self._run.run,
            counts=self._counts,
            left=total - self._counts.total(),
            dry_run=self._dry_run,
            reports=paths,
            reason=self._stop.reason,
        )

    def _entry(self, created: CreatedRecord) -> UndoEntry:
        """What is reported of a record: what the ledger says, or in a dry run what was seen."""
        known = (created.undone, created.end.reason if created.undone else None)
        outcome, reason = self._looked_at.get(created.remote_id, known)
        return UndoEntry(end=created.end, undone=outcome.value if outcome else "left", reason=reason)

    async def _at_work(self, total: int) -> None:
        async with signed_in(self._connection, self._config, self._endpoint) as target:
            self._confirm(total, target)
            with locked(self._ledger, self._run.run.run_id):
                self._connection.observer.begin(self._run.run, total)
                async with at_work(self._connection, self._ledger, self._run, target, self._stop) as (resource, ledger):
                    await self._undo_all(resource, ledger)

    def _confirm(self, total: int, target: Target) -> None:
        if self._dry_run:
            return
        preview = Preview(
            action=Action.DELETE,
            count=total,
            target=self._config.base_url,
            user=target.session.user,
            run_id=self._run.run.run_id,
        )
        if not self._connection.observer.confirm(preview):
            raise Interrupted("Nothing was deleted.", advice="--yes goes ahead without asking.")

    async def _undo_all(self, resource: Resource, ledger: RunLedger) -> None:
        queue = self._created(ledger)
        turn = asyncio.Lock()  # one asks for the next record at a time: the newest goes first

        async def work() -> None:
            while not self._stop.is_set:
                async with turn:
                    created = await anext(queue, None)
                if created is None:
                    return
                await self._undo_one(created, resource, ledger)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._config.concurrency):
                tasks.create_task(work())

    async def _created(self, ledger: RunLedger) -> AsyncIterator[CreatedRecord]:
        below: int | None = None
        while page := await ledger.left_to_undo(below=below, most=_PAGE):
            for created in page:
                yield created
            below = page[-1].remote_id

    async def _undo_one(self, created: CreatedRecord, resource: Resource, ledger: RunLedger) -> None:
        try:
            outcome, reason = await self._outcome_of(created, resource)
        except Stopping:
            return
        except MissingRole as error:
            advice = "Give the user the role, then undo the run again."
            self._stop.because(SignInError(f"The user lacks the role {error.role}.", advice=advice))
            return
        except NotTheEndpoint as error:
            self._stop.because(not_the_endpoint(error))
            return
        except UnreadableResponse as error:
            advice = "Undo the run again when it is back: what is deleted stays deleted."
            self._stop.because(TargetUnavailable(f"The target does not answer ({error}).", advice=advice))
            return
        if self._dry_run:
            self._looked_at[created.remote_id] = (outcome, reason)
        else:
            await ledger.record_undo(created, outcome, reason)
        self._counts[outcome] += 1
        self._connection.observer.read(1, 1)

    async def _outcome_of(self, created: CreatedRecord, resource: Resource) -> tuple[UndoOutcome, str | None]:
        record = await self._read(created, resource)
        if record is None:
            return UndoOutcome.GONE, None
        kept = self._foreign(record, created) or (None if self._force else _changed(record, created.updated_on))
        if kept:
            return UndoOutcome.KEPT, kept
        if self._dry_run:
            return UndoOutcome.DELETED, None
        result = await resource.delete(created.remote_id)
        if result is None or result.verdict is Verdict.SUCCEEDED:
            return UndoOutcome.DELETED, None
        return UndoOutcome.REFUSED, result.message

    async def _read(self, created: CreatedRecord, resource: Resource) -> Mapping[str, Any] | None:
        try:
            return await resource.read(created.remote_id)
        except NotTheEndpoint as error:
            if await self._is_gone(created, resource, error):
                return None
            raise

    async def _is_gone(self, created: CreatedRecord, resource: Resource, error: NotTheEndpoint) -> bool:
        """Whether a bare 404 means what it says: the list answers as the API does, and shows the record no more."""
        key = created.end.key
        if error.result.status != 404 or key is None:
            return False
        filters = {self._endpoint.filters[n]: str(v) for n, v in key.named(self._endpoint.key).items()}
        try:
            return created.remote_id not in [read_id(r.get("Id")) async for r in resource.list(filters)]
        except (MissingRole, NotSupported, NotTheEndpoint, UnreadableResponse):
            return False

    def _foreign(self, record: Mapping[str, Any], created: CreatedRecord) -> str | None:
        """Why a record that was read is not the one that the row created; `None` where it is."""
        key = created.end.key
        if read_id(record.get("Id")) != created.remote_id:
            return "not the run's own: the target answers with another record"
        if key is None or key_in(record, self._endpoint) != key.folded:
            return "not the run's own: it has another key"
        born = parse_moment(record.get("CreatedOn"))
        if born is None:
            return "not known to be the run's own: it does not say when it was created"
        if created.sent_at is not None and born < created.sent_at - _CREATED_BEFORE:
            return f"not the run's own: it was created before, on {record['CreatedOn']}"
        return None


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
