"""What becomes of the records of a run that is undone."""

from enum import StrEnum


class UndoOutcome(StrEnum):
    """What became of a record when its run was undone."""

    DELETED = "deleted"
    GONE = "gone"
    RESTORED = "restored"
    KEPT = "kept"
    REFUSED = "refused"

    def told(self, *, dry_run: bool) -> str:
        """In words; of a dry run, which does nothing, what it would come to."""
        if not dry_run:
            return self.value
        return "gone already" if self is UndoOutcome.GONE else f"would be {self.value}"


NO_MORE = (UndoOutcome.DELETED, UndoOutcome.GONE)
"""Records that exist no more."""

FINAL = (*NO_MORE, UndoOutcome.RESTORED)
"""Undoing again has nothing left to do for these."""
