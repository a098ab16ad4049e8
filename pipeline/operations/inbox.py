"""Takes an inbox: each file is a run of its own, and is taken away with its reports when that run has finished.

A file whose run stopped stays, and the next start takes that run up. May import every room below and the operations
`run` and `resume`. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import (
    Code,
    ConfigurationError,
    ErrorLimitReached,
    ExitCode,
    ImportFailure,
    InvalidRows,
    Occupied,
    SeveralSheets,
    SourceError,
)
from pipeline.intake.sources import find_sources
from pipeline.ledger.ledger import Ledger
from pipeline.operations.inbox_files import FilesFound, Inbox, is_unchanged, take_away
from pipeline.operations.sitting import is_over, sitting_over

if TYPE_CHECKING:
    from pipeline.ledger.runs import StoredRun
    from pipeline.model.config import RunConfig
    from pipeline.model.sources import Source
    from pipeline.operations.connection import Connection
    from pipeline.operations.new_run import ReportDir
    from pipeline.operations.result import Result

_log = logging.getLogger(__name__)

NOT_ITS_TURN = "the sitting ended before its turn"
_LOOK_AGAIN_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of a file of the inbox, or of a run that was taken up.

    Attributes:
        label: The file, as it was found, or the run.
        result: How its run ended, if there was one.
        failure: Why there was none, or why the file could not be taken away.
        moved_to: Where the file is now, if it was taken away.
        left_because: Why it was left for next time without a try.
        is_empty: Whether it has a header and no row, so that there was nothing to do.
    """

    label: str
    result: Result | None = None
    failure: ImportFailure | None = None
    moved_to: Path | None = None
    left_because: str | None = None
    is_empty: bool = False

    @property
    def exit_code(self) -> ExitCode:
        """What it alone would tell scripts."""
        codes = [one.exit_code for one in (self.result, self.failure) if one is not None]
        return worst(codes)

    @property
    def ends_the_sitting(self) -> bool:
        """Whether the next file would fare no better: the target, the person, the quota or the ledger is the cause."""
        cause = self.failure or (self.result.reason if self.result else None)
        return cause is not None and not isinstance(
            cause, SourceError | ConfigurationError | InvalidRows | ErrorLimitReached
        )


def worst(codes: Sequence[ExitCode]) -> ExitCode:
    """The most severe of several exit codes: a defect, else the highest."""
    return ExitCode.DEFECT if ExitCode.DEFECT in codes else max(codes, default=ExitCode.OK)


def note_start(ledger_location: str, target: str, code: ExitCode, now: float) -> None:
    """Tells the ledger how a start ended, also one that made no run, so that whoever watches the schedule knows.

    Args:
        ledger_location: A path or a URL.
        target: The URL of the target that it sends to.
        code: The exit code.
        now: Seconds since 1970.
    """
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        ledger.note_start(target, int(code), now)


def left_alone(found: FilesFound) -> list[Taken]:
    """What is not to be taken, with the reason."""
    left = (
        (found.changing, "it may still be being written"),
        (found.no_tables, "it is no table by its name"),
        (found.folders, "it is a folder"),
    )
    missing = [Taken(label=place, failure=reason) for place, reason in found.not_found.items()]
    return missing + [Taken(label=str(path), left_because=why) for paths, why in left for path in paths]


@dataclass(frozen=True, kw_only=True)
class InboxTaker:
    """Takes the files of an inbox, one after the other.

    Attributes:
        inbox: The files.
        configure: How a file of that name is read and sent.
        report_dir: Where reports go.
        connection: The target and the ledger.
        explain: A failure in words, for the file that is left beside a source.
    """

    inbox: Inbox
    configure: Callable[[str], RunConfig]
    report_dir: ReportDir
    connection: Connection
    explain: Callable[[ImportFailure], str] = str

    def take(self) -> Iterator[Taken]:
        """Imports what is ready; tells of each file how it ended, or why it was left.

        Raises:
            SourceError: The inbox itself does not exist.
            ConfigurationError: Files could not be taken away, or the options contradict each other.
        """
        found = self.inbox.look(self.connection.runtime.now())
        yield from left_alone(found)
        if not found.ready:
            return
        self.inbox.prepare()
        cause: str | None = None
        for path in self._open_first(found.ready):
            if cause is not None:
                yield Taken(label=str(path), left_because=cause)
                continue
            taken = self._in_time(path)
            yield taken
            cause = NOT_ITS_TURN if taken.ends_the_sitting else None

    def _open_first(self, ready: Sequence[Path]) -> list[Path]:
        """Files whose run was begun before come first."""
        with contextlib.closing(Ledger(self.connection.ledger)) as ledger, ledger.snapshot() as snapshot:
            begun = {source.path for run in snapshot.unfinished() for source in run.run.sources}
        return sorted(ready, key=lambda path: path.absolute() not in begun)

    def _in_time(self, path: Path) -> Taken:
        ends_at = self.connection.ends_at
        if ends_at is not None and is_over(ends_at, self.connection.runtime.now()):
            return Taken(label=str(path), failure=sitting_over(ends_at))
        return self._taken(path)

    def _taken(self, path: Path) -> Taken:
        try:
            [source] = find_sources([str(path)], [path])
            result = self._imported(source)
        except (SourceError, SeveralSheets) as failure:
            return self._emptied(path) if failure.code is Code.NO_ROWS else self._failed(path, failure)
        except ImportFailure as failure:
            return Taken(label=str(path), failure=failure)
        return self._ended(source, result)

    def _imported(self, source: Source) -> Result:
        """A new run of the file, or the one that was begun with it and stopped."""
        from pipeline.intake.intake import open_intake
        from pipeline.operations.resume import resume
        from pipeline.operations.run import run

        config = self.configure(source.label)
        begun = self._begun(source, config)
        if begun is not None:
            return resume(begun.run.run_id, self.connection, stop_on_quota=config.stop_on_quota)
        return run(open_intake([source], config), self.report_dir, self.connection)

    def _begun(self, source: Source, config: RunConfig) -> StoredRun | None:
        with contextlib.closing(Ledger(self.connection.ledger)) as ledger, ledger.snapshot() as snapshot:
            return next((run for run in snapshot.unfinished() if _is_of(run, source, config)), None)

    # -- taking away ---------------------------------------------------------------------------------------------

    def _emptied(self, path: Path) -> Taken:
        """A file without rows is done: an export of a day on which nothing has happened looks like that."""
        try:
            place = take_away(path, self.inbox.done_dir, self._stamp())
        except OSError as error:
            return Taken(label=str(path), is_empty=True, left_because=_unmoved(error))
        return Taken(label=str(path), is_empty=True, moved_to=place)

    def _stamp(self) -> str:
        return f"{self.connection.runtime.moment():%Y%m%d-%H%M%S}"

    def _failed(self, path: Path, failure: ImportFailure) -> Taken:
        """A file that cannot be imported as it is goes to `failed`, with the reason beside it."""
        label = str(path)
        if not path.exists():
            return Taken(label=label, left_because="it has gone meanwhile")
        try:
            place = take_away(path, self.inbox.failed_dir, self._stamp())
        except OSError as error:
            return Taken(label=label, failure=failure, left_because=_unmoved(error))
        self._write_reason(failure, place)
        return Taken(label=label, failure=failure, moved_to=place)

    def _write_reason(self, failure: ImportFailure, place: Path) -> None:
        """Leaves beside a file why it is where it is; the file is there, whether that can be written or not."""
        reason = place.with_name(f"{place.name}.reason.txt")
        try:
            reason.write_text(f"{self.explain(failure)}\n", encoding="utf-8")
        except OSError as error:
            _log.warning("%s cannot be written (%s)", reason, error.strerror)

    def _ended(self, source: Source, result: Result) -> Taken:
        stays = result.reason is not None and not isinstance(result.reason, InvalidRows)
        if stays:
            return Taken(label=source.label, result=result)
        folder = self.inbox.done_dir if result.reason is None else self.inbox.failed_dir
        if not is_unchanged(source.path, source.sha256):
            return Taken(label=source.label, result=result, left_because="it has changed since; next time it is new")
        try:
            place = take_away(source.path, folder, result.run.run_id)
        except OSError as error:
            message = f"{source.label} was imported, but cannot be moved to {folder} ({error.strerror})."
            facts = {"source": source.label, "folder": str(folder), "reason": error.strerror}
            failure = ConfigurationError(Code.INBOX_FILE_STAYS, message, **facts)
            return Taken(label=source.label, result=result, failure=failure)
        self._note_place(result, place)
        if result.reason is not None:
            self._write_reason(result.reason, place)
        return Taken(label=source.label, result=result, moved_to=place)

    def _note_place(self, result: Result, place: Path) -> None:
        """Tells the ledger where the file is now, so that its run can be reported, resumed and undone."""
        with contextlib.closing(Ledger(self.connection.ledger)) as ledger:
            with ledger.snapshot() as snapshot:
                [run] = snapshot.find_runs(result.run.run_id)
            ledger.move_sources(run, [replace(source, path=place.absolute()) for source in run.run.sources])


def _unmoved(error: OSError) -> str:
    return f"it cannot be moved ({error.strerror})"


def _is_of(run: StoredRun, source: Source, config: RunConfig) -> bool:
    same_file = {one.sha256 for one in run.run.sources} == {source.sha256}
    same_place = {one.path for one in run.run.sources} == {source.path}
    return same_file and same_place and run.config.get("base_url") == config.base_url


@contextlib.contextmanager
def alone(inbox: Inbox, connection: Connection, *, wait: bool) -> Iterator[None]:
    """Keeps other starts away from the same inbox and ledger for as long as this lasts.

    Args:
        inbox: The inbox.
        connection: Where the ledger is, and how to wait.
        wait: Whether to wait for another that is at work, rather than to leave.

    Raises:
        Occupied: Another is at work.
    """
    with contextlib.closing(Ledger(connection.ledger)) as ledger, contextlib.ExitStack() as held:
        for folder in inbox.folders:
            name = f"inbox-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
            while (lock := ledger.lock(name)) is None:
                if not wait or is_over(connection.ends_at, connection.runtime.now()):
                    raise Occupied(Code.INBOX_BUSY, f"Another start is at work on {folder}.", folder=str(folder))
                connection.runtime.run(_sleep(connection))
            held.callback(lock.release)
        yield


async def _sleep(connection: Connection) -> None:
    await connection.runtime.sleep(_LOOK_AGAIN_S)
