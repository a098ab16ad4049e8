"""Looking back: which runs the ledger knows, and how their rows stand.

May import `ledger` and `model`.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError, ExitCode
from pipeline.ledger.ledger import Ledger
from pipeline.model.runs import RunStatus
from pipeline.operations.health import Start
from pipeline.operations.result import Result

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.ledger.snapshot import Snapshot
    from pipeline.model.rows import RowResult


LAST = "last"
"""The name that stands for the run that began last."""


def known_run(name: str | None, ledger_location: str) -> str:
    """The full name of a run whose target can still be reached; asked for before anybody is signed in.

    Args:
        name: The run's name; `None` for the one that began last.
        ledger_location: A path or a URL.

    Raises:
        ConfigurationError: There is no such run, or its target was an embedded sandbox.
    """
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        return reachable_run(ledger, name).run.run_id


def reachable_run(ledger: Ledger, name: str | None) -> StoredRun:
    """A run whose target can still be reached, by its name, or the latest one.

    Raises:
        ConfigurationError: There is no such run, or its target was an embedded sandbox.
    """
    found = kept_run(ledger, name)
    if found.is_into_sandbox:
        message = f"Run {found.run.run_id} went to an embedded sandbox, which has gone with it."
        raise ConfigurationError(Code.RUN_OF_SANDBOX, message, run_id=found.run.run_id)
    return found


def kept_run(ledger: Ledger, name: str | None) -> StoredRun:
    """A run whose rows the ledger still has, by its name, or the latest one.

    Raises:
        ConfigurationError: There is no such run, or it was pruned.
    """
    found = find_run(ledger, name)
    if found.run.status is RunStatus.PRUNED:
        message = f"Run {found.run.run_id} was pruned: its rows are forgotten."
        raise ConfigurationError(Code.RUN_PRUNED, message, run_id=found.run.run_id)
    return found


def find_run(ledger: Ledger, name: str | None) -> StoredRun:
    """A run by its name, by the beginning of its name, or the latest one.

    Args:
        ledger: Where to look.
        name: The name, or a beginning that no other run has; `last` or `None` for the one that began last.

    Raises:
        ConfigurationError: There is no such run, or there are several.
    """
    with ledger.snapshot() as snapshot:
        latest = snapshot.latest_run()
        found = snapshot.find_runs(name) if name and name != LAST else [latest] if latest else []
    if len(found) == 1:
        return _as_it_stands(ledger, found[0])
    if found:
        names = [run.run.run_id for run in found[:5]]
        message = f"{len(found)} runs have a name that begins with {name}: {', '.join(names)}."
        raise ConfigurationError(Code.RUN_AMBIGUOUS, message, name=name, runs=names)
    what = f"There is no run {name}" if name and name != LAST else "There is no run yet"
    raise ConfigurationError(Code.RUN_NOT_FOUND, f"{what} in this ledger.", name=name)


def unfinished(ledger: Ledger) -> list[str]:
    """Names of the runs that can be resumed, the oldest first; runs into an embedded sandbox are never among them."""
    with ledger.snapshot() as snapshot:
        found = snapshot.unfinished()
    return [r.run.run_id for r in found if not r.is_into_sandbox and ledger.is_free(r.run.run_id)]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which runs are looked for.

    Attributes:
        statuses: How they stand; empty for any.
        source: What the name of one of their sources holds, upper and lower case alike.
        since: When they began at the earliest.
        last: So many of those that are left, the newest.
        is_in_earnest: Whether somebody has said yes to them, and they go to a target that lasts.
    """

    statuses: frozenset[RunStatus] = frozenset()
    source: str | None = None
    since: datetime | None = None
    last: int | None = None
    is_in_earnest: bool = False

    @property
    def is_all(self) -> bool:
        """Whether every run is."""
        return self == Wanted()

    def takes(self, stored: StoredRun) -> bool:
        """Whether a run is looked for, but for how many there are."""
        run = stored.run
        is_trial = run.status is RunStatus.UNCONFIRMED or stored.is_into_sandbox
        text = (self.source or "").casefold()
        return (
            (not self.statuses or run.status in self.statuses)
            and not (self.is_in_earnest and is_trial)
            and (self.since is None or run.started_on >= self.since)
            and (not text or any(text in source.label.casefold() for source in run.sources))
        )


_ALL = Wanted()


def history(ledger_location: str, wanted: Wanted = _ALL) -> list[Result]:
    """Runs of the ledger with their summaries, the newest first."""
    with contextlib.closing(Ledger(ledger_location)) as ledger, ledger.snapshot() as snapshot:
        standing = (_as_it_stands(ledger, run) for run in snapshot.runs())
        found = itertools.islice((stored for stored in standing if wanted.takes(stored)), wanted.last)
        return [_standing(snapshot, stored) for stored in found]


def last_start(ledger_location: str) -> Start | None:
    """How a start of a schedule last ended; `None` where none ever did."""
    with contextlib.closing(Ledger(ledger_location)) as ledger, ledger.snapshot() as snapshot:
        found = snapshot.last_start()
    return Start(ended_on=datetime.fromtimestamp(found[0], UTC), exit_code=ExitCode(found[1])) if found else None


def show(name: str | None, ledger_location: str) -> Result:
    """How the rows of a run stand.

    Args:
        name: The run's name; `None` for the one that began last.
        ledger_location: A path or a URL.

    Raises:
        ConfigurationError: There is no such run.
    """
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        found = find_run(ledger, name)
        with ledger.snapshot() as snapshot:
            return _standing(snapshot, found)


def rows(name: str, ledger_location: str) -> Generator[RowResult, None, None]:
    """Every row of a run in the order of its sources, as the ledger has it at the moment when the first is asked for.

    Raises:
        ConfigurationError: There is no such run.
    """
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        found = find_run(ledger, name)
        with ledger.snapshot() as snapshot:
            yield from snapshot.results(found)


def _standing(snapshot: Snapshot, stored: StoredRun) -> Result:
    run = snapshot.with_counts(stored).run
    files = run.report_dir.glob("[!.]*.*") if run.report_dir.is_dir() else []
    return Result(
        run=run,
        summary=snapshot.summary(stored),
        reports=sorted(files),
        undone=snapshot.undone(stored),
        reason=stored.stopped_because,
        standing=stored.standing,
    )


def _as_it_stands(ledger: Ledger, stored: StoredRun) -> StoredRun:
    """The run; one that was at work in a process that has died has crashed."""
    if stored.run.status is RunStatus.RUNNING and ledger.is_free(stored.run.run_id):
        return replace(stored, run=replace(stored.run, status=RunStatus.CRASHED))
    return stored
