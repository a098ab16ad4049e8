"""What a person sees of a run: a progress bar on a terminal, plain lines elsewhere, and what to do next.

Progress and messages go to stderr, results to stdout. Knows rich, not Click.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console as RichConsole
from rich.table import Table

from pipeline.cli.hints import hint_of
from pipeline.cli.logs import PROGRESS, tell_screen
from pipeline.cli.preview_lines import changed_lines, preview_lines
from pipeline.cli.printing import lose, print_json, print_text
from pipeline.cli.problem_lines import problem_lines
from pipeline.cli.progress_display import ProgressDisplay
from pipeline.cli.rehearsal_lines import rehearsal_lines
from pipeline.cli.runs_table import resume_command, runs_table, standing_lines
from pipeline.cli.summary import VALID, plain, result_json, summary_table
from pipeline.cli.typed_options import as_typed
from pipeline.cli.wrapping import as_records, fitted, is_dumb, needed_width
from pipeline.errors import Code, ExitCode
from pipeline.events import Event, tell
from pipeline.model.counts import agreeing
from pipeline.model.printable import printable
from pipeline.model.rows import Status
from pipeline.model.runs import RunStatus
from pipeline.reports import errors_csv
from pipeline.reports.problems import Problems

if TYPE_CHECKING:
    from pipeline.model.rows import RowResult
    from pipeline.model.runs import Run
    from pipeline.model.standing import Standing
    from pipeline.operations.dry_run import DryRun
    from pipeline.operations.observer import Preview
    from pipeline.operations.rehearsal import Rehearsal
    from pipeline.operations.result import Result
    from pipeline.operations.undo import UndoResult

_log = logging.getLogger(PROGRESS)
_FILE_WIDTH = 1_000


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """How much is said, and in which form.

    Attributes:
        as_json: Results are one JSON object on stdout.
        quiet: Only errors are said.
        progress: A progress bar may be drawn.
        ask: Asks the person a question; `None` where nobody is to be asked.
        log_as_json: The log is for programs.
        now: Seconds since 1970.
    """

    as_json: bool = False
    quiet: bool = False
    progress: bool = True
    ask: Callable[[str], bool] | None = None
    log_as_json: bool = False
    now: Callable[[], float] = time.time


class _Screen(RichConsole):
    def _check_buffer(self) -> None:
        """Goes on in silence where nothing can be written, for a full disk too; rich would end the command."""
        try:
            super()._check_buffer()
        except OSError as error:
            lose(self.file, error)

    def on_broken_pipe(self) -> None:
        lose(self.file, BrokenPipeError())


class Console:
    """Shows a run while it goes on; the `Observer` of `pipeline.operations`.

    Args:
        output: How much is said, and in which form.
    """

    follows_rows = False

    def __init__(self, output: OutputOptions) -> None:
        self.output_options = output
        plain = False if is_dumb() else None
        self._err = _Screen(stderr=True, quiet=output.quiet, highlight=False, soft_wrap=True, force_terminal=plain)
        # A file or a pipe has no width: nothing is cut off there.
        width = None if sys.stdout.isatty() and not is_dumb() else _FILE_WIDTH
        self._out = _Screen(highlight=False, soft_wrap=True, width=width, force_terminal=plain)
        draws = output.progress and self._err.is_terminal and not output.quiet
        self._progress = ProgressDisplay(self._err, draws=draws, say=self._say_progress, now=output.now)

    @property
    def asks(self) -> bool:
        """Whether somebody is asked before anything is sent."""
        return self.output_options.ask is not None

    @property
    def previews(self) -> bool:
        """Whether anything is said before anything is sent."""
        return self.asks or not (self.output_options.quiet or self.output_options.as_json)

    # -- while it goes on ----------------------------------------------------------------------------------------

    def looking(self, told: str) -> None:
        """Says how far the look at the target is, where it takes long."""
        self._progress.before(told)

    def confirm(self, preview: Preview) -> bool:
        """Says what is about to happen, and asks where somebody can answer and there is anything to do."""
        lines = list(preview_lines(preview))
        if self.output_options.as_json and not self.output_options.quiet and self.output_options.ask is None:
            for line in changed_lines(preview):
                self._say_error(line, logging.WARNING)
        if self.output_options.ask is None or preview.is_idle:
            self.say("\n".join(lines))
            return True
        # With the question, since --quiet and --json keep everything else back.
        return self.output_options.ask("\n".join([*lines, "Go ahead?"]))

    def dry_run(self, found: DryRun) -> None:
        """Says what a run would do."""
        if self.output_options.as_json:
            print_json(found.as_json())
        if self.output_options.quiet and found.exit_code is not ExitCode.OK:
            self._say_error(found.in_one_line())
        if self.output_options.as_json or self.output_options.quiet:
            return
        for line in preview_lines(found.preview):
            self._say_result(line)
        if found.bodies:
            self._say_result("The first bodies:")
        for body in found.bodies:
            self._say_result(json.dumps(body, ensure_ascii=False))
        has_rows = found.preview.count > 0
        then = "Next: the same command without --dry-run." if has_rows else "There is no row that would be."
        self._say_result(f"Nothing was sent. {then}")

    def rehearsed(self, found: Rehearsal) -> None:
        """Says how a run would go."""
        if self.output_options.as_json:
            print_json(found.as_json())
            return
        for line in rehearsal_lines(found):
            self._say_result(line)

    def begin(self, run: Run, total: int | None) -> None:
        """Starts the progress."""
        self.say(f"Run {run.run_id}: {', '.join(source.label for source in run.sources)}")
        self._progress.begin(total)  # a command may have several runs, one after the other

    def read(self, rows: int, settled: int) -> None:
        """Rows that need not be sent are done once they are read."""
        del rows
        self._progress.settled(settled)

    def row_ended(self, result: RowResult) -> None:
        """Counts a row that has ended."""
        self._progress.ended(result.ref, result.status)

    def stands(self, standing: Standing) -> None:
        """Shows how the run stands."""
        self._progress.stands(standing)

    def interrupted(self) -> None:
        """Says that the first Ctrl-C was understood."""
        self.say("Stopping: rows in flight are finished first; once more stops at once.")

    def finish(self) -> None:
        """Takes the progress bar away."""
        self._progress.finish()

    def say(self, text: str, style: str | None = None) -> None:
        """A line for the person, on stderr."""
        if self.output_options.as_json:
            return
        if self.output_options.log_as_json:
            tell_screen(text)
        else:
            self._err.print(fitted(printable(text), sys.stderr), style=style, markup=False)

    def _say_error(self, text: str, level: int = logging.ERROR) -> None:
        """A line on stderr that nothing keeps back."""
        if self.output_options.log_as_json:
            tell_screen(text, level)
        else:
            print_text(text, err=True)

    def _say_progress(self, text: str, standing: Standing | None) -> None:
        """How far it is, where no bar is drawn; in a log that programs read, as an event of it."""
        if self.output_options.log_as_json:
            tell(_log, Event.RUN_PROGRESS, text, Standing=standing.as_json() if standing else None)
        else:
            self.say(text)

    def _say_result(self, text: str, style: str | None = None) -> None:
        """A line of the result, on stdout."""
        self._out.print(fitted(printable(text), sys.stdout), style=style, markup=False)

    def _print_table(self, table: Table) -> None:
        """A table, without the blanks that would fill its lines up where nobody sees them."""
        if self._out.is_terminal:
            self._out.print(table)
            return
        with self._out.capture() as captured:
            self._out.print(table)
        self._out.print("\n".join(line.rstrip() for line in captured.get().splitlines()), markup=False)

    # -- at the end ----------------------------------------------------------------------------------------------

    def result(self, result: Result) -> None:
        """Says how a run ended and what to do next."""
        self._conclude(result, _advice(result, self.output_options.now()), Status.UNPROCESSED.value)

    def looked_back(self, result: Result) -> None:
        """Says how a run stands, which need not be the last one any more."""
        name = f"resume {result.run.run_id}"
        advice = [line.replace("resume --last", name) for line in _advice(result, self.output_options.now())]
        self._conclude(result, advice, Status.UNPROCESSED.value)

    def checked(self, result: Result) -> None:
        """Says how checking ended and what to do next."""
        self._conclude(result, [_advice_when_checked(result)], VALID)

    def _conclude(self, result: Result, advice: Sequence[str], unprocessed: str) -> None:
        if self.output_options.as_json:
            print_json(result_json(result))
        if self.output_options.quiet and result.exit_code is not ExitCode.OK:
            # A scheduler mails what is printed: it must not be nothing.
            self._say_error(result.in_one_line(unprocessed))
        if self.output_options.as_json or self.output_options.quiet:
            return
        self._print_table(summary_table(result, unprocessed))
        for line in problem_lines(result.problems or Problems()):
            self._say_result(as_typed(line))
        self._paths(result.reports)
        if result.reason is not None:
            self._say_result(f"Stopped early: {result.reason.message}", style="yellow")
        for line in advice:
            self._say_result(as_typed(line))

    def _paths(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self._say_result(f"  {_shown(path)}")

    def undone(self, result: UndoResult) -> None:
        """Says what became of the records of a run."""
        if self.output_options.as_json:
            print_json(result.as_json())
        if self.output_options.quiet and result.exit_code is not ExitCode.OK:
            self._say_error(result.in_one_line())
        if self.output_options.as_json or self.output_options.quiet:
            return
        for undone, count in sorted(result.counts.items()):
            self._say_result(f"{count:>7,} {undone.told(dry_run=result.dry_run)}")
        if result.left:
            self._say_result(f"{result.left:>7,} left: undo the run again")
        self._paths(result.reports)
        if result.reason is not None:
            self._say_result(f"Stopped early: {result.reason.message}\n{hint_of(result.reason)}", "yellow")

    def runs(self, results: Sequence[Result]) -> None:
        """Lists runs."""
        self._table(*runs_table(results, self._out.width))
        for one in results:
            for line in standing_lines(one, self.output_options.now()):
                self._say_result(as_typed(line))

    def table(self, header: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
        """A table on stdout; where no word of it would fit, each of its lines as a few lines of its own."""
        if self._out.is_terminal and needed_width(header, lines) > self._out.width:
            for line in as_records(header, lines):
                self._say_result(line)
        else:
            self._table(header, lines)

    def _table(self, header: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
        table = Table(box=None, pad_edge=False)
        for name in header:
            table.add_column(name, overflow="fold")  # nothing is cut
        for cells in lines:
            table.add_row(*(plain(cell) for cell in cells))
        self._print_table(table)


def _shown(path: Path) -> str:
    """A path as short as it can be told from here."""
    here = Path.cwd()
    is_below = path.is_relative_to(here) and here != here.parent  # from / a place is told as it is
    return str(path.relative_to(here) if is_below else path)


def _advice_when_checked(result: Result) -> str:
    """What the person can do after `validate`: `rejected.csv` is not for them, since no row has been sent."""
    if result.summary.count(Status.INVALID):
        file = next(_shown(path) for path in result.reports if path.name == errors_csv.FILE_NAME)
        then = (
            "`run` would send the valid ones" if result.summary.count(Status.UNPROCESSED) else "then validate it again"
        )
        return f"Nothing was sent. Next: correct the rows of {file} in the source; {then}."
    return "Nothing was sent. Next: `nexudus-import run` with the same sources and options."


def _advice(result: Result, now: float) -> list[str]:
    """What the person can do now, most pressing first."""
    advice: list[str] = []
    if result.reason is not None and (hint := hint_of(result.reason)):
        advice.append(hint)
    rejected = [path for path in result.reports if path.name.startswith("rejected")]
    if rejected and (result.reason is None or result.reason.code is not Code.ROWS_INVALID):
        files = " and ".join(_shown(path) for path in rejected)
        then = f"give {agreeing(len(rejected), 'the file', 'the files')} to `run`, with the same options"
        advice.append(f"Next: correct the rows in {files} (the last column says why) and {then}.")
    if result.reason is None and result.run.status not in {RunStatus.COMPLETED, RunStatus.CRASHED}:
        advice.extend([f"{resume_command(result)} takes it up."] if result.can_be_resumed else [])
    advice.extend(standing_lines(result, now))
    if result.summary.count(Status.IN_DOUBT):
        stopped = result.run.status is not RunStatus.COMPLETED
        settle = f"fill in the last column of in_doubt.csv, then `nexudus-import settle {result.run.run_id}` reads it"
        way = "`resume` looks them up" if stopped else settle
        advice.append(f"Rows in doubt may or may not exist at the target: {way}.")
    return advice
