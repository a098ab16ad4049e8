"""What a ledger knows of earlier runs. May import `operations` and `model`."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.api.config import ledger_of
from pipeline.operations import history

if TYPE_CHECKING:
    from pipeline.model.rows import RowResult
    from pipeline.operations.result import Result


@dataclass(frozen=True, kw_only=True)
class PastRun:
    """A run as its ledger has it.

    Attributes:
        result: The run, its summary, its reports, and whether it can be resumed.
        ledger: Where it is kept.
    """

    result: Result
    ledger: str = field(repr=False)

    def rows(self) -> Generator[RowResult, None, None]:
        """Every row of the run, read as a stream in the order of its sources."""
        return history.rows(self.result.run.run_id, self.ledger)


def read_run(name: str = "last", ledger: str | Path | None = None) -> PastRun:
    """How a run stands.

    Args:
        name: The run's name, or the beginning of one; `last` for the one that began last.
        ledger: A path or a SQLAlchemy URL; by default in the user's data folder.

    Raises:
        ConfigurationError: There is no such run, or the ledger cannot be opened.
    """
    location = ledger_of(ledger)
    return PastRun(result=history.show(name, location), ledger=location)


def runs(ledger: str | Path | None = None) -> list[Result]:
    """All runs of a ledger with their summaries, the newest first.

    Args:
        ledger: A path or a SQLAlchemy URL; by default in the user's data folder.

    Raises:
        ConfigurationError: The ledger cannot be opened.
    """
    return history.history(ledger_of(ledger))
