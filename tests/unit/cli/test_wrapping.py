"""Text in lines that fit."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.wrapping import as_records, needed_width, packed, wrapped


def test_text_is_broken_at_words():
    assert wrapped("Correct the rows in rejected.csv and give the file to run.", 30) == [
        "Correct the rows in",
        "rejected.csv and give the file",
        "to run.",
    ]


def test_what_is_to_be_typed_stays_whole_where_it_fits():
    text = "It stopped: `nexudus-import resume last` takes it up."
    assert wrapped(text, 36) == ["It stopped:", "`nexudus-import resume last` takes", "it up."]
    assert wrapped(text, 24) == ["It stopped:", "`nexudus-import resume last`", "takes it up."]


def test_an_indent_stays():
    assert wrapped("   3  ErrorCount: is not an integer", 24) == ["   3  ErrorCount: is not", "      an integer"]
    assert wrapped("   on and on and on it goes", 20) == ["   on and on and on", "   it goes"]


def test_lines_stay_apart_and_end_without_blanks():
    assert wrapped("one \n\n  two", 40) == ["one", "", "  two"]


def test_a_word_that_is_longer_than_a_line_stays_whole():
    assert wrapped(f"see {'x' * 50} there", 30) == ["see", "x" * 50, "there"]


def test_figures_share_lines_and_are_not_broken():
    parts = ["118 created", "2 invalid", "60 a minute", "due 14:23, in 3 minutes"]
    assert packed(parts, 40) == ["118 created · 2 invalid · 60 a minute", "due 14:23, in 3 minutes"]
    assert packed(["waiting for the limit of 60 a minute, next in 41 s"], 40) == [
        "waiting for the limit of 60 a minute,",
        "next in 41 s",
    ]


@given(st.text(alphabet="ab` ", max_size=200), st.integers(20, 60))
def test_no_word_is_lost_and_no_line_is_too_long(text, width):
    lines = wrapped(text, width)
    assert " ".join(lines).split() == text.split()
    assert all(len(line) <= width or " " not in line.strip() for line in lines)


def test_what_stands_in_a_second_column_stays_there():
    assert wrapped("problem  4 of 5 rows are valid, the first is not", 28) == [
        "problem  4 of 5 rows are",
        "         valid, the first is",
        "         not",
    ]


def test_a_table_that_does_not_fit_is_told_line_by_line():
    header, lines = ["field", "column", "changed"], [["Active", "Aktiv?", ""], ["DisplayName", "Name", "trim, lower"]]
    assert needed_width(header, lines) == len("DisplayName") + len("column") + len("changed") + 4
    assert list(as_records(header, lines)) == [
        "Active",
        "  column   Aktiv?",
        "DisplayName",
        "  column   Name",
        "  changed  trim, lower",
    ]
