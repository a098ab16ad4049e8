"""`run`: sources in, records and a report out."""

import gzip
import json
from pathlib import Path

from pipeline.errors import ExitCode
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import (
    SAMPLES,
    account,
    accounts,
    call,
    report_in,
    result_of,
    run_into,
    started,
    summary,
    write_csv,
)
from tests.support.factories import user_without


class TestRun:
    def test_from_standard_input(self, target):
        result = run_into(target, "-", given=(SAMPLES / "accounts.csv").read_bytes())
        assert result.exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=30, Created=30)
        assert [s["Path"] for s in report_in()["Run"]["Sources"]] == ["-"]

    def test_standard_input_of_a_real_process(self):
        ended = started("run", "-", "--sandbox", "--json", given=(SAMPLES / "accounts.csv").read_bytes())
        assert json.loads(ended.stdout)["Summary"]["Created"] == 30
        assert (ended.returncode, ended.stderr) == (0, b"")

    def test_a_compressed_file(self, target):
        Path("a.csv.gz").write_bytes(gzip.compress((SAMPLES / "accounts.csv").read_bytes()))
        assert run_into(target, "a.csv.gz").exit_code == 0
        assert len(target.store) == 30

    def test_several_sources_at_once(self, target):
        write_csv("a.csv", accounts(2))
        write_csv("b.csv", [account(2), account(3), account(4)])
        result = run_into(target, "a.csv", "b.csv")
        report = report_in()
        assert result.exit_code == 0
        assert report["Summary"] == summary(RowsRead=5, Created=4, Skipped=1, Warnings=report["Summary"]["Warnings"])
        assert [(s["Path"], s["Rows"]) for s in report["Run"]["Sources"]] == [("a.csv", 2), ("b.csv", 3)]
        assert [(s["Source"], s["Row"]) for s in report["Skipped"]] == [("b.csv", 2)]

    def test_limit_counts_over_all_sources(self, target):
        write_csv("a.csv", accounts(2))
        write_csv("b.csv", [account(3), account(4)])
        run_into(target, "a.csv", "b.csv", "--limit", "3")
        assert report_in()["Summary"] == summary(RowsRead=3, Created=3)
        assert sorted(r["DisplayName"] for r in target.store.records()) == ["Desk 1", "Desk 2", "Desk 3"]

    def test_again_skips_what_exists(self, target):
        write_csv("a.csv", accounts(3))
        run_into(target, "a.csv")
        again = run_into(target, "a.csv")
        assert again.exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=3, Skipped=3)
        assert len(target.store) == 3

    def test_strict_does_not_send_rows_with_warnings(self, target):
        write_csv("a.csv", [account(1), account(2, IncomingServerPort="99999")])
        assert run_into(target, "a.csv", "--strict").exit_code == ExitCode.ROWS_REFUSED
        assert report_in()["Summary"] == summary(RowsRead=2, Created=1, Invalid=1)

    def test_require_valid_sends_nothing_unless_every_row_is_valid(self, target):
        write_csv("a.csv", [account(1), account(2, IncomingServerPort="x")])
        result = run_into(target, "a.csv", "--require-valid")
        assert result.exit_code == ExitCode.ROWS_REFUSED
        assert report_in()["Summary"] == summary(RowsRead=2, Invalid=1, Unprocessed=1)
        assert report_in()["Run"]["Status"] == "stopped"
        assert "Stopped early: Nothing was sent, because of 1 invalid row." in result.stdout
        assert len(target.store) == 0
        assert call("resume", "--all").stderr == "There is nothing to resume.\n"  # another file is to come

    def test_set_and_default_fill_in(self, target):
        write_csv("a.csv", [account(1, LastMessageId="7"), account(2, LastMessageId=" ")])
        run_into(target, "a.csv", "--default", "last message id=5", "--set", "DisplayName=All = one")
        records = sorted(target.store.records(), key=lambda r: r["EmailAddress"])
        assert [(r["DisplayName"], r["LastMessageId"]) for r in records] == [("All = one", 7), ("All = one", 5)]

    def test_quiet_says_nothing(self, target):
        write_csv("a.csv", [account(1)])
        result = run_into(target, "a.csv", "--quiet")
        assert (result.stdout, result.stderr) == ("", "")
        assert result.exit_code == ExitCode.OK

    def test_json_is_all_that_is_said(self, target):
        write_csv("a.csv", [account(1), account(2, IncomingServerPort="x")])
        result = run_into(target, "a.csv", "--json")
        found = result_of(result)
        assert list(found) == [
            "Run",
            "Summary",
            "Reports",
            "Problems",
            "MoreProblems",
            "StoppedBecause",
            "Code",
            "Facts",
            "ExitCode",
        ]
        assert found["Run"] == report_in()["Run"]
        assert found["Summary"] == summary(RowsRead=2, Created=1, Invalid=1)
        files = ["report.html", "errors.csv", "created.csv", "rejected.csv", "report.json"]
        assert [Path(p).name for p in found["Reports"]] == files
        assert (found["StoppedBecause"], found["ExitCode"]) == (None, ExitCode.ROWS_REFUSED)

    def test_the_log_can_be_json(self, target):
        write_csv("a.csv", accounts(1))
        result = run_into(target, "a.csv", "--verbose", "--log-format", "json", "--quiet")
        lines = [json.loads(line) for line in result.stderr.splitlines()]
        assert all({"Level", "Logger", "Message", "Time"} <= line.keys() for line in lines)
        assert "bringing the ledger to version" in lines[0]["Message"]
        assert result.stdout == ""

    def test_rows_that_are_refused_by_the_target(self, target):
        target.faults = Faults(refusals=1)
        write_csv("a.csv", accounts(2))
        result = run_into(target, "a.csv")
        assert result.exit_code == ExitCode.ROWS_REFUSED
        assert report_in()["Summary"] == summary(RowsRead=2, Rejected=2)

    def test_a_lost_answer_without_the_role_to_look_ends_in_doubt(self):
        clerk = user_without("EmailAccount-List")
        with SandboxServer(users=[clerk], faults=Faults(lose_answers=1)) as target:
            write_csv("a.csv", accounts(1))
            result = run_into(target, "a.csv", token="clerk-token")
            assert len(target.store) == 1
        assert report_in()["Summary"] == summary(RowsRead=1, InDoubt=1)
        assert result.exit_code == ExitCode.IN_DOUBT
        assert "Rows in doubt may or may not exist at the target" in result.stdout

    def test_documented_limits_are_said_beforehand(self, target):
        write_csv("a.csv", accounts(1))
        result = call("run", "a.csv", "--base-url", target.base_url, "--report-dir", "out")
        assert f"1 row to {target.base_url}, as the owner of the token\n" in result.stderr
        assert "At 60 a minute and 5,000 a day it is due " in result.stderr

    def test_a_limits_file_is_obeyed(self, target):
        Path("limits.toml").write_text("[[limit]]\ncalls = 2\nseconds = 86400\n")
        write_csv("a.csv", accounts(5))
        options = ("--limits", "limits.toml", "--on-quota", "stop", "--report-dir", "out")
        result = call("run", "a.csv", "--base-url", target.base_url, *options)
        assert result.exit_code == ExitCode.STOPPED
        assert report_in()["Summary"] == summary(RowsRead=5, Created=2, Unprocessed=3)

    def test_updates_what_exists(self, target):
        write_csv("a.csv", accounts(2))
        run_into(target, "a.csv")
        write_csv("b.csv", [account(n, DisplayName=f"New {n}") for n in (1, 2)])
        assert run_into(target, "b.csv", "--existing", "update").exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=2, Updated=2)
        assert sorted(r["DisplayName"] for r in target.store.records()) == ["New 1", "New 2"]
