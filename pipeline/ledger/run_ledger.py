"""What one run at work reads from and writes into the ledger: the only way there for `delivery` and `operations`.

May import the rest of `ledger` but `ledger.ledger`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from pipeline.ledger import claims, course, entry, outcomes, results, undo
from pipeline.ledger.budget import SharedBudget, SpentCalls
from pipeline.ledger.undo import UndoableRecord
from pipeline.model.undo import UndoOutcome

if TYPE_CHECKING:
    from pipeline.ledger.claims import KeyOwner
    from pipeline.ledger.entry import PendingRow
    from pipeline.ledger.runs import StoredRun
    from pipeline.ledger.writer import LedgerWriter
    from pipeline.model.findings import CheckedBatch
    from pipeline.model.rows import Change, Outcome, Record, RowRef, RowResult
    from pipeline.model.standing import Standing
    from pipeline.model.waits import Stretch
    from schemas.endpoint import RateLimit


_PAGE = 500


class RunLedger:
    """One run's part of the ledger. Each method returns once what it wrote is on disk.

    Args:
        run: The run.
        writer: Commits what is asked for.
        clock: Seconds since 1970, by the target's clock as far as it is known.
        is_free: Whether no living process works on the run of that name.

    Raises:
        LedgerUnavailable: From every method, where the ledger cannot be read or written.
    """

    def __init__(
        self, run: StoredRun, writer: LedgerWriter, clock: Callable[[], float], is_free: Callable[[str], bool]
    ) -> None:
        self.run = run
        self._writer = writer
        self._clock = clock
        self._is_free = is_free

    def label_of(self, ref: RowRef) -> str:
        """What the person calls the source of a row."""
        return self.run.run.label_of(ref.source)

    def budget(self, limits: Sequence[RateLimit]) -> SharedBudget:
        """The target's budget of calls."""
        return SharedBudget(calls=SpentCalls(self.run.target_id, limits), writer=self._writer)

    async def note_standing(self, standing: Standing, stretches: Sequence[Stretch]) -> None:
        """Notes how the run stands, for other processes, and when it has waited since that was noted last."""
        await self._writer.execute(partial(course.note, run_id=self.run.id, standing=standing, stretches=stretches))

    # -- entering ------------------------------------------------------------------------------------------------

    async def enter(self, batch: CheckedBatch, *, update: bool) -> list[PendingRow]:
        """Enters a batch and returns the rows that have something left to do; entered again, it changes nothing.

        Args:
            batch: The rows.
            update: Rows whose record is known are to change it rather than to be skipped.
        """
        return await self._writer.execute(partial(entry.enter, run=self.run, batch=batch, update=update))

    async def sift(self, batch: CheckedBatch, positions: Sequence[int], *, update: bool) -> list[PendingRow]:
        """Those of some rows of an entered batch that have something left to do, once more is known of what exists.

        Args:
            batch: The rows.
            positions: Which of them; none may be on its way to the target.
            update: As for `enter`.
        """
        sift = partial(entry.sift, run=self.run, batch=batch, update=update, positions=frozenset(positions))
        return await self._writer.execute(sift)

    async def ended_in(self, batch: CheckedBatch, positions: Sequence[int]) -> list[RowResult]:
        """Those of some rows of a batch that have ended, as reports see them."""
        return await self._writer.execute(
            partial(results.ended_in, run_id=self.run.id, batch=batch, positions=frozenset(positions))
        )

    async def stand_in(self, source: int, rows: tuple[int, int], *, with_doubts: bool = False) -> list[RowResult]:
        """The rows of a source, from one number to another, that have ended; in the order in which they did.

        Args:
            source: The source's number.
            rows: The first and the last row.
            with_doubts: Also those in doubt.
        """
        stand = partial(results.stand_in, run_id=self.run.id, source=source, rows=rows, with_doubts=with_doubts)
        return await self._writer.execute(stand)

    async def doubt_unanswered(self, batch: CheckedBatch) -> int:
        """Puts in doubt what a process that worked on a batch before had sent without noting an answer."""
        return await self._writer.execute(partial(outcomes.doubt_unanswered, run_id=self.run.id, batch=batch))

    async def add_listed(self, found: Iterable[tuple[str, int]]) -> None:
        """Notes the records that a listing showed, as folded key and Id, for as long as the run lasts."""
        await self._writer.execute(partial(entry.add_listed, run_id=self.run.id, found=list(found)))

    async def listed(self, keys: Sequence[str]) -> set[str]:
        """Those of some folded keys that a listing of this run has shown."""
        return await self._writer.execute(partial(entry.listed_among, run_id=self.run.id, keys=keys))

    # -- sending -------------------------------------------------------------------------------------------------

    async def claim(self, record: Record) -> KeyOwner | None:
        """Claims a row's key and notes that it is about to be sent.

        Returns:
            The row that holds the key instead, where there is one: then nothing may be sent.
        """
        return await self._writer.claim(record)

    async def claim_again(self, record: Record) -> bool:
        """Notes when a row is sent again that was not processed; `False` where its claim is its own no more."""
        return await self._writer.execute(partial(claims.claim_again, run=self.run, record=record, at=self._clock()))

    async def take_over(self, record: Record, owner: KeyOwner) -> None:
        """Moves a claim from a row whose process is dead to this one, unless another row was faster."""
        await self._writer.execute(partial(claims.take_over, run=self.run, record=record, owner=owner))

    async def is_at_work(self, owner: KeyOwner) -> bool:
        """Whether a living process, this one included, works on the run of a key's owner."""
        # A database that has gone is waited for: in a thread, so that calls in flight are answered meanwhile.
        return owner.run_pk == self.run.id or not await asyncio.to_thread(self._is_free, owner.run_id)

    async def record_outcome(self, record: Record, outcome: Outcome) -> Outcome:
        """Notes how a row ended; returns the outcome that stands, which is in doubt where another row has the Id."""
        return await self._writer.record_outcome(record, outcome)

    async def note_changes(self, record: Record, remote_id: int, changes: Sequence[Change]) -> None:
        """Notes what a row is about to change of a record: a process that dies meanwhile leaves the old values."""
        note = partial(outcomes.note_changes, run_id=self.run.id, record=record, remote_id=remote_id, changes=changes)
        await self._writer.execute(note)

    async def adopt(self, record: Record, remote_id: int) -> bool:
        """Notes that a record which was found at the target is this row's; `False` where another row owns it."""
        adopt = partial(outcomes.adopt, run=self.run, record=record, remote_id=remote_id, at=self._clock())
        return await self._writer.execute(adopt)

    async def owned(self, remote_ids: Sequence[int]) -> dict[int, str]:
        """Those of the Ids that some row of the ledger already has, with the folded key of that row."""
        owned = partial(claims.owned, target_id=self.run.target_id, remote_ids=remote_ids)
        return await self._writer.execute(owned)

    # -- undoing -------------------------------------------------------------------------------------------------

    async def all_left_to_undo(self) -> AsyncGenerator[UndoableRecord]:
        """Records that are still to be undone, the newest first."""
        below: int | None = None
        left = partial(undo.left, run_id=self.run.id, most=_PAGE)
        while page := await self._writer.execute(partial(left, below=below)):
            for one in page:
                yield one
            below = page[-1].remote_id

    async def undoable(self, remote_ids: Sequence[int]) -> list[UndoableRecord]:
        """Those of the Ids that are still to be undone."""
        return await self._writer.execute(partial(undo.of_ids, run_id=self.run.id, remote_ids=remote_ids))

    async def record_undo(self, one: UndoableRecord, outcome: UndoOutcome, reason: str | None) -> None:
        """Notes what became of a record; what exists no more may be created again."""
        await self._writer.execute(partial(undo.record_undo, run=self.run, one=one, undone=outcome, reason=reason))
