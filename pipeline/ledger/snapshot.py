"""What the ledger says at one moment: runs, summaries, results, spent calls.

Read as streams; keeps no writer waiting. May import the rest of `ledger` but `ledger.ledger`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.ledger import budget, course, entry, pruning, results, runs, undo

if TYPE_CHECKING:
    import sqlalchemy as sa

    from pipeline.ledger.runs import StoredRun
    from pipeline.ledger.undo import UndoableRecord
    from pipeline.model.pacing import Spent
    from pipeline.model.rows import RowResult, Status
    from pipeline.model.runs import Summary
    from pipeline.model.standing import Standing
    from pipeline.model.undo import UndoOutcome
    from pipeline.model.waits import Stretch
    from schemas.endpoint import RateLimit


@dataclass(frozen=True)
class Snapshot:
    """One moment of the ledger; valid while `Ledger.snapshot` is open."""

    _connection: sa.Connection

    def find_runs(self, run_id: str) -> list[StoredRun]:
        """The run of that name, or else those whose names begin so, the newest first."""
        return runs.find(self._connection, run_id)

    def latest_run(self) -> StoredRun | None:
        """The run that began last."""
        return runs.latest(self._connection)

    def last_start(self) -> tuple[float, int] | None:
        """When a start of a schedule last ended, in seconds since 1970, and with which exit code."""
        return runs.last_start(self._connection)

    def runs(self) -> list[StoredRun]:
        """All runs, the newest first."""
        return runs.listing(self._connection)

    def unfinished(self) -> list[StoredRun]:
        """Runs that `resume` can take up, the oldest first."""
        return runs.unfinished(self._connection)

    def with_counts(self, run: StoredRun) -> StoredRun:
        """The run with the number of rows that each of its sources had."""
        return runs.with_counts(self._connection, run)

    def summary(self, run: StoredRun, rows_read: int | None = None) -> Summary:
        """How the rows of a run stand.

        Args:
            run: The run.
            rows_read: As counted by whoever read them; by default what the ledger holds.
        """
        return results.summary(self._connection, run, rows_read)

    def results(self, run: StoredRun) -> Iterator[RowResult]:
        """Every row of a run in the order of its sources."""
        return results.results(self._connection, run.id)

    def spent(self, target: str, limits: Sequence[RateLimit]) -> Spent:
        """The calls to a target that may still count."""
        return budget.spent(self._connection, target, limits)

    def standings_at(self, run: StoredRun, since: float) -> list[Standing]:
        """How the other runs at work on a run's target stand, as far as they were heard of since a moment."""
        return course.standings_at(self._connection, run, since)

    def stretches(self, run: StoredRun) -> list[Stretch]:
        """When a run waited or was throttled, in order."""
        return course.stretches(self._connection, run.id)

    def known_among(self, target: str, keys: Sequence[str]) -> set[str]:
        """Those of some folded keys whose record at a target some run has created."""
        return entry.known_among(self._connection, target, keys)

    def old_runs(self, before: float) -> list[StoredRun]:
        """Runs that began before a moment (seconds since 1970) and were not pruned, the oldest first."""
        return pruning.old_runs(self._connection, before)

    def open_run_ids(self) -> set[int]:
        """The numbers of the runs that can be resumed."""
        return pruning.open_run_ids(self._connection)

    def has_rows_that_may_exist(self, run: StoredRun) -> bool:
        """Whether a row of the run may have been created without anybody knowing."""
        return pruning.has_rows_that_may_exist(self._connection, run)

    def count_rows(self, run: StoredRun) -> int:
        """How many rows a run has."""
        return pruning.count_rows(self._connection, run)

    def count_ended(self, run: StoredRun) -> int:
        """How many rows of a run have their end."""
        return runs.count_ended(self._connection, run.id)

    def count_with(self, run: StoredRun, statuses: Collection[Status]) -> int:
        """How many rows of a run have one of these statuses."""
        return runs.count_with(self._connection, run.id, statuses)

    def undone(self, run: StoredRun) -> dict[UndoOutcome, int]:
        """Records of a run that were undone, by what became of them."""
        return undo.counts(self._connection, run.id)

    def count_left_to_undo(self, run: StoredRun) -> dict[Status, int]:
        """How many records that the run created or may have changed are still to be undone."""
        return undo.count_left(self._connection, run.id)

    def undoable_records(self, run: StoredRun) -> Iterator[UndoableRecord]:
        """Every record that the run created or may have changed, in the order of its sources."""
        return undo.records(self._connection, run.id)
