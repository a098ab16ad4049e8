"""How far a run is: a bar with labelled figures on a terminal, a line at least every minute elsewhere.

Knows rich, not Click. May import `cli.wrapping`, `cli.runs_table` and `model`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.segment import Segment

from pipeline.cli.runs_table import standing_words
from pipeline.cli.wrapping import packed
from pipeline.model.durations import in_words
from pipeline.model.rows import RowRef, Status
from pipeline.model.runs import REPORTED

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.console import ConsoleOptions, RenderResult

    from pipeline.model.standing import Standing

    Say = Callable[[str, Standing | None], None]

_FIRST_LINE_AFTER_S = 5.0
_LINE_EVERY_S = 60.0
_REFRESHES_PER_S = 4
_LEAST_BAR = 8


class ProgressDisplay:
    """Shows how far a run is, for as long as it is at work.

    Args:
        console: Where it is shown.
        draws: Whether a bar is drawn.
        say: Says a line where none is, with how the run stands, if that is known.
        now: Seconds since 1970.
    """

    def __init__(
        self,
        console: RichConsole,
        *,
        draws: bool,
        say: Callable[[str, Standing | None], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._console = console
        self._draws = draws
        self._say = say
        self._now = now
        self._live: Live | None = None
        self._start(None)

    def _start(self, total: int | None) -> None:
        self._counts: Counter[Status] = Counter()
        self._in_doubt: set[RowRef] = set()
        self._done = 0
        self._total = total
        self._standing: Standing | None = None
        self._began_at = self._now()
        self._every_s = _FIRST_LINE_AFTER_S
        self._next_line_at = self._began_at + self._every_s

    def begin(self, total: int | None) -> None:
        """Starts anew, with so many rows where that is known."""
        self._start(total)
        if self._draws:
            self._live = Live(self, console=self._console, transient=True, refresh_per_second=_REFRESHES_PER_S)
            self._live.start()

    def before(self, told: str) -> None:
        """Says what goes on before there is anything to draw: soon, then at least every minute."""
        now = self._now()
        if self._is_time(now):
            self._say(f"{told}; {in_words(now - self._began_at)} so far", None)

    def settled(self, rows: int) -> None:
        """So many rows have ended."""
        self._done += rows
        self._say_in_time()

    def ended(self, row: RowRef, status: Status) -> None:
        """A row has ended, or is in doubt for the moment: then its end is still to come."""
        if status is Status.IN_DOUBT:
            self._in_doubt.add(row)
        else:
            self._in_doubt.discard(row)
            self._counts[status] += 1
            self.settled(1)
        self._counts[Status.IN_DOUBT] = len(self._in_doubt)

    def stands(self, standing: Standing) -> None:
        """Takes how the run stands."""
        self._standing = standing
        self._say_in_time()

    def finish(self) -> None:
        """Takes the bar away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    # -- elsewhere -----------------------------------------------------------------------------------------------

    def _say_in_time(self) -> None:
        now = self._now()
        if self._live is None and self._is_time(now):
            self._say("; ".join(self._figures(now)), self._standing)

    def _is_time(self, now: float) -> bool:
        """Whether a line is due; a short run is told of soon, a night's log gets a line a minute."""
        if now < self._next_line_at:
            return False
        self._every_s = min(2 * self._every_s, _LINE_EVERY_S)
        self._next_line_at = now + self._every_s
        return True

    def _figures(self, now: float) -> Iterator[str]:
        of = f" of {self._total:,}" if self._total is not None else ""
        counted = list(self._counted())
        yield f"{self._done:,}{of} rows" + (f": {', '.join(counted)}" if counted else "")
        yield from self._times(now)

    def _counted(self) -> Iterable[str]:
        yield from (f"{self._counts[s]:,} {s.value.replace('_', ' ')}" for s in REPORTED if self._counts[s])
        others = self._done - sum(count for s, count in self._counts.items() if s is not Status.IN_DOUBT)
        if others and self._counts.total():  # invalid, skipped, or ended by an earlier start
            yield f"{others:,} not to be sent"

    def _times(self, now: float) -> Iterator[str]:
        yield f"{in_words(now - self._began_at)} so far"
        if self._standing is not None:
            yield from standing_words(self._standing, now)

    # -- on a terminal -------------------------------------------------------------------------------------------

    def __rich_console__(self, console: RichConsole, options: ConsoleOptions) -> RenderResult:
        """The bar with its number, and the figures below it in as many lines as they need."""
        label = f"{self._done:,}/{self._total:,} " if self._total is not None else f"{self._done:,} rows "
        width = max(_LEAST_BAR, options.max_width - len(label))
        bar = ProgressBar(total=self._total, completed=min(self._done, self._total or self._done), width=width)
        yield Segment(label)
        yield from console.render(bar, options)
        yield Segment.line()
        for line in packed([*self._counted(), *self._times(self._now())], options.max_width):
            yield Segment(line)
            yield Segment.line()
