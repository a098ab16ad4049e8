"""What each command does, says and leaves behind."""

import gzip
import json
import re
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from pipeline.cli import console
from pipeline.cli.main import main
from pipeline.errors import ExitCode
from pipeline.sandbox.accounts import DEFAULT_USERS, User
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from schemas import endpoints
from tests.support.command_line import (
    LEGACY_VALUES,
    SAMPLES,
    TOKEN,
    account,
    accounts,
    call,
    on_terminal,
    process_environment,
    read_csv,
    report_in,
    run_into,
    started,
    summary,
    write_csv,
)

FIELDS = endpoints()["emailaccounts"].fields
ROLES = ("EmailAccount-Create", "EmailAccount-List", "EmailAccount-Read", "EmailAccount-Delete")


def result_of(called):
    """The result that a command printed as JSON, and nothing else."""
    assert called.stderr == ""
    return json.loads(called.stdout)


def user_without(role):
    """A user with a token who has all roles but one."""
    roles = frozenset(ROLES) - {role}
    return User(username="clerk@example.com", password="x", roles=roles, token="clerk-token")


# -- fields ------------------------------------------------------------------------------------------------------


class TestFields:
    def test_the_table_has_a_line_for_each_field(self):
        lines = call("fields").stdout.splitlines()
        assert lines[0].split() == ["field", "type", "description"]
        assert [line.split()[:2] for line in lines[1:]] == [[f.name, f.type.value] for f in FIELDS]
        assert [line.split()[2] == "required" for line in lines[1:]] == [f.required for f in FIELDS]

    def test_json_has_an_object_for_each_field(self):
        found = json.loads(call("fields", "--format", "json").stdout)
        assert "EmailAddress" in json.dumps(found)
        assert json.dumps(found).count('"name"') + json.dumps(found).count('"Name"') >= len(FIELDS)

    def test_json_schema_describes_the_body(self):
        found = json.loads(call("fields", "--format", "json-schema").stdout)
        assert list(found["properties"]) == [f.name for f in FIELDS]
        assert found["required"] == [f.name for f in FIELDS if f.required]

    def test_an_environment_variable_names_the_format(self):
        named = call("fields", NEXUDUS_IMPORT_FORMAT="json").stdout
        assert named == call("fields", "--format", "json").stdout


# -- validate ----------------------------------------------------------------------------------------------------


class TestValidate:
    def test_needs_neither_network_nor_credentials_nor_ledger(self):
        result = call("validate", SAMPLES / "accounts.csv", "--report-dir", "out", token=None)
        assert result.exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=30, Unprocessed=30)
        assert not (Path.home() / "data").exists()

    def test_says_what_is_valid_and_what_to_do_next(self):
        result = call("validate", SAMPLES / "accounts.csv", "--report-dir", "out")
        words = [" ".join(line.split()) for line in result.stdout.splitlines()]
        assert words[1:] == [
            "30 valid",
            "out/report.json",
            "Nothing was sent. Next: `nexudus-import run` with the same sources and options.",
        ]
        assert re.fullmatch(r"30 rows read \(validate-\d{8}-\d{6}-[a-z]{4}, completed\)", words[0])

    def test_counts_errors_and_warnings(self):
        result = call("validate", SAMPLES / "accounts_with_errors.csv", "--report-dir", "out")
        assert result.exit_code == ExitCode.ROWS_REFUSED
        assert report_in()["Summary"] == summary(RowsRead=24, Invalid=11, Unprocessed=13, Warnings=6)
        assert "Next: correct the rows of errors.csv in the source" in result.stdout

    def test_strict_refuses_rows_with_warnings(self):
        call("validate", SAMPLES / "accounts_with_errors.csv", "--report-dir", "loose")
        call("validate", SAMPLES / "accounts_with_errors.csv", "--report-dir", "strict", "--strict")
        loose, strict = report_in("loose"), report_in("strict")
        warned = {w["Row"] for w in loose["Warnings"]} - {e["Row"] for e in loose["Errors"]}
        assert strict["Summary"]["Invalid"] == loose["Summary"]["Invalid"] + len(warned)
        assert strict["Summary"]["Warnings"] == 0
        assert len(warned) > 0


# -- run ---------------------------------------------------------------------------------------------------------


class TestSamples:
    """Exactly the numbers of the README."""

    @pytest.mark.parametrize("sample", ["accounts.csv", "accounts.xlsx"])
    def test_the_clean_ones(self, sample):
        result = call("run", SAMPLES / sample, "--sandbox", "--report-dir", "out", token=None)
        assert report_in()["Summary"] == summary(RowsRead=30, Created=30)
        assert result.exit_code == 0

    def test_the_one_with_errors(self):
        result = call("run", SAMPLES / "accounts_with_errors.csv", "--sandbox", "--report-dir", "out")
        expected = summary(RowsRead=24, Created=12, Skipped=1, Invalid=11, Warnings=6)
        assert report_in()["Summary"] == expected
        assert result.exit_code == ExitCode.ROWS_REFUSED
        assert "Next: correct the rows in out/rejected.csv" in result.stdout

    def test_the_legacy_export(self):
        source = SAMPLES / "legacy_export.csv"
        result = call("run", source, "--sandbox", "--report-dir", "out", *LEGACY_VALUES)
        assert report_in()["Summary"] == summary(RowsRead=5, Created=5, Warnings=4)
        assert result.exit_code == 0

    def test_the_workbook_is_sent_as_the_text_file_is(self, target):
        other = SandboxServer()
        with other:
            run_into(target, SAMPLES / "accounts.csv")
            run_into(other, SAMPLES / "accounts.xlsx")
        kept = [
            [{k: v for k, v in r.items() if k in {f.name for f in FIELDS}} for r in by_key(server)]
            for server in (target, other)
        ]
        assert kept[0] == kept[1]
        assert len(kept[0]) == 30


def by_key(server):
    return sorted(server.store.records(), key=lambda record: (record["BusinessId"], record["EmailAddress"]))


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
        assert "Stopped early: Nothing was sent: 1 rows are invalid." in result.stdout
        assert len(target.store) == 0

    def test_set_and_default_fill_in(self, target):
        write_csv("a.csv", [account(1, LastMessageId="7"), account(2, LastMessageId=" ")])
        run_into(target, "a.csv", "--default", "last message id=5", "--set", "DisplayName=All = one")
        records = sorted(target.store.records(), key=lambda r: r["EmailAddress"])
        assert [(r["DisplayName"], r["LastMessageId"]) for r in records] == [("All = one", 7), ("All = one", 5)]

    def test_quiet_says_nothing(self, target):
        write_csv("a.csv", [account(1), account(2, IncomingServerPort="x")])
        result = run_into(target, "a.csv", "--quiet")
        assert (result.stdout, result.stderr) == ("", "")
        assert result.exit_code == ExitCode.ROWS_REFUSED

    def test_json_is_all_that_is_said(self, target):
        write_csv("a.csv", [account(1), account(2, IncomingServerPort="x")])
        result = run_into(target, "a.csv", "--json")
        found = result_of(result)
        assert list(found) == ["Run", "Summary", "Reports", "StoppedBecause", "ExitCode"]
        assert found["Run"] == report_in()["Run"]
        assert found["Summary"] == summary(RowsRead=2, Created=1, Invalid=1)
        assert [Path(p).name for p in found["Reports"]] == ["errors.csv", "created.csv", "rejected.csv", "report.json"]
        assert (found["StoppedBecause"], found["ExitCode"]) == (None, ExitCode.ROWS_REFUSED)

    def test_the_log_can_be_json(self, target):
        write_csv("a.csv", accounts(1))
        result = run_into(target, "a.csv", "--verbose", "--log-format", "json", "--quiet")
        lines = [json.loads(line) for line in result.stderr.splitlines()]
        assert {"Level", "Logger", "Message", "Time"} == {key for line in lines for key in line}
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
        assert "At the limits of the target it is done at " in result.stderr

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


# -- settings ----------------------------------------------------------------------------------------------------


class TestSettings:
    def test_the_environment_stands_in_for_options(self, target):
        write_csv("a.csv", [account(n, LastMessageId="") for n in range(1, 6)])
        result = call(
            "run",
            "a.csv",
            NEXUDUS_IMPORT_BASE_URL=target.base_url,
            NEXUDUS_IMPORT_LIMITS="none",
            NEXUDUS_IMPORT_LIMIT="2",
            NEXUDUS_IMPORT_REPORT_DIR="out",
            NEXUDUS_IMPORT_SET="DisplayName=A desk\nErrorCount=4",
            NEXUDUS_IMPORT_DEFAULT="LastMessageId=8",
            NEXUDUS_IMPORT_LEDGER="elsewhere.db",
            NEXUDUS_IMPORT_JSON="yes",
        )
        assert result_of(result)["Summary"] == summary(RowsRead=2, Created=2)
        found = {(r["DisplayName"], r["ErrorCount"], r["LastMessageId"]) for r in target.store.records()}
        assert found == {("A desk", 4, 8)}
        assert Path("elsewhere.db").exists()

    def test_every_option_has_a_variable_and_a_key_of_its_own_name(self):
        for name, command in main.commands.items():
            for option in command.params:
                if option.param_type_name == "option":
                    long = max(option.opts, key=len)
                    assert option.name == long.removeprefix("--").replace("-", "_"), (name, long)

    @pytest.mark.parametrize(
        "order", [["--config", "c.toml", "--profile", "night"], ["--profile", "night", "--config", "c.toml"]]
    )
    def test_a_profile_comes_on_top_of_the_file_and_the_command_line_on_top_of_both(self, order):
        text = (
            'limit = 5\nset = ["ErrorCount=1"]\nreport-dir = "day"\n[profiles.night]\nlimit = 3\nreport_dir = "night"\n'
        )
        Path("c.toml").write_text(text)
        source = write_csv("a.csv", accounts(9))
        call("validate", source, "--config", "c.toml")
        call("validate", source, *order)
        call("validate", source, *order, "--limit", "2", "--report-dir", "now")
        assert [report_in(folder)["Summary"]["RowsRead"] for folder in ("day", "night", "now")] == [5, 3, 2]

    def test_the_file_of_this_folder_is_found_and_holds_options_of_other_commands_too(self):
        Path("nexudus-import.toml").write_text('limits = "none"\nconcurrency = 3\njson = true\nset = "ErrorCount=1"\n')
        write_csv("a.csv", [account(1, ErrorCount="")])
        assert result_of(call("validate", "a.csv"))["Summary"]["Invalid"] == 0
        assert json.loads(call("runs").stdout) == []

    def test_a_variable_comes_on_top_of_the_file(self):
        Path("nexudus-import.toml").write_text("limit = 5\njson = true\n")
        write_csv("a.csv", accounts(9))
        assert result_of(call("validate", "a.csv", NEXUDUS_IMPORT_LIMIT="4"))["Summary"]["RowsRead"] == 4


# -- look back ---------------------------------------------------------------------------------------------------


class TestLookBack:
    def test_runs_lists_the_newest_first(self, target):
        assert call("runs").stderr == "There is no run in this ledger yet.\n"
        write_csv("a.csv", accounts(2))
        run_into(target, "a.csv")
        target.faults = Faults(drop=1)
        write_csv("b.csv", [account(3)])
        run_into(target, "b.csv", "--attempts", "1")
        header, *lines = [line.split() for line in call("runs").stdout.splitlines()]
        assert header == ["run", "status", "target", "rows", "created", "sources"]
        url = f"{target.base_url}/api/crm/emailaccounts"
        assert sorted(line[1:] for line in lines) == [
            ["completed", url, "2", "2", "a.csv"],
            ["stopped", url, "1", "0", "b.csv"],
        ]

    def test_runs_as_json(self, target):
        write_csv("a.csv", accounts(2))
        run_into(target, "a.csv")
        [found] = result_of(call("runs", "--json"))
        assert found == {"Run": report_in()["Run"], "Summary": summary(RowsRead=2, Created=2)}

    def test_show_says_how_the_rows_stand(self, target):
        write_csv("a.csv", [account(1), account(2, ErrorCount="x")])
        run = result_of(run_into(target, "a.csv", "--json"))["Run"]["RunId"]
        words = [" ".join(line.split()) for line in call("show", run, token=None).stdout.splitlines()]
        assert words[:3] == [f"2 rows read ({run}, completed)", "1 created", "1 invalid"]
        found = result_of(call("show", run, "--json"))
        assert found["Summary"] == summary(RowsRead=2, Created=1, Invalid=1)
        assert found["Reports"] == sorted(str(path) for path in Path("out").absolute().iterdir())

    def test_report_writes_the_files_again(self, target):
        write_csv("a.csv", [account(1), account(2, ErrorCount="x")])
        run = result_of(run_into(target, "a.csv", "--json"))["Run"]["RunId"]
        before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
        shutil.rmtree("out")
        assert call("report", run, token=None).exit_code == 0
        assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before

    def test_resume_finishes_what_was_stopped(self, target):
        target.faults = Faults(drop=1)
        write_csv("a.csv", accounts(4))
        stopped = run_into(target, "a.csv", "--attempts", "1")
        assert stopped.exit_code == ExitCode.STOPPED
        target.faults = Faults()
        found = result_of(call("resume", "--last", "--json"))
        assert found["Summary"] == report_in()["Summary"] == summary(RowsRead=4, Created=4)
        assert (found["Run"]["Status"], found["ExitCode"]) == ("completed", 0)

    def test_show_names_the_command_that_takes_a_stopped_run_up(self, target):
        target.faults = Faults(drop=1)
        write_csv("a.csv", accounts(1))
        run = result_of(run_into(target, "a.csv", "--attempts", "1", "--json"))["Run"]["RunId"]
        assert f"`nexudus-import resume {run}` takes it up" in call("show", run).stdout

    def test_resume_all_with_nothing_to_do(self):
        assert call("resume", "--all").stderr == "There is nothing to resume.\n"
        assert result_of(call("resume", "--all", "--json")) == []

    def test_resume_all_takes_up_each(self, target):
        target.faults = Faults(drop=1)
        for name in ("a.csv", "b.csv"):
            write_csv(name, [account(name)])
            assert run_into(target, name, "--attempts", "1").exit_code == ExitCode.STOPPED
        target.faults = Faults()
        found = result_of(call("resume", "--all", "--json"))
        assert [one["Summary"]["Created"] for one in found] == [1, 1]
        assert [one["Run"]["Sources"][0]["Path"] for one in found] == ["a.csv", "b.csv"]


# -- undo --------------------------------------------------------------------------------------------------------


@pytest.fixture
def imported(target):
    """The name of a run that created three records."""
    write_csv("a.csv", accounts(3))
    return result_of(run_into(target, "a.csv", "--json"))["Run"]["RunId"]


def undone(run, *options, **how):
    called = call("undo", run, "--json", *options, **how)
    found = result_of(called)
    assert called.exit_code == found["ExitCode"]
    return found


def counts(**updater):
    return {"Deleted": 0, "Gone": 0, "Kept": 0, "Refused": 0, "Left": 0} | updater


class TestUndo:
    def test_deletes_what_the_run_created_and_nothing_else(self, target, imported):
        write_csv("b.csv", [account(9)])
        run_into(target, "b.csv")
        found = undone(imported)
        assert (found["Summary"], found["ExitCode"]) == (counts(Deleted=3), 0)
        assert [r["DisplayName"] for r in target.store.records()] == ["Desk 9"]

    def test_says_so_in_words(self, target, imported):
        result = call("undo", imported)
        assert f"3 records of run {imported} to DELETE at {target.base_url}" in result.stderr
        words = [" ".join(line.split()) for line in result.stdout.splitlines()]
        assert words == ["3 deleted", "out/undo.csv", "out/undo.json"]

    def test_a_dry_run_deletes_nothing(self, target, imported):
        found = undone(imported, "--dry-run")
        assert (found["DryRun"], found["Summary"]) == (True, counts(Deleted=3))
        assert len(target.store) == 3
        assert "3 would be deleted" in " ".join(call("undo", imported, "--dry-run").stdout.split())
        assert undone(imported)["Summary"] == counts(Deleted=3)

    def test_again_has_nothing_left_to_do(self, target, imported):
        undone(imported)
        again = undone(imported)
        assert (again["Summary"], again["ExitCode"]) == (counts(), 0)

    def test_what_is_gone_already_is_no_fault(self, target, imported):
        target.store.delete(target.store.records()[0]["Id"])
        assert undone(imported)["Summary"] == counts(Deleted=2, Gone=1)

    def test_what_was_undone_can_be_imported_again(self, target, imported):
        undone(imported)
        assert run_into(target, "a.csv").exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=3, Created=3)

    def test_the_report_files_name_each_record(self, target, imported):
        ids = [line[2] for line in read_csv("out/created.csv")[1:]]
        target.store.delete(int(ids[1]))
        undone(imported)
        header, *lines = read_csv("out/undo.csv")
        assert header == ["Row", "Source", "Id", "BusinessId", "EmailAddress", "Undone", "Reason"]
        states = ["deleted", "gone", "deleted"]
        assert lines == [
            [str(n + 1), "a.csv", ids[n - 1], "1", f"desk{n}@cowork.example", states[n - 1], ""] for n in (1, 2, 3)
        ]
        report = json.loads(Path("out/undo.json").read_text())
        assert (report["Run"]["RunId"], report["DryRun"]) == (imported, False)
        assert report["Summary"] == {"Deleted": 2, "Gone": 1}
        assert [(r["Row"], r["Id"], r["Undone"]) for r in report["Records"]] == [
            (n + 1, int(ids[n - 1]), states[n - 1]) for n in (1, 2, 3)
        ]

    def test_a_missing_role_ends_it_with_what_to_do(self):
        with SandboxServer(users=[*DEFAULT_USERS, user_without("EmailAccount-Delete")]) as target:
            write_csv("a.csv", accounts(2))
            run = result_of(run_into(target, "a.csv", "--json"))["Run"]["RunId"]
            found = undone(run, token="clerk-token")
            assert found["Summary"] == counts(Left=2)
            assert found["ExitCode"] == ExitCode.SIGN_IN
            assert found["StoppedBecause"] == "The user lacks the role EmailAccount-Delete."
            assert len(target.store) == 2
            assert undone(run)["Summary"] == counts(Deleted=2)


class TestUndoOfChangedRecords:
    @pytest.fixture
    def changed(self, target, imported):
        """One of the three records was changed by somebody, a day later."""
        record = by_key(target)[1]
        body = {k: v for k, v in record.items() if k in {f.name for f in FIELDS}} | {"DisplayName": "By hand"}
        late = record["UpdatedOn"].replace("20", "21", 1)
        kept = target.store.update(record["Id"], body, by="somebody@example.com")
        assert kept is not None
        stored = target.store._records[record["Id"]]
        stored["UpdatedOn"] = late
        return late

    def test_they_are_kept(self, target, imported, changed):
        found = undone(imported)
        assert (found["Summary"], found["ExitCode"]) == (counts(Deleted=2, Kept=1), ExitCode.ROWS_REFUSED)
        assert [r["DisplayName"] for r in target.store.records()] == ["By hand"]
        assert read_csv("out/undo.csv")[2][5:] == ["kept", f"changed since: {changed} by somebody@example.com"]

    def test_unless_they_are_forced_to_go(self, target, imported, changed):
        undone(imported)
        assert undone(imported, "--force")["Summary"] == counts(Deleted=1)
        assert len(target.store) == 0


# -- the sandbox -------------------------------------------------------------------------------------------------


def test_the_sandbox_command_serves_until_it_is_asked_to_end():
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=process_environment(PYTHONUNBUFFERED="1"),
    )
    try:
        assert process.stdout is not None
        first, second = process.stdout.readline(), process.stdout.readline()
        base_url = first.split()[1]
        write_csv("a.csv", accounts(2))
        result = call(*second.split()[2:3], "a.csv", *second.split()[4:], "--report-dir", "out")
        assert result.exit_code == 0
        query = Request(
            f"{base_url}/api/crm/emailaccounts",
            headers={"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"},
        )
        with closing(urlopen(query)) as answer:
            assert json.load(answer)["TotalItems"] == 2
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


# -- help --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [None, *main.commands])
def test_help_is_quick_because_it_imports_nothing_heavy(command):
    heavy = ["pandas", "numpy", "pyarrow", "pandera", "sqlalchemy", "alembic", "httpx", "aiohttp", "rich", "tenacity"]
    code = f"""
import sys
from pipeline.cli.main import main
try:
    main({[*([command] if command else []), "--help"]!r})
except SystemExit as end:
    assert end.code == 0, end.code
print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, env=process_environment(), check=True)
    assert ended.stderr.strip() == b"[]"
    assert b"Usage: " in ended.stdout


@pytest.mark.parametrize("command", ["run", "validate", "resume", "undo"])
def test_help_of_what_scripts_call_names_the_exit_codes(command):
    shown = call(command, "-h").stdout
    assert all(f"  {code:d}  " in shown for code in ExitCode)


# -- on a terminal -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
class TestTerminal:
    @pytest.fixture
    def source(self):
        return write_csv("a.csv", accounts(40))

    def options(self, target):
        return ("--base-url", target.base_url, "--limits", "none", "--report-dir", "out")

    def test_a_bar_is_drawn_and_taken_away(self, target, source):
        target.faults = Faults(latency_s=0.3)
        code, shown = on_terminal("run", source, *self.options(target), "--yes", NEXUDUS_TOKEN=TOKEN)
        assert code == 0
        assert "━" in shown
        assert "/40" in shown
        assert "40 created" in " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).split())

    def test_no_bar_is_drawn_where_none_is_wanted(self, target, source):
        options = (*self.options(target), "--yes", "--no-progress")
        code, shown = on_terminal("run", source, *options, NEXUDUS_TOKEN=TOKEN)
        assert code == 0
        assert "━" not in shown

    def test_yes_goes_ahead(self, target, source):
        answers = {"Go ahead? [y/N]": "y"}
        code, shown = on_terminal("run", source, *self.options(target), answers=answers, NEXUDUS_TOKEN=TOKEN)
        assert f"40 rows to {target.base_url}, as the owner of the token" in shown
        assert (code, len(target.store)) == (0, 40)

    @pytest.mark.parametrize("quiet", [[], ["--quiet"], ["--json"]])
    def test_no_sends_nothing_and_says_so(self, target, source, quiet):
        answers = {"Go ahead? [y/N]": "n"}
        code, shown = on_terminal("run", source, *self.options(target), *quiet, answers=answers, NEXUDUS_TOKEN=TOKEN)
        assert "40 rows to " in shown
        assert "Nothing was sent." in shown
        assert (code, len(target.store)) == (ExitCode.STOPPED, 0)
        assert json.loads(call("runs", "--json").stdout) == []

    def test_yes_beforehand_is_not_asked(self, target, source):
        code, shown = on_terminal("run", source, *self.options(target), "--yes", NEXUDUS_TOKEN=TOKEN)
        assert "Go ahead?" not in shown
        assert (code, len(target.store)) == (0, 40)

    def test_the_sandbox_is_not_worth_a_question(self, source):
        code, shown = on_terminal("run", source, "--sandbox")
        assert "Go ahead?" not in shown
        assert code == 0

    def test_undo_asks_too(self, target, source):
        run = json.loads(run_into(target, source, "--json").stdout)["Run"]["RunId"]
        code, shown = on_terminal("undo", run, answers={"Go ahead? [y/N]": "n"}, NEXUDUS_TOKEN=TOKEN)
        assert "40 records of run" in shown
        assert "Nothing was deleted." in shown
        assert (code, len(target.store)) == (ExitCode.STOPPED, 40)
        code, shown = on_terminal("undo", run, answers={"Go ahead? [y/N]": "y"}, NEXUDUS_TOKEN=TOKEN)
        assert (code, len(target.store)) == (0, 0)


def test_plain_lines_elsewhere(target, monkeypatch):
    monkeypatch.setattr(console, "_PLAIN_LINE_EVERY_S", 0)
    write_csv("a.csv", accounts(3))
    shown = run_into(target, "a.csv", "--concurrency", "1").stderr.splitlines()
    assert shown[-1] == "3 of 3 rows 3 created"
    assert "1 of 3 rows 1 created" in shown
    assert not any("━" in line for line in shown)


def test_a_short_run_needs_no_progress_lines(target, monkeypatch):
    monkeypatch.setattr(console, "_PLAIN_LINE_EVERY_S", 3600)  # however slow the machine is
    write_csv("a.csv", accounts(3))
    shown = run_into(target, "a.csv").stderr.splitlines()
    assert [line.split()[0] for line in shown] == ["3", "Run"]


def test_a_reader_that_has_gone_is_no_defect():
    first = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "fields", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=process_environment(),
    )
    assert first.stdout is not None
    assert first.stderr is not None
    first.stdout.close()
    errors: list[bytes] = []
    reader = threading.Thread(target=lambda: errors.append(first.stderr.read()))
    reader.start()
    code = first.wait(60)
    reader.join()
    first.stderr.close()
    assert (code, errors) == (1, [b""])
