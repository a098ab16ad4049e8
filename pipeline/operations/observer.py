"""What commands share: how they reach the world, who watches them, what comes out.

Knows nothing of Click or of terminals: what a person sees goes through `Watcher`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.errors import ExitCode, ImportFailure
from pipeline.model.rows import Run, Status, Tally

if TYPE_CHECKING:
    from pipeline.operations.runtime import World
    from pipeline.remote.session import Credentials


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


class Watcher(Protocol):
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


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a command ended.

    Attributes:
        run: The run.
        tally: How its rows ended.
        reports: Files worth a look.
        reason: Why it stopped early, if it did.
    """

    run: Run
    tally: Tally
    reports: Sequence[Path]
    reason: ImportFailure | None = None

    @property
    def exit_code(self) -> ExitCode:
        """What scripts are told."""
        if self.reason is not None:
            return self.reason.exit_code
        if self.tally.count(Status.IN_DOUBT):
            return ExitCode.IN_DOUBT
        if any(self.tally.count(s) for s in (Status.INVALID, Status.REJECTED, Status.FAILED)):
            return ExitCode.ROWS_REFUSED
        return ExitCode.OK


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How a run reaches its target and its ledger.

    Attributes:
        credentials: Who we are to the target.
        ledger: Where runs and rows are kept: a path or a URL.
        watcher: Who is shown what goes on.
        world: Time, sleep, chance and the network.
    """

    credentials: Credentials
    ledger: str
    watcher: Watcher
    world: World
