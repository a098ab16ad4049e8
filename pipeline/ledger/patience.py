"""How long a ledger that does not answer is asked again, and which of its errors pass by themselves.

May import nothing of the project.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
import tenacity

_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 5.0
_MOST_CONFLICTS = 5

# PostgreSQL's appendix A: shut down, crashed, starting up, too many connections; and all of class 08.
_GONE = {"57P01", "57P02", "57P03", "53300"}
# Two waited for each other, or both gave one Id an owner: whoever comes second does it again and sees the first.
_CONFLICTS = {"40001", "40P01", "23505"}


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often a lost connection is opened again.

    Attributes:
        attempts: So often; with the waits between them that is about a minute, in which a server starts anew.
        sleep: Waits for some seconds.
    """

    attempts: int = 18
    sleep: Callable[[float], None] = time.sleep

    def reconnecting(self, before_sleep: Callable[[tenacity.RetryCallState], None]) -> tenacity.Retrying:
        """Attempts with growing waits, for as long as the connection is lost.

        Args:
            before_sleep: Told of each failure that is followed by another attempt.
        """
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(is_gone),
            stop=tenacity.stop_after_attempt(self.attempts),
            wait=tenacity.wait_exponential(multiplier=_FIRST_WAIT_S, max=_LONGEST_WAIT_S)
            + tenacity.wait_random(0, _FIRST_WAIT_S),
            sleep=self.sleep,
            before_sleep=before_sleep,
            reraise=True,
        )


class WouldWait(Exception):
    """What was to be done at once would have to wait for somebody: nothing was done."""


class StillHeld(Exception):
    """A run that this process had is in other hands, or still in those of its own lost connection.

    Args:
        run_id: The run's name.
    """

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} is held")
        self.run_id = run_id


def is_gone(error: BaseException) -> bool:
    """Whether the database could not be reached, so that what was asked may be asked again."""
    if isinstance(error, StillHeld):
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    is_unreachable = isinstance(error, sa.exc.OperationalError) and state is None
    return error.connection_invalidated or is_unreachable or state in _GONE or str(state).startswith("08")


def on_conflict() -> tenacity.Retrying:
    """Attempts without a wait, for what PostgreSQL undid for no other reason than that two were in each other's way."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_conflict),
        stop=tenacity.stop_after_attempt(_MOST_CONFLICTS + 1),
        reraise=True,
    )


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, sa.exc.DBAPIError) and getattr(error.orig, "sqlstate", None) in _CONFLICTS
