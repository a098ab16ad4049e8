"""Lengths of time in words."""

import pytest

from pipeline.model.durations import in_words


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
