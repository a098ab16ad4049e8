"""What stands beside `errors.csv`: warnings, rows that only wait, and why rows did not make it in few words."""

import json
import re
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.faults import Faults
from tests.support.command_line import account, accounts, call, on_terminal, read_csv, report_in, run_into, write_csv


class TestWarningsCsv:
    def test_has_a_line_for_each_warning_headers_first(self):
        write_csv("a.csv", [account(1), account(2, IncomingServerPort="99999", Colour="=red()")])
        write_csv("b.csv", [account(3, ErrorCount="x", NotificationEmailAddress="nobody")])
        call("validate", "a.csv", "b.csv", "--report-dir", "out")
        header, *lines = read_csv("out/warnings.csv")
        assert header == ["Row", "Source", "PropertyName", "AttemptedValue", "Message"]
        assert [line[:4] for line in lines] == [
            ["1", "a.csv", "", ""],
            ["3", "a.csv", "IncomingServerPort", "99999"],
            ["2", "b.csv", "NotificationEmailAddress", "nobody"],
        ]

    def test_has_what_the_report_for_scripts_has(self, target):
        write_csv("a.csv", [account(n, IncomingServerPort="99999", Colour="red", Shape="round") for n in (1, 2)])
        run_into(target, "a.csv")
        header, *lines = read_csv("out/warnings.csv")
        listed = [["" if w[name] is None else str(w[name]) for name in header] for w in report_in()["Warnings"]]
        assert lines == listed
        assert len(lines) == report_in()["Summary"]["Warnings"] == 3

    def test_is_not_there_without_a_warning(self):
        write_csv("a.csv", [account(1, IncomingServerPort="99999")])
        call("validate", "a.csv", "--report-dir", "out")
        assert Path("out/warnings.csv").exists()
        write_csv("a.csv", accounts(1))
        result = call("validate", "a.csv", "--report-dir", "out")
        assert not Path("out/warnings.csv").exists()
        assert "warnings" not in result.stdout

    def test_the_terminal_names_it(self):
        write_csv("a.csv", [account(1, IncomingServerPort="99999")])
        result = call("validate", "a.csv", "--report-dir", "out")
        assert "1  warning (in warnings.csv)" in result.stdout
        assert "  out/warnings.csv\n" in result.stdout


class TestUnprocessedCsv:
    def stopped(self, target):
        """A run of three rows, of which one is invalid and no other had its turn."""
        target.faults = Faults(drop=1)
        write_csv("a.csv", [account(1), account(2, ErrorCount="x"), account(3)])
        assert run_into(target, "a.csv", "--attempts", "1").exit_code == ExitCode.STOPPED

    def test_has_the_rows_that_only_wait_and_errors_csv_has_them_not(self, target):
        self.stopped(target)
        assert read_csv("out/unprocessed.csv") == [
            ["Row", "Source", "BusinessId", "EmailAddress"],
            ["2", "a.csv", "1", "desk1@cowork.example"],
            ["4", "a.csv", "1", "desk3@cowork.example"],
        ]
        assert [line[:3] for line in read_csv("out/errors.csv")[1:]] == [["3", "a.csv", "invalid"]]

    def test_is_gone_once_the_rows_have_had_their_turn(self, target):
        self.stopped(target)
        target.faults = Faults()
        call("resume", "last")
        assert report_in()["Summary"]["Created"] == 2
        assert not Path("out/unprocessed.csv").exists()

    def test_valid_rows_of_validate_wait_for_nothing(self):
        write_csv("a.csv", [*accounts(1), account(2, IncomingServerPort="99999"), account(3, ErrorCount="x")])
        call("validate", "a.csv", "--report-dir", "out")
        assert not Path("out/unprocessed.csv").exists()


def test_valid_rows_are_not_shown_in_the_colour_of_trouble():
    write_csv("a.csv", accounts(2))
    _, shown = on_terminal("validate", "a.csv", "--report-dir", "out")
    summary = shown[shown.index("rows read") :]
    assert "\x1b[32mvalid" in summary
    assert "\x1b[33m" not in summary


class TestProblems:
    """Errors summed up: on the terminal and with `--json`."""

    @pytest.fixture
    def source(self):
        """1,200 rows that are wrong for two reasons."""
        bad = [account(n, ErrorCount="n/a", **({"IncomingServerPort": "993.5"} if n % 3 else {})) for n in range(1200)]
        return write_csv("a.csv", [{"error count" if k == "ErrorCount" else k: v for k, v in r.items()} for r in bad])

    def test_thousands_of_rows_are_two_lines_with_what_to_do(self, source):
        result = call("validate", source, "--report-dir", "out")
        lines = result.stdout.splitlines()
        start = lines.index("What to fix (2,000 errors of 2 kinds):")
        assert lines[start + 1 : start + 5] == [
            '  1,200  ErrorCount: is not an integer: "n/a" (rows 2, 3, 4, 5, 6 …)',
            '         Correct the column "error count".',
            '    800  IncomingServerPort: is not an integer: "993.5" (rows 3, 4, 6, 7, 9 …)',
            '         Correct the column "IncomingServerPort".',
        ]

    def test_scripts_get_them_too(self, source):
        shown = json.loads(call("validate", source, "--report-dir", "out", "--json").stdout)
        counts = {p["PropertyName"]: (p["Columns"], p["AttemptedValue"], p["Count"]) for p in shown["Problems"]}
        assert counts == {
            "ErrorCount": (["error count"], "n/a", 1200),
            "IncomingServerPort": (["IncomingServerPort"], "993.5", 800),
        }
        assert shown["Problems"][0]["FirstRows"][0] == {"Row": 2, "Source": "a.csv", "AttemptedValue": "n/a"}
        assert shown["MoreProblems"] == {"Kinds": 0, "Errors": 0}

    def test_refusals_of_the_target_can_be_sent_once_more_as_it_says(self, target):
        target.faults = Faults(refusals=1)
        write_csv("a.csv", accounts(3))
        result = run_into(target, "a.csv")
        assert "What to fix (3 errors of 1 kind):" in result.stdout
        [command] = set(re.findall(r"`nexudus-import (resume \S+ --retry rejected)`", result.stdout))
        target.faults = Faults()
        assert call(*command.split()).exit_code == 0
        assert len(target.store) == 3

    def test_secrets_are_not_among_the_values(self):
        write_csv("a.csv", [account(1, GoogleAccessToken="\x07ya29.planted", ErrorCount="x")])
        result = call("validate", "a.csv", "--report-dir", "out", "--json")
        assert len(json.loads(result.stdout)["Problems"]) >= 1
        assert "planted" not in result.output
