"""The errors that need no hint, and why. May import `errors`."""

from __future__ import annotations

from pipeline.errors import Code

NEEDS_NONE = {
    Code.NO_RUN: "the message says all",
    Code.RUN_OVERDUE: "the message says all",
    Code.SETTING_OUT_OF_BOUNDS: "only a program in Python meets it, and the message says what is allowed",
    Code.NOTHING_TO_IMPORT: "only a program in Python meets it",
    Code.NOT_A_SOURCE: "only a program in Python meets it",
    Code.FRAME_WITHOUT_COLUMNS: "only a program in Python meets it",
    Code.FRAME_LEVELS: "only a program in Python meets it, and the message says how to mend it",
    Code.FRAME_CELL: "only a program in Python meets it, and the message says what a cell can be",
    Code.RUN_NOT_ENDED: "only a program in Python meets it, and the message says what to call",
    Code.ROWS_TAKEN: "only a program in Python meets it, and the message says what to call",
}
"""Codes without a hint, and why."""
