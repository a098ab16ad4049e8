"""`runs`: which runs are listed, what fits into a narrow terminal, and the health check."""

import json
import re
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.operations.runtime import Runtime
from pipeline.sandbox.faults import Faults
from tests.support.command_line import account, accounts, call, on_terminal, result_of, run_into, write_csv
from tests.support.inboxes import nightly, put


@pytest.fixture
def two_runs(target):
    """A completed run of a.csv, then a stopped one of Nightly.csv; their names."""
    first = result_of(run_into(target, write_csv("a.csv", accounts(2)), "--json"))["Run"]["RunId"]
    target.faults = Faults(drop=1)
    second = result_of(run_into(target, write_csv("Nightly.csv", [account(3)]), "--attempts", "1", "--json"))
    target.faults = Faults()
    return first, second["Run"]["RunId"]


def listed(*args):
    return [one["Run"]["RunId"] for one in result_of(call("runs", "--json", *args))]


def test_the_newest_first_and_so_many(two_runs):
    first, second = two_runs
    assert sorted(listed()) == sorted([first, second])
    assert len(listed("--last", "1")) == 1


def test_by_status(two_runs):
    first, second = two_runs
    assert listed("--status", "completed") == [first]
    assert listed("--status", "stopped") == [second]
    assert sorted(listed("--status", "stopped", "--status", "completed")) == sorted(two_runs)
    assert listed("--status", "crashed") == []


def test_by_source_in_any_case(two_runs):
    assert listed("--source", "NIGHT") == [two_runs[1]]
    assert listed("--source", "nothing") == []


def test_by_date(two_runs):
    yesterday, tomorrow = (datetime.now().astimezone() + timedelta(days=days) for days in (-1, 1))
    assert sorted(listed("--since", f"{yesterday:%Y-%m-%d}")) == sorted(two_runs)
    assert sorted(listed("--since", f"{yesterday:%Y-%m-%dT%H:%M}")) == sorted(two_runs)
    assert listed("--since", f"{tomorrow:%Y-%m-%d}") == []


def test_nothing_like_that(two_runs):
    result = call("runs", "--status", "running")
    assert result.stderr == "No run in this ledger is like that; without filters all are listed.\n"
    assert result.exit_code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("columns", "header"),
    [
        ("160", ["run", "status", "target", "rows", "created", "sources"]),
        ("80", ["run", "status", "rows", "created", "sources"]),
        ("40", ["run", "status", "rows"]),
    ],
)
def test_an_id_is_never_cut(two_runs, columns, header):
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", on_terminal("runs", COLUMNS=columns)[1])
    lines = [line.rstrip() for line in shown.splitlines()]
    assert lines[0].split() == header
    assert sorted(line.split()[0] for line in lines[1:3]) == sorted(two_runs)
    assert max(map(len, lines[:3])) <= int(columns)


class TestHealth:
    def test_a_run_that_ended_well(self, target):
        run_into(target, write_csv("a.csv", accounts(2)))
        result = call("runs", "--check", "--max-age", "26h")
        assert re.fullmatch(r"Run \S+ ended well, \d+ s ago\.\n", result.stdout)
        assert result.exit_code == 0
        assert call("runs", "--check", "--quiet").output == ""

    def test_no_run(self):
        result = call("runs", "--check")
        assert (result.exit_code, result.stdout) == (ExitCode.STOPPED, "There is no such run in this ledger.\n")
        found = json.loads(call("runs", "--check", "--json").stdout)
        assert (found["Run"], found["Code"], found["Facts"], found["Advice"]) == (None, "no-run", {}, "")

    def test_what_was_tried_in_a_sandbox_is_nobodys_worry(self, target):
        run_into(target, write_csv("a.csv", accounts(2)))
        write_csv("b.csv", [account(1, BusinessId="x")])
        assert call("run", "b.csv", "--sandbox", "--yes", "--report-dir", "tried").exit_code == ExitCode.ROWS_REFUSED
        result = call("runs", "--check", "--max-age", "26h")
        assert (result.exit_code, "ended well" in result.stdout) == (ExitCode.OK, True)

    def test_a_run_that_was_not_finished(self, two_runs):
        result = call("runs", "--check", "--source", "nightly")
        assert f"Run {two_runs[1]} was not finished (stopped), " in result.stdout
        assert f"`nexudus-import show {two_runs[1]}` tells more." in result.stdout
        assert result.exit_code == ExitCode.STOPPED

    def test_rows_that_were_refused(self, target):
        run_into(target, write_csv("a.csv", [account(1), account(2, ErrorCount="x")]))
        result = call("runs", "--check", "--json")
        assert json.loads(result.stdout)["Message"].split(", ")[0].endswith("ended with 1 invalid")
        found = json.loads(result.stdout)
        assert (result.exit_code, found["ExitCode"], found["Code"]) == (*(ExitCode.ROWS_REFUSED,) * 2, "rows-refused")
        assert found["Advice"] == f"`nexudus-import show {found['Facts']['RunId']}` tells more."

    def test_rows_in_doubt(self, target):
        target.faults = Faults(lose_answers=1)
        run_into(target, write_csv("a.csv", accounts(1)), token="creator-token")
        result = call("runs", "--check", "--quiet")
        assert "ended with 1 in doubt" in result.stderr
        assert result.exit_code == ExitCode.IN_DOUBT

    def test_a_run_that_is_too_old(self, target):
        run_into(target, write_csv("a.csv", accounts(1)))
        result = call("runs", "--check", "--max-age", "0h")
        assert "that is longer than 0 s; nothing has begun since." in result.stdout
        assert result.exit_code == ExitCode.STOPPED

    def test_a_start_that_found_nothing_to_do_counts(self, target, monkeypatch):
        Path("inbox").mkdir()
        assert call("nightly", "inbox", "--base-url", target.base_url).exit_code == 0
        result = call("runs", "--check", "--max-age", "3h")
        assert re.fullmatch(r"There is no run yet; the last start ended well, \d+ s ago\.\n", result.stdout)
        assert result.exit_code == 0
        run_into(target, write_csv("a.csv", accounts(1)))
        assert json.loads(call("runs", "--check", "--json").stdout)["StartEndedOn"].endswith("Z")
        hours_later = Runtime(now=lambda: time.time() + 5 * 3_600)
        assert call("runs", "--check", "--max-age", "3h", runtime=hours_later).exit_code == ExitCode.STOPPED
        assert (
            call("run", "inbox", "--done-dir", "done", "--base-url", target.base_url, runtime=hours_later).exit_code
            == 0
        )
        result = call("runs", "--check", "--max-age", "3h", runtime=hours_later)
        assert re.fullmatch(r"Run \S+ ended well, 5 hours ago; the last start ended well, 0 s ago\.\n", result.stdout)
        assert result.exit_code == 0
        filtered = call("runs", "--check", "--max-age", "3h", "--source", "a.csv", runtime=hours_later)
        assert filtered.exit_code == ExitCode.STOPPED

    def test_a_start_that_found_nothing_hides_no_run_that_went_wrong(self, target):
        run_into(target, write_csv("a.csv", [account(1), account(2, ErrorCount="x")]))
        Path("inbox").mkdir()
        call("nightly", "inbox", "--base-url", target.base_url)
        result = call("runs", "--check", "--max-age", "3h")
        assert "ended with 1 invalid" in result.stdout
        assert "the last start ended well, " in result.stdout
        assert result.exit_code == ExitCode.ROWS_REFUSED

    def test_a_start_that_could_not_import_a_file_went_wrong_whatever_the_newest_run_came_to(self, target):
        put("a.csv", [account(1), account(2, ErrorCount="x")])
        put("b.csv", [account(3)])
        put("z.csv", [{"Colour": "red"}])
        assert nightly(target).exit_code == ExitCode.SOURCE
        result = call("runs", "--check", "--max-age", "26h")
        told = r"Run \S+ ended well, \d+ s ago; the last start ended with exit code 6 \(a source .*\), \d+ s ago\. .*\n"
        assert re.fullmatch(told, result.stdout)
        assert result.exit_code == ExitCode.SOURCE
        assert json.loads(call("runs", "--check", "--json").stdout)["StartExitCode"] == ExitCode.SOURCE

    def test_a_run_that_was_pruned_is_no_trouble(self, target):
        run_into(target, write_csv("a.csv", accounts(1)))
        assert call("runs", "prune", "--older-than", "0d").exit_code == 0
        Path("inbox").mkdir()
        assert nightly(target).exit_code == 0
        result = call("runs", "--check", "--max-age", "26h")
        assert (result.exit_code, "was pruned; it began" in result.stdout) == (0, True)

    @pytest.mark.parametrize("age", ["26", "h", "-1h", "1.5h", "26 weeks"])
    def test_what_is_no_age(self, age):
        result = call("runs", "--check", "--max-age", age)
        assert f"{age!r} is not a length of time such as 30m, 8h or 90d." in result.stderr
        assert result.exit_code == ExitCode.USAGE

    def test_an_age_without_a_check(self):
        assert "--max-age goes with --check." in call("runs", "--max-age", "1h").stderr
