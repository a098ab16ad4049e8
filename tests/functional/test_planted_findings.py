"""A file of 2,000 rows with every kind of bad cell, each planted once: exactly those are found, and none twice."""

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from pipeline.cli.main import main
from pipeline.intake.intake import open_intake
from pipeline.intake.sources import find_sources
from pipeline.model.config import RunConfig
from pipeline.operations.new_run import ReportDir
from pipeline.operations.runtime import Runtime
from pipeline.operations.validate import validate
from schemas import endpoints
from tests.support import factories

ENDPOINT = endpoints()["emailaccounts"]
NAMES = [f.name for f in ENDPOINT.fields]
REQUIRED_FIELDS = [f.name for f in ENDPOINT.fields if f.required]
ROWS = 2_000
WORKBOOK_ERROR = "#DIV/0!"

REQUIRED = "is a required field"
NOT_INTEGER = "is not an integer"
NOT_EMAIL = "does not look like an e-mail address"
NOT_PORT = "is not a port between 1 and 65535"
BLANK = "is blank; newer pages of the documentation require it"
NO_DATE = "is not a date that can be read (ISO 8601 or an Excel date)"
UNREAD = f"{NO_DATE}; write it as 2026-05-01 or 2026-05-01 08:00"
FOREIGN = (
    f'{NO_DATE}; [transforms] LastCheckTime = [{{date = "%d/%m/%Y"}}] in a mapping file reads dates of that form '
    '(or "%m/%d/%Y", where the month comes first)'
)
OPTIONS = "1 (DontDelete), 2 (DeleteOnReceive), 3 (DeleteWhenDeleting)"


def not_boolean(name):
    return f"is not a boolean (true/false, yes/no, y/n, 1/0, on/off); [values.{name}] in a mapping file translates it"


def comma_grouped(name):
    return f'is not an integer; [transforms] {name} = [{{regex = ",", replace = ""}}] in a mapping file reads it'


def not_one_of(name, *choices):
    listed = ", ".join(choices)
    return f"is not an integer or one of {listed}; [values.{name}] in a mapping file translates it"


def out_of(bits):
    return f"is not between {-(2 ** (bits - 1))} and {2 ** (bits - 1) - 1} ({bits}-bit integer)"


def account(row):
    """A row with every field filled in, told apart by its number also in its key."""
    return factories.account(
        row,
        BusinessId=str(1000 + row % 7),
        Active="yes",
        SendNotificationOnNewMessages="no",
        NotificationEmailAddress="team@cowork.example",
        IncomingServerType="Imap",
        IncomingServerSSL="TRUE",
        DeleteMessageSettings="2",
        OutgoingServerSSL="1",
        ReplyToEmail="no-reply@cowork.example",
        LastCheckTime="2026-10-01T08:30:00Z",
        GoogleAccessToken="",
        Office365AccessToken="s3cret",
    )


ERRORS = [
    *((name, "", REQUIRED) for name in REQUIRED_FIELDS),
    ("DisplayName", "   ", REQUIRED),
    ("BusinessId", "x", NOT_INTEGER),
    ("BusinessId", "12.5", NOT_INTEGER),
    ("BusinessId", "9" * 20, out_of(64)),
    ("BusinessId", "-9223372036854775809", out_of(64)),
    ("IncomingServerPort", "imap", NOT_INTEGER),
    ("IncomingServerPort", "2147483648", out_of(32)),
    ("OutgoingServerPort", "5,87", NOT_INTEGER),
    ("OutgoingServerPort", "-2147483649", out_of(32)),
    ("LastMessageId", "1,234", comma_grouped("LastMessageId")),
    ("LastMessageId", "9" * 20, out_of(32)),
    ("ErrorCount", "none", NOT_INTEGER),
    ("ErrorCount", "3000000000", out_of(32)),
    ("Active", "maybe", not_boolean("Active")),
    ("SendNotificationOnNewMessages", "2", not_boolean("SendNotificationOnNewMessages")),
    ("IncomingServerSSL", "ja", not_boolean("IncomingServerSSL")),
    ("OutgoingServerSSL", "1.5", not_boolean("OutgoingServerSSL")),
    ("IncomingServerType", "Pop3", not_one_of("IncomingServerType", "Imap")),
    ("IncomingServerType", "3000000000", out_of(32)),
    (
        "DeleteMessageSettings",
        "never",
        not_one_of("DeleteMessageSettings", "DontDelete", "DeleteOnReceive", "DeleteWhenDeleting"),
    ),
    ("DeleteMessageSettings", "-3000000000", out_of(32)),
]
WARNINGS = [
    ("EmailAddress", "help at cowork.example", NOT_EMAIL),
    ("NotificationEmailAddress", "team@cowork", NOT_EMAIL),
    ("ReplyToEmail", "a@@cowork.example", f"{NOT_EMAIL}: probably meant a@cowork.example"),
    ("IncomingServerPort", "0", NOT_PORT),
    ("OutgoingServerPort", "65536", NOT_PORT),
    ("OutgoingServerPort", "-1", NOT_PORT),
    ("IncomingServerType", "2", "is not a documented value: 1 (Imap)"),
    ("IncomingServerType", "", BLANK),
    ("DeleteMessageSettings", "0", f"is not a documented value: {OPTIONS}"),
    ("DeleteMessageSettings", " ", BLANK),
    ("LastCheckTime", "01/10/2026", FOREIGN),
    ("LastCheckTime", "now", UNREAD),
    ("LastCheckTime", "2026-02-30T00:00:00Z", UNREAD),
]


class Planted:
    """The rows of the file and what is wrong with them.

    Findings are (row, field, attempted value, message).
    """

    def __init__(self):
        self.rows = {row: [account(row)[name] for name in NAMES] for row in range(2, ROWS + 2)}
        self.errors, self.warnings = [], []
        self._next = 20
        for name, text, message in ERRORS:
            self.errors.append((self._bad_row({name: text}), name, text.strip() or None, message))
        for name, text, message in WARNINGS:
            self.warnings.append((self._bad_row({name: text}), name, text.strip() or None, message))
        self._several_in_one_row()
        self._repeated()

    def _bad_row(self, updater):
        row = self._next
        self._next += 37
        self.rows[row] = [(account(row) | updater)[name] for name in NAMES]
        return row

    def _several_in_one_row(self):
        row = self._bad_row({"BusinessId": "x", "EmailAddress": "", "ErrorCount": "1e3", "ReplyToEmail": "nobody"})
        self.errors += [
            (row, "BusinessId", "x", NOT_INTEGER),
            (row, "EmailAddress", None, REQUIRED),
            (row, "ErrorCount", "1e3", NOT_INTEGER),
        ]
        self.warnings.append((row, "ReplyToEmail", "nobody", NOT_EMAIL))

    def _repeated(self):
        first = account(3)
        address = first["EmailAddress"].upper()
        row = self._bad_row({"BusinessId": first["BusinessId"], "EmailAddress": address})
        self.warnings.append((row, "EmailAddress", address, "repeats row 3 (same BusinessId and EmailAddress)"))

    def ragged(self):
        """Rows that do not fit the header, which a workbook cannot have."""
        short, long = self._bad_row({}), self._bad_row({})
        self.rows[short] = self.rows[short][:6]
        self.rows[long] = [*self.rows[long], "left over", ""]
        self.errors += [
            (short, None, None, "has 6 cells where the header has 22"),
            (long, None, None, "has 24 cells where the header has 22"),
        ]
        return self

    def error_cells(self):
        """Cells with an error, which a text file cannot have."""
        message = f"is an error cell ({WORKBOOK_ERROR})"
        number, secret = (
            self._bad_row({"ErrorCount": WORKBOOK_ERROR}),
            self._bad_row({"GoogleAccessToken": WORKBOOK_ERROR}),
        )
        self.errors += [
            (number, "ErrorCount", WORKBOOK_ERROR, message),
            (secret, "GoogleAccessToken", "(secret)", message),
        ]
        return self


def write_csv(path):
    planted = Planted().ragged()
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([NAMES, *(planted.rows[row] for row in sorted(planted.rows))])
    return planted


def write_xlsx(path):
    planted = Planted().error_cells()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Accounts")
    sheet.append(NAMES)
    for row in sorted(planted.rows):
        sheet.append(planted.rows[row])  # openpyxl makes an error cell of a text such as #DIV/0!
    book.save(path)
    return planted


every_kind = pytest.mark.parametrize("write", [write_csv, write_xlsx], ids=["csv", "xlsx"])


class Silence:
    asks = previews = follows_rows = False

    def looking(self, _told): ...

    def confirm(self, _preview):
        return True

    def begin(self, _run, _total): ...

    def stands(self, _standing): ...
    def read(self, _rows, _settled): ...
    def row_ended(self, _result): ...
    def interrupted(self): ...
    def finish(self): ...


def validated(path, folder, **options):
    found = find_sources([path.name], [path])
    intake = open_intake(found, RunConfig(endpoint="emailaccounts", **options))
    moment = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()
    return validate(intake, ReportDir(folder=folder), Silence(), Runtime(now=lambda: moment, letters=lambda: "abcd"))


def reported_errors(report):
    return [
        (entry["Row"], error["PropertyName"], error["AttemptedValue"], error["Message"])
        for entry in report["Errors"]
        for error in entry["Response"]["Errors"]
    ]


def reported_warnings(report):
    return [(w["Row"], w["PropertyName"], w["AttemptedValue"], w["Message"]) for w in report["Warnings"]]


def listed_errors(path):
    """`errors.csv`, without the apostrophe that keeps a cell from acting as a formula."""
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return [
            (
                int(row["Row"]),
                row["PropertyName"] or None,
                row["AttemptedValue"].removeprefix("'") or None,
                row["Message"],
            )
            for row in csv.DictReader(stream)
        ]


def check_report(report, planted, label):
    refused = len({row for row, *_ in planted.errors})
    assert Counter(reported_errors(report)) == Counter(planted.errors)
    assert Counter(reported_warnings(report)) == Counter(planted.warnings)
    assert {entry["Source"] for entry in report["Errors"]} == {label}
    assert len(report["Errors"]) == refused
    assert report["Summary"] == {
        "RowsRead": ROWS,
        "Created": 0,
        "Updated": 0,
        "Skipped": 0,
        "Invalid": refused,
        "Rejected": 0,
        "Failed": 0,
        "InDoubt": 0,
        "Unprocessed": ROWS - refused,
        "Warnings": len(planted.warnings),
    }
    assert [entry["Row"] for entry in report["Errors"]] == sorted(entry["Row"] for entry in report["Errors"])


def test_each_planted_finding_is_another_one():
    planted = Planted().ragged().error_cells()
    findings = planted.errors + planted.warnings
    assert len(findings) == len(set(findings)) == len(ERRORS) + len(WARNINGS) + 4 + 1 + 2 + 2
    assert max(row for row, *_ in findings) <= ROWS + 1


@every_kind
def test_validate_finds_exactly_what_was_planted(tmp_path, write):
    path = tmp_path / f"accounts.{write.__name__.removeprefix('write_')}"
    planted = write(path)
    result = validated(path, tmp_path / "reports")
    report = json.loads((tmp_path / "reports" / "report.json").read_text(encoding="utf-8"))
    check_report(report, planted, path.name)
    assert Counter(listed_errors(tmp_path / "reports" / "errors.csv")) == Counter(planted.errors)
    assert result.exit_code == 3
    assert result.summary.adds_up


@every_kind
def test_strict_validation_refuses_what_was_warned_of(tmp_path, write):
    path = tmp_path / f"accounts.{write.__name__.removeprefix('write_')}"
    planted = write(path)
    validated(path, tmp_path / "reports", strict=True)
    report = json.loads((tmp_path / "reports" / "report.json").read_text(encoding="utf-8"))
    assert Counter(reported_errors(report)) == Counter(planted.errors + planted.warnings)
    assert report["Warnings"] == []


@every_kind
def test_the_command_finds_exactly_what_was_planted(tmp_path, write):
    path = tmp_path / f"accounts.{write.__name__.removeprefix('write_')}"
    planted = write(path)
    folder = tmp_path / "reports"
    found = CliRunner().invoke(main, ["validate", str(path), "--json", "--report-dir", str(folder)])
    assert found.exit_code == 3, found.output
    printed = json.loads(found.stdout)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    check_report(report, planted, str(path))
    assert printed["Summary"] == report["Summary"]
    assert Counter(listed_errors(folder / "errors.csv")) == Counter(planted.errors)


@every_kind
def test_no_secret_is_in_any_report_but_the_rejected_rows(tmp_path, write):
    path = tmp_path / f"accounts.{write.__name__.removeprefix('write_')}"
    write(path)
    validated(path, tmp_path / "reports")
    holding = {p.name for p in Path(tmp_path / "reports").iterdir() if b"s3cret" in p.read_bytes()}
    assert {name for name in holding if not name.startswith("rejected")} == set()
