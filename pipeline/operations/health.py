"""Whether the last run went well and is not too long ago, for whoever watches a job that runs every night.

May import `operations`' results, `model` and `errors`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.errors import ExitCode
from pipeline.model.durations import in_words
from pipeline.model.rows import Status
from pipeline.model.runs import RunStatus

if TYPE_CHECKING:
    from pipeline.operations.result import Result


def health(newest: Result | None, now: datetime, max_age_s: float | None) -> tuple[ExitCode, str]:
    """What scripts are told, and one line for people.

    Args:
        newest: The run that began last; `None` where there is none.
        now: The present.
        max_age_s: How long ago it may have ended, or begun while it is at work; `None` for any time.
    """
    if newest is None:
        return ExitCode.STOPPED, "There is no such run in this ledger."
    run = newest.run
    age_s = (now - (run.finished_on or run.started_on)).total_seconds()
    told = f"Run {run.run_id} {_how(newest)}, {in_words(age_s)} ago"
    if max_age_s is not None and age_s > max_age_s:
        return ExitCode.STOPPED, f"{told}: that is longer than {in_words(max_age_s)}; no later run has begun."
    return _code(newest), f"{told}."


def _code(result: Result) -> ExitCode:
    if result.run.status is RunStatus.RUNNING:
        return ExitCode.OK
    return result.exit_code if result.run.status is RunStatus.COMPLETED else ExitCode.STOPPED


def _how(result: Result) -> str:
    if result.run.status is RunStatus.RUNNING:
        return "is at work, begun"
    if result.run.status is not RunStatus.COMPLETED:
        return f"was not finished ({result.run.status.value})"
    open_ends = {
        Status.IN_DOUBT: "in doubt",
        Status.INVALID: "invalid",
        Status.REJECTED: "rejected",
        Status.FAILED: "failed",
    }
    counts = [f"{result.summary.count(s):,} {word}" for s, word in open_ends.items() if result.summary.count(s)]
    return f"ended with {', '.join(counts)}" if counts else "ended well"
