"""`undo`: deletes what a run created, and keeps what was changed since."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.accounts import DEFAULT_USERS
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from pipeline.sandbox.store import Store
from schemas import endpoints
from tests.support.command_line import (
    account,
    accounts,
    by_key,
    call,
    read_csv,
    report_in,
    result_of,
    run_into,
    summary,
    write_csv,
)
from tests.support.doubles import ShiftedTime
from tests.support.factories import user_without

FIELDS = endpoints()["emailaccounts"].fields


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


def test_a_sign_in_that_ends_meanwhile_is_told_and_what_was_deleted_is_reported():
    with SandboxServer() as server:
        write_csv("a.csv", accounts(30))
        assert run_into(server, "a.csv", "--limits", "none").exit_code == 0
        server.faults = Faults(expire_token=45)
        told = json.loads((ended := call("undo", "last", "--yes", "--json")).stdout)
        assert (ended.exit_code, told["ExitCode"]) == (ExitCode.SIGN_IN, ExitCode.SIGN_IN)
        assert told["Summary"]["Deleted"] == 30 - len(server.store) > 0
        assert told["Summary"]["Left"] == len(server.store) > 0
        assert "defect" not in ended.stderr


def counts(**updater):
    return {"Deleted": 0, "Gone": 0, "Restored": 0, "Kept": 0, "Refused": 0, "Left": 0} | updater


class TestUndo:
    def test_deletes_what_the_run_created_and_nothing_else(self, target, imported):
        write_csv("b.csv", [account(9)])
        run_into(target, "b.csv")
        found = undone(imported)
        assert (found["Summary"], found["ExitCode"]) == (counts(Deleted=3), 0)
        assert [r["DisplayName"] for r in target.store.records()] == ["Desk 9"]

    def test_names_the_sources_with_their_rows(self, imported):
        found = undone(imported)
        assert [(source["Path"], source["Rows"]) for source in found["Run"]["Sources"]] == [("a.csv", 3)]
        assert json.loads(Path("out/undo.json").read_text(encoding="utf-8"))["Run"] == found["Run"]

    def test_says_so_in_words(self, target, imported):
        result = call("undo", imported)
        assert f"3 records of run {imported} to DELETE at {target.base_url}" in result.stderr
        words = [" ".join(line.split()) for line in result.stdout.splitlines()]
        assert words == ["3 deleted", "out/undo.csv", "out/undo.json"]

    def test_a_dry_run_deletes_nothing(self, target, imported):
        found = undone(imported, "--dry-run")
        assert (found["DryRun"], found["Summary"]) == (True, counts(Deleted=3))
        assert len(target.store) == 3
        assert [line[5] for line in read_csv("out/undo.csv")[1:]] == ["would be deleted"] * 3
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
    def time(self):
        return ShiftedTime()

    @pytest.fixture
    def target(self, time):
        with SandboxServer(store=Store(now=time)) as server:
            yield server

    @pytest.fixture
    def changed(self, target, imported, time):
        """One of the three records was changed by somebody, a day later."""
        record = by_key(target)[1]
        body = {k: v for k, v in record.items() if k in {f.name for f in FIELDS}} | {"DisplayName": "By hand"}
        with time.shifted(timedelta(days=1)):
            kept = target.store.update(record["Id"], body, by="somebody@example.com")
        assert kept is not None
        return kept["UpdatedOn"]

    def test_they_are_kept(self, target, imported, changed):
        found = undone(imported)
        assert (found["Summary"], found["ExitCode"]) == (counts(Deleted=2, Kept=1), ExitCode.ROWS_REFUSED)
        assert [r["DisplayName"] for r in target.store.records()] == ["By hand"]
        assert read_csv("out/undo.csv")[2][5:] == ["kept", f"changed since: {changed} by somebody@example.com"]

    def test_with_quiet_one_line_says_so(self, imported, changed):
        ended = call("undo", imported, "--yes", "--quiet")
        assert (ended.exit_code, ended.stdout) == (ExitCode.ROWS_REFUSED, "")
        told = rf"{imported}: undo: exit code 3; 2 deleted, 1 kept; reports in \S+\n"
        assert re.fullmatch(told, ended.stderr)
        again = call("undo", imported, "--yes", "--quiet", "--force")
        assert (again.exit_code, again.output) == (ExitCode.OK, "")

    def test_unless_they_are_forced_to_go(self, target, imported, changed):
        undone(imported)
        assert undone(imported, "--force")["Summary"] == counts(Deleted=1)
        assert len(target.store) == 0
