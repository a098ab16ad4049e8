"""How a start of the program ended, for everybody who is told of it: people, programs, a metrics file.

May import `errors` and `operations.result`. Holds no secret: counts, paths, and messages that are redacted already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import EXIT_CODE_MEANINGS, ExitCode

if TYPE_CHECKING:
    from pipeline.operations.result import Result


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What kept a start, or one of its files, from work.

    Attributes:
        words: What happened and what to do next, for people.
        as_json: The same for programs, with its code.
    """

    words: str
    as_json: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a start ended.

    Attributes:
        exit_code: What scripts are told.
        results: The runs that were at work, in their order.
        failures: What kept others from it.
        started_at: When it began, in seconds since 1970.
        ended_at: When it ended.
    """

    exit_code: ExitCode
    results: Sequence[Result]
    failures: Sequence[Failure]
    started_at: float
    ended_at: float

    @property
    def is_trouble(self) -> bool:
        """Whether somebody may have to do something."""
        return self.exit_code is not ExitCode.OK

    @property
    def title(self) -> str:
        """It in one line."""
        return f"nexudus-import: exit code {self.exit_code:d}, {EXIT_CODE_MEANINGS[self.exit_code]}"

    @property
    def text(self) -> str:
        """It in a few lines: each run with its counts and where its reports are, and what went wrong."""
        lines = [result.in_one_line() for result in self.results] + [failure.words for failure in self.failures]
        return "\n".join(lines or ["There was nothing to do."])
