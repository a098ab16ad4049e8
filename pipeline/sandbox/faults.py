"""What goes wrong in the sandbox, and when: drawn from a seed, so that a run can be repeated.

Decides only; `api` and `answers` carry the decisions out. Imports nothing of the sandbox.
"""

import random
from collections import Counter, deque
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Which faults are on; by default none. Probabilities are shares of calls from 0 to 1, times are in seconds.

    `latency_s`, `throttle` and `drop` apply to every call but the token's; `limits` to the modifying ones; the
    others to creating calls only. At most one fault strikes a call, in the order drop, throttle, refusals, errors,
    lose_answers, cut_answers, odd_bodies; `slow` comes on top.

    Attributes:
        latency_s: every call waits this long before it is looked at.
        throttle: share answered `throttle_status` with an empty body and `Retry-After: <retry_after>`.
            Source: developers.nexudus.com/reference/api-limitations (409 rather than 429, 1 second).
        throttle_status: 409 as documented, or 429 as other deployments and proxies have it.
        retry_after: the header as it is sent, so that a date or nonsense can be tried too.
        errors: share answered `error_status`, before creating, or after it if `error_after_create`.
        error_status: 500, in the envelope; 502, 503 and 504 come as a proxy's HTML page.
        error_after_create: whether the record of such an answer was created.
        lose_answers: share that creates, and whose connection then ends without an answer.
        drop: share whose connection ends before anything is read.
        cut_answers: share that creates, and whose connection ends in the middle of the answer's body.
        odd_bodies: share that creates, and is answered 200 with a body that is, in turn, HTML, truncated JSON,
            empty, plain text.
        refusals: share not created and answered 200 with `WasSuccessful: false`.
        slow: share answered only `slow_s` after creating.
        slow_s: how long those take.
        expire_token: every bearer token stops working once it was used for this many calls.
        limits: `(calls, seconds)` windows for modifying calls; what goes over one is throttled.
            Source: developers.nexudus.com/reference/api-limitations (60 per minute, 5,000 per day).
        list_lag_s: the list shows each record only so long after it was created.
        seed: the same seed and the same order of calls give the same faults.
    """

    latency_s: float = 0
    throttle: float = 0
    throttle_status: int = 409
    retry_after: str = "1"
    errors: float = 0
    error_status: int = 500
    error_after_create: bool = False
    lose_answers: float = 0
    drop: float = 0
    cut_answers: float = 0
    odd_bodies: float = 0
    refusals: float = 0
    list_lag_s: float = 0
    slow: float = 0
    slow_s: float = 0
    expire_token: int | None = None
    limits: tuple[tuple[int, float], ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        for name in _SHARES:
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is a share of calls between 0 and 1, not {share!r}")
        for name in ("latency_s", "slow_s"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is a time in seconds, not {getattr(self, name)!r}")


_SHARES = ("throttle", "errors", "lose_answers", "drop", "cut_answers", "odd_bodies", "refusals", "slow")


class Fault(Enum):
    """What strikes one call; the value is its name in `SandboxServer.injected`."""

    DROP = "drop"
    THROTTLE = "throttle"
    REFUSAL = "refusal"
    ERROR = "error"
    LOSE_ANSWER = "lose_answer"
    CUT_ANSWER = "cut_answer"
    ODD_BODY = "odd_body"
    SLOW = "slow"
    OVER_LIMIT = "over_limit"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - the name of a fault


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What happens to one call: at most one fault, and whether its answer is slow."""

    fault: Fault | None = None
    slow: bool = False


_NOTHING = Decision()


class OddBody(Enum):
    """The ways in which the body of a 200 answer is unreadable.

    Source: public client code of the API, which meets HTML, empty bodies and plain text.
    """

    HTML = "html"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    TEXT = "text"


class FaultPlan:
    """Draws what happens to each call in turn. Used from the server's event loop only.

    Creating calls have their own generator and take the same number of draws each, so that neither look-ups in
    between nor the outcome of an earlier draw shift the sequence.
    """

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._creates = random.Random(faults.seed)  # noqa: S311 - repeatable on purpose
        self._others = random.Random(f"{faults.seed}/others")  # noqa: S311
        self._create_shares = (
            (Fault.DROP, faults.drop),
            (Fault.THROTTLE, faults.throttle),
            (Fault.REFUSAL, faults.refusals),
            (Fault.ERROR, faults.errors),
            (Fault.LOSE_ANSWER, faults.lose_answers),
            (Fault.CUT_ANSWER, faults.cut_answers),
            (Fault.ODD_BODY, faults.odd_bodies),
        )
        self._other_shares = self._create_shares[:2]
        self._quiet = not any(getattr(faults, name) for name in _SHARES)
        self._windows = [_Window(calls=calls, seconds=seconds) for calls, seconds in faults.limits]
        self._uses: Counter[str] = Counter()
        self._odd_bodies = 0

    def decide(self, *, creating: bool) -> Decision:
        """Draw what happens to the next call."""
        if self._quiet:
            return _NOTHING
        if not creating:
            return Decision(fault=_draw(self._others, self._other_shares))
        # Both are drawn whatever comes of the first: a fixed number of draws a call.
        fault = _draw(self._creates, self._create_shares)
        slow = self._creates.random() < self.faults.slow
        return Decision(fault=fault, slow=slow)

    def over_limit(self, at_s: float) -> bool:
        """Whether a modifying call at this time goes over a limit; if not, it counts towards all of them.

        Args:
            at_s: the server's clock, in seconds.
        """
        # All of the windows are looked at before any is charged: a call that one refuses must not use up another.
        if any(window.is_full(at_s) for window in self._windows):
            return True
        for window in self._windows:
            window.charge(at_s)
        return False

    def uses_up(self, token: str) -> bool:
        """Count one more use of a bearer token; True once `expire_token` uses were granted before."""
        if self.faults.expire_token is None:
            return False
        self._uses[token] += 1
        return self._uses[token] > self.faults.expire_token

    def next_odd_body(self) -> OddBody:
        """The next kind of unreadable body, in turn."""
        kinds = list(OddBody)
        kind = kinds[self._odd_bodies % len(kinds)]
        self._odd_bodies += 1
        return kind


def _draw(generator: random.Random, shares: tuple[tuple[Fault, float], ...]) -> Fault | None:
    """The first fault whose draw falls within its share; every share is drawn for."""
    draws = [generator.random() for _ in shares]
    return next((fault for draw, (fault, share) in zip(draws, shares, strict=True) if draw < share), None)


class _Window:
    """A sliding window: the times of the calls that were let through in the last `seconds`."""

    def __init__(self, *, calls: int, seconds: float) -> None:
        self._calls = calls
        self._seconds = seconds
        self._times: deque[float] = deque()

    def is_full(self, at_s: float) -> bool:
        """Whether the window has no room for a call at this time."""
        while self._times and self._times[0] <= at_s - self._seconds:
            self._times.popleft()
        return len(self._times) >= self._calls

    def charge(self, at_s: float) -> None:
        """Let a call through."""
        self._times.append(at_s)
