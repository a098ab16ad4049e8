"""Numbers of things in words."""

import pytest

from pipeline.model.counts import counted


@pytest.mark.parametrize(("number", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (12_345, "12,345 rows")])
def test_singular_and_plural(number, words):
    assert counted(number, "row") == words
