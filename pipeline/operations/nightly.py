"""One start of a schedule: takes up what is open, then takes the inbox.

May import every room below and the operations `resume`, `inbox` and `history`. Must know nothing of Click or of
terminals.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import ImportFailure
from pipeline.ledger.ledger import Ledger
from pipeline.operations.inbox import NOT_ITS_TURN, InboxTaker, Taken, left_alone
from pipeline.operations.inbox_files import is_unchanged
from pipeline.operations.sitting import is_over, sitting_over

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.operations.inbox_files import Inbox


@dataclass(frozen=True, kw_only=True)
class OpenRuns:
    """Runs that are open and whose files are not in the inbox, the oldest first.

    Attributes:
        resumable: Those that can be taken up.
        abandoned: Those whose file was in the inbox and is there no more: nobody goes on with them by itself.
    """

    resumable: Sequence[StoredRun] = ()
    abandoned: Sequence[StoredRun] = ()


def look_back(inbox: Inbox, ledger_location: str, base_url: str) -> OpenRuns:
    """Which runs into a target are open.

    Args:
        inbox: Its own files are taken with it, and those that failed are a person's business.
        ledger_location: A path or a URL.
        base_url: The target.
    """
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        with ledger.snapshot() as snapshot:
            found = [run for run in snapshot.unfinished() if _goes_to(run, base_url)]
        free = [run for run in found if ledger.is_free(run.run.run_id)]
    return OpenRuns(
        resumable=[run for run in free if not _belongs_to(inbox, run)],
        abandoned=[run for run in free if _has_lost_its_file(inbox, run)],
    )


def _goes_to(run: StoredRun, base_url: str) -> bool:
    return run.config.get("base_url") == base_url and not run.is_into_sandbox


def _belongs_to(inbox: Inbox, run: StoredRun) -> bool:
    failed = inbox.failed_dir.resolve()
    return any(inbox.covers(one.path) or one.path.parent.resolve() == failed for one in run.run.sources)


def _has_lost_its_file(inbox: Inbox, run: StoredRun) -> bool:
    return any(inbox.covers(one.path) and not is_unchanged(one.path, one.sha256) for one in run.run.sources)


def nightly(taker: InboxTaker, base_url: str) -> Iterator[Taken]:
    """Resumes the runs into a target that are open, the oldest first, then imports what has come in.

    Args:
        taker: Takes the inbox.
        base_url: The target.

    Raises:
        SourceError: The inbox itself does not exist.
        ConfigurationError: Files could not be taken away, or the options contradict each other.
    """
    for run in look_back(taker.inbox, taker.connection.ledger, base_url).resumable:
        taken = _resumed(run, taker)
        yield taken
        if taken.ends_the_sitting:
            found = taker.inbox.look(taker.connection.runtime.now())
            yield from left_alone(found)
            yield from (Taken(label=str(path), left_because=NOT_ITS_TURN) for path in found.ready)
            return
    yield from taker.take()


def _resumed(run: StoredRun, taker: InboxTaker) -> Taken:
    from pipeline.operations.resume import resume

    label, connection = f"run {run.run.run_id}", taker.connection
    if connection.ends_at is not None and is_over(connection.ends_at, connection.runtime.now()):
        return Taken(label=label, failure=sitting_over(connection.ends_at))
    try:
        return Taken(label=label, result=resume(run.run.run_id, connection, stop_on_quota=True))
    except ImportFailure as failure:
        return Taken(label=label, failure=failure)
