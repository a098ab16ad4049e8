"""What a terminal says of a run's problems."""

from pipeline.cli.problem_lines import problem_lines
from pipeline.reports.problem_counter import ProblemCounter
from tests.support.report_context import context_of, refused, run_of


def lines_of(*rows, columns=None, sources=("a.csv",)):
    counter = ProblemCounter(context_of(run_of(*sources), columns))
    for row in rows:
        counter.row(row)
    return list(problem_lines(counter.problems()))


def test_nothing_is_said_where_nothing_is_wrong():
    assert lines_of() == []


def test_each_problem_has_its_number_its_values_its_first_rows_and_its_advice():
    rows = [refused(n, ("Port", "n/a" if n % 2 else "-", "is not an integer")) for n in range(2, 1302)]
    assert lines_of(*rows, columns={1: {"Port": "IMAP port"}}) == [
        "What to fix (1,300 errors of 1 kind):",
        '  1,300  Port: is not an integer: "-", "n/a" (rows 2, 3, 4, 5, 6 …)',
        '         Correct the column "IMAP port".',
    ]


def test_kinds_past_the_tenth_are_counted():
    rows = [refused(n, (f"F{field}", None, "is bad")) for field in range(12) for n in (2, 3)]
    lines = lines_of(*rows)
    assert lines[0] == "What to fix (24 errors of 12 kinds):"
    assert lines[-1] == "         and 2 more kinds, 4 errors"
    assert len(lines) == 22


def test_rows_of_several_sources_are_told_apart():
    rows = [refused(2, (None, None, "is bad")), refused(7, (None, None, "is bad"), source=2)]
    assert lines_of(*rows, sources=("a.csv", "b.csv"))[1] == "      2  is bad (rows a.csv 2, b.csv 7)"


def test_nothing_in_them_acts_on_the_terminal():
    hostile = "\x1b[2J\u202e" + "x" * 10_000
    lines = lines_of(refused(2, (hostile, hostile, hostile)), columns={1: {hostile: hostile}}, sources=(hostile,))
    assert not any(sign in line for sign in "\x1b\u202e\n" for line in lines)
    assert max(map(len, lines)) < 700
