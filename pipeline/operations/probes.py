"""Calls that nothing can come of, made to see what the user may do.

The API offers no call that lists a user's roles. What it documents is that a call without its role is answered 401, and
one with it, but with nothing in it, is refused for that: so an empty object is posted and put, which lacks every
required field, and the record 0 is read and deleted, which there is not.
May import `remote`. Must know nothing of what is made of the answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.model.durations import in_words
from pipeline.model.findings import envelope
from pipeline.model.pacing import Delay
from pipeline.remote.calls import MissingRole, NotTheEndpoint
from pipeline.remote.client import Call, encode
from pipeline.remote.rate_limit import RateLimiter
from pipeline.remote.responses import CallResult, Expected, Verdict
from pipeline.remote.retry import NotSent

if TYPE_CHECKING:
    from pipeline.operations.connection import Target
    from pipeline.stop import Stop
    from schemas.endpoint import Endpoint

_NO_RECORD = 0
_NOTHING = encode({})
_NOT_OFFERED = {405, 501}
_THROTTLED = 429
_NO_ANSWER = CallResult(verdict=Verdict.NOT_SENT, response=envelope([], "no answer"))


class RoleState(StrEnum):
    """What was seen of a role."""

    THERE = "there"
    MISSING = "missing"
    UNKNOWN = "unknown"


def one_of_the_list(endpoint: Endpoint) -> Call:
    """Asks for one record of the list."""
    query = {"page": "1", "size": "1"}
    return Call(method="GET", role=endpoint.roles.list, expected=Expected.DOCUMENT, query=query)


class Probes:
    """The calls to one target, and what was seen of each role.

    Args:
        target: Signed in to.
        stop: Interrupts every wait.
        made: Takes the moment of each call, in seconds since 1970, and whether it could change something.
    """

    def __init__(self, target: Target, stop: Stop, made: list[tuple[float, bool]]) -> None:
        self._made_at, self._now = made, target.clock.local
        self._endpoint = target.endpoint
        limiter = _Impatient(budget=_Unshared(), limits=(), stop=stop, now=target.clock.local)
        self._calls = target.calls(limiter, stop, attempts=1)
        roles = target.endpoint.roles
        names = (roles.create, roles.list, roles.read, roles.edit, roles.delete)
        self.states = dict.fromkeys(names, RoleState.UNKNOWN)
        self.created_id: int | None = None

    @property
    def is_refused_everything(self) -> bool:
        """Whether none of all calls was let in."""
        return set(self.states.values()) == {RoleState.MISSING}

    @property
    def is_let_in(self) -> bool:
        """Whether any call was let in."""
        return RoleState.THERE in self.states.values()

    @staticmethod
    def is_elsewhere(listed: CallResult) -> bool:
        """Whether what answered the list is not the endpoint."""
        return listed.verdict is Verdict.NOT_THE_ENDPOINT

    async def list(self) -> CallResult:
        """Asks for one record of the list: the first call, since its answer shows whether the target is there."""
        return await self._made(one_of_the_list(self._endpoint))

    async def others(self, *, modifying: bool) -> None:
        """Makes the other calls.

        Args:
            modifying: Also those that would change something if there were anything in them.
        """
        for call in self._others():
            if modifying or not call.is_modifying:
                result = await self._made(call)
                if call.expected is Expected.CREATION:
                    self.created_id = result.remote_id

    def _others(self) -> Iterator[Call]:
        roles = self._endpoint.roles
        yield Call(method="GET", role=roles.read, expected=Expected.DOCUMENT, record_id=_NO_RECORD)
        yield Call(method="POST", role=roles.create, expected=Expected.CREATION, content=_NOTHING)
        yield Call(method="PUT", role=roles.edit, expected=Expected.ENVELOPE, content=_NOTHING)
        yield Call(method="DELETE", role=roles.delete, expected=Expected.ENVELOPE, record_id=_NO_RECORD)

    async def _made(self, call: Call) -> CallResult:
        """A call's result; notes what it says about the call's role."""
        self._made_at.append((self._now(), call.is_modifying))
        try:
            result = await self._calls.make(call)
        except MissingRole as error:
            self.states[call.role] = RoleState.MISSING
            return error.result or _NO_ANSWER
        except NotSent as error:
            return error.result or _NO_ANSWER
        except NotTheEndpoint as error:
            result = error.result
        if _says_something(result):
            self.states[call.role] = RoleState.THERE
        return result


class _Impatient(RateLimiter):
    """Takes it for an answer that the target throttles: whoever looks wants to know now."""

    async def throttled(self, left_at: float, retry_after_s: float | None) -> None:
        """Gives the call up.

        Raises:
            NotSent: Always.
        """
        del left_at
        message = "it throttles calls" + (f" for {in_words(retry_after_s)}" if retry_after_s else "")
        raise NotSent(CallResult(verdict=Verdict.THROTTLED, status=_THROTTLED, response=envelope([], message)))


class _Unshared:
    """The budget of calls that no run makes: they are counted once they are made."""

    async def spend(self, *, modifying: bool, now: float) -> Delay:
        """Lets every call pass."""
        del modifying, now
        return Delay()

    async def postpone(self, spent_at: float, left_at: float, *, modifying: bool) -> None:
        """Nothing is counted."""

    async def give_back(self, spent_at: float, *, modifying: bool) -> None:
        """Nothing is counted."""

    async def pause(self, until: float) -> None:
        """Tells nobody."""

    async def paused_until(self) -> float:
        """Nobody waits."""
        return 0.0


def _says_something(result: CallResult) -> bool:
    """Whether the answer comes from behind the place where roles are looked at, as far as that can be told."""
    turned_away = {Verdict.THROTTLED, Verdict.IN_DOUBT, Verdict.NOT_SENT}
    return result.verdict not in turned_away and result.status not in _NOT_OFFERED
