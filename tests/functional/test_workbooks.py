"""Workbooks of several sheets: which of them are read, what the reports call them, how a run of them goes on."""

import json
import sys
from pathlib import Path

import openpyxl
import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.faults import Faults
from tests.support.command_line import account, call, on_terminal, report_in, run_into, summary
from tests.support.workbooks import xlsx

NORTH, SOUTH = "book.xlsx [North]", "book.xlsx [South]"


def sheet(*numbers, **changes):
    rows = [account(number, **changes) for number in numbers]
    return [list(rows[0]), *(list(row.values()) for row in rows)]


@pytest.fixture
def book():
    path = Path("book.xlsx")
    sheets = {"Cover": [["Our desks"], ["by the office"]], "North": sheet(1, 2), "South": sheet(3, 1)}
    xlsx(path, sheets)
    return "book.xlsx"


def result_of(called):
    """The result that a command printed as JSON."""
    return json.loads(called.stdout)


def created(report):
    return [(one["Source"], one["Row"]) for one in report["Created"]]


def test_several_sheets_that_could_be_meant_are_named(book):
    result = call("validate", book)
    assert result.exit_code == ExitCode.USAGE
    assert "book.xlsx: several sheets could be meant: 2 'North', 3 'South'." in result.stderr
    assert "--sheet all" in result.stderr


@pytest.mark.parametrize("options", [["--sheet", "all"], ["--sheet", "North", "--sheet", "3"]])
def test_each_sheet_is_a_source_of_its_own(target, book, options):
    found = result_of(run_into(target, book, *options, "--json"))
    assert found["Summary"] == summary(RowsRead=4, Created=3, Skipped=1, Warnings=2)
    report = report_in()
    assert [one["Path"] for one in report["Run"]["Sources"]] == [NORTH, SOUTH]
    assert sorted(created(report)) == [(NORTH, 2), (NORTH, 3), (SOUTH, 2)]
    assert [(one["Source"], one["Row"]) for one in report["Skipped"]] == [(SOUTH, 3)]
    ((warning,),) = [[one for one in report["Warnings"] if "not imported" in one["Message"]]]
    assert (warning["Source"], warning["Message"]) == (NORTH, "not imported: sheet 'Cover' (2 rows)")
    assert sorted(one["EmailAddress"] for one in target.store.records()) == [
        f"desk{n}@cowork.example" for n in (1, 2, 3)
    ]


def test_strict_refuses_a_sheet_that_was_chosen_but_not_one_that_was_named():
    xlsx(Path("book.xlsx"), {"Cover": [["Our desks"]], "North": sheet(1)})
    assert "sheet 'North' was taken" in call("validate", "book.xlsx", "--strict").stderr
    assert call("validate", "book.xlsx", "--strict", "--sheet", "North").exit_code == 0


def test_sheets_can_be_named_in_the_environment(book, monkeypatch):
    monkeypatch.setenv("NEXUDUS_IMPORT_SHEET", "South\nNorth")
    result = call("validate", book, "--json")
    assert [one["Path"] for one in result_of(result)["Run"]["Sources"]] == [SOUTH, NORTH]


def test_a_run_of_several_sheets_is_resumed(target, book):
    target.faults = Faults(drop=1)
    assert run_into(target, book, "--sheet", "all", "--attempts", "1").exit_code == ExitCode.STOPPED
    target.faults = Faults()
    found = result_of(call("resume", "--last", "--json"))
    assert found["Summary"] == summary(RowsRead=4, Created=3, Skipped=1, Warnings=2)
    assert sorted(created(report_in())) == [(NORTH, 2), (NORTH, 3), (SOUTH, 2)]


def test_refused_rows_of_each_sheet_are_given_back(target):
    sheets = {"North": sheet(1, IncomingServerPort="x"), "South": sheet(2, IncomingServerPort="y")}
    xlsx(Path("book.xlsx"), sheets)
    run_into(target, "book.xlsx", "--sheet", "all")
    refused = openpyxl.load_workbook("out/rejected.xlsx")
    assert {one.title: one["E2"].value for one in refused.worksheets} == {"North": "x", "South": "y"}


def test_a_file_that_unpacks_to_too_much_can_be_allowed(book):
    refused = call("validate", book, "--sheet", "2", "--max-unpacked", "2kB")
    assert refused.exit_code == ExitCode.SOURCE
    assert "book.xlsx: would unpack to" in refused.stderr
    assert call("validate", book, "--sheet", "2", "--max-unpacked", "1 MB").exit_code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
class TestTerminal:
    QUESTION = "Which? (numbers or names with commas between them, or all)"

    @pytest.mark.parametrize(("answer", "rows"), [("3", 2), ("North", 2), ("2, South", 4), ("all", 4)])
    def test_the_answer_counts_like_the_option(self, book, answer, rows):
        code, shown = on_terminal("validate", book, answers={self.QUESTION: answer})
        assert "several sheets could be meant: 2 'North', 3 'South'." in shown
        assert f"{rows}  rows read" in shown
        assert code == 0

    def test_an_answer_that_is_none_is_asked_for_again(self, book):
        answers = {self.QUESTION: "1", "Error: '1' is none of them.": "South"}
        code, shown = on_terminal("validate", book, answers=answers)
        assert "2  rows read" in shown
        assert code == 0

    def test_yes_is_no_answer(self, book):
        code, shown = on_terminal("run", book, "--sandbox", "--yes")
        assert self.QUESTION not in shown
        assert code == ExitCode.USAGE
