"""What travels between the process that leads a run and its workers. Holds no secret: Dask logs and keeps it.

May import `model` and `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.errors import ImportFailure
    from pipeline.model.config import RunConfig
    from pipeline.model.rows import Key, Outcome, Record


@dataclass(frozen=True, kw_only=True)
class Job:
    """A run as its workers need it.

    Attributes:
        run_id: Its name.
        session: Tells this start of it from any other.
        ledger: The URL of the ledger, without its password.
        config: How rows are checked and sent.
        version: Of the program that leads.
    """

    run_id: str
    session: str
    ledger: str
    config: RunConfig
    version: str

    @property
    def go(self) -> str:
        """The name of the lock that the leading process holds as long as its workers are to go on."""
        return f"{self.run_id}/{self.session}"

    def batch(self, source: int, row: int) -> str:
        """The name of the lock that a worker holds while it sends a batch."""
        return f"{self.run_id}/{source}-{row}"


@dataclass(frozen=True, kw_only=True)
class Entered:
    """What became of a batch by entering it.

    Attributes:
        invalid: Rows that validation refused.
        pending: Numbers of the rows that have something left to do.
        unknown: Keys of which the ledger does not know whether they exist, by the part of the target they are for.
        reason: Why it could not be entered, if it could not.
    """

    invalid: int = 0
    pending: frozenset[int] = frozenset()
    unknown: Mapping[Any, Sequence[Key]] = field(default_factory=dict, repr=False)
    reason: ImportFailure | None = None


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What is to be said of a batch beside what the ledger says of its rows.

    Attributes:
        reason: Why the worker takes no more rows, if it does not.
        unrecorded: Answers that could not be noted, since the ledger is lost.
    """

    reason: ImportFailure | None = None
    unrecorded: Sequence[tuple[Record, Outcome]] = field(default=(), repr=False)
