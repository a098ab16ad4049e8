"""How far a run is: lines for a log, and what stands below the bar of a terminal."""

import io
from itertools import pairwise

import pytest
from rich.console import Console

from pipeline.cli.progress_display import ProgressDisplay
from pipeline.model.rows import RowRef, Status
from pipeline.model.standing import Standing
from pipeline.model.waits import Cause, Wait, Why

MINUTE = Cause(why=Why.LIMIT, calls=60, seconds=60)
START = 1_768_478_400.0


class Watched:
    """A display in a time that passes only when it is told to."""

    def __init__(self, *, draws=False, width=80, total=12_000):
        self.time = START
        self.lines = []
        self.rows = 1
        self.screen = Console(file=io.StringIO(), width=width, force_terminal=draws, color_system=None)
        self.display = ProgressDisplay(
            self.screen, draws=draws, say=lambda line, _: self.lines.append(line), now=lambda: self.time
        )
        self.display.begin(total)

    def ended(self, *statuses):
        """One row after the other ends so."""
        for status in statuses:
            self.rows += 1
            self.display.ended(RowRef(source=1, row=self.rows), status)

    def stands(self, **values):
        self.display.stands(Standing(**{"at": self.time, "done": 0, "total": 12_000, "per_minute": 60.0} | values))

    def drawn(self):
        lines = self.screen.render_lines(self.display, pad=False)
        return ["".join(segment.text for segment in line).rstrip() for line in lines if line]


def test_a_log_gets_a_line_soon_and_then_one_at_least_every_minute():
    watched = Watched()
    moments = []
    for _ in range(600):
        watched.time += 1
        before = len(watched.lines)
        watched.stands()
        moments += [watched.time - START] * (len(watched.lines) - before)
    assert moments[:5] == [5, 15, 35, 75, 135]
    assert {b - a for a, b in pairwise(moments[4:])} == {60}


def test_a_line_has_counts_rate_end_and_wait_each_labelled():
    watched = Watched()
    watched.ended(Status.CREATED, Status.CREATED, Status.REJECTED, Status.IN_DOUBT)
    watched.display.settled(10)
    watched.time += 300
    wait = Wait(cause=MINUTE, began_at=watched.time - 13, until=watched.time + 41)
    watched.stands(due_at=watched.time + 100, wait=wait)
    [line] = watched.lines
    counts, so_far, rate, due, waits = line.split("; ")
    assert counts == "13 of 12,000 rows: 2 created, 1 rejected, 1 in doubt, 10 not to be sent"
    assert (so_far, rate) == ("5 minutes so far", "60 a minute")
    assert due.startswith("due ")
    assert due.endswith(", in 100 s")
    assert waits == "waiting for the limit of 60 a minute, next in 41 s"


def test_a_row_in_doubt_that_is_settled_is_counted_once():
    watched = Watched(total=3)
    for status in (Status.IN_DOUBT, Status.IN_DOUBT, Status.CREATED):  # sent, sent again, found
        watched.display.ended(RowRef(source=1, row=2), status)
    watched.display.ended(RowRef(source=1, row=3), Status.IN_DOUBT)
    watched.time += 6
    watched.display.settled(0)
    assert watched.lines == ["1 of 3 rows: 1 created, 1 in doubt; 6 s so far"]


def test_a_command_that_knows_no_total_says_lines_too():
    watched = Watched(total=None)
    watched.display.settled(1_000)
    watched.time += 6
    watched.display.settled(1_000)
    assert watched.lines == ["2,000 rows; 6 s so far"]


def test_a_second_run_begins_anew():
    watched = Watched()
    watched.ended(Status.CREATED, Status.IN_DOUBT)
    watched.display.begin(3)
    watched.time += 6
    watched.display.settled(0)
    assert watched.lines == ["0 of 3 rows; 6 s so far"]


@pytest.mark.parametrize("width", [80, 40])
def test_what_stands_below_the_bar_fits_and_counts_the_seconds_down(width):
    watched = Watched(draws=True, width=width)
    watched.ended(*[Status.CREATED] * 118)
    watched.stands(wait=Wait(cause=MINUTE, began_at=watched.time, until=watched.time + 41))
    watched.time += 3
    bar, *below = watched.drawn()
    watched.display.finish()
    assert bar.startswith("118/12,000")
    assert all(len(line) <= width for line in [bar, *below])
    words = " ".join(below).replace("· ", "").split()
    expected = "118 created 3 s so far 60 a minute waiting for the limit of 60 a minute, next in 38 s"
    assert words == expected.split()
    assert watched.lines == []


def test_while_a_wait_is_long_it_is_said_that_one_may_go():
    watched = Watched()
    watched.time += 10
    day = Cause(why=Why.LIMIT, calls=5_000, seconds=86_400)
    watched.stands(wait=Wait(cause=day, began_at=watched.time, until=watched.time + 80_000))
    [line] = watched.lines
    assert "the limit of 5,000 a day is spent, goes on " in line
    assert line.endswith("; Ctrl-C and `resume` are safe")
