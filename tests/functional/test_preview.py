"""What is said before anything is sent: with the question, in the log, or alone (--dry-run)."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.cli.progress_display import ProgressDisplay
from pipeline.errors import ExitCode
from pipeline.operations.observer import Action, Preview
from pipeline.operations.runtime import Runtime
from pipeline.operations.survey import Survey
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import (
    TOKEN,
    account,
    accounts,
    call,
    on_terminal,
    process_environment,
    report_in,
    run_into,
    write_csv,
)
from tests.support.doubles import flying


@pytest.fixture
def server():
    with SandboxServer() as found:
        yield found


@pytest.fixture
def source(server):
    """Five rows: one created by an earlier run, one that exists at the target, one repeated, one invalid, one new."""
    write_csv("known.csv", [account(1)])
    assert run_into(server, "known.csv").exit_code == 0
    server.store.create({**account(2), "BusinessId": 1, "IncomingServerPort": 993, "OutgoingServerPort": 587})
    rows = [account(1), account(2), account(3), account(3), account(4, ErrorCount="x")]
    return write_csv("a.csv", [{**row, "Notes": "hi"} for row in rows])


def dry_run(server, *options):
    return call("run", "a.csv", "--base-url", server.base_url, "--dry-run", *options)


def test_a_dry_run_tells_each_rows_fate_and_leaves_nothing(server, source):
    before = server.calls.copy()
    looked = json.loads(dry_run(server, "--json").output)
    assert looked["Plan"] == {
        "RowsRead": 5,
        "Create": 1,
        "Change": 0,
        "CreatedByEarlierRuns": 1,
        "ExistAtTarget": 1,
        "Repeated": 1,
        "Invalid": 1,
    }
    assert [notice["Message"] for notice in looked["Notices"]] == ["Not imported: Notes"]
    assert looked["Problems"][0]["PropertyName"] == "ErrorCount"
    assert looked["ExitCode"] == 3
    assert set(server.calls - before) == {"GET /api/crm/emailaccounts"}
    assert len(json.loads(call("runs", "--json").output)) == 1


def test_records_that_are_to_be_changed_are_no_skips(server, source):
    looked = json.loads(dry_run(server, "--existing", "update", "--json").output)["Plan"]
    assert {name: looked[name] for name in ("Create", "Change", "CreatedByEarlierRuns", "ExistAtTarget")} == {
        "Create": 1,
        "Change": 2,
        "CreatedByEarlierRuns": 1,
        "ExistAtTarget": 1,
    }
    shown = " ".join(dry_run(server, "--existing", "update").stdout.split())
    assert "1 create 2 change (1 created by earlier runs, 1 exist at the target) 1 skip (repeat" in shown
    assert f"3 rows to {server.base_url}" in shown


def test_a_dry_run_shows_the_first_bodies_without_secrets(server):
    write_csv("a.csv", [account(n, GoogleAccessToken="ya29.secret") for n in range(1, 6)])
    ended = dry_run(server)
    bodies = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    assert [body["EmailAddress"] for body in bodies] == [account(n)["EmailAddress"] for n in (1, 2, 3)]
    assert [body["BusinessId"] for body in bodies] == [1, 1, 1]
    assert "ya29.secret" not in ended.output + ended.stderr
    assert ended.exit_code == 0


def test_the_question_comes_with_the_whole_screen_and_what_exists_is_asked_for_once(server, source):
    listed_before = server.calls["GET /api/crm/emailaccounts"]
    options = ("run", "a.csv", "--base-url", server.base_url, "--report-dir", "out")
    code, shown = on_terminal(*options, answers={"Go ahead?": "y"}, NEXUDUS_TOKEN=TOKEN)
    before_the_question = " ".join(shown.partition("Go ahead?")[0].split())
    for said in (
        "5 rows read",
        "1 create",
        "2 skip (1 created by earlier runs, 1 exist at the target)",
        "1 skip (repeat the key of an earlier row)",
        "1 leave out (invalid)",
        "Not imported: Notes",
        "What to fix (1 error of 1 kind):",
        f"1 row to {server.base_url}",
        "changing calls a day",
    ):
        assert said in before_the_question
    assert code == 3
    assert len(server.store) == 3
    assert server.calls["GET /api/crm/emailaccounts"] - listed_before == 1


def test_nobody_is_asked_where_nothing_is_to_be_sent(server):
    write_csv("a.csv", [account(n, DisplayName="") for n in range(1, 4)])
    options = ("run", "a.csv", "--base-url", server.base_url, "--report-dir", "out")
    code, shown = on_terminal(*options, answers={}, NEXUDUS_TOKEN=TOKEN)
    assert (code, len(server.store)) == (3, 0)
    assert "3 leave out (invalid)" in " ".join(shown.split())
    assert "Go ahead?" not in shown
    assert "changing calls" not in shown


@pytest.mark.parametrize(
    ("preview", "is_idle"),
    [
        (
            Preview(action=Action.CREATE, count=0, target="", user="", survey=Survey(rows=3, invalid=3, batches=[])),
            True,
        ),
        (Preview(action=Action.CREATE, count=0, target="", user="", survey=Survey(rows=60_000)), False),
        (Preview(action=Action.CREATE, count=1, target="", user="", survey=Survey(rows=1, batches=[])), False),
        (Preview(action=Action.DELETE, count=0, target="", user="", restored=1), False),
        (Preview(action=Action.DELETE, count=0, target="", user=""), True),
    ],
)
def test_only_what_is_certain_to_change_nothing_needs_no_question(preview, is_idle):
    assert preview.is_idle is is_idle


def test_a_no_leaves_nothing_behind(server, source):
    options = ("run", "a.csv", "--base-url", server.base_url, "--report-dir", "never")
    code, shown = on_terminal(*options, answers={"Go ahead?": "n"}, NEXUDUS_TOKEN=TOKEN)
    assert code == 5
    assert "Nothing was sent." in shown
    assert len(json.loads(call("runs", "--json").output)) == 1
    assert run_into(server, "a.csv").exit_code == 3
    assert len(server.store) == 3


def without_times(screen):
    return re.sub(r"\b\d\d:\d\d\b", "HH:MM", screen)


def test_without_a_terminal_the_screen_of_a_dry_run_is_in_the_log_before_anything_is_sent(server, source):
    foreseen = dry_run(server).stdout.partition("The first bodies:")[0]
    listed_before = server.calls["GET /api/crm/emailaccounts"]
    ended = call("run", "a.csv", "--base-url", server.base_url, "--report-dir", "out")
    said, _, after = ended.stderr.partition("Run ")
    assert without_times(said) == without_times(foreseen)
    assert "2 skip (1 created by earlier runs, 1 exist at the target)" in " ".join(said.split())
    assert after
    assert server.calls["GET /api/crm/emailaccounts"] - listed_before == 1


@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_where_nothing_is_said_before_nothing_is_looked_up_before(server, option, monkeypatch):
    monkeypatch.setattr("pipeline.operations.run.LookUp", None)
    write_csv("a.csv", [account(1)])
    assert run_into(server, "a.csv", option).exit_code == 0


def test_very_many_parts_of_the_target_are_listed_while_rows_are_sent(server):
    write_csv("a.csv", [account(n, BusinessId=n) for n in range(1, 102)])
    ended = run_into(server, "a.csv", "--limits", "none")
    assert "101 create (less what exists at the target: that is found on the way)" in " ".join(ended.stderr.split())
    assert (ended.exit_code, len(server.store)) == (0, 101)


def test_a_list_that_fails_before_is_told_in_the_reports(server, source):
    server.faults = Faults(drop=1)
    quiet = json.loads(run_into(server, "a.csv", "--json", "--attempts", "1").stdout)
    options = ("--base-url", server.base_url, "--attempts", "1", "--report-dir", "told")
    assert call("run", "a.csv", *options).exit_code == quiet["ExitCode"] == ExitCode.STOPPED
    told = report_in("told")
    assert told["Summary"] == quiet["Summary"]
    assert (told["Summary"]["RowsRead"], told["Summary"]["Unprocessed"]) == (5, 2)
    assert told["Run"]["Status"] == "stopped"


def test_pauses_are_told_before(server):
    write_csv("a.csv", [account(n) for n in range(1, 5_101)])
    shown = " ".join(dry_run(server).stdout.split())
    assert "Of 5,000 changing calls a day, 5,000 are left At 60 a minute and 5,000 a day it is due " in shown
    assert re.search(r" It pauses [^,]* after 5,000, goes on [^,.]*\. Ctrl-C and `resume` are safe at any time", shown)


def test_the_end_of_a_sitting_is_told_before(server):
    write_csv("a.csv", [account(n) for n in range(1, 5_101)])
    shown = " ".join(dry_run(server, "--on-quota", "stop").stdout.split())
    assert re.search(
        r"At 60 a minute and 5,000 a day 5,000 of 5,100 rows can be sent until [^,]*, when the quota is spent "
        r"\(--on-quota stop\) `resume` goes on with the rest, from [^,]* on",
        shown,
    )
    shown = " ".join(dry_run(server, "--for", "10m").stdout.split())
    assert re.search(r"600 of 5,100 rows can be sent until [^,]*, when its time is over \(--for, --until\)", shown)
    assert "it is due" not in shown
    found = json.loads(dry_run(server, "--for", "10m", "--json").stdout)
    assert (found["DoneAt"], found["EarlyEnd"]["Calls"], found["EarlyEnd"]["Reason"]) == (None, 600, "time")


def test_a_quota_that_is_spent_already_is_told_before(server):
    Path("limits.toml").write_text('[[limit]]\ncalls = 2\nseconds = 86400\nscope = "modifying"\n', encoding="utf-8")
    limits = ("--limits", "limits.toml")
    write_csv("a.csv", accounts(2))
    begun = call("run", "a.csv", "--base-url", server.base_url, "--yes", *limits)
    assert begun.exit_code == 0
    write_csv("a.csv", [account(n) for n in (3, 4)])
    shown = " ".join(dry_run(server, *limits).stdout.split())
    assert re.search(r"it is due [^.]* It begins [^.]*\. Ctrl-C and `resume` are safe at any time", shown)
    shown = " ".join(dry_run(server, *limits, "--on-quota", "stop").stdout.split())
    assert "At 2 a day no row can be sent: the quota is spent (--on-quota stop)" in shown


def test_the_progress_foresees_what_the_screen_did(server):
    for n in range(1, 41):
        server.store.create({**account(n), "BusinessId": 1, "IncomingServerPort": 993, "OutgoingServerPort": 587})
    write_csv("a.csv", [account(n) for n in range(1, 81)])
    limits = '[[limit]]\ncalls = 40\nseconds = 3600\nscope = "modifying"\n'
    Path("limits.toml").write_text(limits, encoding="utf-8")
    begun, first = time.time(), []
    stands = ProgressDisplay.stands

    def noted(display, standing):
        first.append(standing.due_at)
        stands(display, standing)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ProgressDisplay, "stands", noted)
        options = ("--base-url", server.base_url, "--limits", "limits.toml", "--report-dir", "out")
        assert call("run", "a.csv", *options).exit_code == 0
    assert first[0] is not None
    assert first[0] - begun < 60  # not an hour for the forty that exist


def test_a_dry_run_shows_bodies_of_rows_that_would_be_created_only(server, source):
    bodies = [json.loads(line) for line in dry_run(server).stdout.splitlines() if line.startswith("{")]
    assert [body["EmailAddress"] for body in bodies] == [account(3)["EmailAddress"]]


def test_where_all_is_there_a_dry_run_shows_no_body(server):
    write_csv("a.csv", [account(1)])
    assert run_into(server, "a.csv").exit_code == 0
    told = " ".join(dry_run(server).stdout.split())
    assert f"1 skip (1 created by earlier runs) Nothing to send to {server.base_url}, as the owner of the token" in told
    assert "The first bodies" not in told


def test_a_quiet_dry_run_says_one_line_of_trouble(server, source):
    ended = dry_run(server, "--quiet")
    assert (ended.exit_code, ended.stdout) == (ExitCode.ROWS_REFUSED, "")
    told = "dry run: exit code 3; 5 rows read, 1 to send, 2 known or existing, 1 repeated, 1 invalid\n"
    assert ended.stderr == told
    write_csv("a.csv", [account(7)])
    assert dry_run(server, "--quiet").output == ""


def test_a_dry_run_whose_list_fails_names_no_run_to_resume(server, source):
    server.faults = Faults(drop=1)
    ended = dry_run(server, "--attempts", "1")
    assert ended.exit_code == ExitCode.STOPPED
    assert ended.stderr.startswith("Nothing was sent. The target cannot be reached (")
    assert "Give the same command again when the target lists" in ended.stderr
    assert "resume" not in ended.stderr
    assert json.loads(dry_run(server, "--attempts", "1", "--json").stdout)["Code"] == "not-looked-up"


@pytest.mark.parametrize("option", ["--dry-run", "--yes"])
@pytest.mark.parametrize("signals", [1, 2, 3])
def test_signals_while_the_target_lists_end_at_once(server, option, signals):
    write_csv("a.csv", [account(n) for n in range(1, 4)])
    server.faults = Faults(latency_s=60)  # nobody waits for it
    command = ["run", "a.csv", "--base-url", server.base_url, "--report-dir", "out", option]
    environment = process_environment(NEXUDUS_TOKEN=TOKEN)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", *command], env=environment, stdout=pipe, stderr=pipe
    ) as process:
        while not server.calls["GET /api/crm/emailaccounts"]:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        for _ in range(signals):
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        assert process.wait(timeout=30) == ExitCode.STOPPED
        said = (process.stdout.read() + process.stderr.read()).decode()
    assert "Traceback" not in said
    assert "defect" not in said
    if option == "--yes" and signals == 1:  # the others may not let its reports be written
        assert report_in("out")["Summary"]["Unprocessed"] == 3
    stands = [one["Run"]["Status"] for one in json.loads(call("runs", "--json").stdout)]
    assert stands in ([["interrupted"], ["crashed"]] if option == "--yes" else [[]])
    assert len(server.store) == 0


def test_a_look_that_takes_long_is_told(server):
    write_csv("a.csv", [account(1)])
    server.faults = Faults(latency_s=1.5)
    ended = call(*("run", "a.csv", "--base-url", server.base_url, "--report-dir", "out"), runtime=Runtime(now=flying()))
    assert ended.exit_code == 0
    told = r"Looking up what exists at the target: 0 of 1 of its BusinessIds.*; \d+ (s|minutes) so far"
    assert re.match(told, ended.stderr)


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_is_not_imported_or_odd_is_said_for_scripts_too_before_anything_is_sent(server, form):
    """Only stdout is theirs; and nothing of a source is dropped or changed without a word."""
    write_csv("a.csv", [account(1, Notes="hi", IncomingServerPort=99_999), account(2)])
    command = ("run", "a.csv", "--base-url", server.base_url, "--report-dir", "out", "--json", "--log-format", form)
    ended = call(*command)
    assert json.loads(ended.stdout)["Summary"]["Created"] == 2
    lines = ended.stderr.splitlines()
    said = [json.loads(line)["Message"] for line in lines] if form == "json" else lines
    assert said[0] == "Not imported: Notes"
    assert any("IncomingServerPort" in line for line in said)
    assert call(*command, "--quiet").stderr == ""
