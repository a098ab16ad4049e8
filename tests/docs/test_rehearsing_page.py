"""docs/rehearsing.md shows what is printed, to the letter."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.cli.rehearsal_lines import rehearsal_lines
from pipeline.model.rows import Status
from pipeline.model.runs import Summary
from pipeline.operations.rehearsal import Rehearsal
from pipeline.operations.result import Result
from pipeline.operations.survey import Survey
from pipeline.remote.estimate import Sitting
from pipeline.reports.problem_counter import ProblemCounter
from tests.support.report_context import context_of, refused, run_of

PAGE = (Path(__file__).parents[2] / "docs" / "rehearsing.md").read_text(encoding="utf-8")
[EXAMPLE] = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
INVALID = ("ErrorCount", "x", "is not an integer")


def at(day, hour, minute):
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.usefixtures("berlin")
def test_the_example_is_what_such_a_rehearsal_prints():
    run = run_of("accounts.csv")
    counter = ProblemCounter(context_of(run, {1: {"ErrorCount": "ErrorCount"}}))
    counter.row(refused(7, INVALID))
    summary = Summary(rows_read=12_000, by_status={Status.CREATED: 11_999, Status.INVALID: 1}, warnings=0)
    found = Rehearsal(
        result=Result(run=run, summary=summary, reports=(), problems=counter.problems()),
        survey=Survey(rows=12_000, invalid=1, looks_later=True),
        target="https://spaces.nexudus.com",
        begin=at(26, 11, 29),
        end=at(28, 12, 3),
        calendar=[
            Sitting(begin=at(26, 11, 29), end=at(26, 12, 52), calls=5_000),
            Sitting(begin=at(27, 11, 29), end=at(27, 12, 53), calls=5_000),
            Sitting(begin=at(28, 11, 30), end=at(28, 12, 3), calls=1_999),
        ],
        throttled=0,
    )
    assert "".join(f"{line}\n" for line in rehearsal_lines(found)) == EXAMPLE
