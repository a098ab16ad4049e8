"""What a person sees of a run: a progress bar on a terminal, plain lines elsewhere, and what to do next.

Progress and messages go to stderr, results to stdout. Knows rich, not Click.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console as RichConsole
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from pipeline.cli.hints import hint_of
from pipeline.cli.preview_lines import preview_lines
from pipeline.cli.printing import print_json, print_text
from pipeline.cli.problem_lines import problem_lines
from pipeline.cli.rehearsal_lines import rehearsal_lines
from pipeline.cli.runs_table import runs_table
from pipeline.errors import ExitCode, stopped_json
from pipeline.model.printable import printable
from pipeline.model.rows import Status
from pipeline.model.runs import REPORTED, RunStatus
from pipeline.reports.problems import Problems

if TYPE_CHECKING:
    from pipeline.model.rows import RowResult
    from pipeline.model.runs import Run
    from pipeline.operations.dry_run import DryRun
    from pipeline.operations.observer import Preview
    from pipeline.operations.rehearsal import Rehearsal
    from pipeline.operations.result import Result
    from pipeline.operations.undo import UndoResult

COLOURS = {
    Status.CREATED: "green",
    Status.UPDATED: "green",
    Status.SKIPPED: "cyan",
    Status.INVALID: "red",
    Status.REJECTED: "red",
    Status.FAILED: "red",
    Status.IN_DOUBT: "magenta",
    Status.UNPROCESSED: "yellow",
}
_VALID, _VALID_COLOUR = "valid", "green"  # what `validate` calls the rows that only wait
_PLAIN_LINE_EVERY_S = 5.0
_BAR_EVERY_S = 0.1
_FILE_WIDTH = 1_000


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """How much is said, and in which form.

    Attributes:
        as_json: Results are one JSON object on stdout.
        quiet: Only errors are said.
        progress: A progress bar may be drawn.
        ask: Asks the person a question; `None` where nobody is to be asked.
    """

    as_json: bool = False
    quiet: bool = False
    progress: bool = True
    ask: Callable[[str], bool] | None = None


class Console:
    """Shows a run while it goes on; the `Observer` of `pipeline.operations`.

    Args:
        output: How much is said, and in which form.
    """

    follows_rows = False

    def __init__(self, output: OutputOptions) -> None:
        self.output_options = output
        plain = False if _is_dumb() else None
        self._err = RichConsole(stderr=True, quiet=output.quiet, highlight=False, soft_wrap=True, force_terminal=plain)
        # A file or a pipe has no width: nothing is cut off there.
        width = None if sys.stdout.isatty() and not _is_dumb() else _FILE_WIDTH
        self._out = RichConsole(highlight=False, soft_wrap=True, width=width, force_terminal=plain)
        self._counts: Counter[Status] = Counter()
        self._done = 0
        self._total: int | None = None
        self._bar: Progress | None = None
        self._task: Any = None
        self._next_line_at = 0.0

    @property
    def asks(self) -> bool:
        """Whether somebody is asked before anything is sent."""
        return self.output_options.ask is not None

    # -- while it goes on ----------------------------------------------------------------------------------------

    def confirm(self, preview: Preview) -> bool:
        """Says what is about to happen, and asks where somebody can answer."""
        lines = list(preview_lines(preview))
        if self.output_options.ask is None:
            self.say("\n".join(lines))
            return True
        # With the question, since --quiet and --json keep everything else back.
        return self.output_options.ask("\n".join([*lines, "Go ahead?"]))

    def dry_run(self, found: DryRun) -> None:
        """Says what a run would do."""
        if self.output_options.as_json:
            print_json(found.as_json())
            return
        for line in preview_lines(found.preview):
            self._say_result(line)
        self._say_result("The first bodies:" if found.bodies else "There is nothing to send.")
        for body in found.bodies:
            self._say_result(json.dumps(body, ensure_ascii=False))
        self._say_result("Nothing was sent. Next: the same command without --dry-run.")

    def rehearsed(self, found: Rehearsal) -> None:
        """Says how a run would go."""
        if self.output_options.as_json:
            print_json(found.as_json())
            return
        for line in rehearsal_lines(found):
            self._say_result(line)

    def begin(self, run: Run, total: int | None) -> None:
        """Starts the progress."""
        self._counts.clear()  # a command may have several runs, one after the other
        self._done = 0
        self._total = total
        self._next_line_at = time.monotonic() + _PLAIN_LINE_EVERY_S
        sources = ", ".join(source.label for source in run.sources)
        self.say(f"Run {run.run_id}: {sources}")
        if self.output_options.progress and self._err.is_terminal and not self.output_options.quiet:
            self._bar = Progress(
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TextColumn("{task.fields[counts]}"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=self._err,
                transient=True,
            )
            self._task = self._bar.add_task("rows", total=total, rate="", counts="")
            self._next_line_at = 0.0
            self._bar.start()

    def read(self, rows: int, settled: int) -> None:
        """Rows that need not be sent are done once they are read."""
        del rows
        self._advance(settled)

    def row_ended(self, result: RowResult) -> None:
        """Counts a row that has ended."""
        self._counts[result.status] += 1
        if result.status is not Status.IN_DOUBT:  # its end is still to come
            self._advance(1)

    def _advance(self, rows: int) -> None:
        self._done += rows
        if time.monotonic() < self._next_line_at:
            return
        if self._bar is not None:
            self._next_line_at = time.monotonic() + _BAR_EVERY_S
            task = self._bar.tasks[0]
            rate = f"{task.speed:,.1f}/s" if task.speed else ""
            self._bar.update(self._task, completed=self._done, rate=rate, counts=self._counted())
        else:
            self._next_line_at = time.monotonic() + _PLAIN_LINE_EVERY_S
            of = f" of {self._total:,}" if self._total is not None else ""
            self.say(f"{self._done:,}{of} rows {self._counted()}".rstrip())

    def _counted(self) -> str:
        return ", ".join(f"{self._counts[s]:,} {_words(s)}" for s in REPORTED if self._counts[s])

    def interrupted(self) -> None:
        """Says that the first Ctrl-C was understood."""
        self.say("Stopping: rows in flight are finished first; once more stops at once.")

    def finish(self) -> None:
        """Takes the progress bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def say(self, text: str, style: str | None = None) -> None:
        """A line for the person, on stderr."""
        if not self.output_options.as_json:
            self._err.print(printable(text), style=style, markup=False)

    def _say_result(self, text: str, style: str | None = None) -> None:
        """A line of the result, on stdout."""
        self._out.print(printable(text), style=style, markup=False)

    # -- at the end ----------------------------------------------------------------------------------------------

    def result(self, result: Result) -> None:
        """Says how a run ended and what to do next."""
        self._conclude(result, _advice(result), Status.UNPROCESSED.value)

    def checked(self, result: Result) -> None:
        """Says how checking ended and what to do next."""
        self._conclude(result, [_advice_when_checked(result)], _VALID)

    def _conclude(self, result: Result, advice: Sequence[str], unprocessed: str) -> None:
        if self.output_options.as_json:
            print_json(result_json(result))
            return
        if self.output_options.quiet:
            if result.exit_code is not ExitCode.OK:  # a scheduler mails what is printed: it must not be nothing
                print_text(result.in_one_line(unprocessed), err=True)
            return
        self._out.print(_summary(result, unprocessed))
        for line in problem_lines(result.problems or Problems()):
            self._say_result(line)
        self._paths(result.reports)
        if result.reason is not None:
            self._say_result(f"Stopped early: {result.reason.message}", style="yellow")
        for line in advice:
            self._say_result(line)

    def _paths(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self._say_result(f"  {_shown(path)}")

    def undone(self, result: UndoResult) -> None:
        """Says what became of the records of a run."""
        if self.output_options.as_json:
            print_json(result.as_json())
            return
        if self.output_options.quiet:
            return
        would = "would be " if result.dry_run else ""
        for undone, count in sorted(result.counts.items()):
            self._say_result(f"{count:>7,} {would}{undone.value}")
        if result.left:
            self._say_result(f"{result.left:>7,} left: undo the run again")
        self._paths(result.reports)
        if result.reason is not None:
            self._say_result(f"Stopped early: {result.reason.message}\n{hint_of(result.reason)}", "yellow")

    def runs(self, results: Sequence[Result]) -> None:
        """Lists runs."""
        self.table(*runs_table(results, self._out.width))
        for r in results:
            if r.run.status is RunStatus.CRASHED and r.can_be_resumed:
                self._say_result(f"{r.run.run_id} was killed: {_resume(r)} takes it up.")

    def table(self, header: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
        """A table on stdout."""
        table = Table(*header, box=None, pad_edge=False)
        for cells in lines:
            table.add_row(*(_plain(cell) for cell in cells))
        self._out.print(table)


def _is_dumb() -> bool:
    """Whether the terminal can do no more than a pipe: no bar, no colour, no columns."""
    return os.environ.get("TERM", "").lower() in {"dumb", "unknown"}


def _undone(result: Result) -> str:
    """How many records of a run exist no more, or are as they were before it."""
    return f"{result.undone_finally:,}" if result.undone_finally else ""


def _resume(result: Result) -> str:
    return f"`nexudus-import resume {result.run.run_id}`"


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(printable(text))


def _words(status: Status) -> str:
    return status.value.replace("_", " ")


def result_json(result: Result) -> dict[str, Any]:
    """How a command ended, for scripts."""
    reason = result.reason
    return {
        "Run": result.run.as_json(),
        "Summary": result.summary.as_json(),
        **({"Undone": {u.value.title(): count for u, count in result.undone.items()}} if result.undone else {}),
        "Reports": [str(path) for path in result.reports],
        **(result.problems.as_json() if result.problems else {}),
        **stopped_json(reason),
        "ExitCode": int(result.exit_code),
    }


def _summary(result: Result, unprocessed: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    table.add_column()
    table.add_row(
        f"{result.summary.rows_read:,}", f"rows read ({_plain(result.run.run_id)}, {result.run.status.value})"
    )
    for status in REPORTED:
        if count := result.summary.count(status):
            word = unprocessed if status is Status.UNPROCESSED else _words(status)
            colour = _VALID_COLOUR if word == _VALID else COLOURS[status]
            table.add_row(f"[{colour}]{count:,}", f"[{colour}]{word}")
    if undone := _undone(result):
        table.add_row(undone, "of its records undone since")
    if result.summary.warnings:
        plural = "" if result.summary.warnings == 1 else "s"
        table.add_row(f"{result.summary.warnings:,}", f"warning{plural} (in warnings.csv)")
    return table


def _shown(path: Path) -> str:
    """A path as short as it can be told from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _advice_when_checked(result: Result) -> str:
    """What the person can do after `validate`: `rejected.csv` is not for them, since no row has been sent."""
    if result.summary.count(Status.INVALID):
        return "Nothing was sent. Next: correct the rows of errors.csv in the source; `run` would send the valid ones."
    return "Nothing was sent. Next: `nexudus-import run` with the same sources and options."


def _advice(result: Result) -> list[str]:
    """What the person can do now, most pressing first."""
    advice: list[str] = []
    if result.reason is not None and (hint := hint_of(result.reason)):
        advice.append(hint)
    rejected = [path for path in result.reports if path.name.startswith("rejected")]
    if rejected:
        files = " ".join(_shown(path) for path in rejected)
        advice.append(f"Next: correct the rows in {files} (the last column says why) and give the file to `run`.")
    if result.reason is None and result.run.status is not RunStatus.COMPLETED and result.can_be_resumed:
        advice.append(f"{_resume(result)} takes it up.")
    if result.run.status is RunStatus.RUNNING:
        advice.append("A process is at work on it.")
    if result.summary.count(Status.IN_DOUBT):
        stopped = result.run.status is not RunStatus.COMPLETED
        way = "`resume` looks them up" if stopped else "in_doubt.csv is to be filled in for `settle`"
        advice.append(f"Rows in doubt may or may not exist at the target: {way}.")
    return advice
