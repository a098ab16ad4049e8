"""Forgets rows and reports of old runs; what they created stays known, so that importing it again still skips it.

May import `ledger`, `reports`, `model` and `errors`. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Code, ConfigurationError
from pipeline.ledger.ledger import Ledger
from pipeline.reports.file_names import is_report
from pipeline.reports.latest import NAME as LATEST

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.ledger.snapshot import Snapshot


class KeptBecause(StrEnum):
    """Why the rows of an old run are not forgotten."""

    AT_WORK = "it is at work"
    IN_DOUBT = "rows of it are in doubt"
    OPEN = "it can be resumed"


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """A run that is old enough, and what became of it.

    Attributes:
        run_id: Its name.
        rows: How many rows it had in the ledger.
        reports: How many files its reports had.
        kept_because: Why it was kept, if it was.
    """

    run_id: str
    rows: int
    reports: int
    kept_because: KeptBecause | None = None

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {"RunId": self.run_id, "Rows": self.rows, "Reports": self.reports, "KeptBecause": self.kept_because}


def prune(ledger_location: str, before: float, *, unfinished: bool = False, dry_run: bool = False) -> list[Pruned]:
    """Forgets rows and reports of runs that began before a moment.

    Args:
        ledger_location: A path or a URL.
        before: Seconds since 1970.
        unfinished: Forget also runs that could be resumed, unless a row of them may exist at the target.
        dry_run: Only say what would be forgotten.

    Raises:
        ConfigurationError: Reports of a run cannot be removed.
    """
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        with ledger.snapshot() as snapshot:
            found = [(run, _looked_at(ledger, snapshot, run, unfinished)) for run in snapshot.old_runs(before)]
        if dry_run:
            return [pruned for _, pruned in found]
        return [_forgotten(ledger, run, pruned, unfinished) for run, pruned in found]


def _looked_at(ledger: Ledger, snapshot: Snapshot, run: StoredRun, unfinished: bool) -> Pruned:
    reason = _reason_to_keep(snapshot, run, unfinished) if ledger.is_free(run.run.run_id) else KeptBecause.AT_WORK
    return Pruned(
        run_id=run.run.run_id,
        rows=snapshot.count_rows(run),
        reports=len(_reports_of(run)),
        kept_because=reason,
    )


def _reason_to_keep(snapshot: Snapshot, run: StoredRun, unfinished: bool) -> KeptBecause | None:
    if run.is_into_sandbox:
        return None
    if snapshot.has_rows_that_may_exist(run):
        return KeptBecause.IN_DOUBT
    if run.id in snapshot.open_run_ids() and not unfinished:
        return KeptBecause.OPEN
    return None


def _forgotten(ledger: Ledger, run: StoredRun, pruned: Pruned, unfinished: bool) -> Pruned:
    """Forgets a run, unless there is a reason to keep it, or somebody has taken it up meanwhile."""
    if pruned.kept_because is not None:
        return pruned
    lock = ledger.lock(run.run.run_id)
    if lock is None:
        return replace(pruned, kept_because=KeptBecause.AT_WORK)
    try:
        with ledger.snapshot() as snapshot:
            reason = _reason_to_keep(snapshot, run, unfinished)
        if reason is not None:
            return replace(pruned, kept_because=reason)
        _remove_reports(run)  # first: the ledger is what leads to them
        ledger.prune(run, records=run.is_into_sandbox)
    finally:
        lock.release()
    return pruned


def _reports_of(run: StoredRun) -> list[Path]:
    """The files that a run's reports are, as long as its folder holds them and not those of a later run."""
    folder = run.run.report_dir
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        is_its_own = report["Run"]["RunId"] == run.run.run_id
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [path for path in sorted(folder.iterdir()) if is_report(path.name)] if is_its_own else []


def _remove_reports(run: StoredRun) -> None:
    folder = run.run.report_dir
    try:
        for path in _reports_of(run):
            path.unlink(missing_ok=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        if (latest := folder.parent / LATEST).is_symlink() and not latest.exists():
            latest.unlink()
    except OSError as error:
        message = f"Reports of run {run.run.run_id} cannot be removed from {folder} ({error.strerror})."
        facts = {"run_id": run.run.run_id, "folder": str(folder), "reason": error.strerror}
        raise ConfigurationError(Code.REPORTS_NOT_REMOVED, message, **facts) from error
