"""Targets and their verdicts."""

import pytest

from benchmarks.measure import Measured
from benchmarks.targets import Growth, Quantity, Target


def measured(wall_s=1.0, peak_mb=1.0):
    return Measured(wall_s=wall_s, cpu_s=0, peak_mb=peak_mb, code=0)


def target(**updater):
    return Target(**{"work": "20,000 rows", "words": "words", "ours": "ours", "limit": 1.0} | updater)


@pytest.mark.parametrize(("theirs", "met"), [(40.0, True), (24.0, True), (23.9, False)])
def test_so_many_times_as_fast_means_that_the_other_takes_so_many_times_as_long(theirs, met):
    script = target(limit=1 / 12, others=("script",), as_speed=True)
    verdict = script.judge({"ours": measured(2.0), "script": measured(theirs)})
    assert (verdict.reached, verdict.met) == (f"{theirs / 2:.2f} times as fast", met)


def test_of_several_others_the_best_counts():
    medians = {"ours": measured(3.0), "a": measured(4.0), "b": measured(2.0)}
    verdict = target(others=("a", "b"), unit=" of its time").judge(medians)
    assert (verdict.reached, verdict.met) == ("1.50 of its time", False)


def test_of_several_others_one_is_enough_to_compare_with():
    verdict = target(others=("a", "b")).judge({"ours": measured(3.0), "a": measured(4.0)})
    assert (verdict.reached, verdict.met) == ("0.75", True)


def test_memory_is_compared_where_it_is_what_counts():
    medians = {"ours": measured(9.0, peak_mb=300), "k6": measured(1.0, peak_mb=3600)}
    verdict = target(limit=0.1, quantity=Quantity.MEMORY, others=("k6",), unit=" of it").judge(medians)
    assert (verdict.reached, verdict.met) == ("0.08 of it", True)


def test_without_others_it_is_a_ratio_to_the_base():
    floor = target(limit=1.08, base=16.0, unit=" times the floor")
    assert floor.judge({"ours": measured(17.2)}).met is True
    slower = floor.judge({"ours": measured(17.6)})
    assert (slower.reached, slower.met) == ("1.10 times the floor", False)


def test_what_was_not_measured_is_neither_met_nor_missed():
    without_ours = target(others=("a",)).judge({"a": measured()})
    assert (without_ours.reached, without_ours.met) == ("not measured: ours", None)
    without_others = target(others=("a", "b")).judge({"ours": measured()})
    assert (without_others.reached, without_others.met) == ("not measured: a and b", None)


def test_a_bound_in_megabytes_is_told_without_fractions():
    bounded = target(limit=500, quantity=Quantity.MEMORY, unit=" MB")
    verdict = bounded.judge({"ours": measured(peak_mb=512.3)})
    assert (verdict.reached, verdict.met) == ("512 MB", False)


@pytest.mark.parametrize(
    ("longer_mb", "reached", "met"), [(400.0, "12.5 bytes a row", True), (500.0, "25.0 bytes a row", False)]
)
def test_memory_that_grows_is_told_by_the_row(longer_mb, reached, met):
    growth = Growth(work="w", words="t", ours="long", shorter="short", rows=8_000_000, limit_bytes=16)
    verdict = growth.judge({"long": measured(peak_mb=longer_mb), "short": measured(peak_mb=300)})
    assert (verdict.reached, verdict.met) == (reached, met)


def test_growth_needs_both_lengths():
    growth = Growth(work="w", words="t", ours="long", shorter="short", rows=8, limit_bytes=16)
    assert growth.judge({"long": measured()}).reached == "not measured: short"
