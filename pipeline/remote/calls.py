"""The one way to make a call: limits, a slot, a token, the exchange, and what its result asks for.

From the outside in: retries, the budget of calls, what the caller does right before it, a slot among the calls in
flight, the exchange. Limits stand inside and retries outside, so that a call that waits to be made again holds no slot.
May import `remote`'s client, rate limiter and retries. Must know nothing of records or ledgers.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.events import Event, tell
from pipeline.remote.call_counts import CallCounts
from pipeline.remote.responses import CallResult, Verdict
from pipeline.remote.retry import NotSent, Throttled, TokenRenewed, with_retries

if TYPE_CHECKING:
    from pipeline.remote.client import Call, Client
    from pipeline.remote.concurrency import Slots
    from pipeline.remote.rate_limit import RateLimiter
    from pipeline.stop import Stop


_log = logging.getLogger(__name__)


class MissingRole(Exception):
    """The target refuses the user a call, with every token that could be had.

    Args:
        role: The documented name of the role that the call needs.
        result: What the target said.
        user: What to call the signed-in user in messages.
        may_be_token: Whether it may as well be the token that is wrong, or has expired meanwhile.
        was_granted: Whether calls of that role were let in before: then it hardly is the role.
    """

    def __init__(
        self,
        role: str,
        result: CallResult | None = None,
        *,
        user: str = "the owner of the token",
        may_be_token: bool = False,
        was_granted: bool = False,
    ) -> None:
        super().__init__(role)
        self.role = role
        self.result = result
        self.user = user
        self.may_be_token = may_be_token
        self.was_granted = was_granted

    @property
    def reason(self) -> str:
        """What is known of it, in words."""
        if self.may_be_token:
            return f"the token is wrong or has expired, or the user lacks the role {self.role}"
        return f"the user lacks the role {self.role}"


class NotTheEndpoint(Exception):
    """What answered is not the endpoint: another path, a redirect, a login page. Nothing is known of the row.

    Args:
        result: What it said.
    """

    def __init__(self, result: CallResult) -> None:
        super().__init__(result.message)
        self.result = result


async def _nothing() -> None:
    """What most calls need done right before them."""


def _untold(_has_left: bool) -> None:
    """Nobody needs to know when most calls leave."""


_UNAUTHORIZED = 401
_NOT_PROCESSED = frozenset({Verdict.THROTTLED, Verdict.UNAUTHORIZED, Verdict.NOT_SENT, Verdict.NOT_THE_ENDPOINT})


@dataclass(frozen=True, kw_only=True)
class Calls:
    """Makes calls, each paced and repeated as needed.

    Attributes:
        client: Makes one exchange.
        limiter: Lets each call pass.
        slots: Calls in flight.
        attempts: How often a call may fail before it is given up.
        stop: Interrupts every wait.
        counts: Counts what is made.
    """

    client: Client
    limiter: RateLimiter
    slots: Slots
    attempts: int
    stop: Stop
    counts: CallCounts = field(default_factory=CallCounts)

    async def make(
        self, call: Call, before: Callable[[], Awaitable[None]] = _nothing, leaves: Callable[[bool], None] = _untold
    ) -> CallResult:
        """Makes a call until the target has processed it, or may have where that cannot be repeated.

        Args:
            call: What to ask.
            before: Done before each attempt, once it may leave; what it raises is not made again.
            leaves: Told `True` when an attempt leaves, since from then on the target may process it; and `False` once
                it is known not to have done so.

        Raises:
            NotSent: All attempts are spent; nothing was processed, or it does no harm that nobody knows.
            MissingRole: The user is refused.
            NotTheEndpoint: Something else answered.
            Stopping: The run is to end.
        """
        again = False

        async def attempt() -> CallResult:
            nonlocal again
            spent_at, has_left = await self.limiter.acquire(modifying=call.is_modifying), False
            try:
                await before()
                async with self.slots:
                    await self.limiter.turn(spent_at, modifying=call.is_modifying)
                    self.counts.made(modifying=call.is_modifying, again=again)
                    again = has_left = True
                    token, left_at = self.client.session.token, self.limiter.now()
                    leaves(True)
                    result = await self.client.exchange(call, token)
                    self.slots.concurrency.answered(left_at, self.limiter.now(), well=_is_well(result))
            except Exception:
                if not has_left:
                    await self.limiter.give_back(spent_at, modifying=call.is_modifying)
                raise
            if result.verdict in _NOT_PROCESSED:
                leaves(False)
            await self._noted(call, result, left_at)
            return await self._accepted(call, token, result)

        return await with_retries(attempt, self.attempts, self.stop)

    async def _noted(self, call: Call, result: CallResult, left_at: float) -> None:
        """Tells the limiter whether the target took the call."""
        if result.verdict is Verdict.THROTTLED:
            await self.limiter.throttled(left_at, result.retry_after_s)
            raise Throttled(result)
        if result.status is not None:
            self.limiter.passed(left_at, modifying=call.is_modifying)

    async def _accepted(self, call: Call, token: str, result: CallResult) -> CallResult:
        """The result, where it is one; raises what makes the call be repeated or given up."""
        session, verdict = self.client.session, result.verdict
        if verdict is Verdict.UNAUTHORIZED:
            if await session.renew(token, call.role):
                raise TokenRenewed(result)
            error = MissingRole(
                call.role,
                result,
                user=session.user,
                may_be_token=session.may_be_token(call.role),
                # 403 knows the token, and means the role.
                was_granted=result.status == _UNAUTHORIZED and session.was_granted(call.role),
            )
            tell(_log, Event.TOKEN_REFUSED, error.reason, Role=call.role)
            raise error
        if verdict is Verdict.NOT_SENT or (verdict is Verdict.IN_DOUBT and call.is_repeatable):
            raise NotSent(result)
        if verdict is Verdict.NOT_THE_ENDPOINT:
            raise NotTheEndpoint(result)
        if result.status is not None:
            session.accept(token, call.role)
        return result


def _is_well(result: CallResult) -> bool:
    return result.status is not None and result.status < 500 and result.verdict is not Verdict.THROTTLED
