"""`template`: a file that a person fills in and imports with no options."""

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from pipeline.errors import ExitCode
from pipeline.model.sources import INSTRUCTIONS_SHEET
from schemas import endpoints
from tests.support.command_line import account, by_key, call, read_csv, report_in, run_into, summary, write_csv

FIELDS = endpoints()["emailaccounts"].fields
NAMES = [f.name for f in FIELDS]
TYPED = {
    "BusinessId": 1376,
    "DisplayName": "007 desk",
    "EmailAddress": "desk@cowork.example",
    "IncomingServer": "imap.cowork.example",
    "IncomingServerPort": 993,
    "IncomingServerUsername": "0042",
    "OutgoingServer": "smtp.cowork.example",
    "OutgoingServerPort": 587,
    "OutgoingServerUsername": "0042",
    "LastMessageId": 0,
    "ErrorCount": 0,
    "Active": "yes",
    "SendNotificationOnNewMessages": "no",
    "IncomingServerType": "Imap",
    "IncomingServerSSL": True,
    "DeleteMessageSettings": "DeleteOnReceive",
    "LastCheckTime": dt.datetime(2026, 5, 1, 8),  # noqa: DTZ001 - a workbook knows no zones
}
ARRIVES = TYPED | {
    "Active": True,
    "SendNotificationOnNewMessages": False,
    "IncomingServerType": 1,
    "DeleteMessageSettings": 2,
    "LastCheckTime": "2026-05-01T08:00:00Z",
}


def filled(path, *rows):
    """The template with rows that a person typed in, below the right headers."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[1]}
    for number, row in enumerate(rows, start=2):
        for name, value in row.items():
            sheet.cell(number, places[name]).value = value
    book.save(path)


class TestFilled:
    def test_a_workbook_is_imported_with_no_options_and_nothing_to_warn_of(self, target):
        assert call("template").exit_code == 0
        filled("emailaccounts.xlsx", TYPED, {**TYPED, "BusinessId": 2})
        assert run_into(target, "emailaccounts.xlsx", "--strict").exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=2, Created=2)
        assert report_in()["Warnings"] == []
        for record, number in zip(by_key(target), (2, 1376), strict=True):
            assert {name: record[name] for name in ARRIVES} == ARRIVES | {"BusinessId": number}

    def test_a_workbook_goes_into_the_embedded_sandbox(self):
        call("template", "-o", "mine.xlsx")
        filled("mine.xlsx", TYPED)
        assert call("run", "mine.xlsx", "--sandbox", "--report-dir", "out").exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=1, Created=1)

    def test_a_csv_file_is_imported(self, target):
        assert call("template", "-o", "mine.csv").exit_code == 0
        assert read_csv("mine.csv") == [NAMES]
        row = dict.fromkeys(NAMES, "") | account(1, IncomingServerType="Imap", DeleteMessageSettings="1")
        write_csv("mine.csv", [row])
        assert run_into(target, "mine.csv", "--strict").exit_code == 0
        assert by_key(target)[0]["DisplayName"] == "Desk 1"

    @pytest.mark.parametrize("name", ["mine.xlsx", "mine.csv"])
    def test_one_that_is_not_filled_has_no_rows(self, name):
        call("template", "-o", name)
        result = call("validate", name)
        assert result.exit_code == ExitCode.SOURCE
        assert "there is a header, but no row below it" in result.stderr

    def test_its_instructions_can_still_be_read_where_they_are_asked_for_by_name(self):
        call("template")
        filled("emailaccounts.xlsx", TYPED)
        result = call("validate", "emailaccounts.xlsx", "--sheet", INSTRUCTIONS_SHEET)
        assert "no column and no value for the required BusinessId" in result.stderr


class TestFile:
    def test_says_what_it_wrote_and_what_comes_next(self):
        shown = call("template", "-o", "mine.xlsx").stdout
        assert "mine.xlsx: a column for each of 22 fields, 11 of them required." in shown
        assert "`nexudus-import validate mine.xlsx`" in shown

    @pytest.mark.parametrize("name", ["mine.xlsx", "mine.csv"])
    def test_is_not_written_over_without_force(self, name):
        Path(name).write_bytes(b"my rows")
        result = call("template", "-o", name)
        assert result.exit_code == ExitCode.USAGE
        assert result.stderr == (
            f"{name}: is there already, maybe with rows in it.\n--force writes it anew; -o names another file.\n"
        )
        assert Path(name).read_bytes() == b"my rows"
        assert call("template", "-o", name, "--force").exit_code == 0
        assert b"my rows" not in Path(name).read_bytes()

    @pytest.mark.parametrize("name", ["mine.ods", "mine"])
    def test_of_another_kind_is_refused(self, name):
        result = call("template", "-o", name)
        assert (result.exit_code, result.stderr) == (
            ExitCode.USAGE,
            f"{name}: is no kind of template.\nEnd its name in .xlsx or .csv.\n",
        )
        assert not Path(name).exists()

    def test_that_cannot_be_written_is_refused_in_words(self):
        result = call("template", "-o", "missing/mine.xlsx")
        assert (result.exit_code, result.stderr) == (
            ExitCode.USAGE,
            "missing/mine.xlsx: cannot be written (No such file or directory).\nGive another -o.\n",
        )
