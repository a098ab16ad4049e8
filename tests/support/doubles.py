"""What stands in for the network, the time, a session and a ledger where a test looks at one module."""

import asyncio
import itertools
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx

from pipeline.sandbox.store import utc_now


class Clock:
    """Time that passes only where somebody waits for it, or where a test says so.

    Args:
        start: Now, in seconds or as a moment.
    """

    is_plausible = True

    def __init__(self, start: Any = 1_000.0) -> None:
        self.time = start
        self.waits: list[float] = []

    def now(self) -> Any:
        return self.time

    __call__ = now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        end = self.time + seconds
        await asyncio.sleep(0)
        self.time = max(self.time, end)  # others may have waited for longer meanwhile


def flying() -> Callable[[], float]:
    """A clock on which a minute has passed at each look, from the present on."""
    moments = itertools.count(time.time(), 60.0)
    return lambda: next(moments)


class ShiftedTime:
    """A clock that is moved while a test says so: what a sandbox's records are dated by.

    Args:
        now: The clock that it follows.
    """

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._shift = timedelta(0)

    def __call__(self) -> datetime:
        return self._now() + self._shift

    @contextmanager
    def shifted(self, by: timedelta) -> Iterator[None]:
        """Moves the time for as long as this lasts."""
        self._shift = by
        try:
            yield
        finally:
            self._shift = timedelta(0)


class Wire(httpx.AsyncBaseTransport):
    """A transport that answers in turn and keeps what it was asked.

    Args:
        *answers: Each a status, a JSON body, an error to raise, or a response.
    """

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await asyncio.sleep(0)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(answer) if isinstance(answer, int) else httpx.Response(200, json=answer)


class Session:
    """A session whose token can be renewed so many times, as long as the last one has worked or is the first.

    Args:
        renewals: How many new tokens can be had.
        secrets: What no response may repeat.
    """

    user = "me"
    scheme = "Bearer"

    def __init__(self, renewals: int = 0, secrets: Collection[str] = ()) -> None:
        self.token = "t0"
        self.secrets = frozenset(secrets)
        self.accepted: list[tuple[str, str]] = []
        self._left = renewals

    def accept(self, token: str, role: str) -> None:
        self.accepted.append((token, role))

    def may_be_token(self, role: str) -> bool:
        return not self.accepted or self.was_granted(role)

    def was_granted(self, role: str) -> bool:
        return role in {known for _, known in self.accepted}

    async def renew(self, stale: str, _role: str) -> bool:
        may_be_renewed = stale == "t0" or stale in dict(self.accepted)
        if self.token == stale and self._left and may_be_renewed:
            self._left -= 1
            self.token = f"t{int(stale[1:]) + 1}"
        return self.token != stale


class Ledger:
    """A run's ledger in which these records have an owner."""

    def __init__(self, *owned: int, of_key: str = '[1,"a@x.example"]') -> None:
        self._owned = dict.fromkeys(owned, of_key)

    async def owned(self, remote_ids: Collection[int]) -> dict[int, str]:
        return {number: key for number, key in self._owned.items() if number in remote_ids}
