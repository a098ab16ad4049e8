"""What is about to happen, in lines for a terminal or a log. Knows neither rich nor Click."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from pipeline.cli.hints.intake import FOR_NOTICES
from pipeline.cli.problem_lines import problem_lines, warning_lines
from pipeline.model.counts import counted
from pipeline.model.durations import moment_in_words, window_in_words
from pipeline.operations.observer import Action
from pipeline.remote.estimate import LONG_WAIT_S
from pipeline.reports.display import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.operations.observer import Preview
    from pipeline.operations.survey import Survey
    from pipeline.remote.estimate import EarlyEnd, Sitting

_NOTICE_WIDTH = 400
_MOST_NOTICES = 10
_MOST_PAUSES = 3


def preview_lines(preview: Preview) -> Iterator[str]:
    """Rows and what becomes of them, what is left out, what is odd, where it goes and when it is done.

    Args:
        preview: What is about to happen.
    """
    found = preview.survey
    if found is not None:
        yield f"{counted(found.rows, 'row')} read"
        yield from row_lines(found, preview.count, preview.changed)
        yield from notice_lines(found)
        yield from problem_lines(found.errors)
        yield from warning_lines(found.warnings)
    yield f"{_what_happens(preview)} {preview.target}, as {preview.user}"
    if not preview.is_idle:
        yield from _when(preview)


def changed_lines(preview: Preview) -> Iterator[str]:
    """What of the sources is not imported, was guessed or is odd: what nobody may be left without before it happens.

    Args:
        preview: What is about to happen.
    """
    if preview.survey is not None:
        yield from notice_lines(preview.survey)
        yield from warning_lines(preview.survey.warnings)


def row_lines(found: Survey, count: int, changed: int = 0) -> Iterator[str]:
    """What becomes of the rows.

    Args:
        found: What is known of them.
        count: So many would be sent.
        changed: So many of these would change a record that exists.
    """
    unsure = " (less what exists at the target: that is found on the way)" if found.looks_later else ""
    there = found.known + (found.existing or 0)
    for number, word, why in (
        (count - changed, "create", unsure),
        (there, "change" if changed else "skip", _why_there(found)),
        (found.repeated, "skip", " (repeat the key of an earlier row)"),
        (found.invalid, "leave out", " (invalid)"),
    ):
        if number:
            yield f"{number:>7,}  {word}{why}"


def _why_there(found: Survey) -> str:
    known = f"{found.known:,} created by earlier runs" if found.known else ""
    existing = f"{found.existing:,} exist at the target" if found.existing else ""
    return f" ({', '.join(filter(None, [known, existing]))})"


def notice_lines(found: Survey) -> Iterator[str]:
    """What was guessed about the sources or passed over in them."""
    several = len({label for label, _ in found.notices}) > 1
    for label, one in found.notices[:_MOST_NOTICES]:
        told = shown(f"{label}: {one.message}" if several else one.message, _NOTICE_WIDTH)
        yield f"{told}{FOR_NOTICES.get(one.code, '')}"
    if len(found.notices) > _MOST_NOTICES:
        yield f"and {counted(len(found.notices) - _MOST_NOTICES, 'more notice')} about the sources"


def _what_happens(preview: Preview) -> str:
    if preview.action is Action.DELETE:
        back = f", {preview.restored:,} to put back as before," if preview.restored else ""
        return f"{counted(preview.count, 'record')} of run {preview.run_id} to DELETE{back} at"
    return "Nothing to send to" if preview.is_idle else f"{counted(preview.count, 'row')} to"


def _when(preview: Preview) -> Iterator[str]:
    if preview.budget is not None:
        left, limit = preview.budget
        yield f"Of {limit.calls:,} changing calls {window_in_words(limit.seconds)}, {left:,} are left"
    if preview.finish is None:
        return
    tightest: dict[float, int] = {}
    for limit in preview.limits:
        tightest[limit.seconds] = min(limit.calls, tightest.get(limit.seconds, limit.calls))
    allowed = [f"{calls:,} {window_in_words(seconds)}" for seconds, calls in sorted(tightest.items())]
    at, end = f"At {' and '.join(allowed) or 'the limits of the target'}", preview.early_end
    yield f"{at} {_part_sent(end, preview.count) if end else f'it is due {_moment(preview.finish)}'}"
    if course := list(_course(preview.sittings)):
        yield f"It {', '.join(course)}. Ctrl-C and `resume` are safe at any time"
    if end is not None:
        yield f"`resume` goes on with the rest, from {_moment(end.next_at)} on"


def _part_sent(end: EarlyEnd, count: int) -> str:
    """How far this process gets, and why no further."""
    why = "the quota is spent (--on-quota stop)" if end.is_quota else "its time is over (--for, --until)"
    if not end.calls:
        return f"no row can be sent: {why}"
    return f"{end.calls:,} of {counted(count, 'row')} can be sent until {_moment(end.at)}, when {why}"


def _course(sittings: Sequence[Sitting]) -> Iterator[str]:
    """Where it waits for long, the beginning included."""
    if sittings and (sittings[0].begin - datetime.now(UTC)).total_seconds() > LONG_WAIT_S:
        yield f"begins {_moment(sittings[0].begin)}"
    for before, after in islice(pairwise(sittings), _MOST_PAUSES):
        yield f"pauses {_moment(before.end)} after {before.calls:,}"
        yield f"goes on {_moment(after.begin)}"
    if len(sittings) > _MOST_PAUSES + 1:
        yield "and so on"


def _moment(moment: datetime) -> str:
    return moment_in_words(moment, datetime.now(UTC))
