"""`run --rehearse`: the real file at the real limits, played in no time; nothing is sent, nothing stays."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.operations.runtime import Runtime
from tests.support.command_line import account, accounts, call, process_environment, result_of, run_into, write_csv

START = datetime(2026, 10, 24, 12, tzinfo=UTC).timestamp()
NOWHERE = "https://spaces.example"
DAY_LIMIT = '[[limit]]\ncalls = 10\nseconds = 86400\nscope = "modifying"\n'


pytestmark = pytest.mark.usefixtures("berlin")  # where summer time ends in the night after the start


@pytest.fixture
def limits():
    """Ten changing calls a day."""
    path = Path("limits.toml")
    path.write_text(DAY_LIMIT, encoding="utf-8")
    return path


def rehearse(*args, base_url=NOWHERE, at=START, **how):
    options = ("--rehearse", "--base-url", base_url)
    return call("run", *args, *options, token=None, runtime=Runtime(now=lambda: at), **how)


def played(*args, **how):
    ended = rehearse(*args, "--json", **how)
    return json.loads(ended.stdout)


def test_the_calendar_is_in_the_persons_own_time_and_says_where_summer_time_ends(limits):
    write_csv("a.csv", accounts(25))
    ended = rehearse("a.csv", "--limits", limits)
    lines = [" ".join(line.split()) for line in ended.stdout.splitlines()]
    assert lines == [
        "25 rows read",
        "25 create (less what exists at the target: that is found on the way)",
        "Rehearsed for https://spaces.example; times are CEST (UTC+02:00)",
        "Sat 2026-10-24 14:00 to 14:00 10 rows",
        "Sun 2026-10-25 13:00 to 13:00 10 rows (CET (UTC+01:00))",
        "Mon 2026-10-26 13:01 to 13:01 5 rows (CET (UTC+01:00))",
        "Ctrl-C and `resume` are safe at any time",
        "It would end at Mon 2026-10-26 13:01: 25 created; exit code 0, every row created, updated or skipped",
        "Nothing was sent, and nothing is in the ledger. Next: the same command without --rehearse.",
    ]
    assert ended.exit_code == ExitCode.OK


def test_twelve_hundred_rows_take_as_long_as_the_documented_limits_make_them():
    write_csv("a.csv", accounts(600))
    found = played("a.csv")
    [sitting] = found["Calendar"]
    took = datetime.fromisoformat(found["EndsAt"]) - datetime.fromisoformat(found["BeginsAt"])
    # Ten windows of a minute, of which the last is over once its 60 calls are made, 100 ms apart.
    assert 9 * 60 + 6 <= took.total_seconds() <= (9 * 60 + 6) * 1.02
    assert (sitting["Rows"], found["Throttled"], found["Summary"]["Created"]) == (600, 0, 600)


def test_a_limit_that_lets_many_calls_leave_at_once_is_kept_to():
    """They wait for slots, few at first: the target counts them when they come, and the second window from then."""
    write_csv("a.csv", accounts(420))
    Path("limits.toml").write_text("[[limit]]\ncalls = 60\nseconds = 60\n[[limit]]\ncalls = 400\nseconds = 86400\n")
    told = played("a.csv", "--limits", "limits.toml")
    assert told["Throttled"] == 0
    assert [sitting["Rows"] for sitting in told["Calendar"]] == [400, 20]


def test_nothing_is_sent_and_nothing_stays(target, limits):
    before = set(Path().rglob("*"))
    source = write_csv("a.csv", accounts(3))
    assert rehearse(source, "--limits", limits, base_url=target.base_url).exit_code == ExitCode.OK
    assert (target.calls, len(target.store)) == ({}, 0)
    assert set(Path().rglob("*")) - before == {source}
    assert list(Path.home().rglob("*ledger*")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there a process cannot be sent Ctrl-C alone")
def test_ctrl_c_ends_it_at_once_and_nothing_stays():
    write_csv("a.csv", accounts(5_000))
    Path("temporary").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "run", "a.csv", "--rehearse"],
        env=process_environment(TMPDIR=str(Path("temporary").absolute())),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr.readline() == "Run rehearsal: a.csv\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.splitlines()[-2]) == (ExitCode.STOPPED, "Stopped.")
    assert list(Path("temporary").iterdir()) == []


def test_standard_input_is_forgotten():
    ended = rehearse("-", given=write_csv("a.csv", accounts(2)).read_bytes())
    assert (ended.exit_code, "2 created" in ended.stdout) == (ExitCode.OK, True)
    assert [path for path in Path(os.environ["XDG_CACHE_HOME"]).rglob("*") if path.is_file()] == []


def test_it_begins_with_what_is_spent_and_created_already(target, limits):
    write_csv("known.csv", accounts(8))
    options = ("--base-url", target.base_url, "--limits", limits, "--yes", "--report-dir", "out")
    began = Runtime(now=lambda: START - 3_600)
    assert call("run", "known.csv", *options, runtime=began).exit_code == ExitCode.OK
    write_csv("a.csv", accounts(20))
    before = call("runs", "--json").stdout
    found = played("a.csv", "--limits", limits, base_url=target.base_url)
    assert [sitting["Rows"] for sitting in found["Calendar"]] == [2, 8, 2]
    assert (
        found["Calendar"][1]["From"] == "2026-10-25T12:00:30+01:00"
    )  # a day after the run, and half a minute of caution
    assert (found["Summary"]["Created"], found["Summary"]["Skipped"], found["Throttled"]) == (12, 8, 0)
    assert call("runs", "--json").stdout == before
    assert len(target.store) == 8


def test_rows_that_would_not_be_sent_are_told_as_a_run_tells_them():
    write_csv("a.csv", [account(1), account(1), account(2, ErrorCount="x", Notes="hi")])
    ended = rehearse("a.csv")
    told = " ".join(ended.stdout.split())
    assert "3 rows read 1 create (less what exists at the target: that is found on the way)" in told
    assert "1 skip (repeat the key of an earlier row) 1 leave out (invalid) Not imported: Notes" in told
    assert 'What to fix (1 error of 1 kind): 1 ErrorCount: is not an integer: "x" (row 4)' in told
    assert "1 created, 1 skipped, 1 invalid; exit code 3" in told
    assert ended.exit_code == ExitCode.ROWS_REFUSED


@pytest.mark.parametrize(
    ("options", "ends_at", "reason"),
    [
        (("--until", "06:00"), "2026-10-25T06:00:00+01:00", "sitting-over"),
        (("--for", "8h"), "2026-10-24T22:00:00+02:00", "sitting-over"),
        (("--on-quota", "stop"), "2026-10-24T14:00:00+02:00", "budget-spent"),
    ],
)
def test_a_sitting_ends_where_the_run_would_end_it(limits, options, ends_at, reason):
    write_csv("a.csv", accounts(25))
    found = played("a.csv", "--limits", limits, *options)
    assert found["EndsAt"] == ends_at
    assert found["Code"] == reason
    assert [sitting["Rows"] for sitting in found["Calendar"]] == [10]
    assert (found["Summary"]["Unprocessed"], found["ExitCode"]) == (15, ExitCode.STOPPED)


def test_the_run_itself_then_goes_as_it_was_played(target):
    write_csv("a.csv", [*accounts(30), account(31, ErrorCount="x")])
    found = played("a.csv", "--limits", "none", base_url=target.base_url)
    run_into(target, "a.csv", "--json")
    ended = result_of(call("show", "last", "--json"))
    assert ended["Summary"] == found["Summary"]


def test_nobody_is_told_and_no_program_started():
    write_csv("a.csv", accounts(1))
    ended = rehearse("a.csv", "--on-finish", "touch told", "--metrics-file", "m.prom")
    assert (ended.exit_code, Path("told").exists(), Path("m.prom").exists()) == (ExitCode.OK, False, False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--dry-run",), "--rehearse sends nothing and has a sandbox of its own: leave --dry-run out."),
        (("--sandbox",), "--rehearse sends nothing and has a sandbox of its own: leave --sandbox out."),
        (("--done-dir", "done"), "--rehearse plays one import: name its files, without --done-dir."),
        (
            ("--existing", "update"),
            "Which records would be changed cannot be rehearsed: the target alone knows them.\nLeave --rehearse or ",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(options, message):
    write_csv("a.csv", accounts(1))
    ended = rehearse("a.csv", *options)
    assert (ended.exit_code, message in ended.stderr) == (ExitCode.USAGE, True)


def test_a_file_without_rows_is_no_import():
    Path("a.csv").write_text("BusinessId\n", encoding="utf-8")
    assert rehearse("a.csv").exit_code == ExitCode.SOURCE
