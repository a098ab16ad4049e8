"""Numbers of things in words."""

import pytest

from pipeline.model.counts import agreeing, counted


@pytest.mark.parametrize(("number", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (12_345, "12,345 rows")])
def test_singular_and_plural(number, words):
    assert counted(number, "row") == words


def test_a_verb_agrees_with_its_number():
    assert [agreeing(n, "is", "are") for n in (0, 1, 2)] == ["are", "is", "are"]
