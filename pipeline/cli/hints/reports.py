"""What to do next where reports could not be written. May import `errors`."""

from __future__ import annotations

from pipeline.errors import Code

HINTS: dict[Code, str | tuple[str, ...]] = {
    Code.REPORTS_NOT_WRITTEN: (
        "Make room, then `nexudus-import report {run_id}`; with --report-dir they go elsewhere."
    ),
    Code.UNDO_REPORTS_NOT_WRITTEN: "Make room, then undo the run again: nothing is done twice.",
}
