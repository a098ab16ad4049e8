"""`undo`: what a run changed is put back, a dry run looks through lists, and looking back knows about it."""

import json
import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from pipeline.sandbox import SandboxServer
from pipeline.sandbox.store import Store
from tests.support.command_line import (
    TOKEN,
    account,
    accounts,
    call,
    process_environment,
    read_csv,
    run_into,
    summary,
    write_csv,
)
from tests.support.doubles import ShiftedTime


@pytest.fixture
def time():
    return ShiftedTime()


@pytest.fixture
def server(time):
    with SandboxServer(store=Store(now=time)) as found:
        yield found


def updated(server, *rows):
    """Two records that exist, changed by a run."""
    write_csv("old.csv", accounts(2))
    assert run_into(server, "old.csv").exit_code == 0
    write_csv("new.csv", rows)
    assert run_into(server, "new.csv", "--existing", "update").exit_code == 0


def names(server):
    return [record["DisplayName"] for record in server.store.records()]


def test_what_a_run_changed_is_put_back(server):
    updated(server, account(1, DisplayName="New one", IncomingServerPort="995"), account(2), account(3))
    assert names(server) == ["New one", "Desk 2", "Desk 3"]
    undone = call("undo", "last", "--yes")
    assert undone.exit_code == 0
    assert names(server) == ["Desk 1", "Desk 2"]
    assert server.store.records()[0]["IncomingServerPort"] == 993
    lines = {line[0]: line[-2:] for line in read_csv("out/undo.csv")}
    assert lines == {"Row": ["Undone", "Reason"], "2": ["restored", ""], "4": ["deleted", ""]}
    assert call("undo", "last", "--yes").exit_code == 0  # nothing is left


def cut_off(server, *rows, of_others=False):
    """The same run, killed right after its first change has arrived, before the answer has."""
    write_csv("old.csv", accounts(2))
    ledger = ("--ledger", "other.db") if of_others else ()
    assert run_into(server, "old.csv", *ledger).exit_code == 0
    write_csv("new.csv", rows)
    arrived, go_on, update = threading.Event(), threading.Event(), server.store.update

    def unanswered(*args, **how):
        found = update(*args, **how)
        arrived.set()
        go_on.wait()
        return found

    options = ("--existing", "update", "--yes", "--concurrency", "1", "--limits", "none", "--report-dir", "out")
    command = [sys.executable, "-m", "pipeline", "run", "new.csv", "--base-url", server.base_url, *options]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(server.store, "update", unanswered)
        with subprocess.Popen(command, env=process_environment(NEXUDUS_TOKEN=TOKEN), stderr=subprocess.PIPE) as process:
            assert arrived.wait(60), process.stderr.read()
            process.kill()
        go_on.set()


def test_what_a_killed_run_changed_is_known_once_it_was_resumed_and_put_back(server):
    cut_off(server, account(1, DisplayName="New one", IncomingServerPort="995"), account(2, DisplayName="New two"))
    assert names(server) == ["New one", "Desk 2"]
    assert json.loads(call("resume", "--last", "--json").stdout)["Summary"] == summary(RowsRead=2, Updated=2)
    changes = {(line[0], line[-3]): line[-2:] for line in read_csv("out/updated.csv")[1:]}
    assert changes == {
        ("2", "DisplayName"): ["Desk 1", "New one"],
        ("2", "IncomingServerPort"): ["993", "995"],
        ("3", "DisplayName"): ["Desk 2", "New two"],
    }
    assert call("undo", "last", "--yes").exit_code == 0
    assert names(server) == ["Desk 1", "Desk 2"]
    assert server.store.records()[0]["IncomingServerPort"] == 993


def test_what_somebody_changes_between_a_kill_and_the_resume_is_put_back_as_they_left_it(server):
    cut_off(server, account(1, DisplayName="New one", IncomingServerPort="995"))
    record = server.store.records()[0]
    server.store.update(record["Id"], {**record, "DisplayName": "Theirs"})
    assert json.loads(call("resume", "--last", "--json").stdout)["Summary"] == summary(RowsRead=1, Updated=1)
    assert call("undo", "last", "--yes").exit_code == 0
    after = server.store.records()[0]
    assert (after["DisplayName"], after["IncomingServerPort"]) == ("Theirs", 993)


def test_what_a_killed_run_may_have_changed_is_put_back_without_a_resume(server):
    cut_off(server, account(1, DisplayName="New one", IncomingServerPort="995"), account(2, DisplayName="New two"))
    assert call("undo", "last", "--yes").exit_code == 0
    assert names(server) == ["Desk 1", "Desk 2"]
    assert server.store.records()[0]["IncomingServerPort"] == 993
    undone = {line[0]: line[-2:] for line in read_csv("out/undo.csv")}
    assert undone["2"] == ["restored", ""]
    assert undone.get("3") in (None, ["restored", "is as it was before"])  # it may have been about to be changed, too
    assert json.loads(call("resume", "--last", "--json").stdout)["Summary"] == summary(RowsRead=2, Updated=2)
    assert call("undo", "last", "--yes").exit_code == 0
    assert names(server) == ["Desk 1", "Desk 2"]


def test_what_was_never_changed_has_nothing_to_put_back(server):
    cut_off(server, account(1, DisplayName="New one"))
    record = server.store.records()[0]
    server.store.update(record["Id"], {**record, "DisplayName": "Desk 1"})  # as if the change had not arrived
    updates = server.calls["PUT /api/crm/emailaccounts"]
    assert call("undo", "last", "--yes").exit_code == 0
    assert server.calls["PUT /api/crm/emailaccounts"] == updates
    assert [line[-2:] for line in read_csv("out/undo.csv")[1:]] == [["restored", "is as it was before"]]


def test_what_was_changed_without_an_answer_is_known_once_it_is_tried_again(server, monkeypatch):
    write_csv("old.csv", accounts(2))
    assert run_into(server, "old.csv").exit_code == 0
    write_csv("new.csv", [account(1, DisplayName="New one")])
    update = server.store.update

    def failing(*args, **how):
        update(*args, **how)
        raise RuntimeError("after the change")

    with monkeypatch.context() as patched:
        patched.setattr(server.store, "update", failing)
        ended = run_into(server, "new.csv", "--existing", "update", "--attempts", "1", "--json")
    assert json.loads(ended.stdout)["Summary"] == summary(RowsRead=1, Failed=1)
    assert json.loads(call("undo", "last", "--dry-run", "--json").stdout)["Summary"]["Restored"] == 1
    again = call("resume", "--last", "--retry", "failed", "--json")
    assert json.loads(again.stdout)["Summary"] == summary(RowsRead=1, Updated=1)
    assert call("undo", "last", "--yes").exit_code == 0
    assert names(server) == ["Desk 1", "Desk 2"]


def test_what_was_undone_and_is_done_anew_can_be_undone_again(server, monkeypatch):
    """A change without an answer, whose record is then deleted by hand: taken up again, its row creates another."""
    write_csv("old.csv", [account(1)])
    assert run_into(server, "old.csv").exit_code == 0
    write_csv("new.csv", [account(1, DisplayName="New one")])
    with monkeypatch.context() as patched:
        patched.setattr(server.store, "update", lambda *_, **__: 1 / 0)
        run_into(server, "new.csv", "--existing", "update", "--attempts", "1")
    server.store.delete(server.store.records()[0]["Id"])
    assert json.loads(call("undo", "last", "--yes", "--json").stdout)["Summary"]["Gone"] == 1
    again = call("resume", "--last", "--retry", "failed", "--json")
    assert json.loads(again.stdout)["Summary"] == summary(RowsRead=1, Created=1)
    assert json.loads(call("undo", "last", "--yes", "--json").stdout)["Summary"]["Deleted"] == 1
    assert not server.store.records()


def test_old_values_of_one_record_are_not_given_to_another(server):
    """The record that was being changed is deleted by hand, and made anew with one value of the row."""
    cut_off(server, account(1, DisplayName="New one", IncomingServerPort="995"), of_others=True)
    record = server.store.records()[0]
    server.store.delete(record["Id"])
    server.store.create({**record, "DisplayName": "Made anew"})
    assert json.loads(call("resume", "--last", "--json").stdout)["Summary"] == summary(RowsRead=1, Updated=1)
    assert call("undo", "last", "--yes").exit_code == 0
    [after] = [one for one in server.store.records() if one["EmailAddress"] == record["EmailAddress"]]
    assert (after["DisplayName"], after["IncomingServerPort"]) == ("Made anew", 995)


def test_a_field_that_somebody_changed_since_keeps_its_value(server):
    updated(server, account(1, DisplayName="New one", IncomingServerPort="995"))
    record = server.store.records()[0]
    server.store.update(record["Id"], {**record, "DisplayName": "Theirs"})
    assert call("undo", "last", "--yes").exit_code == 0
    after = server.store.records()[0]
    assert (after["DisplayName"], after["IncomingServerPort"]) == ("Theirs", 993)
    reason = read_csv("out/undo.csv")[1][-1]
    assert reason == "not put back: DisplayName was changed since"


def test_a_secret_is_not_put_back_and_that_is_said(server):
    updated(server, account(1, GoogleAccessToken="ya29.new"))
    assert call("undo", "last", "--yes").exit_code == 3
    assert read_csv("out/undo.csv")[1][-2:] == [
        "kept",
        "GoogleAccessToken is secret: its old value was not kept",
    ]


def test_looking_back_knows_what_was_undone(server):
    write_csv("a.csv", accounts(3))
    run_into(server, "a.csv")
    call("undo", "last", "--yes")
    assert json.loads(call("runs", "--json").output)[0]["Undone"] == {"Deleted": 3}
    assert "3 (3 undone)" in call("runs").output
    assert "3 of its records undone since" in " ".join(call("show", "last").output.split())
    assert json.loads(call("show", "last", "--json").output)["Undone"] == {"Deleted": 3}


def test_a_dry_run_looks_through_lists_instead_of_reading_each_record(server, time):
    write_csv("a.csv", accounts(250))
    run_into(server, "a.csv")
    changed = server.store.records()[7]
    with time.shifted(timedelta(days=1)):
        server.store.update(changed["Id"], {**changed, "DisplayName": "Theirs"})
    server.store.delete(server.store.records()[9]["Id"])
    before = server.calls.copy()
    looked = call("undo", "last", "--dry-run", "--json")
    made = server.calls - before
    assert json.loads(looked.output)["Summary"] == {
        "Deleted": 248,
        "Gone": 1,
        "Restored": 0,
        "Kept": 1,
        "Refused": 0,
        "Left": 0,
    }
    assert sum(made.values()) < 10
    assert len(server.store) == 249
