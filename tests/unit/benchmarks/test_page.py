"""Figures in the page."""

import pytest

from benchmarks.page import PAGE, with_figures

MARKS = ("<!-- figures: written by the benchmark, not by hand -->\n", "<!-- end of figures -->\n")


def test_only_what_stands_between_the_marks_is_written_anew():
    page = f"before\n{MARKS[0]}old\n{MARKS[1]}after\n"
    once = with_figures(page, "new\n")
    assert once == f"before\n{MARKS[0]}\nnew\n\n{MARKS[1]}after\n"
    assert with_figures(once, "new") == once


@pytest.mark.parametrize("page", ["", MARKS[0], MARKS[1] + MARKS[0], "".join(MARKS) * 2])
def test_a_page_without_its_two_marks_is_left_alone(page):
    with pytest.raises(ValueError, match="lacks the marks"):
        with_figures(page, "new")


def test_the_page_has_the_marks():
    assert with_figures(PAGE.read_text(encoding="utf-8"), "new").count("new") > 0
