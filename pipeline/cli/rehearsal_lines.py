"""How an import would go, as a calendar in the person's own time, in lines. Knows neither rich nor Click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.cli.preview_lines import notice_lines, row_lines
from pipeline.cli.problem_lines import problem_lines, warning_lines
from pipeline.errors import EXIT_CODE_MEANINGS
from pipeline.model.counts import counted
from pipeline.model.runs import REPORTED
from pipeline.reports.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipeline.operations.rehearsal import Rehearsal
    from pipeline.remote.estimate import Sitting

_MOST_SITTINGS = 40


def rehearsal_lines(found: Rehearsal) -> Iterator[str]:
    """Rows and what becomes of them, what is odd, when they would be sent, and how it would end."""
    survey = found.survey
    yield f"{counted(survey.rows, 'row')} read"
    yield from row_lines(survey, survey.left)
    yield from notice_lines(survey)
    yield from problem_lines(found.result.problems or Problems())
    yield from warning_lines(survey.warnings)
    yield f"Rehearsed for {found.target}; times are {_zone(found.begin)}"
    yield from _calendar(found)
    yield from _ending(found)
    yield "Nothing was sent, and nothing is in the ledger. Next: the same command without --rehearse."


def _calendar(found: Rehearsal) -> Iterator[str]:
    begins_in = _zone(found.begin)
    for sitting in found.calendar[:_MOST_SITTINGS]:
        zone = _zone(sitting.end)
        yield f"  {_span(sitting)}  {counted(sitting.calls, 'row')}{f'  ({zone})' if zone != begins_in else ''}"
    if len(found.calendar) > _MOST_SITTINGS:
        yield f"  and so on, {len(found.calendar) - _MOST_SITTINGS:,} times more"
    if found.calendar:
        yield "Ctrl-C and `resume` are safe at any time"


def _span(sitting: Sitting) -> str:
    begin, end = sitting.begin.astimezone(), sitting.end.astimezone()
    same_day = begin.date() == end.date()
    return f"{_moment(begin)} to {f'{end:%H:%M}' if same_day else _moment(end)}"


def _ending(found: Rehearsal) -> Iterator[str]:
    code, summary, reason = found.exit_code, found.result.summary, found.result.reason
    counts = ", ".join(f"{summary.count(s):,} {s.value.replace('_', ' ')}" for s in REPORTED if summary.count(s))
    yield f"It would end at {_moment(found.end)}: {counts}; exit code {code:d}, {EXIT_CODE_MEANINGS[code]}"
    if reason is not None:
        yield f"It would stop early: {reason.message}"
    if found.throttled:
        yield f"The target would refuse {counted(found.throttled, 'call')} that came too early"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone():%a %Y-%m-%d %H:%M}"


def _zone(moment: datetime) -> str:
    """The zone of this machine at that moment, and how far it is from UTC."""
    local = moment.astimezone()
    offset = f"{local:%z}"
    name = f"{local:%Z}"
    return name if name == "UTC" else f"{name} (UTC{offset[:3]}:{offset[3:5]})"
