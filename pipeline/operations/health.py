"""Whether the last run went well and the last start is not too long ago, for whoever watches a nightly job.

May import `operations`' results, `model` and `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.errors import EXIT_CODE_MEANINGS, Code, ExitCode, Fact
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
        start_code: The exit code of the last start, if that is what is wrong.
    """

    message: str
    code: Code | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    start_code: ExitCode | None = None

    @property
    def exit_code(self) -> ExitCode:
        """What scripts are told."""
        return self.start_code or (self.code.exit_code if self.code is not None else ExitCode.OK)


@dataclass(frozen=True, kw_only=True)
class Start:
    """A start of a schedule that takes an inbox.

    Attributes:
        ended_on: When it ended (UTC).
        exit_code: With which exit code.
    """

    ended_on: datetime
    exit_code: ExitCode


def health(newest: Result | None, now: datetime, max_age_s: float | None, start: Start | None = None) -> Health:
    """Looks whether the newest run and the last start went well, and whether the later of them is not too long ago.

    Args:
        newest: The run that began last; `None` where there is none.
        now: The present.
        max_age_s: How long ago it may have ended, or begun while it is at work; `None` for any time.
        start: The last start of a schedule. One that found no files is a sign of life; one that could not import a file
            went wrong, whatever the newest run came to.
    """
    if newest is None and start is None:
        return Health(code=Code.NO_RUN, message="There is no such run in this ledger.")
    ended_on = (newest.run.finished_on or newest.run.started_on) if newest is not None else None
    is_later = start is not None and (ended_on is None or start.ended_on >= ended_on)
    last = start.ended_on if start is not None and is_later else ended_on
    age_s = (now - last).total_seconds() if last is not None else 0.0
    told = _told(newest, start if is_later else None, now)
    facts: dict[str, Fact] = {"run_id": newest.run.run_id if newest is not None else None}
    if max_age_s is not None and age_s > max_age_s:
        message = f"{told}: that is longer than {in_words(max_age_s)}; nothing has begun since."
        return Health(code=Code.RUN_OVERDUE, message=message, facts={**facts, "age_s": age_s})
    if start is not None and is_later and start.exit_code is not ExitCode.OK:
        return Health(code=Code.START_WENT_WRONG, message=f"{told}.", facts=facts, start_code=start.exit_code)
    if newest is None or newest.run.status in {RunStatus.RUNNING, RunStatus.PRUNED}:  # of one pruned nothing is known
        return Health(message=f"{told}.")
    is_completed = newest.run.status is RunStatus.COMPLETED
    if is_completed and newest.exit_code is ExitCode.OK:
        return Health(message=f"{told}.")
    code = _OPEN_ENDS[newest.exit_code] if is_completed else Code.RUN_UNFINISHED
    return Health(code=code, message=f"{told}.", facts=facts)


def _told(newest: Result | None, start: Start | None, now: datetime) -> str:
    told = ["There is no run yet"]
    if newest is not None:
        age_s = (now - (newest.run.finished_on or newest.run.started_on)).total_seconds()
        told = [f"Run {newest.run.run_id} {_how(newest)} {in_words(age_s)} ago"]
    if start is not None:
        code = start.exit_code
        how = "well" if code is ExitCode.OK else f"with exit code {code:d} ({EXIT_CODE_MEANINGS[code]})"
        told.append(f"the last start ended {how}, {in_words((now - start.ended_on).total_seconds())} ago")
    return "; ".join(told)


def _how(result: Result) -> str:
    if result.run.status is RunStatus.RUNNING:
        return "is at work, begun"
    if result.run.status is RunStatus.PRUNED:
        return "was pruned; it began"
    if result.run.status is not RunStatus.COMPLETED:
        return f"was not finished ({result.run.status.value}),"
    open_ends = {
        Status.IN_DOUBT: "in doubt",
        Status.INVALID: "invalid",
        Status.REJECTED: "rejected",
        Status.FAILED: "failed",
    }
    counts = [f"{result.summary.count(s):,} {word}" for s, word in open_ends.items() if result.summary.count(s)]
    return f"ended with {', '.join(counts)}," if counts else "ended well,"
