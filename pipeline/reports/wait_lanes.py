"""When a run waited or was throttled, in strips below the course of its rows.

Knows numbers only: the template draws them. May import `reports.charts` and `pipeline.model`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.model.counts import counted
from pipeline.model.durations import in_words
from pipeline.model.waits import THROTTLED, Why

if TYPE_CHECKING:
    from pipeline.model.waits import Stretch
    from pipeline.reports.charts import Course

_LABELS = {
    THROTTLED: ("Throttled by the target", "rejected"),
    Why.LIMIT.value: ("Waiting for a limit", "unprocessed"),
    Why.ASKED.value: ("Waiting as the target asked", "unprocessed"),
    Why.DOWN.value: ("The target did not answer", "failed"),
    Why.LOOK_UP.value: ("Looking up rows in doubt", "in_doubt"),
    Why.KEY.value: ("Waiting for another row of the same key", "skipped"),
}


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One strip.

    Attributes:
        label: What was waited for.
        kind: A class of the style sheet that colours it.
        total: How long or how often in all, in words.
        heights: Of each stretch of the course: percent of it that was waited, or of the most throttled answers.
    """

    label: str
    kind: str
    total: str
    heights: Sequence[float]


def lanes(course: Course, stretches: Sequence[Stretch]) -> list[Lane]:
    """A strip for each thing that a run waited for.

    Args:
        course: What they stand below.
        stretches: When the run waited or was throttled.
    """
    found = {what: [one for one in stretches if one.what == what] for what in _LABELS}
    return [_lane(course, what, same) for what, same in found.items() if same]


def _lane(course: Course, what: str, stretches: Sequence[Stretch]) -> Lane:
    label, kind = _LABELS[what]
    is_count = what == THROTTLED
    amounts = [0.0] * len(course.heights)
    for stretch in stretches:
        for index, share in _shares(course, stretch):
            amounts[index] += share * (stretch.times if is_count else stretch.waited_s)
    most = max(amounts, default=0.0) if is_count else course.width_s
    times, waited_s = sum(one.times for one in stretches), sum(one.waited_s for one in stretches)
    return Lane(
        label=label,
        kind=kind,
        total=counted(times, "answer") if is_count else in_words(waited_s),
        heights=[min(100.0, round(100 * amount / (most or 1), 1)) for amount in amounts],
    )


def _shares(course: Course, stretch: Stretch) -> Iterator[tuple[int, float]]:
    """Which part of a stretch lies in which piece of the course."""
    first, last = (int((at - course.begin_at) // course.width_s) for at in (stretch.began_at, stretch.ended_at))
    duration = stretch.ended_at - stretch.began_at
    for index in range(max(first, 0), min(last, len(course.heights) - 1) + 1):
        begin = course.begin_at + index * course.width_s
        overlap = min(begin + course.width_s, stretch.ended_at) - max(begin, stretch.began_at)
        yield index, overlap / duration if duration else 1.0
