"""What becomes of the records of a run that is undone."""

from enum import StrEnum


class UndoOutcome(StrEnum):
    """What became of a record when its run was undone."""

    DELETED = "deleted"
    GONE = "gone"
    RESTORED = "restored"
    KEPT = "kept"
    REFUSED = "refused"


NO_MORE = (UndoOutcome.DELETED, UndoOutcome.GONE)
"""Records that exist no more."""

FINAL = (*NO_MORE, UndoOutcome.RESTORED)
"""Undoing again has nothing left to do for these."""
