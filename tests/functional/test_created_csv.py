"""`created.csv`: a line for each record."""

import codecs
from pathlib import Path

from tests.support.command_line import account, read_csv, run_into, write_csv


class TestCreatedCsv:
    def test_has_a_line_for_each_created_row(self, target):
        write_csv("a.csv", [account(1), account(2, ErrorCount="x"), account(3)])
        run_into(target, "a.csv")
        ids = {r["EmailAddress"]: str(r["Id"]) for r in target.store.records()}
        mails = [(2, "desk1@cowork.example"), (4, "desk3@cowork.example")]
        header, *lines = read_csv("out/created.csv")
        assert header == ["Row", "Source", "Id", "BusinessId", "EmailAddress"]
        assert lines == [[str(row), "a.csv", ids[mail], "1", mail] for row, mail in mails]

    def test_opens_as_utf_8_in_a_spreadsheet_program(self, target):
        write_csv("a.csv", [account(1, EmailAddress="büro@cowork.example")])
        run_into(target, "a.csv")
        assert Path("out/created.csv").read_bytes().startswith(codecs.BOM_UTF8)
        assert read_csv("out/created.csv")[1][4] == "büro@cowork.example"

    def test_an_address_that_would_act_as_a_formula_does_not(self, target):
        write_csv("a.csv", [account(1, EmailAddress="=cmd()@cowork.example")])
        run_into(target, "a.csv")
        assert read_csv("out/created.csv")[1][4] == "'=cmd()@cowork.example"
        assert target.store.records()[0]["EmailAddress"] == "=cmd()@cowork.example"
