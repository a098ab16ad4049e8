"""Who is told what goes on while an operation is at work: a terminal, a script, a program that imports this one.

May import `model`. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from pipeline.model.rows import RowResult
from pipeline.model.runs import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.model.standing import Standing
    from pipeline.operations.survey import Survey
    from pipeline.remote.estimate import EarlyEnd, Sitting
    from schemas.endpoint import RateLimit


class Action(StrEnum):
    """What an operation is about to do at the target."""

    CREATE = "create"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What is about to happen.

    Attributes:
        action: What is done.
        count: With how many rows or records.
        target: Where.
        user: As whom.
        finish: When the limits allow it to be done, if there are limits; whatever ends this process before.
        run_id: The run whose records it is done with, if it is not a new one.
        changed: Of so many rows the records exist and are changed.
        restored: How many records get their old values back.
        survey: What is known of the rows of a new run.
        sittings: When this process can send them, if there are limits.
        early_end: Where it ends before all are sent, for a spent quota or for the time that it was given.
        limits: How many calls that change something the target allows.
        budget: Modifying calls that are left of the longest limit, and that limit, if there is one.
    """

    action: Action
    count: int
    target: str
    user: str
    finish: datetime | None = None
    run_id: str | None = None
    changed: int = 0
    restored: int = 0
    survey: Survey | None = None
    sittings: Sequence[Sitting] = ()
    early_end: EarlyEnd | None = None
    limits: Sequence[RateLimit] = ()
    budget: tuple[int, RateLimit] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether it is certain that nothing will be changed at the target.

        Of a long source it is not: what repeats a row is counted there without knowing whether that row is valid.
        """
        is_counted = self.survey is None or self.survey.batches is not None
        return is_counted and not self.count and not self.restored


class Observer(Protocol):
    """What is told while a run goes on. Called from the thread that runs it; should return at once.

    Attributes:
        follows_rows: Whether `row_ended` is wanted for rows that end by being read, too: the invalid and the skipped.
    """

    follows_rows: bool

    @property
    def asks(self) -> bool:
        """Whether `confirm` asks somebody, who may say no."""
        ...

    @property
    def previews(self) -> bool:
        """Whether `confirm` tells somebody anything, so that it is worth while to look at the target before."""
        ...

    def looking(self, told: str) -> None:
        """What exists is being looked up before `confirm`, and how far that is; about once a second."""
        ...

    def confirm(self, preview: Preview) -> bool:
        """Whether to go on."""
        ...

    def begin(self, run: Run, total: int | None) -> None:
        """A run begins, of so many rows where that is known."""
        ...

    def read(self, rows: int, settled: int) -> None:
        """Rows were read; so many of them need not be sent."""
        ...

    def row_ended(self, result: RowResult) -> None:
        """A row ended, or was left in doubt for the moment; it is on disk."""
        ...

    def stands(self, standing: Standing) -> None:
        """How the run stands now; about once a second, also while nothing happens."""
        ...

    def interrupted(self) -> None:
        """The run was asked to end; it finishes what is in flight."""
        ...

    def finish(self) -> None:
        """No more rows will end."""
        ...


class Unobserved:
    """For a part of a run that is told of elsewhere: hears everything and says nothing."""

    follows_rows = False
    asks = False
    previews = False

    def looking(self, told: str) -> None:
        """Says nothing."""

    def confirm(self, preview: Preview) -> bool:
        """Goes on."""
        del preview
        return True

    def begin(self, run: Run, total: int | None) -> None:
        """Says nothing."""

    def read(self, rows: int, settled: int) -> None:
        """Says nothing."""

    def row_ended(self, result: RowResult) -> None:
        """Says nothing."""

    def stands(self, standing: Standing) -> None:
        """Says nothing."""

    def interrupted(self) -> None:
        """Says nothing."""

    def finish(self) -> None:
        """Says nothing."""
