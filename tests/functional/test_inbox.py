"""`run 'inbox/*' --done-dir done`: each file a run of its own, taken away when it is done."""

import asyncio
import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.ledger.ledger import Ledger
from pipeline.operations.runtime import Runtime
from pipeline.sandbox.faults import Faults
from tests.support.command_line import account, accounts, by_key, call, process_environment, report_in, summary
from tests.support.inboxes import files, put, take

NOTHING = "There is nothing to do in inbox/*"


def taken_of(called):
    """What a command said of each file."""
    return {one["Name"]: one for one in json.loads(called.stdout)["Taken"]}


class TestDone:
    def test_each_file_is_a_run_of_its_own_and_goes_away_with_its_reports(self, target):
        put("a.csv", accounts(2))
        put("b.csv", [account("b", BusinessId="x"), account("c")])
        taken = taken_of(take(target, "--json"))
        assert (files("inbox"), files("done")) == ([], ["a.csv", "b.csv"])
        assert [one["ExitCode"] for one in taken.values()] == [0, 3]
        assert [Path(one["MovedTo"]) for one in taken.values()] == [Path("done/a.csv"), Path("done/b.csv")]
        for name, counts in (("inbox/a.csv", {"Created": 2}), ("inbox/b.csv", {"Created": 1, "Invalid": 1})):
            run = taken[name]["Result"]["Run"]["RunId"]
            found = report_in(Path("done/reports") / run)
            assert (found["Summary"], found["Run"]["Sources"][0]["Path"]) == (summary(RowsRead=2, **counts), name)
        assert len(by_key(target)) == 3

    def test_the_exit_code_is_the_most_severe(self, target):
        put("a.csv", accounts(1))
        put("b.csv", [account("b", BusinessId="x")])
        assert take(target).exit_code == ExitCode.ROWS_REFUSED

    def test_a_file_of_the_same_name_overwrites_nothing(self, target):
        for number in range(2):
            put("a.csv", [account(f"n{number}")])
            assert take(target).exit_code == ExitCode.OK
        first, second = files("done")
        assert (first == "a.csv") != (second == "a.csv")
        assert {re.sub(r"\d{8}-\d{6}-\w{4}", "RUN", one) for one in (first, second)} == {"a.csv", "a.RUN.csv"}
        assert len({Path("done", one).read_text() for one in (first, second)}) == 2

    def test_its_run_can_be_reported_from_where_it_is_now(self, target):
        put("a.csv", accounts(2))
        take(target)
        assert call("report", "last", "--json").exit_code == ExitCode.OK

    def test_report_dir_is_where_each_run_has_a_folder(self, target):
        put("a.csv", accounts(1))
        take(target, "--report-dir", "told")
        assert [path.name for path in Path("told").glob("*/created.csv")] == ["created.csv"] * 2  # one is `latest`


class TestNothingToDo:
    def test_a_file_with_a_header_and_no_row_is_done(self, target):
        put("a.csv", [account(1)])
        header = Path("inbox/a.csv").read_text().splitlines()[0]
        Path("inbox/a.csv").write_text(f"{header}\n", encoding="utf-8")
        os.utime("inbox/a.csv", (0, 0))
        ended = take(target)
        assert ended.exit_code == ExitCode.OK
        told = ["inbox/a.csv has a header and no row: there is nothing to do.", "inbox/a.csv is now done/a.csv."]
        assert (ended.stdout, ended.stderr.splitlines()) == ("", told)
        assert (files("inbox"), files("done"), files("failed")) == ([], ["a.csv"], [])
        assert call("runs", "--json").stdout.strip() == "[]"

    def test_beside_files_with_rows_it_changes_nothing(self, target):
        put("b.csv", accounts(1))
        header = Path("inbox/b.csv").read_text().splitlines()[0]
        Path("inbox/a.csv").write_text(f"{header}\n", encoding="utf-8")
        os.utime("inbox/a.csv", (0, 0))
        taken = taken_of(take(target, "--json"))
        assert {name: (one["IsEmpty"], one["ExitCode"]) for name, one in taken.items()} == {
            "inbox/a.csv": (True, 0),
            "inbox/b.csv": (False, 0),
        }
        assert len(by_key(target)) == 1

    def test_a_file_without_a_header_is_no_export_of_a_quiet_day(self, target):
        Path("inbox").mkdir()
        Path("inbox/a.csv").touch()
        os.utime("inbox/a.csv", (0, 0))
        assert take(target).exit_code == ExitCode.SOURCE
        assert files("failed") == ["a.csv", "a.csv.reason.txt"]

    @pytest.mark.parametrize("json_wanted", [False, True])
    def test_is_no_trouble_and_one_line(self, target, json_wanted):
        Path("inbox").mkdir()
        ended = take(target, *(["--json"] if json_wanted else []))
        assert ended.exit_code == ExitCode.OK
        if json_wanted:
            assert json.loads(ended.stdout) == {"Taken": [], "ExitCode": 0}
        else:
            assert (ended.stdout, ended.stderr) == ("", f"{NOTHING}.\n")

    def test_needs_no_credentials_and_nothing_heavy(self):
        Path("inbox").mkdir()
        heavy = ["pandas", "numpy", "pyarrow", "pandera", "alembic", "httpx", "aiohttp"]
        code = f"""
import sys
from pipeline.cli.main import main
try:
    main(["run", "inbox/*", "--done-dir", "done"])
except SystemExit as end:
    assert not end.code, end.code
print([name for name in {heavy!r} if name in sys.modules])
"""
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, env=process_environment(), check=True)
        assert ended.stdout.strip() == b"[]"

    def test_a_file_still_being_written_is_left(self, target):
        os.utime(put("a.csv", accounts(1)))
        ended = take(target, "--unchanged-for", "52w")
        assert (ended.exit_code, files("inbox")) == (ExitCode.OK, ["a.csv"])
        assert ended.stderr == f"{NOTHING}; inbox/a.csv: left, since it may still be being written.\n"

    def test_an_inbox_that_does_not_exist_is_trouble(self, target):
        ended = take(target)
        assert (ended.exit_code, "inbox/*: there is no such file or folder." in ended.stderr) == (ExitCode.SOURCE, True)


class TestFailed:
    def test_a_bad_file_goes_to_failed_with_the_reason_and_blocks_nobody(self, target):
        put("a.csv", [{"Colour": "red"}])
        put("b.csv", accounts(2))
        ended = take(target, "--json")
        taken = taken_of(ended)
        assert ended.exit_code == ExitCode.SOURCE
        assert (files("inbox"), files("done"), files("failed")) == ([], ["b.csv"], ["a.csv", "a.csv.reason.txt"])
        failure = taken["inbox/a.csv"]["Failure"]
        reason = Path("failed/a.csv.reason.txt").read_text(encoding="utf-8")
        assert reason == f"{failure['Error']}\n{failure['Advice']}\n"
        assert taken["inbox/b.csv"]["Result"]["Summary"] == summary(RowsRead=2, Created=2)

    def test_without_json_the_reason_is_said(self, target):
        put("a.csv", [{"Colour": "red"}])
        ended = take(target)
        assert ended.stderr.startswith("inbox/a.csv: no column")
        assert f"inbox/a.csv is now {Path('failed/a.csv')}.\n" in ended.stderr

    def test_with_require_valid_a_file_with_an_invalid_row_is_one(self, target):
        put("a.csv", [account("a"), account("b", BusinessId="x")])
        assert take(target, "--require-valid").exit_code == ExitCode.ROWS_REFUSED
        assert (files("inbox"), files("failed"), by_key(target)) == ([], ["a.csv", "a.csv.reason.txt"], [])
        reason = Path("failed/a.csv.reason.txt").read_text(encoding="utf-8")
        assert reason.startswith("Nothing was sent, because of 1 invalid row.")

    def test_a_place_that_does_not_exist_is_told_and_the_others_are_taken(self, target):
        put("a.csv", accounts(1))
        ended = call("run", "inbxo", "inbox", "--done-dir", "done", "--base-url", target.base_url, "--limits", "none")
        assert (ended.exit_code, len(by_key(target))) == (ExitCode.SOURCE, 1)
        assert "inbxo: there is no such file or folder." in ended.stderr
        again = call("run", "inbxo", "inbox", "--done-dir", "done", "--base-url", target.base_url, "--limits", "none")
        assert again.exit_code == ExitCode.SOURCE
        assert "inbxo: there is no such file or folder." in again.stderr
        assert "There is nothing to do in inbxo, inbox." in again.stderr

    def test_a_folder_that_files_are_taken_to_is_no_inbox(self, target):
        put("a.csv", accounts(1), "failed")
        ended = take(target, place="failed")
        assert ended.exit_code == ExitCode.USAGE
        assert "Files are taken to failed, which is the inbox itself: name another folder" in ended.stderr

    def test_a_file_that_was_changed_meanwhile_is_not_taken_away(self, target, monkeypatch):
        path = put("a.csv", accounts(1))
        monkeypatch.setattr("pipeline.operations.inbox.is_unchanged", lambda *_: False)
        ended = take(target)
        assert (ended.exit_code, path.exists()) == (ExitCode.OK, True)
        assert "inbox/a.csv: left, since it has changed since; next time it is new." in ended.stderr


class TestStopped:
    def test_a_file_whose_run_stopped_stays_and_the_next_start_goes_on_with_that_run(self, target):
        put("a.csv", accounts(3))
        put("b.csv", [account("b")])
        target.faults = Faults(drop=1)
        stopped = take(target, "--attempts", "1", "--json")
        assert (stopped.exit_code, files("inbox")) == (ExitCode.STOPPED, ["a.csv", "b.csv"])
        taken = taken_of(stopped)
        assert taken["inbox/b.csv"]["LeftBecause"] == "the sitting ended before its turn"
        target.faults = Faults()
        again = taken_of(take(target, "--json"))
        first, second = taken["inbox/a.csv"]["Result"], again["inbox/a.csv"]["Result"]
        assert first["Run"]["RunId"] == second["Run"]["RunId"]
        assert second["Summary"] == summary(RowsRead=3, Created=3)
        assert (files("inbox"), files("done"), len(by_key(target))) == ([], ["a.csv", "b.csv"], 4)

    def test_a_days_quota_that_runs_out_ends_cleanly_and_the_next_start_goes_on(self, target):
        put("a.csv", accounts(3))
        Path("two.toml").write_text("[[limit]]\ncalls = 2\nseconds = 86400\n", encoding="utf-8")
        stopped = take(target, "--limits", "two.toml", "--on-quota", "stop", "--json")
        assert (stopped.exit_code, files("inbox")) == (ExitCode.STOPPED, ["a.csv"])
        assert taken_of(stopped)["inbox/a.csv"]["Result"]["Summary"] == summary(RowsRead=3, Created=2, Unprocessed=1)
        assert take(target, "--limits", "two.toml", "--on-quota", "stop").exit_code == ExitCode.STOPPED
        assert (files("inbox"), len(by_key(target))) == (["a.csv"], 2)

    def test_too_many_errors_in_one_file_do_not_block_the_next(self, target):
        put("a.csv", [account(f"a{n}", BusinessId="x") for n in range(3)])
        put("b.csv", accounts(1))
        assert take(target, "--max-errors", "1").exit_code == ExitCode.STOPPED
        assert (files("inbox"), files("done")) == (["a.csv"], ["b.csv"])

    def test_a_sitting_that_is_over_begins_no_file(self, target):
        put("a.csv", accounts(1))
        ended = take(target, "--for", "0s")
        assert (ended.exit_code, files("inbox"), by_key(target)) == (ExitCode.STOPPED, ["a.csv"], [])
        assert "The time that was given was over" in ended.stderr


class TestOverlappingStarts:
    @pytest.fixture
    def lock(self):
        """Another start that is at work on the same inbox."""
        place = Path(os.environ["XDG_DATA_HOME"]) / "nexudus-import" / "ledger.db"
        name = hashlib.sha256(str(Path("inbox").resolve()).encode()).hexdigest()[:16]
        with contextlib.closing(Ledger(str(place))) as ledger:
            held = ledger.lock(f"inbox-{name}")
            assert held is not None
            yield held
            held.release()

    def test_the_second_leaves(self, target, lock):
        put("a.csv", accounts(1))
        ended = take(target)
        assert (ended.exit_code, files("inbox"), by_key(target)) == (ExitCode.STOPPED, ["a.csv"], [])
        assert ended.stderr == (
            f"Another start is at work on {Path('inbox').resolve()}.\n"
            "The next start takes what is left; --lock wait waits instead.\n"
        )

    def test_or_waits(self, target, lock):
        put("a.csv", accounts(1))
        waits = []

        async def released(seconds):
            waits.append(seconds)
            lock.release()
            await asyncio.sleep(0)

        assert take(target, "--lock", "wait", runtime=Runtime(sleep=released)).exit_code == ExitCode.OK
        assert (files("inbox"), files("done")) == ([], ["a.csv"])
        assert waits


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-", "--done-dir", "done"), "Standard input is no inbox"),
        (("inbox", "--done-dir", "done", "--dry-run"), "--dry-run shows one import"),
        (("inbox", "--done-dir", "done", "--sandbox"), "Files of an inbox are taken away for good"),
    ],
)
def test_what_is_no_inbox(arguments, message):
    ended = call("run", *arguments)
    assert (ended.exit_code, message in ended.stderr) == (ExitCode.USAGE, True)


def test_a_done_dir_that_cannot_be_made_is_told_before_anything_is_sent(target):
    put("a.csv", accounts(1))
    Path("file").touch()
    ended = take(target, "--done-dir", "file/done")
    assert (ended.exit_code, by_key(target)) == (ExitCode.USAGE, [])
    assert ended.stderr.startswith(f"{Path('file/done')} cannot be made")
