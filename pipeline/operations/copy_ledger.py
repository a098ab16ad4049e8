"""Moves a ledger to another database: copied, compared, and left where it was.

May import `ledger`, `operations.connection` and `errors`. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import Code, ConfigurationError
from pipeline.ledger.ledger import Ledger
from pipeline.model.places import is_url
from pipeline.operations.connection import locked


@dataclass(frozen=True, kw_only=True)
class Copied:
    """What a copy holds.

    Attributes:
        tables: How many rows each of its tables has.
    """

    tables: Mapping[str, int]

    def as_json(self) -> dict[str, int]:
        """For scripts."""
        return {name.title(): rows for name, rows in self.tables.items()}


def copy_ledger(source: str, target: str) -> Copied:
    """Copies a ledger into a new one. Nobody may be at work on the first, which is left as it is.

    Args:
        source: A path or a URL, of a ledger that exists.
        target: A path or a URL, of a ledger that is new or empty.

    Raises:
        ConfigurationError: The first does not exist, a process works on it, or the other is not empty.
        LedgerUnavailable: One of the two cannot be read or written.
    """
    if not is_url(source) and not Path(source).is_file():
        raise ConfigurationError(Code.LEDGER_MISSING, f"There is no ledger {source}.", ledger=source)
    with contextlib.closing(Ledger(source)) as ledger, contextlib.closing(Ledger(target)) as other, _at_rest(ledger):
        return Copied(tables=ledger.copy_to(other))


@contextlib.contextmanager
def _at_rest(ledger: Ledger) -> Iterator[None]:
    """Keeps every run that could be taken up from being at work meanwhile: what it did would be missing in the copy.

    Raises:
        ConfigurationError: A process works on one.
    """
    with ledger.snapshot() as snapshot:
        open_runs = [run.run.run_id for run in snapshot.unfinished()]
    with contextlib.ExitStack() as held:
        for run_id in open_runs:
            held.enter_context(locked(ledger, run_id))
        yield
