"""What a run waits for, in words and over time.

May import `model.durations` and nothing else of the project.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.model.durations import in_words, moment_in_words, window_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model.json_types import Json

WORTH_TELLING_S = 2.0
"""Shorter waits are pacing: nobody is told of each."""

_LONG_S = 300.0


def iso(seconds: float) -> str:
    """A moment in seconds since 1970 as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(moment: Json) -> float:
    """What `iso` wrote."""
    return datetime.fromisoformat(str(moment)).timestamp()


class Why(StrEnum):
    """What is waited for; of several at once, the first of these is told."""

    LIMIT = "limit"
    ASKED = "asked"
    DOWN = "down"
    LOOK_UP = "look-up"
    KEY = "key"


HOLDS_EVERYBODY = frozenset({Why.LIMIT, Why.ASKED})
"""While these last, no call leaves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """Why somebody waits.

    Attributes:
        why: What for.
        calls: Of a limit: at most so many calls.
        seconds: Of a limit: in any window of so many seconds.
    """

    why: Why
    calls: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """One wait, or several for the same that last at the same time.

    Attributes:
        cause: What for.
        began_at: When it began, in seconds since 1970.
        until: When it is over, or the first of them is.
        rows: How many wait.
    """

    cause: Cause
    began_at: float
    until: float
    rows: int = 1

    def in_words(self, now: float) -> str:
        """What is waited for, and how long still.

        Args:
            now: Seconds since 1970.
        """
        left = in_words(max(0.0, self.until - now))
        match self.cause.why:
            case Why.LIMIT:
                return self._limit_in_words(now, left)
            case Why.ASKED:
                return f"the target asks to wait, {left}"
            case Why.DOWN:
                return f"the target is down, next try in {left}"
            case Why.LOOK_UP:
                return f"looking up what became of {self.rows:,} row{'' if self.rows == 1 else 's'}"
        return "waiting for another row of the same key that is on its way"

    @property
    def is_long(self) -> bool:
        """Whether it is worth while to do something else meanwhile."""
        return self.until - self.began_at >= _LONG_S

    def _limit_in_words(self, now: float, left: str) -> str:
        window = window_in_words(self.cause.seconds)
        if not self.is_long:
            return f"waiting for the limit of {self.cause.calls:,} {window}, next in {left}"
        moment = moment_in_words(datetime.fromtimestamp(self.until, UTC), datetime.fromtimestamp(now, UTC))
        return f"the limit of {self.cause.calls:,} {window} is spent, goes on {moment}"

    def as_json(self) -> dict[str, Json]:
        """For the ledger and for scripts; `from_json` reads it back."""
        limit = {"Calls": self.cause.calls, "Seconds": self.cause.seconds} if self.cause.why is Why.LIMIT else None
        return {
            "Why": self.cause.why.value,
            "Limit": limit,
            "Since": iso(self.began_at),
            "Until": iso(self.until),
            "Rows": self.rows,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Json]) -> Wait:
        """What `as_json` wrote."""
        limit = found["Limit"]
        calls, seconds = (limit["Calls"], limit["Seconds"]) if isinstance(limit, dict) else (0, 0.0)
        return cls(
            cause=Cause(why=Why(str(found["Why"])), calls=int(str(calls)), seconds=float(str(seconds))),
            began_at=seconds_of(found["Since"]),
            until=seconds_of(found["Until"]),
            rows=int(str(found["Rows"])),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A time in which a run waited for the same again and again, or was throttled.

    Attributes:
        what: `limit`, `asked`, `down`, `look-up`, `key`, or `throttled`.
        began_at: When it began, in seconds since 1970.
        ended_at: When it ended, or until when it is known.
        waited_s: Seconds of it that were spent waiting.
        times: How many waits, or throttled answers, it holds.
    """

    what: str
    began_at: float
    ended_at: float
    waited_s: float
    times: int = 1


THROTTLED = "throttled"
"""The stretch of answers by which the target asked to wait."""
