"""What the page draws is counted rightly, and in bounded memory."""

import pytest

from pipeline.reports.charts import OTHERS, Durations, NameCounter, TimeSeries, bars


def test_the_largest_bar_has_all_the_room():
    assert [bar.percent for bar in bars([("a", 30, "x"), ("b", 60, "x"), ("c", 0, "x")])] == [50.0, 100.0, 0.0]
    assert bars([]) == []


class TestNames:
    def test_the_most_frequent_stand_first_and_the_rest_is_one(self):
        names = NameCounter()
        for number in range(20):
            for _ in range(number + 1):
                names.add(f"F{number}")
        found = names.bars("invalid")
        assert [bar.label for bar in found] == [*(f"F{n}" for n in range(19, 7, -1)), OTHERS]
        assert sum(bar.count for bar in found) == sum(range(1, 21))

    def test_a_server_that_makes_names_up_is_counted_in_bounded_memory(self):
        names = NameCounter()
        for number in range(10_000):
            names.add(f"F{number}")
        assert len(names._counts) <= 101
        assert sum(bar.count for bar in names.bars("invalid")) == 10_000


class TestTimeSeries:
    def course(self, *moments):
        series = TimeSeries()
        for moment in moments:
            series.add(moment)
        return series.course()

    def test_one_moment_makes_no_picture(self):
        assert self.course() is None
        assert self.course(5.0, 5.5) is None

    def test_seconds_are_counted_one_by_one(self):
        course = self.course(10.0, 10.9, 12.5, 11.0)
        assert course.heights == [100.0, 50.0, 50.0]
        assert (course.first, course.last) == ("1970-01-01T00:00:10Z", "1970-01-01T00:00:13Z")
        assert (course.most_per_minute, course.mean_per_minute) == (120.0, 80.0)

    @pytest.mark.parametrize("span_s", [239, 240, 3_600, 86_400 * 400])
    def test_whatever_time_it_takes_it_is_one_picture_and_none_is_lost(self, span_s):
        series = TimeSeries()
        for step in range(1_000):
            series.add(1_800_000_000 + span_s * step / 999)
        course = series.course()
        assert 2 <= len(course.heights) <= 240
        assert course.mean_per_minute * len(course.heights) * course.width_s / 60 == pytest.approx(1_000)
        assert course.mean_per_minute == pytest.approx(60_000 / span_s, rel=0.1)

    def test_moments_come_in_any_order(self):
        moments = [1_800_000_000 + 37 * n % 1_000 for n in range(500)]
        assert self.course(*moments) == self.course(*sorted(moments)) == self.course(*reversed(moments))


class TestDurations:
    def test_each_stands_between_its_edges(self):
        durations = Durations()
        for seconds in (0.01, 0.05, 0.07, 0.3, 200.0):
            durations.add(seconds)
        counted = {bar.label: bar.count for bar in durations.bars()}
        assert counted["less than 50 ms"] == 1
        assert counted["50 ms to 100 ms"] == 2
        assert counted["100 ms to 200 ms"] == 0
        assert counted["1 min or more"] == 1
        assert sum(counted.values()) == 5

    def test_nothing_makes_no_picture(self):
        assert Durations().bars() == []
