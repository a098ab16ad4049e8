"""What stands in the log: events of stable names, with the run and the row, and nothing of what rows hold."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.events import Event
from pipeline.operations.runtime import Runtime
from pipeline.sandbox.faults import Faults
from tests.support.command_line import ROOT, account, accounts, call, run_into, write_csv
from tests.support.doubles import flying

PAGE = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
COMMON = {"Time", "Level", "Logger", "Message", "Event", "Run", "Source", "Row"}
MEMBERS = {
    name: set(re.findall(r"`(\w+)`", members))
    for name, members in re.findall(r"^\| `([a-z.]+)` \| [^|]+ \|([^|]*)\|$", PAGE, re.MULTILINE)
}


def logged(ended):
    return [json.loads(line) for line in ended.stderr.splitlines()]


def run(target, *options, rows=20, **how):
    write_csv("a.csv", [account(n, DisplayName="Private words") for n in range(1, rows + 1)])
    ended = run_into(target, "a.csv", "--verbose", "--log-format", "json", "--existing", "ignore", *options, **how)
    entries = logged(ended)
    for entry in entries:
        if entry["Event"] is not None:
            assert set(entry) - COMMON <= MEMBERS[entry["Event"]]
            assert entry["Run"].startswith("20")
    assert "Private words" not in ended.stderr
    return [entry for entry in entries if entry["Event"] is not None]


def named(entries, event):
    return [entry for entry in entries if entry["Event"] == event.value]


def test_the_page_has_every_event_and_no_other():
    assert MEMBERS.keys() == {event.value for event in Event}


def test_a_run_begins_and_ends_with_its_figures(target):
    entries = run(target)
    [begin], [end] = named(entries, Event.RUN_BEGIN), named(entries, Event.RUN_END)
    assert (begin["Rows"], begin["Resumed"]) == (20, False)
    assert (end["Status"], end["ExitCode"], end["Summary"]["Created"]) == ("completed", 0, 20)
    assert begin["Run"] == end["Run"]


def test_throttling_is_told_with_the_row_and_warned_of_once(target):
    target.faults = Faults(throttle=0.3, seed=1)
    found = named(run(target, rows=6), Event.THROTTLED)
    assert [entry["Level"] for entry in found[:2]] == ["WARNING", "INFO"]
    assert all(entry["RetryAfter"] == 1.0 for entry in found)
    assert all(entry["Source"] == "a.csv" and 2 <= entry["Row"] <= 7 for entry in found)


def test_retries_are_told_with_attempt_and_wait(target):
    target.faults = Faults(drop=0.3, seed=1)
    found = named(run(target), Event.RETRY)
    assert found[0]["Attempt"] == 1
    assert found[0]["Status"] is None
    assert 0 <= found[0]["Seconds"] <= 30
    assert 2 <= found[0]["Row"] <= 21


def test_a_lost_answer_is_told_from_doubt_to_end(target):
    target.faults = Faults(lose_answers=0.3, seed=1)
    entries = run(target, "--timeout", "1")
    row = named(entries, Event.DOUBT)[0]["Row"]
    about = [entry for entry in entries if entry.get("Row") == row]
    names = [entry["Event"] for entry in about if entry["Event"] != Event.WAIT.value]
    assert names[0] == "row.doubt"
    assert set(names[1:-1]) <= {"row.lookup"}
    assert names[-2:] == ["row.lookup", "row.settled"]
    assert (about[-1]["Status"], about[-2]["Found"], about[-1]["Id"]) == ("created", "record", about[-2]["Id"])


def test_a_row_that_was_never_created_is_sent_again(target):
    target.faults = Faults(errors=0.3, seed=1)
    entries = run(target)
    [first, *_] = named(entries, Event.SENT_AGAIN)
    looked_up = [e for e in named(entries, Event.LOOK_UP) if e.get("Row") == first["Row"]]
    assert looked_up[-1]["Found"] == "nothing"
    assert named(entries, Event.DOUBT)[0]["Status"] == 500


def test_waits_for_limits_are_told_with_the_limit(target):
    found = named(run(target, "--rate", "19/s", rows=20), Event.WAIT)
    assert found == []  # pacing is not worth a line
    [wait] = named(run(target, "--rate", "19/m", "--for", "1s", rows=60), Event.WAIT)[:1]
    assert (wait["Why"], wait["Limit"]) == ("limit", {"Calls": 19, "Seconds": 60.0})
    assert 50 < wait["Seconds"] < 61


def test_a_renewed_token_is_told(target):
    target.faults = Faults(expire_token=5)
    credentials = {"NEXUDUS_USERNAME": "admin@example.com", "NEXUDUS_PASSWORD": "sandbox"}
    entries = run(target, token=None, **credentials)
    assert named(entries, Event.TOKEN_RENEWED)
    assert named(entries, Event.RUN_END)[0]["ExitCode"] == 0


def test_a_missing_role_is_told(target):
    entries = run(target, token="reader-token", rows=1)
    assert [entry["Role"] for entry in named(entries, Event.TOKEN_REFUSED)] == ["EmailAccount-Create"]


def test_progress_is_told_as_an_event_without_being_asked_for(target):
    write_csv("a.csv", accounts(3))
    found = logged(run_into(target, "a.csv", "--log-format", "json", runtime=Runtime(now=flying())))
    assert found[-1]["Event"] == Event.RUN_PROGRESS.value
    assert "Row" not in found[-1]
    assert {entry["Event"] for entry in found} == {None, Event.RUN_PROGRESS.value}


class TestWhatAPersonWouldRead:
    """Where the log is for programs, the lines of the screen are in it: each line of stderr is JSON."""

    def test_the_screen_before_sending(self, target):
        write_csv("a.csv", [account(1, Notes=""), account(2, IncomingServerPort=99_999), account(3, ErrorCount="x")])
        ended = run_into(target, "a.csv", "--log-format", "json", "--existing", "ignore")
        lines = [entry["Message"] for entry in logged(ended) if entry["Logger"] == "pipeline.screen"]
        assert (lines[0], lines[1][:9]) == ("3 rows read", "2  create")
        assert any("Notes" in line for line in lines)
        assert lines[-1].endswith(": a.csv")
        assert {(entry["Level"], entry["Event"]) for entry in logged(ended)} == {("INFO", None)}

    def test_is_kept_back_where_the_screen_would_be(self, target):
        write_csv("a.csv", accounts(1))
        for option in ("--json", "--quiet"):
            assert logged(run_into(target, "a.csv", "--log-format", "json", option)) == []

    @pytest.mark.parametrize("command", [("validate", "no.csv"), ("show", "nobody"), ("nightly", "nowhere")])
    @pytest.mark.parametrize("form", [(), ("--json",), ("--quiet",)])
    def test_an_error_and_what_to_do_next(self, command, form):
        entries = logged(call(*command, "--log-format", "json", *form))
        assert [entry["Level"] for entry in entries] == ["ERROR", "ERROR"]
        assert all(entry["Message"] for entry in entries)

    @pytest.mark.parametrize(
        ("command", "begins"),
        [
            (("run", "a.csv", "--concurrency", "x"), "Invalid value for '--concurrency'"),
            (("run", "a.csv", "--sheets", "2"), "No such option '--sheets'"),
            (("run",), "Missing argument 'SOURCE...'"),
            (("run", "a.csv", "--config", "no.toml"), "no.toml: cannot be read"),
        ],
    )
    @pytest.mark.parametrize("how", ["=", " ", "environment"])
    def test_an_error_in_the_command_line_itself(self, command, begins, how):
        given = () if how == "environment" else ("--log-format=json",) if how == "=" else ("--log-format", "json")
        environment = {"NEXUDUS_IMPORT_LOG_FORMAT": "json"} if how == "environment" else {}
        ended = call(*command, *given, **environment)
        assert ended.exit_code == ExitCode.USAGE
        assert ended.stdout == ""
        assert logged(ended)[0]["Message"].startswith(begins)

    def test_the_line_of_a_quiet_run_with_trouble(self, target):
        write_csv("a.csv", [account(1, ErrorCount="x")])
        [entry] = logged(run_into(target, "a.csv", "--log-format", "json", "--quiet"))
        assert "exit code 3" in entry["Message"]

    def test_a_file_of_an_inbox_that_failed(self, target):
        Path("in").mkdir()
        write_csv("in/a.csv", [{"A": "1"}])
        to = ("--base-url", target.base_url, "--unchanged-for", "0s")
        entries = logged(call("run", "in", "--done-dir", "done", *to, "--log-format", "json"))
        assert {entry["Level"] for entry in entries} == {"INFO", "ERROR"}


def test_as_text_an_event_is_a_line_with_time_name_and_row(target):
    target.faults = Faults(drop=0.3, seed=1)
    write_csv("a.csv", accounts(20))
    ended = run_into(target, "a.csv", "--verbose")
    line = next(line for line in ended.stderr.splitlines() if "call.retry" in line)
    shape = r"\d\d:\d\d:\d\d call\.retry: the call was not processed; made again in \d+\.\d s \(row \d+ of a\.csv\)"
    assert re.fullmatch(shape, line)


@pytest.mark.parametrize("options", [(), ("--quiet",)])
def test_unless_it_is_asked_for_only_trouble_is_logged(target, options):
    target.faults = Faults(throttle=0.3, seed=1)
    write_csv("a.csv", accounts(6))
    lines = [line for line in run_into(target, "a.csv", *options).stderr.splitlines() if "call.throttled" in line]
    assert len(lines) == (0 if options else 1)


@pytest.mark.parametrize("is_shown", [False, True])
def test_what_libraries_warn_of_is_one_more_entry_where_details_are_asked_for(is_shown):
    script = (
        "import logging, sys; from pipeline.cli.logs import configure;"
        f"configure(verbose={is_shown}, quiet=False, form='json');"
        "logging.getLogger('psycopg').warning('error ignored')"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert [json.loads(line)["Message"] for line in ended.stderr.splitlines()] == ["error ignored"] * is_shown
