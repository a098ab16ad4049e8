"""Whether the last run went well and the last start is not too long ago, for whoever watches a nightly job.

May import `operations`' results, `model` and `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.errors import Code, ExitCode, Fact
from pipeline.model.durations import in_words
from pipeline.model.rows import Status
from pipeline.model.runs import RunStatus

if TYPE_CHECKING:
    from pipeline.operations.result import Result


_OPEN_ENDS = {ExitCode.ROWS_REFUSED: Code.ROWS_REFUSED, ExitCode.IN_DOUBT: Code.ROWS_IN_DOUBT}


@dataclass(frozen=True, kw_only=True)
class Health:
    """How the newest run stands.

    Attributes:
        message: One line for people.
        code: What is wrong; none where all is well.
        facts: What a hint or a program may want.
    """

    message: str
    code: Code | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def exit_code(self) -> ExitCode:
        """What scripts are told."""
        return self.code.exit_code if self.code is not None else ExitCode.OK


def health(newest: Result | None, now: datetime, max_age_s: float | None, idle: datetime | None = None) -> Health:
    """Looks whether the newest run went well, and whether the last start is not too long ago.

    Args:
        newest: The run that began last; `None` where there is none.
        now: The present.
        max_age_s: How long ago it may have ended, or begun while it is at work; `None` for any time. A start that found
            nothing to do counts as well: a schedule that has no files is in good health.
        idle: When the last such start was.
    """
    if newest is None:
        return _without_run(now, max_age_s, idle)
    run = newest.run
    ended_on = run.finished_on or run.started_on
    age_s = (now - ended_on).total_seconds()
    told = f"Run {run.run_id} {_how(newest)}, {in_words(age_s)} ago"
    if idle is not None and idle > ended_on:
        age_s = (now - idle).total_seconds()
        told = f"{told}; {_idle(age_s)}"
    if max_age_s is not None and age_s > max_age_s:
        message = f"{told}: that is longer than {in_words(max_age_s)}; no later run has begun."
        return Health(code=Code.RUN_OVERDUE, message=message, facts={"run_id": run.run_id, "age_s": age_s})
    is_completed = run.status is RunStatus.COMPLETED
    if run.status is RunStatus.RUNNING or (is_completed and newest.exit_code is ExitCode.OK):
        return Health(message=f"{told}.")
    code = _OPEN_ENDS[newest.exit_code] if is_completed else Code.RUN_UNFINISHED
    return Health(code=code, message=f"{told}.", facts={"run_id": run.run_id})


def _without_run(now: datetime, max_age_s: float | None, idle: datetime | None) -> Health:
    if idle is None:
        return Health(code=Code.NO_RUN, message="There is no such run in this ledger.")
    age_s = (now - idle).total_seconds()
    told = f"There is no run yet; {_idle(age_s)}"
    if max_age_s is not None and age_s > max_age_s:
        message = f"{told}: that is longer than {in_words(max_age_s)}."
        return Health(code=Code.RUN_OVERDUE, message=message, facts={"run_id": None, "age_s": age_s})
    return Health(message=f"{told}.")


def _idle(age_s: float) -> str:
    return f"the last start, {in_words(age_s)} ago, found nothing to do"


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
