"""`report.json`: its shape, its counts, every row in it once."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline.sandbox.faults import Faults
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
        assert list(errors) == ["Row", "Source", "Status", "Codes", "Response"]
        assert (errors["Row"], errors["Source"], errors["Status"]) == (3, "a.csv", "invalid")
        envelope = errors["Response"]
        assert list(envelope) == ["Message", "Value", "Errors", "WasSuccessful"]
        assert (envelope["Value"], envelope["WasSuccessful"]) == (None, False)
        first, second = envelope["Errors"]
        assert first == {"AttemptedValue": None, "Message": "is a required field", "PropertyName": "BusinessId"}
        assert (second["PropertyName"], second["AttemptedValue"]) == ("ErrorCount", "x")
        assert errors["Codes"] == ["required", "not-an-integer"]
        assert envelope["Message"] == f"BusinessId: is a required field; ErrorCount: {second['Message']}"

    def test_warnings_name_the_header_and_the_cell(self, report):
        header, cell = [w for w in report["Warnings"] if w["Source"] == "b.csv"]
        assert list(header) == ["Row", "Source", "AttemptedValue", "Message", "PropertyName", "Code"]
        assert (header["Row"], header["PropertyName"], header["Message"]) == (1, None, "Not imported: Colour")
        assert (cell["Row"], cell["PropertyName"], cell["AttemptedValue"]) == (2, "IncomingServerPort", "99999")
        assert (header["Code"], cell["Code"]) == ("columns-not-imported", "not-a-port")

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
        place = {"Row": 2, "Source": "a.csv", "Status": "rejected"}
        assert report_in()["Errors"] == [{**place, "Codes": ["refused"], "Response": answer}]
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
