"""How a run in another process is told: who works on it, how fast, until when, and what it waits for since when."""

from dataclasses import replace

import pytest

from pipeline.cli.runs_table import standing_lines
from pipeline.model.rows import Status
from pipeline.model.runs import RunStatus, Summary
from pipeline.model.standing import Standing
from pipeline.model.waits import Cause, Wait, Why
from pipeline.operations.result import Result
from tests.support.report_context import run_of

pytestmark = pytest.mark.usefixtures("berlin")
NOW = 1_768_478_400.0  # 13:00 in Berlin
MINUTE = Cause(why=Why.LIMIT, calls=60, seconds=60)
DAY = Cause(why=Why.LIMIT, calls=5_000, seconds=86_400)
STANDING = Standing(at=NOW - 5, done=19, total=300, per_minute=60.0, due_at=NOW + 281)


def told(status, standing=None, **changed):
    summary = Summary(rows_read=300, by_status={Status.UNPROCESSED: 300}, warnings=0)
    run = replace(run_of("a.csv", status=status, finished_on=None), **changed)
    return list(standing_lines(Result(run=run, summary=summary, reports=(), standing=standing), NOW))


def test_one_at_work_says_who_where_how_fast_and_until_when():
    [line] = told(RunStatus.RUNNING, STANDING, host="import-2", process=4711)
    begin, *figures = line.split("; ")
    assert begin == ("20260501-080000-abcd is at work in process 4711 of import-2: 19 of 300 rows at 12:59")
    assert figures == ["60 a minute", "due 13:04, in 5 minutes."]


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (
            Wait(cause=MINUTE, began_at=NOW - 13, until=NOW + 41),
            ["waiting for the limit of 60 a minute, next in 41 s", "waiting since 12:59."],
        ),
        (
            Wait(cause=DAY, began_at=NOW - 7_200, until=NOW + 72_000),
            [
                "the limit of 5,000 a day is spent, goes on Fri 09:00",
                "Ctrl-C and `resume` are safe",
                "waiting since 11:00.",
            ],
        ),
    ],
)
def test_one_that_waits_says_for_what_and_since_when(wait, words):
    [line] = told(RunStatus.RUNNING, replace(STANDING, wait=wait))
    assert line.split("; ")[3:] == words


def test_one_that_has_just_begun():
    assert told(RunStatus.RUNNING) == ["20260501-080000-abcd is at work: it has just begun."]


def test_one_that_was_killed_says_when_it_was_last_heard_of():
    resume = "`nexudus-import resume 20260501-080000-abcd` takes it up."
    assert told(RunStatus.CRASHED, STANDING) == [
        f"20260501-080000-abcd was cut off after 12:59 (killed, or its ledger was away): {resume}"
    ]


def test_one_that_has_ended_says_nothing():
    assert told(RunStatus.COMPLETED, STANDING) == []
