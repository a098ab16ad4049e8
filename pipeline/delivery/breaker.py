"""When to stop early: a flood of the same refusal, of unanswered rows, or more errors than were allowed."""

from __future__ import annotations

from pipeline.errors import Code, ErrorLimitReached, ImportFailure, TargetUnavailable
from pipeline.model.config import MaxErrors
from pipeline.model.counts import counted
from pipeline.model.rows import Outcome, Status

_SHARE_COUNTS_FROM_ROWS = 100  # a percentage of fewer rows than this says nothing yet


class Breaker:
    """Watches how rows end.

    Args:
        stop_after: So many in a row, all refused for the same reason or all without an answer, end the run; 0 for no
            such limit.
        max_errors: More rows than this that are invalid, rejected or failed end the run.
    """

    def __init__(self, stop_after: int, max_errors: MaxErrors | None) -> None:
        self._stop_after = stop_after
        self._max_errors = max_errors or MaxErrors()
        self._reason: tuple[object, ...] | None = None
        self._repeated = 0
        self._errors = 0
        self._read = 0

    def read(self, rows: int, invalid: int) -> ImportFailure | None:
        """Counts a batch that was read; returns why the run has to end, if it has to."""
        self._read += rows
        self._errors += invalid
        return self._too_many()

    def ended(self, outcome: Outcome) -> ImportFailure | None:
        """Counts a row's end; returns why the run has to end, if it has to."""
        if outcome.status in {Status.REJECTED, Status.FAILED}:
            self._errors += 1
        reason = _reason(outcome)
        self._repeated = self._repeated + 1 if reason is not None and reason == self._reason else 1
        self._reason = reason
        if reason is not None and 0 < self._stop_after <= self._repeated:
            return self._flood(outcome)
        return self._too_many()

    def _flood(self, outcome: Outcome) -> ImportFailure:
        message = str((outcome.response or {}).get("Message"))
        if outcome.status is Status.REJECTED:
            told = f"{self._repeated} rows one after another were refused alike ({message})."
            return ErrorLimitReached(Code.ROWS_REFUSED_ALIKE, told, rows=self._repeated, said=message)
        told = f"{counted(self._repeated, 'time')} one after another there was no readable answer ({message})."
        return TargetUnavailable(Code.ROWS_UNANSWERED, told, rows=self._repeated, said=message)

    def _too_many(self) -> ImportFailure | None:
        limit = self._max_errors
        above = limit.rows is not None and self._errors > limit.rows
        if limit.percent is not None and self._read >= _SHARE_COUNTS_FROM_ROWS:
            above = above or self._errors * 100 > limit.percent * self._read
        if not above:
            return None
        message = f"{self._errors} of {self._read} rows could not be imported, more than was allowed."
        return ErrorLimitReached(Code.TOO_MANY_ERRORS, message, errors=self._errors, rows=self._read)


def _reason(outcome: Outcome) -> tuple[object, ...] | None:
    """What makes two refusals the same one; `None` for rows that came through."""
    if outcome.status is Status.REJECTED:
        return (outcome.status, (outcome.response or {}).get("Message"))
    if outcome.status in {Status.IN_DOUBT, Status.FAILED}:
        return (Status.IN_DOUBT,)
    return None
