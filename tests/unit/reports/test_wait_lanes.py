"""When a run waited, in strips below the course of its rows."""

import pytest

from pipeline.model.waits import Stretch
from pipeline.reports.charts import TimeSeries
from pipeline.reports.wait_lanes import lanes

START = 1_800_000_000.0


@pytest.fixture
def course():
    """Ten minutes in pieces of four seconds, with a row at each end."""
    series = TimeSeries()
    series.add(START)
    series.add(START + 599)
    return series.course()


def stretch(what, begin, end, waited_s=None, times=1):
    waited = end - begin if waited_s is None else waited_s
    return Stretch(what=what, began_at=START + begin, ended_at=START + end, waited_s=waited, times=times)


def test_a_strip_shows_how_much_of_each_piece_was_waited(course):
    assert course.width_s == 4.0
    [lane] = lanes(course, [stretch("limit", 2, 10), stretch("limit", 60, 68, waited_s=4)])
    assert (lane.label, lane.total) == ("Waiting for a limit", "12 s")
    assert lane.heights[:4] == [50.0, 100.0, 50.0, 0.0]
    assert lane.heights[15:18] == [50.0, 50.0, 0.0]
    assert len(lane.heights) == len(course.heights)


def test_throttled_answers_are_counted_against_the_most(course):
    [lane] = lanes(course, [stretch("throttled", 0, 0, times=2), stretch("throttled", 40, 48, waited_s=0, times=8)])
    assert (lane.label, lane.total) == ("Throttled by the target", "10 answers")
    assert lane.heights[:1] == [50.0]
    assert lane.heights[10:12] == [100.0, 100.0]


def test_each_thing_has_its_strip_in_one_order(course):
    whats = ["key", "look-up", "down", "asked", "limit", "throttled"]
    found = lanes(course, [stretch(what, 0, 5) for what in whats])
    assert [lane.label for lane in found][:2] == ["Throttled by the target", "Waiting for a limit"]
    assert len({lane.label for lane in found}) == len(whats)


def test_what_lies_beyond_the_course_is_left_out(course):
    [lane] = lanes(course, [stretch("down", -100, 2)])
    assert lane.heights[:2] == [50.0, 0.0]
    assert lane.total == "102 s"


def test_a_wait_before_and_after_the_rows_is_covered_where_the_course_is_told_of_it():
    series = TimeSeries()
    series.add(START)
    series.cover(START + 10)
    covered = series.course()
    assert covered.heights == [100.0, *[0.0] * 10]
    assert covered.mean_per_minute == pytest.approx(60 / 11)
