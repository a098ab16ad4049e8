"""What commands share: how they reach the world, who watches them, what comes out.

Knows nothing of Click or of terminals: what a person sees goes through `Observer`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.model.rows import Status
from pipeline.model.runs import Run


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What is about to happen.

    Attributes:
        count: How many.
        noun: Of what, for one of it.
        deed: What is done with them, as in "30 rows to <target>".
        target: Where.
        user: As whom.
        finish: When the documented limits allow it to be done, if there are limits.
    """

    count: int
    noun: str
    deed: str
    target: str
    user: str
    finish: datetime | None


class Observer(Protocol):
    """What a person, or a script, is shown while a run goes on."""

    def confirm(self, preview: Preview) -> bool:
        """Whether to go on."""
        ...

    def begin(self, run: Run, total: int | None) -> None:
        """A run begins, of so many rows where that is known."""
        ...

    def read(self, rows: int, settled: int) -> None:
        """Rows were read; so many of them need not be sent."""
        ...

    def ended(self, status: Status) -> None:
        """A row ended."""
        ...

    def interrupted(self) -> None:
        """The run was asked to end; it finishes what is in flight."""
        ...

    def finish(self) -> None:
        """No more rows will end."""
        ...
