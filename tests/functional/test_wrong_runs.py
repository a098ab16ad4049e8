"""Ledgers that cannot be opened, and runs that cannot be taken up."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.faults import Faults
from tests.support.command_line import ACCOUNTS, account, accounts, call, report_in, run_into, write_csv
from tests.support.refusals import refused


@pytest.mark.parametrize("command", [["runs"], ["show", "x"], ["report", "x"], ["resume", "x"], ["undo", "x"]])
class TestLedger:
    def test_a_ledger_that_is_no_database(self, command):
        Path("ledger.db").write_text("nothing of the kind\n" * 100)
        message = "The ledger sqlite:///ledger.db cannot be opened (file is not a database)."
        advice = "Check --ledger, and whether this user may write there."
        refused(call(*command, "--ledger", "ledger.db"), ExitCode.USAGE, message, advice=advice)

    def test_a_ledger_in_what_is_no_folder(self, command):
        Path("file").touch()
        result = call(*command, "--ledger", "file/ledger.db")
        words = "The ledger sqlite:///file/ledger.db cannot be opened (", "There is no ledger file/ledger.db."
        assert result.stderr.startswith(words)
        assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")

    def test_a_ledger_of_a_newer_version(self, command):
        call("runs", "--ledger", "ledger.db")
        with closing(sqlite3.connect("ledger.db")) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        message = "The ledger was written by a newer version of nexudus-import."
        advice = "Update nexudus-import, or name another file with --ledger."
        refused(call(*command, "--ledger", "ledger.db"), ExitCode.USAGE, message, advice=advice)

    def test_one_that_is_not_there_is_named_and_not_made(self, command):
        if command == ["runs"]:
            command = ["runs", "prune", "--older-than", "1d"]
        advice = "Check --ledger: the first run that names it makes it."
        refused(call(*command, "--ledger", "typo.db"), ExitCode.USAGE, "There is no ledger typo.db.", advice=advice)
        assert not Path("typo.db").exists()

    def test_a_url_of_no_known_database(self, command):
        result = call(*command, "--ledger", "oracles://me:s3cr3t@delphi/ledger")
        assert result.stderr.startswith("The ledger oracles://me:***@delphi/ledger cannot be opened (")
        assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")


@pytest.mark.parametrize("command", ["show", "report", "resume", "undo"])
@pytest.mark.parametrize("token", ["sandbox-token", None])
def test_an_unknown_run_is_named_before_anybody_is_asked_to_sign_in(command, token):
    message = "There is no run tuesday in this ledger."
    result = call(command, "tuesday", token=token)
    refused(result, ExitCode.USAGE, message, advice="`nexudus-import runs` lists them.")


def test_nothing_was_imported_yet():
    message = "There is no run yet in this ledger."
    refused(call("resume", "--last"), ExitCode.USAGE, message, advice="`nexudus-import runs` lists them.")


RETRIES = pytest.mark.parametrize("retry", [[], ["--retry", "rejected"], ["--retry", "rejected", "--retry", "failed"]])


@RETRIES
def test_a_complete_run_is_not_resumed(target, retry):
    write_csv("a.csv", accounts(2))
    assert run_into(target, "a.csv").exit_code == 0
    result = call("resume", "--last", *retry)
    assert "is complete: there is nothing to resume.\nIts reports are in " in result.stderr
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")


class TestStandardInput:
    """It is read once: a run keeps a copy for as long as it may be resumed."""

    CONTENT = ACCOUNTS.read_bytes()

    def run(self, target, *options):
        return run_into(target, "-", *options, given=self.CONTENT)

    @RETRIES
    def test_a_complete_run_is_complete_though_nothing_is_kept_of_it(self, target, retry):
        assert self.run(target).exit_code == 0
        result = call("resume", "last", *retry)
        assert "is complete: there is nothing to resume." in result.stderr
        assert result.exit_code == ExitCode.USAGE

    @pytest.mark.parametrize("command", ["resume", "report"])
    def test_what_is_no_longer_kept_can_be_given_as_a_file(self, target, command):
        target.faults = Faults(drop=1)
        assert self.run(target, "--attempts", "1").exit_code == ExitCode.STOPPED
        target.faults = Faults()
        for copy in Path(os.environ["XDG_CACHE_HOME"]).glob("nexudus-import/kept/*"):
            copy.unlink()
        run = report_in("out")["Run"]["RunId"]
        message = f"-: what run {run} read from standard input is no longer kept."
        advice = "Standard input cannot be read again: save the same text as a file, and name that with --source PATH."
        refused(call(command, "last"), ExitCode.SOURCE, message, advice=advice)

        Path("saved.csv").write_bytes(self.CONTENT)
        assert call(command, "last", "--source", "saved.csv").exit_code == 0


@pytest.mark.parametrize("command", [["resume", "--last"], ["undo"]])
def test_a_run_into_the_embedded_sandbox_has_no_target_left(command):
    run = json.loads(call("run", ACCOUNTS, "--sandbox", "--json").stdout)["Run"]["RunId"]
    message = f"Run {run} went to an embedded sandbox, which has gone with it."
    advice = "To try it, start `nexudus-import sandbox` and run with --base-url."
    result = call(*command, *([run] if command == ["undo"] else []), token=None)
    refused(result, ExitCode.USAGE, message, advice=advice)


def test_a_source_that_has_changed_is_not_resumed_but_others_are(target):
    for name in ("a.csv", "b.csv"):
        write_csv(name, [account(number, DisplayName=name) for number in (1, 2)])
        target.faults = Faults(drop=1)
        assert run_into(target, name, "--attempts", "1", "--report-dir", f"{name}.out").exit_code == ExitCode.STOPPED
    target.faults = Faults()
    write_csv("a.csv", accounts(9))
    result = call("resume", "--all", "--json")
    changed, resumed = json.loads(result.stdout)
    assert changed["Error"].startswith("a.csv: has changed since run ")
    assert changed["ExitCode"] == ExitCode.SOURCE
    assert resumed["Summary"]["Created"] == 2
    assert result.exit_code == ExitCode.SOURCE
