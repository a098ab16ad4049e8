"""What `report.html` draws: bars and a course of time, counted while the rows pass by, in bounded memory.

Knows numbers only: the template draws them. May import `pipeline.model`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from pipeline.model.runs import format_utc

_MOST_BUCKETS = 240
_MOST_NAMES = 100
_MOST_BARS = 12
OTHERS = "(others)"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar, with its number in words beside it.

    Attributes:
        label: What it counts.
        count: How many.
        percent: Its length.
        kind: A class of the style sheet that colours it.
    """

    label: str
    count: int
    percent: float
    kind: str = "plain"


def bars(counts: Iterable[tuple[str, int, str]]) -> list[Bar]:
    """Bars beside each other, the largest as long as there is room.

    Args:
        counts: Label, number and kind of each.
    """
    given = list(counts)
    most = max((count for _, count, _ in given), default=0) or 1
    return [Bar(label=name, count=n, percent=round(100 * n / most, 1), kind=kind) for name, n, kind in given]


class NameCounter:
    """Counts names, the first hundred of them one by one: a server may make up as many as it likes."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """Counts one."""
        known = name in self._counts or len(self._counts) < _MOST_NAMES
        self._counts[name if known else OTHERS] += 1

    def bars(self, kind: str) -> list[Bar]:
        """The most frequent names, and the rest as one."""
        ordered = self._counts.most_common()
        rest = sum(count for _, count in ordered[_MOST_BARS:])
        shown = [(name, count, kind) for name, count in ordered[:_MOST_BARS]]
        return bars([*shown, (OTHERS, rest, kind)] if rest else shown)


@dataclass(frozen=True, kw_only=True)
class Course:
    """How many rows ended when.

    Attributes:
        heights: Rows of each stretch of time, in percent of the most.
        first: When the first stretch begins.
        last: When the last one ends.
        most_per_minute: The rate in the busiest stretch.
        mean_per_minute: The rate over all.
        begin_at: When the first stretch begins, in seconds since 1970.
        width_s: Seconds of each stretch.
    """

    heights: Sequence[float]
    first: str
    last: str
    most_per_minute: float
    mean_per_minute: float
    begin_at: float
    width_s: float


class TimeSeries:
    """Counts moments in stretches of time that grow with the time that they cover."""

    def __init__(self) -> None:
        self._width_s = 1.0
        self._counts: Counter[int] = Counter()

    def add(self, moment: float) -> None:
        """Counts one, in seconds since 1970."""
        bucket = int(moment // self._width_s)
        self._counts[bucket] += 1
        if self._counts[bucket] == 1:
            self._fit()

    def cover(self, moment: float) -> None:
        """Makes the picture show a moment at which nothing is to be counted."""
        self._counts[int(moment // self._width_s)] += 0
        self._fit()

    def _fit(self) -> None:
        while max(self._counts) - min(self._counts) >= _MOST_BUCKETS:
            self._width_s *= 2
            wider: Counter[int] = Counter()
            for bucket, count in self._counts.items():
                wider[bucket // 2] += count
            self._counts = wider

    def course(self) -> Course | None:
        """What was counted; `None` where it makes no picture."""
        if len(self._counts) < 2:
            return None
        first, last, most = min(self._counts), max(self._counts) + 1, max(self._counts.values()) or 1
        minutes = (last - first) * self._width_s / 60
        return Course(
            heights=[round(100 * self._counts[bucket] / most, 1) for bucket in range(first, last)],
            first=_moment(first * self._width_s),
            last=_moment(last * self._width_s),
            most_per_minute=most * 60 / self._width_s,
            mean_per_minute=self._counts.total() / minutes,
            begin_at=first * self._width_s,
            width_s=self._width_s,
        )


def _moment(seconds: float) -> str:
    return format_utc(datetime.fromtimestamp(seconds, UTC))


_EDGES = {
    0.05: "50 ms",
    0.1: "100 ms",
    0.2: "200 ms",
    0.5: "500 ms",
    1.0: "1 s",
    2.0: "2 s",
    5.0: "5 s",
    10.0: "10 s",
    30.0: "30 s",
    60.0: "1 min",
}


class Durations:
    """Counts durations by their size."""

    def __init__(self) -> None:
        self._counts = [0] * (len(_EDGES) + 1)

    def add(self, seconds: float) -> None:
        """Counts one."""
        self._counts[bisect_right(list(_EDGES), seconds)] += 1

    def bars(self) -> list[Bar]:
        """From the shortest that there are to the longest."""
        edges = list(_EDGES.values())
        names = [f"less than {edges[0]}", *(f"{a} to {b}" for a, b in pairwise(edges)), f"{edges[-1]} or more"]
        there = [index for index, count in enumerate(self._counts) if count]
        if not there:
            return []
        return bars((names[i], self._counts[i], "plain") for i in range(there[0], there[-1] + 1))
