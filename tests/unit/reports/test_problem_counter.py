"""Thousands of findings come down to their few causes."""

import pytest

from pipeline.model.rows import RowRef, RowResult, Status
from pipeline.reports.problem_counter import ProblemCounter
from tests.support.report_context import context_of, refused, run_of

COLUMNS = {1: {"Port": "IMAP port", "BusinessId": "Space", "EmailAddress": "E-mail"}, 2: {"Port": "port"}}


def problems_of(*rows, run=None):
    counter = ProblemCounter(context_of(run or run_of("a.csv", "b.csv"), COLUMNS))
    for row in rows:
        counter.row(row)
    return counter.problems()


def test_findings_of_one_field_and_message_are_one_problem_with_its_first_rows_and_frequent_values():
    values = ["n/a", "-", "n/a", "none", "n/a", "-", "x"]
    found = problems_of(*(refused(n, ("Port", value, "is not an integer")) for n, value in enumerate(values, 2)))
    [problem] = found.shown
    assert (problem.property_name, problem.message, problem.count) == ("Port", "is not an integer", 7)
    assert [row.row for row in problem.rows] == [2, 3, 4, 5, 6]
    assert problem.values[:2] == (("n/a", 3), ("-", 2))
    assert problem.more_values
    assert (found.kinds, found.findings) == (1, 7)


def test_the_most_frequent_problem_stands_first_and_at_most_ten_are_shown():
    rows = [refused(n, (f"F{field}", None, "is bad")) for field in range(47) for n in range(field + 2)]
    found = problems_of(*rows)
    assert [problem.property_name for problem in found.shown] == [f"F{n}" for n in range(46, 36, -1)]
    assert found.more_kinds == 37
    assert found.more_findings == sum(range(2, 39))
    assert found.findings == len(rows)


@pytest.mark.parametrize(
    ("message", "template"),
    [
        ("repeats row {} (same Mail)", "repeats row … (same Mail)"),
        ("desk{}@cowork.example is taken", "… is taken"),
        ("looks like a total ('Total {}'), delete it", "looks like a total (…), delete it"),
        ('"Desk {}" exists', "… exists"),
    ],
)
def test_what_differs_from_row_to_row_does_not_make_another_kind(message, template):
    [problem] = problems_of(*(refused(n, ("Mail", None, message.format(n))) for n in range(2, 40))).shown
    assert (problem.count, problem.message) == (38, template)


def test_a_message_that_repeats_the_value_is_one_kind_too():
    [problem] = problems_of(
        *(refused(n, ("Mail", name, f"{name} is no name")) for n, name in ((2, "Ann"), (3, "Bo")))
    ).shown
    assert (problem.message, problem.values) == ("… is no name", (("Ann", 1), ("Bo", 1)))


def test_a_message_that_all_share_stays_as_it_is():
    message = "is not between 0 and 65535"
    [problem] = problems_of(*(refused(n, ("Port", "70000", message)) for n in (2, 3))).shown
    assert problem.message == message


def test_only_rows_that_did_not_make_it_count():
    others = set(Status) - {Status.INVALID, Status.REJECTED, Status.FAILED}
    rows = [RowResult(ref=RowRef(source=1, row=2), status=status) for status in others]
    assert problems_of(*rows).as_json() == {"Problems": [], "MoreProblems": {"Kinds": 0, "Errors": 0}}


def test_memory_does_not_grow_with_the_run():
    counter = ProblemCounter(context_of(run_of("a.csv")))
    for n in range(5_000):
        counter.row(refused(n, (f"F{n % 700}{'x' * 900}", "v" * 10_000 + str(n), "m" * 10_000)))
    kept = counter._kinds
    assert len(kept) == 500
    assert max(len(k.template) + len(k.property_name or "") for k in kept) <= 450
    assert max(len(v) for found in kept.values() for v in found.values) <= 230
    assert counter.problems().findings == 5_000


# -- advice ------------------------------------------------------------------------------------------------------


def advice_for(name, value, message="is bad", *, status=Status.INVALID, source=1, run=None):
    [problem] = problems_of(refused(2, (name, value, message), status=status, source=source), run=run).shown
    return problem.advice


def test_the_column_is_called_as_the_source_calls_it():
    assert advice_for("Port", "x") == 'Correct the column "IMAP port".'
    assert advice_for("Port", "x", source=2) == 'Correct the column "port".'


def test_a_problem_of_several_sources_names_the_columns_of_each():
    [problem] = problems_of(refused(2, ("Port", "x", "is bad")), refused(2, ("Port", "x", "is bad"), source=2)).shown
    assert problem.columns == ("IMAP port", "port")
    assert [(row.source, row.row) for row in problem.rows] == [("a.csv", 2), ("b.csv", 2)]


def test_blank_numbers_can_be_filled_by_an_option_but_names_and_addresses_differ_from_row_to_row():
    assert "--default BusinessId=VALUE" in advice_for("BusinessId", None, "is a required field")
    assert advice_for("EmailAddress", None, "is a required field") == 'Fill in the column "E-mail".'


def test_a_value_without_a_column_comes_from_an_option():
    assert "--set or --default" in advice_for("ErrorCount", "x")


@pytest.mark.parametrize("status", [Status.REJECTED, Status.FAILED])
def test_what_others_refused_can_be_sent_once_more(status):
    command = f"`nexudus-import resume 20260501-080000-abcd --retry {status.value}`"
    assert command in advice_for("Port", "x", status=status)
    assert "resume" not in advice_for("Port", "x", status=status, run=run_of("a.csv", target="sandbox:abc"))


def test_a_refusal_without_single_errors_has_no_code():
    [problem] = problems_of(refused(2, status=Status.REJECTED, response={"Message": "no"})).shown
    assert (problem.code, problem.message) == (None, "no")


def test_scripts_get_the_same():
    rows = [refused(row, ("Port", "x", "is bad"), codes=("not-a-port",)) for row in (2, 3)]
    found = problems_of(*rows)
    assert found.as_json() == {
        "Problems": [
            {
                "PropertyName": "Port",
                "Columns": ["IMAP port"],
                "Code": "not-a-port",
                "Message": "is bad",
                "AttemptedValue": "x",
                "Count": 2,
                "FirstRows": [{"Row": n, "Source": "a.csv", "AttemptedValue": "x"} for n in (2, 3)],
                "Advice": 'Correct the column "IMAP port".',
            }
        ],
        "MoreProblems": {"Kinds": 0, "Errors": 0},
    }
