"""Lengths of time and moments in words."""

from datetime import datetime, timedelta

import pytest

from pipeline.model.durations import in_words, moment_in_words, window_in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0.4, "0 s"),
        (41, "41 s"),
        (119, "119 s"),
        (120, "2 minutes"),
        (7_140, "119 minutes"),
        (7_200, "2 hours"),
        (86_400, "24 hours"),
        (172_800, "2 days"),
    ],
)
def test_are_in_the_unit_that_fits(seconds, words):
    assert in_words(seconds) == words


def test_a_moment_is_told_as_short_as_it_can_be():
    noon = datetime(2026, 11, 25, 12, 0).astimezone()
    assert moment_in_words(noon + timedelta(hours=2, minutes=23), noon) == "14:23"
    assert moment_in_words(noon + timedelta(days=1), noon) == "Thu 12:00"
    assert moment_in_words(noon - timedelta(days=6), noon) == "Thu 12:00"
    assert moment_in_words(noon + timedelta(days=7), noon) == "2026-12-02 12:00"


def test_a_window_is_told_as_a_rate_is():
    assert [window_in_words(s) for s in (1, 60, 3_600, 86_400, 10)] == [
        "a second",
        "a minute",
        "an hour",
        "a day",
        "in 10 s",
    ]
