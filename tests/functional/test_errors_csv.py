"""`errors.csv`: a line for each error; nothing in it acts as a formula."""

from pathlib import Path

import pytest

from pipeline.sandbox.accounts import User
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import account, accounts, call, read_csv, run_into, write_csv


class TestErrorsCsv:
    def attempted(self, value):
        """What stands in errors.csv where this value was refused."""
        write_csv("a.csv", [account(1, ErrorCount=value)])
        call("validate", "a.csv", "--report-dir", "out")
        header, line = read_csv("out/errors.csv")
        assert header == ["Row", "Source", "Status", "PropertyName", "AttemptedValue", "Message"]
        assert line[:4] == ["2", "a.csv", "invalid", "ErrorCount"]
        return line[4]

    @pytest.mark.parametrize(
        "value", ['=HYPERLINK("http://a.example")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "=1"]
    )
    def test_nothing_acts_as_a_formula(self, value):
        assert self.attempted(value) == f"'{value}"

    @pytest.mark.parametrize("value", ["-1.5", "+2.5", "-1,234", "-99999999999", "1=1", "a-b"])
    def test_numbers_and_harmless_text_stay_as_they_are(self, value):
        assert self.attempted(value) == value

    def test_a_source_whose_name_is_a_formula_is_harmless_too(self):
        write_csv("=1+1.csv", [account(1, ErrorCount="x")])
        call("validate", "=1+1.csv", "--report-dir", "out")
        assert read_csv("out/errors.csv")[1][1] == "'=1+1.csv"

    def test_has_a_line_for_each_error_in_the_order_of_the_rows(self):
        write_csv("a.csv", [account(1, ErrorCount="x", BusinessId=""), account(2), account(3, LastMessageId="y")])
        call("validate", "a.csv", "--report-dir", "out")
        places = [(line[0], line[3]) for line in read_csv("out/errors.csv")[1:]]
        assert places == [("2", "BusinessId"), ("2", "ErrorCount"), ("4", "LastMessageId")]

    def test_rows_in_doubt_are_among_them_with_the_account_to_look_for(self):
        clerk = User(username="c@b.example", password="x", roles=frozenset({"EmailAccount-Create"}), token="clerk")
        with SandboxServer(users=[clerk], faults=Faults(lose_answers=1)) as target:
            write_csv("a.csv", accounts(1))
            run_into(target, "a.csv", token="clerk")
        [line] = read_csv("out/errors.csv")[1:]
        assert line[:3] == ["2", "a.csv", "in_doubt"]
        assert "desk1@cowork.example" in line[5]
        assert not Path("out/rejected.csv").exists()
