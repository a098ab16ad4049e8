"""`prune`: old runs are forgotten, what they created is not."""

import contextlib
import json
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.ledger.ledger import Ledger
from pipeline.operations.places import default_ledger
from pipeline.sandbox.accounts import User
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import account, accounts, by_key, call, report_in, result_of, run_into, write_csv

CREATOR = User(username="c@b.example", password="x", roles=frozenset({"EmailAccount-Create"}), token="clerk-token")


def pruned(*args):
    """What `prune` says of each run that is older than this moment."""
    return result_of(call("runs", "prune", "--older-than", "0s", "--json", *args))["Runs"]


def listed():
    """The runs that the ledger knows, by name, with their statuses."""
    return {one["Run"]["RunId"]: one["Run"]["Status"] for one in json.loads(call("runs", "--json").stdout)}


@pytest.fixture
def old_run(target):
    """A finished run of two rows; its name."""
    write_csv("a.csv", accounts(2))
    run_into(target, "a.csv")
    return report_in()["Run"]["RunId"]


def test_a_run_that_is_taken_up_meanwhile_is_kept_and_said_to_be(old_run, monkeypatch):
    with contextlib.closing(Ledger(default_ledger())) as ledger:
        lock = ledger.lock(old_run)
        monkeypatch.setattr(Ledger, "is_free", lambda *_: True)  # it was, a moment ago
        assert [(one["RunId"], one["KeptBecause"]) for one in pruned()] == [(old_run, "it is at work")]
        lock.release()
    assert Path("out/report.json").exists()
    assert [one["KeptBecause"] for one in pruned()] == [None]


class TestForgotten:
    def test_rows_and_reports_go_and_the_run_is_named_as_pruned(self, old_run):
        files = len(list(Path("out").iterdir()))
        assert pruned() == [{"RunId": old_run, "Rows": 2, "Reports": files, "KeptBecause": None}]
        assert (Path("out").exists(), listed()) == (False, {old_run: "pruned"})
        assert pruned() == []

    def test_importing_the_file_again_still_skips_it_with_the_old_reason(self, target, old_run):
        pruned()
        again = result_of(run_into(target, "a.csv", "--existing", "ignore", "--json"))
        assert (again["Summary"]["Skipped"], len(by_key(target))) == (2, 2)
        reasons = {one["Row"]: one["Reason"] for one in report_in()["Skipped"]}
        assert reasons == {row: f"created by run {old_run} (row {row} of a.csv)" for row in (2, 3)}

    @pytest.mark.parametrize("command", ["report", "resume", "undo"])
    def test_what_needs_its_rows_says_that_they_are_gone(self, old_run, command):
        pruned()
        ended = call(command, old_run)
        assert ended.exit_code == ExitCode.USAGE
        assert ended.stderr.startswith(f"Run {old_run} was pruned: its rows are forgotten.\n")

    def test_looking_at_it_still_works(self, old_run):
        pruned()
        assert (call("show", old_run).exit_code, call("runs").exit_code) == (ExitCode.OK, ExitCode.OK)
        assert result_of(call("resume", "--all", "--json")) == []

    def test_a_run_that_created_nothing_is_forgotten_altogether(self, target):
        write_csv("a.csv", [account("a", BusinessId="x")])
        run_into(target, "a.csv")
        pruned()
        assert listed() == {}

    def test_a_run_into_an_embedded_sandbox_is_forgotten_altogether(self):
        write_csv("a.csv", accounts(1))
        call("run", "a.csv", "--sandbox")
        assert [one["KeptBecause"] for one in pruned()] == [None]
        assert (listed(), list(Path("reports").iterdir())) == ({}, [])


class TestKept:
    def test_a_dry_run_only_says_what_would_go(self, old_run):
        ended = call("runs", "prune", "--older-than", "0s", "--dry-run")
        assert ended.stdout.startswith(f"{old_run} would be forgotten: 2 rows in the ledger, ")
        assert (Path("out/report.json").exists(), listed()) == (True, {old_run: "completed"})

    def test_younger_runs_are(self, old_run):
        assert call("runs", "prune", "--older-than", "90d").stdout == "There is no run that old.\n"
        assert listed() == {old_run: "completed"}

    def test_runs_that_can_be_resumed_are_unless_they_are_meant_too(self, target):
        write_csv("a.csv", accounts(2))
        run_into(target, "a.csv", "--for", "0s")
        assert [one["KeptBecause"] for one in pruned()] == ["it can be resumed"]
        assert call("runs", "prune", "--older-than", "0d").stdout.endswith(
            " is kept: it can be resumed; --unfinished forgets it\n"
        )
        assert list(listed().values()) == ["stopped"]
        assert [one["KeptBecause"] for one in pruned("--unfinished")] == [None]
        assert listed() == {}

    def test_runs_with_rows_in_doubt_are_always(self):
        write_csv("a.csv", accounts(1))
        with SandboxServer(users=[CREATOR], faults=Faults(lose_answers=1)) as server:
            assert run_into(server, "a.csv", token="clerk-token").exit_code == ExitCode.IN_DOUBT
        assert [one["KeptBecause"] for one in pruned("--unfinished")] == ["rows of it are in doubt"]

    def test_files_that_are_none_of_our_reports_are(self, old_run):
        Path("out/notes.txt").write_text("mine", encoding="utf-8")
        pruned()
        assert [path.name for path in Path("out").iterdir()] == ["notes.txt"]

    def test_the_reports_of_a_later_run_in_the_same_folder_are(self, target, old_run):
        write_csv("b.csv", [account("b")])
        run_into(target, "b.csv")
        later = report_in()["Run"]["RunId"]
        found = {one["RunId"]: one["Reports"] for one in pruned("--dry-run")}
        assert found[old_run] == 0
        assert found[later] > 0
