"""Imports as iterators: a run works in a thread of its own, and its rows are handed over as they end.

So it can be called from any thread, from one in which an event loop runs, too. May import `operations`, `intake` and
`model`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias

from pipeline.api.config import ImportConfig, credentials_of, ledger_of, report_dir_of, run_config
from pipeline.api.follower import Follower
from pipeline.api.sources import Rows, kept_sources
from pipeline.errors import Code, ConfigurationError
from pipeline.intake.intake import open_intake
from pipeline.model.rows import RowResult, Status
from pipeline.operations.connection import Connection
from pipeline.operations.interruption import Interruption
from pipeline.operations.new_run import ReportDir
from pipeline.operations.resume import resume
from pipeline.operations.run import run
from pipeline.operations.runtime import Runtime

if TYPE_CHECKING:
    from pipeline.operations.result import Result

OnRow: TypeAlias = Callable[[RowResult], object]
"""Told of each row that has ended."""

_Work: TypeAlias = "Callable[[Follower, Interruption], Result]"


def import_rows(rows: Rows, config: ImportConfig | None = None) -> ImportRun:
    """Imports files or DataFrames: reads, checks, creates and reports every row, each once.

    Nothing happens before the first row is asked for; see `ImportRun`.

    Args:
        rows: A file, a DataFrame, a list of them, or DataFrames by the names that reports call them.
        config: How they are imported.
    """
    options = config or ImportConfig()

    def work(follower: Follower, interruption: Interruption) -> Result:
        with kept_sources(rows, lambda: follower.has_begun) as kept:
            intake = open_intake(kept.sources, run_config(options, kept.files))
            return run(intake, ReportDir(folder=report_dir_of(options)), _connection(options, follower, interruption))

    return ImportRun(work)


def resume_run(
    name: str = "last", config: ImportConfig | None = None, *, retry: Sequence[Status] = (), moved: Sequence[Path] = ()
) -> ImportRun:
    """Takes a run up where it stopped, however it stopped; DataFrames are read again from where they were kept.

    Args:
        name: The run's name, or the beginning of one; `last` for the one that began last.
        config: Its credentials and its ledger count; everything else is as the run was begun with.
        retry: Rows of these statuses are sent once more, since their cause is mended: rejected, failed, or both.
        moved: Where files of the run are now, if they are no longer where it read them.
    """
    options = config or ImportConfig()

    def work(follower: Follower, interruption: Interruption) -> Result:
        return resume(name, _connection(options, follower, interruption), retry, moved)

    return ImportRun(work)


def _connection(config: ImportConfig, follower: Follower, interruption: Interruption) -> Connection:
    return Connection(
        credentials=credentials_of(config),
        ledger=ledger_of(config.ledger),
        observer=follower,
        runtime=Runtime(handle_signals=False),
        interruption=interruption,
    )


class ImportRun:
    """A run that hands over each row as it ends.

    It begins with the first row that is asked for, and works on in a thread of its own however slowly rows are taken.
    Each row comes at most once; one that is in doubt comes when that is settled, or at the run's end. Rows that a
    stopped run has not come to do not come: `read_run` has them all. To leave the iteration, or the `with` block, ends
    the run in good order: rows in flight are finished, the rest waits for `resume_run`.

    What keeps a run from beginning, or its end from being noted, is raised where rows are taken: an `ImportFailure`.
    """

    def __init__(self, _work: _Work) -> None:
        self._work = _work
        self._rows: SimpleQueue[RowResult | None] = SimpleQueue()
        self._interruption = Interruption()
        self._thread: threading.Thread | None = None
        self._result: Result | None = None
        self._failure: BaseException | None = None

    def __iter__(self) -> Generator[RowResult, None, None]:
        self._start()
        try:
            while (row := self._rows.get()) is not None:
                yield row
        finally:
            self.close()
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.close()
        if error is None and self._failure is not None:
            raise self._failure

    def run(self, on_row: OnRow | None = None) -> Result:
        """Runs to the end.

        Args:
            on_row: Called with each row as it ends, in the calling thread; when it raises, the run ends in good order.

        Raises:
            ImportFailure: The run could not begin, or its end could not be noted.
        """
        with contextlib.closing(iter(self)) as rows:
            for row in rows:
                if on_row is not None:
                    on_row(row)
        return self.result

    def stop(self) -> None:
        """Asks the run to end in good order; returns at once, may come from any thread, and rows go on to come."""
        self._interruption.request()

    def close(self) -> None:
        """Ends the run in good order if it has not ended, and waits for that."""
        if self._thread is not None:
            self.stop()
            self._thread.join()

    @property
    def result(self) -> Result:
        """How the run ended: its name, summary, reports, exit code, and why it stopped early, if it did.

        Raises:
            ImportFailure: It could not begin, its end could not be noted, or it has not ended.
        """
        if self._failure is not None:
            raise self._failure
        if self._result is None:
            message = "The run has not ended: take its rows first, in a `for` loop or with `run()`."
            raise ConfigurationError(Code.RUN_NOT_ENDED, message)
        return self._result

    def _start(self) -> None:
        if self._thread is not None:
            message = "The rows of this run were taken already; `resume_run` goes on with it, `read_run` has its rows."
            raise ConfigurationError(Code.ROWS_TAKEN, message)
        self._thread = threading.Thread(target=self._run, name="nexudus-import")
        self._thread.start()

    def _run(self) -> None:
        follower = Follower(self._rows.put)
        try:
            self._result = self._work(follower, self._interruption)
        except BaseException as failure:  # noqa: BLE001 - raised again in the thread that takes the rows
            self._failure = failure
        finally:
            self._rows.put(None)
