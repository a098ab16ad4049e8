"""`nightly`: what is open is resumed, then the inbox is taken."""

import json
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.accounts import User
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import account, accounts, by_key, call, run_into, summary, write_csv
from tests.support.inboxes import files, nightly, put


def taken_of(called):
    """What a command said of each file and run."""
    return json.loads(called.stdout)["Taken"]


@pytest.fixture
def open_run(target):
    """A run by hand that stopped before its first row, of a file outside the inbox."""
    write_csv("by_hand.csv", [account("by_hand")])
    target.faults = Faults(drop=1)
    assert run_into(target, "by_hand.csv", "--attempts", "1").exit_code == ExitCode.STOPPED
    target.faults = Faults()


def test_what_is_open_comes_before_the_inbox(target, open_run):
    put("a.csv", accounts(2))
    first, second = taken_of(nightly(target, "--json"))
    assert first["Name"] == f"run {first['Result']['Run']['RunId']}"
    assert first["Result"]["Summary"] == summary(RowsRead=1, Created=1)
    assert (second["Name"], second["ExitCode"]) == ("inbox/a.csv", 0)
    assert (files("inbox"), files("inbox/done"), len(by_key(target))) == ([], ["a.csv"], 3)


def test_nothing_to_do_is_one_line(target):
    Path("inbox").mkdir()
    ended = nightly(target)
    assert (ended.exit_code, ended.output) == (ExitCode.OK, "There is nothing to do in inbox.\n")


def test_a_target_that_is_down_leaves_the_inbox_for_the_next_night(target, open_run):
    put("a.csv", accounts(2))
    target.faults = Faults(drop=1)
    down = nightly(target, "--attempts", "1", "--json")
    assert (down.exit_code, files("inbox")) == (ExitCode.STOPPED, ["a.csv"])
    assert taken_of(down)[1]["LeftBecause"] == "the sitting ended before its turn"
    target.faults = Faults()
    assert nightly(target).exit_code == ExitCode.OK
    assert (files("inbox"), len(by_key(target))) == ([], 3)


def test_a_file_that_stopped_is_taken_up_with_its_run(target):
    put("a.csv", accounts(2))
    target.faults = Faults(drop=1)
    [stopped] = taken_of(nightly(target, "--attempts", "1", "--json"))
    target.faults = Faults()
    [resumed] = taken_of(nightly(target, "--json"))
    assert resumed["Result"]["Run"]["RunId"] == stopped["Result"]["Run"]["RunId"]
    assert resumed["Result"]["Summary"] == summary(RowsRead=2, Created=2)
    assert files("inbox/done") == ["a.csv"]


def test_a_file_that_was_corrected_after_its_run_stopped_is_new_and_the_old_run_is_named(target):
    put("a.csv", accounts(2))
    target.faults = Faults(drop=1)
    [stopped] = taken_of(nightly(target, "--attempts", "1", "--json"))
    target.faults = Faults()
    put("a.csv", accounts(3))
    ended = nightly(target)
    run = stopped["Result"]["Run"]["RunId"]
    assert ended.exit_code == ExitCode.OK
    assert f"Run {run} is open and not taken up: inbox/a.csv is no longer in the inbox as that run" in ended.stderr
    assert (files("inbox/done"), len(by_key(target))) == (["a.csv"], 3)
    assert nightly(target).exit_code == ExitCode.OK  # and on the nights after


def test_a_run_by_hand_that_would_wait_for_the_quota_does_not_keep_the_night_waiting(target):
    write_csv("by_hand.csv", accounts(2))
    Path("one.toml").write_text("[[limit]]\ncalls = 1\nseconds = 86400\n", encoding="utf-8")
    options = ("--base-url", target.base_url, "--limits", "one.toml", "--on-quota", "wait", "--for", "0s")
    assert call("run", "by_hand.csv", *options).exit_code == ExitCode.STOPPED
    Path("inbox").mkdir()
    [again] = taken_of(nightly(target, "--json"))
    assert (again["ExitCode"], again["Result"]["Summary"]["Created"]) == (ExitCode.STOPPED, 1)


def test_runs_into_another_target_are_left_alone(target, open_run):
    Path("inbox").mkdir()
    ended = nightly(target, "--base-url", "http://127.0.0.1:9")
    assert (ended.exit_code, ended.output) == (ExitCode.OK, "There is nothing to do in inbox.\n")


def test_a_source_that_has_gone_does_not_keep_the_inbox_waiting(target, open_run):
    Path("by_hand.csv").unlink()
    put("a.csv", accounts(2))
    ended = nightly(target)
    assert (ended.exit_code, files("inbox/done")) == (ExitCode.SOURCE, ["a.csv"])
    assert "by_hand.csv: there is no such file." in ended.stderr


def test_rows_in_doubt_are_looked_up_again_each_night_from_where_their_file_is_now():
    put("a.csv", accounts(1))
    clerk = User(username="c@b.example", password="x", roles=frozenset({"EmailAccount-Create"}), token="clerk-token")
    with SandboxServer(users=[clerk], faults=Faults(lose_answers=1)) as server:
        [first] = taken_of(nightly(server, "--timeout", "1", "--json", token="clerk-token"))
        server.faults = Faults()
        [second] = taken_of(nightly(server, "--timeout", "1", "--json", token="clerk-token"))
    assert (first["ExitCode"], second["ExitCode"], files("inbox/done")) == (4, 4, ["a.csv"])
    assert second["Name"] == f"run {first['Result']['Run']['RunId']}"
    assert second["Result"]["Summary"] == summary(RowsRead=1, InDoubt=1)
