"""Medians of measurements."""

from benchmarks.measure import Measured, median


def measured(wall_s, cpu_s, peak_mb, **updater):
    return Measured(wall_s=wall_s, cpu_s=cpu_s, peak_mb=peak_mb, code=0, **updater)


def test_each_quantity_has_its_own_median():
    found = median([measured(1, 30, 100), measured(9, 10, 300), measured(2, 20, 200)])
    assert (found.wall_s, found.cpu_s, found.peak_mb, found.rounds) == (2, 20, 200, 3)


def test_between_two_measurements_it_is_the_middle():
    found = median([measured(1, 4, 100), measured(2, 6, 101)])
    assert (found.wall_s, found.cpu_s, found.peak_mb) == (1.5, 5, 100.5)


def test_what_was_said_and_counted_is_the_last():
    found = median([measured(1, 1, 1, said="a", requests=5), measured(1, 1, 1, said="b", requests=6)])
    assert (found.said, found.requests, found.code) == ("b", 6, 0)
