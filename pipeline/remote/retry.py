"""Which attempts may be repeated, and when: tenacity policies.

Only what is known not to have been processed is ever repeated here. What is in doubt is looked up first by `delivery`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import tenacity

from pipeline.events import Event, tell
from pipeline.model.waits import Cause, Why

if TYPE_CHECKING:
    from pipeline.remote.responses import CallResult
    from pipeline.stop import Stop

T = TypeVar("T")

_log = logging.getLogger(__name__)

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0


class NotProcessed(Exception):
    """An attempt of which it is known that it changed nothing.

    Args:
        result: What is known of it.
    """

    def __init__(self, result: CallResult | None = None) -> None:
        super().__init__()
        self.result = result


class NotSent(NotProcessed):
    """It never left, or was never read: it counts as one of the `--attempts`."""


class Throttled(NotProcessed):
    """The target asked to wait: it does not count, since waiting is all that is wrong with it."""


class TokenRenewed(NotProcessed):
    """The token had expired and is a new one now."""


async def with_retries(attempt: Callable[[], Awaitable[T]], attempts: int, stop: Stop) -> T:
    """Makes an attempt, and repeats it as long as it is known to have changed nothing.

    Exponential waits with jitter between attempts; the last `NotSent` is raised as it is.

    Args:
        attempt: Raises a `NotProcessed` if it may be repeated.
        attempts: How often it may fail to leave before it is given up.
        stop: Interrupts the waits.
    """
    # The first attempt is made outside of tenacity: nearly all need no second one, and its bookkeeping costs as
    # much as the request itself.
    try:
        return await attempt()
    except NotProcessed as error:
        first: NotProcessed | None = error

    async def replayed() -> T:
        nonlocal first
        if first is not None:
            error, first = first, None
            raise error
        return await attempt()

    retrying = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception_type(NotProcessed),
        stop=_Spent(attempts),
        wait=_wait,
        sleep=partial(stop.sleep, cause=Cause(why=Why.DOWN)),
        before_sleep=_tell,
        reraise=True,
    )
    return await retrying(replayed)


def _tell(state: tenacity.RetryCallState) -> None:
    error = _error(state)
    if isinstance(error, NotSent):
        status = error.result.status if error.result is not None else None
        wait_s = round(state.upcoming_sleep, 3)
        message = f"the call was not processed; made again in {wait_s:.1f} s"
        tell(_log, Event.RETRY, message, Attempt=state.attempt_number, Status=status, Seconds=wait_s)


class _Spent:
    """Counts only the attempts that failed to leave."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts
        self._failed = 0

    def __call__(self, state: tenacity.RetryCallState) -> bool:
        if isinstance(_error(state), NotSent):
            self._failed += 1
        return self._failed >= self._attempts


_backoff: Callable[[Any], float] = tenacity.wait_random_exponential(multiplier=_FIRST_WAIT_S, max=_LONGEST_WAIT_S)


def _wait(state: tenacity.RetryCallState) -> float:
    # After throttling the pacer holds everybody back, this one too; a new token can be used at once.
    if isinstance(_error(state), TokenRenewed | Throttled):
        return 0.0
    return _backoff(state)


def _error(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
