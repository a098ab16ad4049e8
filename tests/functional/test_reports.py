"""The reports of a run: their shape, their counts, what can be corrected and sent again, and what stays out of them."""

import codecs
import csv
import io
import json
import os
import stat
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.accounts import User
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import (
    SAMPLES,
    account,
    accounts,
    call,
    read_csv,
    report_in,
    run_into,
    stub,
    summary,
    write_csv,
)

SECRETS = {"GoogleAccessToken": "ya29.planted-google-secret", "Office365AccessToken": "eyJ.planted-office-secret"}


# -- report.json -------------------------------------------------------------------------------------------------


class TestReportJson:
    @pytest.fixture
    def report(self, target):
        """A run with every end but in doubt, of two sources."""
        write_csv("known.csv", [account(9)])
        run_into(target, "known.csv")
        rows = [
            account(1),
            account(2, BusinessId="", ErrorCount="x"),
            account(9),
            account(1, EmailAddress="DESK1@cowork.example"),
        ]
        write_csv("a.csv", rows)
        write_csv("b.csv", [account(3, IncomingServerPort="99999", Colour="red"), account(4, ErrorCount="1.5")])
        self.result = run_into(target, "a.csv", "b.csv")
        return report_in()

    def test_has_the_documented_keys_in_the_documented_order(self, report):
        assert list(report) == ["Run", "Summary", "Created", "Updated", "Skipped", "Errors", "Warnings"]
        run = report["Run"]
        keys = ["RunId", "Status", "Endpoint", "Target", "Sources", "StartedOn", "FinishedOn"]
        assert list(run) == keys
        assert (run["Status"], run["Endpoint"]) == ("completed", "emailaccounts")
        assert run["Target"].endswith("/api/crm/emailaccounts")
        assert list(report["Summary"]) == list(summary())
        assert datetime.fromisoformat(run["StartedOn"]) <= datetime.fromisoformat(run["FinishedOn"])

    def test_names_its_sources_by_what_they_were_called_and_by_their_bytes(self, report):
        expected = [
            {"Path": name, "Sha256": sha256(Path(name).read_bytes()).hexdigest(), "Rows": rows}
            for name, rows in (("a.csv", 4), ("b.csv", 2))
        ]
        assert report["Run"]["Sources"] == expected

    def test_has_every_row_exactly_once_and_counts_that_add_up(self, report):
        listed = [
            (one["Source"], one["Row"]) for name in ("Created", "Updated", "Skipped", "Errors") for one in report[name]
        ]
        expected = [("a.csv", 2), ("a.csv", 3), ("a.csv", 4), ("a.csv", 5), ("b.csv", 2), ("b.csv", 3)]
        assert sorted(listed) == expected
        counts = dict(report["Summary"])
        warnings, read = counts.pop("Warnings"), counts.pop("RowsRead")
        assert (sum(counts.values()), read) == (6, 6)
        assert warnings == len(report["Warnings"])

    def test_lists_are_in_the_order_of_the_sources(self, report):
        for name in ("Created", "Skipped", "Errors"):
            places = [(one["Source"], one["Row"]) for one in report[name]]
            assert places == sorted(places)
            assert len(places) == 2

    def test_created_rows_have_the_id_and_the_key(self, report, target):
        first = report["Created"][0]
        assert list(first) == ["Row", "Source", "Id", "Key"]
        assert first["Key"] == {"BusinessId": 1, "EmailAddress": "desk1@cowork.example"}
        ids = {r["EmailAddress"]: r["Id"] for r in target.store.records()}
        assert [one["Id"] for one in report["Created"]] == [ids["desk1@cowork.example"], ids["desk3@cowork.example"]]

    def test_skipped_rows_say_why(self, report, target):
        known, repeated = report["Skipped"]
        assert list(known) == list(repeated) == ["Row", "Source", "Reason", "Id"]
        assert known["Id"] == next(
            r["Id"] for r in target.store.records() if r["EmailAddress"] == "desk9@cowork.example"
        )
        assert "row 2" in repeated["Reason"]

    def test_errors_are_in_the_envelope_of_the_endpoint(self, report):
        errors = report["Errors"][0]
        assert list(errors) == ["Row", "Source", "Status", "Response"]
        assert (errors["Row"], errors["Source"], errors["Status"]) == (3, "a.csv", "invalid")
        envelope = errors["Response"]
        assert list(envelope) == ["Message", "Value", "Errors", "WasSuccessful"]
        assert (envelope["Value"], envelope["WasSuccessful"]) == (None, False)
        first, second = envelope["Errors"]
        assert first == {"AttemptedValue": None, "Message": "is a required field", "PropertyName": "BusinessId"}
        assert (second["PropertyName"], second["AttemptedValue"]) == ("ErrorCount", "x")
        assert envelope["Message"] == f"BusinessId: is a required field; ErrorCount: {second['Message']}"

    def test_warnings_name_the_header_and_the_cell(self, report):
        header, cell = [w for w in report["Warnings"] if w["Source"] == "b.csv"]
        assert list(header) == ["Row", "Source", "AttemptedValue", "Message", "PropertyName"]
        assert (header["Row"], header["PropertyName"]) == (1, "Colour")
        assert (cell["Row"], cell["PropertyName"], cell["AttemptedValue"]) == (2, "IncomingServerPort", "99999")

    def test_a_refusal_of_the_target_is_repeated_as_it_came(self):
        answer = {
            "Message": "DisplayName: is taken",
            "Value": None,
            "Errors": [{"AttemptedValue": "Desk 1", "Message": "is taken", "PropertyName": "DisplayName"}],
            "WasSuccessful": False,
        }
        with stub(400, answer) as refusing:
            write_csv("a.csv", accounts(1))
            run_into(refusing, "a.csv")
        assert report_in()["Errors"] == [{"Row": 2, "Source": "a.csv", "Status": "rejected", "Response": answer}]
        assert read_csv("out/errors.csv")[1] == ["2", "a.csv", "rejected", "DisplayName", "Desk 1", "is taken"]

    def test_updated_rows_have_a_list_of_their_own(self, target):
        write_csv("a.csv", accounts(1))
        run_into(target, "a.csv")
        write_csv("b.csv", [account(1, DisplayName="New")])
        run_into(target, "b.csv", "--existing", "update")
        [updated] = report_in()["Updated"]
        assert updated["Id"] == target.store.records()[0]["Id"]
        assert (updated["Row"], updated["Key"]["EmailAddress"]) == (2, "desk1@cowork.example")

    def test_rows_whose_turn_never_came_are_listed_too(self, target):
        target.faults = Faults(drop=1)
        write_csv("a.csv", accounts(3))
        run_into(target, "a.csv", "--attempts", "1")
        report = report_in()
        assert report["Run"]["Status"] == "stopped"
        assert [(e["Row"], e["Status"]) for e in report["Errors"]] == [(n, "unprocessed") for n in (2, 3, 4)]
        assert "resume" in report["Errors"][0]["Response"]["Message"]
        assert not Path("out/rejected.csv").exists()

    def test_validate_lists_what_is_wrong_but_not_what_is_right(self):
        call("validate", SAMPLES / "accounts_with_errors.csv", "--report-dir", "out")
        report = report_in()
        assert [len(report[n]) for n in ("Created", "Updated", "Skipped", "Errors", "Warnings")] == [0, 0, 0, 11, 6]
        assert {e["Status"] for e in report["Errors"]} == {"invalid"}


# -- created.csv and errors.csv ----------------------------------------------------------------------------------


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


# -- rejected.csv ------------------------------------------------------------------------------------------------

HEADER = list(account(1))
ODD = [
    "00",
    'The "Desk", lower\r\nfloor ',
    "desk1@cowork.example",
    " imap ",
    "0993",
    "in;a",
    "smtp",
    "587",
    "=1+1",
    "-0",
    "x",
]


def written(rows, encoding="utf-8", delimiter=","):
    """The bytes of a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def corrected(path, column, value, **how):
    """What somebody makes of a `rejected.csv` in a spreadsheet program: one column is right now."""
    header, *rows = read_csv(path, **how)
    place = header.index(column)
    return [header, *([*row[:place], value, *row[place + 1 :]] for row in rows)]


class TestRejectedCsv:
    def test_has_the_cells_of_the_source_as_they_are_and_the_reasons_behind_them(self):
        Path("a.csv").write_bytes(written([HEADER, ODD, list(account(2).values())]))
        call("validate", "a.csv", "--report-dir", "out")
        header, row = read_csv("out/rejected.csv")
        assert header == [*HEADER, "Import Errors"]
        assert row[:-1] == ODD
        assert row[-1].startswith("ErrorCount: ")

    def test_is_byte_for_byte_the_source_up_to_the_reason(self):
        Path("a.csv").write_bytes(written([HEADER, ODD]))
        call("validate", "a.csv", "--report-dir", "out")
        source = Path("a.csv").read_bytes().removesuffix(b"\r\n").split(b"\r\n", 1)
        first, second = Path("out/rejected.csv").read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\r\n", 1)
        assert first == source[0] + b",Import Errors"
        assert second.startswith(source[1] + b",")

    def test_is_readable_by_its_owner_only(self, target):
        Path("out").mkdir()
        Path("out/rejected.csv").touch(mode=0o644)
        write_csv("a.csv", [account(1, ErrorCount="x"), account(2)])
        run_into(target, "a.csv")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in Path("out").iterdir()}
        assert modes == dict.fromkeys(("rejected.csv", "created.csv", "errors.csv", "report.json"), 0o600)

    def test_corrections_made_in_place_are_set_aside_when_the_reports_are_written_again(self):
        write_csv("a.csv", [account(1, ErrorCount="x")])
        call("validate", "a.csv", "--report-dir", "out")
        written_first = Path("out/rejected.csv").read_bytes()
        later = Path("out/report.json").stat().st_mtime + 60
        Path("out/rejected.csv").write_bytes(b"corrected")
        os.utime("out/rejected.csv", (later, later))
        result = call("validate", "a.csv", "--report-dir", "out")
        assert Path("out/corrected-1-rejected.csv").read_bytes() == b"corrected"
        assert Path("out/rejected.csv").read_bytes() == written_first
        assert "rejected.csv was changed after it was written: kept as " in result.stderr

    def test_can_be_corrected_and_given_to_run_as_it_is_and_once_more(self, target):
        write_csv("a.csv", [account(1), account(2, ErrorCount="x", LastMessageId="y")])
        assert run_into(target, "a.csv").exit_code == ExitCode.ROWS_REFUSED
        Path("b.csv").write_bytes(written(corrected("out/rejected.csv", "ErrorCount", "0"), "utf-8-sig"))
        assert run_into(target, "b.csv").exit_code == ExitCode.ROWS_REFUSED
        assert report_in()["Summary"] == summary(RowsRead=1, Invalid=1)
        header = read_csv("out/rejected.csv")[0]
        assert header.count("Import Errors") == 1
        Path("c.csv").write_bytes(written(corrected("out/rejected.csv", "LastMessageId", "0"), "utf-8-sig"))
        assert run_into(target, "c.csv").exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=1, Created=1)
        assert sorted(r["DisplayName"] for r in target.store.records()) == ["Desk 1", "Desk 2"]

    def test_ragged_rows_stay_as_they_are_and_stay_refused(self, target):
        good, short, long = list(account(1).values()), list(account(2).values())[:5], [*account(3).values(), "more"]
        Path("a.csv").write_bytes(written([HEADER, good, short, long]))
        run_into(target, "a.csv")
        assert report_in()["Summary"] == summary(RowsRead=3, Created=1, Invalid=2)
        rows = read_csv("out/rejected.csv")[1:]
        assert [row[:-1] for row in rows] == [short, long]
        Path("b.csv").write_bytes(Path("out/rejected.csv").read_bytes())
        assert run_into(target, "b.csv").exit_code == ExitCode.ROWS_REFUSED
        assert report_in()["Summary"] == summary(RowsRead=2, Invalid=2)
        assert len(target.store) == 1

    def test_there_is_one_for_each_source_that_has_such_rows(self, target):
        write_csv("a.csv", [account(1, ErrorCount="x")])
        write_csv("b.csv", [account(2)])
        write_csv("c.csv", [account(3, Colour="red", ErrorCount="y")])
        run_into(target, "a.csv", "b.csv", "c.csv")
        assert sorted(p.name for p in Path("out").glob("rejected*")) == ["rejected-1.csv", "rejected-3.csv"]
        assert read_csv("out/rejected-1.csv")[1][1] == "Desk 1"
        assert read_csv("out/rejected-3.csv")[0] == [*HEADER, "Colour", "Import Errors"]

    def test_those_of_an_earlier_run_do_not_stay_behind(self, target):
        write_csv("a.csv", [account(1, ErrorCount="x")])
        write_csv("b.csv", [account(2, ErrorCount="x")])
        write_csv("c.csv", [account(3)])
        run_into(target, "a.csv", "b.csv")
        run_into(target, "a.csv")
        assert sorted(p.name for p in Path("out").glob("rejected*")) == ["rejected.csv"]
        run_into(target, "c.csv")
        assert sorted(p.name for p in Path("out").glob("rejected*")) == []

    def test_the_header_stands_where_header_row_says(self, target):
        Path("a.csv").write_bytes(
            b"Accounts of May\r\n\r\n" + written([HEADER, list(account(1, ErrorCount="x").values())])
        )
        run_into(target, "a.csv", "--header-row", "3")
        assert [e["Row"] for e in report_in()["Errors"]] == [4]
        lines = read_csv("out/rejected.csv")
        assert (lines[:2], lines[2]) == ([[], []], [*HEADER, "Import Errors"])
        Path("b.csv").write_bytes(written(corrected_below(lines), "utf-8-sig"))
        assert run_into(target, "b.csv", "--header-row", "3").exit_code == 0
        assert len(target.store) == 1

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_text_of_any_encoding_and_delimiter_goes_around(self, target, encoding, delimiter):
        bad = list(account(1, DisplayName="Café | Größe; 5 €, oben", ErrorCount="x").values())
        Path("a.csv").write_bytes(written([HEADER, bad], encoding, delimiter))
        run_into(target, "a.csv")
        assert read_csv("out/rejected.csv", delimiter=delimiter)[1][:-1] == bad
        rows = corrected("out/rejected.csv", "ErrorCount", "0", delimiter=delimiter)
        Path("b.csv").write_bytes(written(rows, "utf-8-sig", delimiter))
        assert run_into(target, "b.csv").exit_code == 0
        assert target.store.records()[0]["DisplayName"] == "Café | Größe; 5 €, oben"

    @pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-16-le"])
    def test_the_options_that_read_the_source_read_it_too(self, target, encoding):
        bad = list(account(1, DisplayName="Größe", ErrorCount="x").values())
        Path("a.csv").write_bytes(written([HEADER, bad], encoding, ";"))
        options = ("--encoding", encoding, "--delimiter", "semicolon")
        run_into(target, "a.csv", *options)
        Path("b.csv").write_bytes(Path("out/rejected.csv").read_bytes())
        assert run_into(target, "b.csv", *options, "--set", "ErrorCount=0").exit_code == 0
        assert target.store.records()[0]["DisplayName"] == "Größe"

    def test_of_a_workbook_it_is_text_with_the_values_of_its_cells(self, target):
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append([*HEADER, "LastCheckTime"])
        sheet.append(
            [
                *account(1, BusinessId=7, IncomingServerPort=993.0, ErrorCount="x").values(),
                datetime(2026, 5, 1, 8),  # noqa: DTZ001 - a workbook knows no zones
            ]
        )
        sheet.append([*account(2, DisplayName="007").values(), None])
        book.save("a.xlsx")
        run_into(target, "a.xlsx")
        assert report_in()["Summary"] == summary(RowsRead=2, Created=1, Invalid=1)
        row = dict(zip(*read_csv("out/rejected.csv"), strict=True))
        assert (row["BusinessId"], row["IncomingServerPort"], row["ErrorCount"]) == ("7", "993", "x")
        Path("b.csv").write_bytes(written(corrected("out/rejected.csv", "ErrorCount", "0"), "utf-8-sig"))
        assert run_into(target, "b.csv").exit_code == 0
        record = next(r for r in target.store.records() if r["BusinessId"] == 7)
        assert (record["IncomingServerPort"], record["LastCheckTime"]) == (993, "2026-05-01T08:00:00Z")

    def test_a_compressed_source_and_standard_input(self, target):
        content = written([HEADER, list(account(1, ErrorCount="x").values())])
        run_into(target, "-", given=content)
        assert read_csv("out/rejected.csv")[1][1] == "Desk 1"

    def test_rejected_rows_are_among_them(self, target):
        target.faults = Faults(refusals=1)
        write_csv("a.csv", accounts(2))
        run_into(target, "a.csv")
        target.faults = Faults()
        assert [row[1] for row in read_csv("out/rejected.csv")] == ["DisplayName", "Desk 1", "Desk 2"]
        Path("b.csv").write_bytes(Path("out/rejected.csv").read_bytes())
        assert run_into(target, "b.csv").exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=2, Created=2)


def corrected_below(lines):
    """The file with the header in row 3, whose row has a good last cell now."""
    return [*lines[:3], [*lines[3][:10], "0", *lines[3][11:]]]


# -- secrets -----------------------------------------------------------------------------------------------------


def places_with(*secrets):
    """Files below the test's folder that hold one of these texts, in any encoding that the program writes."""
    needles = [text.encode(encoding) for text in secrets for encoding in ("utf-8", "utf-16-le")]
    files = [path for path in Path.cwd().parent.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if any(needle in path.read_bytes() for needle in needles))


class TestSecrets:
    ALL = (*SECRETS.values(), "sandbox-token", "s3cr3t-password")

    def source(self):
        rows = [
            account(1, **SECRETS),
            account(2, **SECRETS, ErrorCount="x"),
            account(3, **{name: "\t" + value for name, value in SECRETS.items()}),
        ]
        return write_csv("a.csv", rows)

    def checked(self, result, *kept):
        assert not [text for text in self.ALL if text in result.output]
        assert places_with(*self.ALL) == sorted(["a.csv", *kept])

    def test_appear_nowhere_but_in_the_rejected_rows(self, target):
        result = run_into(target, self.source(), "--verbose", "--ledger", "ledger.db")
        assert report_in()["Summary"]["Created"] == 2
        assert result.exit_code == ExitCode.ROWS_REFUSED
        self.checked(result, "rejected.csv")

    def test_validate_keeps_them_too(self):
        self.checked(call("validate", self.source(), "--report-dir", "out", "--verbose"), "rejected.csv")

    def test_the_password_and_its_tokens_are_written_nowhere(self):
        user = User(username="me@b.example", password="s3cr3t-password", full_admin=True)
        with SandboxServer(users=[user]) as target:
            environment = {"NEXUDUS_USERNAME": "me@b.example", "NEXUDUS_PASSWORD": "s3cr3t-password"}
            result = run_into(target, self.source(), "--verbose", token=None, **environment)
            issued = [*target.tokens._access, *target.tokens._refresh]
        assert report_in()["Summary"]["Created"] == 2
        assert len(issued) == 2
        assert places_with(*issued) == [text for text in issued if text in result.output] == []
        self.checked(result, "rejected.csv")

    @pytest.mark.parametrize("shape", ["attempted value", "message", "envelope", "text", "html"])
    def test_a_refusal_that_echoes_them_is_not_repeated(self, shape):
        def echoed(body):
            sent = json.loads(body)["GoogleAccessToken"]
            error = {"AttemptedValue": None, "Message": "is not valid", "PropertyName": "GoogleAccessToken"}
            envelope = {
                "Message": "GoogleAccessToken: is not valid",
                "Value": None,
                "Errors": [error],
                "WasSuccessful": False,
            }
            if shape == "attempted value":
                error["AttemptedValue"] = sent
            elif shape == "message":
                error["Message"] = f"'{sent}' is not valid"
            elif shape == "envelope":
                envelope["Message"] = f"GoogleAccessToken: {sent} is not valid"
            elif shape == "text":
                return f"cannot take {sent}"
            else:
                return f"<p>cannot take {sent}</p>"
            return json.dumps(envelope)

        with stub(400, echoed) as refusing:
            result = run_into(refusing, self.source(), "--verbose", "--attempts", "1", "--existing", "ignore")
        assert result.exit_code != 0
        self.checked(result, "rejected.csv")

    @pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
    def test_standard_input_is_kept_where_only_its_owner_can_read_it(self, target):
        target.faults = Faults(refusals=1)
        result = run_into(target, "-", "--stop-after", "1", given=self.source().read_bytes())
        assert result.exit_code == ExitCode.STOPPED
        kept = [p for p in Path.cwd().parent.rglob("*") if p.is_file() and p.parent.name == "stdin"]
        assert [stat.S_IMODE(path.stat().st_mode) for path in kept] == [0o600]
        assert stat.S_IMODE(kept[0].parent.stat().st_mode) == 0o700

    def test_standard_input_is_not_kept_once_nothing_is_left_to_resume(self, target):
        assert run_into(target, "-", given=self.source().read_bytes()).exit_code == ExitCode.ROWS_REFUSED
        assert call("validate", "-", given=self.source().read_bytes()).exit_code == ExitCode.ROWS_REFUSED
        assert not [p for p in Path.cwd().parent.rglob("*") if p.is_file() and p.parent.name == "stdin"]
