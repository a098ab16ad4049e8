"""Without a terminal, as a scheduler starts it: where things go, and what is said."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from tests.support.command_line import ACCOUNTS, account, call, process_environment, report_in, run_into, write_csv
from tests.support.inboxes import nightly, put


@pytest.fixture
def from_root(monkeypatch):
    """A scheduler's working folder."""
    monkeypatch.chdir("/")


class TestReports:
    def test_go_to_the_reports_folder_here(self):
        assert call("validate", ACCOUNTS).exit_code == ExitCode.OK
        assert [path.name for path in Path("reports/latest/").iterdir()] != []

    def test_of_a_job_that_is_started_from_the_root_go_to_the_users_data(self, from_root):
        ended = call("validate", ACCOUNTS)
        place = Path(os.environ["XDG_DATA_HOME"]) / "nexudus-import" / "reports"
        assert ended.exit_code == ExitCode.OK
        assert ended.stderr.splitlines()[0] == f"Reports go to {place}: there is no terminal, and / is no place."
        assert len(list(place.glob("validate-*/report.json"))) == 1
        assert not Path("/reports").exists()

    def test_where_there_can_be_no_such_folder_go_to_the_users_data(self):
        Path("reports").touch()
        assert call("validate", ACCOUNTS).exit_code == ExitCode.OK
        assert len(list(Path(os.environ["XDG_DATA_HOME"]).glob("nexudus-import/reports/*/report.json"))) == 2

    def test_where_a_person_says_so_they_go_there(self, from_root, tmp_path):
        assert call("validate", ACCOUNTS, "--report-dir", tmp_path / "r").exit_code == ExitCode.OK
        assert (tmp_path / "r" / "report.json").exists()


@pytest.fixture
def homeless(monkeypatch):
    """A user of whom the system knows no home."""
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: Path("~/.local/share/nexudus-import"))


class TestWithoutHome:
    def test_the_ledger_has_to_be_named(self, homeless):
        ended = call("runs")
        assert ended.exit_code == ExitCode.USAGE
        assert ended.stderr.splitlines() == [
            "There is no place for the ledger: this user has no home folder.",
            "Name the ledger with --ledger, or set HOME or XDG_DATA_HOME.",
        ]

    def test_reports_go_beside_the_ledger(self, homeless, from_root, tmp_path):
        ended = call("run", ACCOUNTS, "--sandbox", "--ledger", tmp_path / "kept" / "ledger.db")
        assert ended.exit_code == ExitCode.OK
        assert len(list((tmp_path / "kept" / "reports").glob("*/created.csv"))) == 2  # latest, too

    def test_also_where_the_home_that_the_system_names_does_not_exist(self, from_root, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_DATA_HOME", str(Path("/nonexistent/share").absolute()))
        may = os.access  # to root everything is allowed
        monkeypatch.setattr("os.access", lambda path, mode: may(path, mode) and Path(path) != Path("/"))
        ended = call("run", ACCOUNTS, "--sandbox", "--ledger", tmp_path / "kept" / "ledger.db")
        assert ended.exit_code == ExitCode.OK
        assert len(list((tmp_path / "kept" / "reports").glob("*/created.csv"))) == 2

    def test_without_a_ledger_that_is_a_file_reports_have_to_be_named(self, homeless, from_root):
        ended = call("validate", ACCOUNTS)
        assert (ended.exit_code, "--report-dir" in ended.stderr) == (ExitCode.USAGE, True)


class TestQuiet:
    def test_says_nothing_of_a_run_without_trouble(self, target):
        write_csv("a.csv", [account("a")])
        ended = run_into(target, "a.csv", "--quiet")
        assert (ended.exit_code, ended.output) == (ExitCode.OK, "")

    def test_says_one_line_of_one_with_trouble(self, target):
        write_csv("a.csv", [account("a"), account("b", BusinessId="x")])
        ended = run_into(target, "a.csv", "--quiet")
        assert (ended.exit_code, ended.stdout) == (ExitCode.ROWS_REFUSED, "")
        place = re.escape(str(Path("out").absolute()))
        line = rf"\d{{8}}-\d{{6}}-\w{{4}}: exit code 3; 2 rows read, 1 created, 1 invalid; reports in {place}\n"
        assert re.fullmatch(line, ended.stderr)

    def test_says_one_line_of_each_file_with_trouble_and_where_it_is(self, target):
        put("a.csv", [account("a")])
        put("b.csv", [{"Colour": "red"}])
        put("c.csv", [account("c", BusinessId="x")])
        ended = nightly(target, "--quiet")
        assert (ended.exit_code, ended.stdout) == (ExitCode.SOURCE, "")
        bad, refused = sorted(ended.stderr.splitlines())[::-1]
        assert bad.startswith("inbox/b.csv: ")
        assert bad.endswith(f" inbox/b.csv is now {Path('inbox', 'failed', 'b.csv')}.")
        assert "exit code 3; 1 row read, 1 invalid; reports in " in refused

    def test_keeps_json_a_single_value(self):
        write_csv("a.csv", [account("b", BusinessId="x")])
        ended = call("validate", "a.csv", "--quiet", "--json")
        assert (ended.exit_code, ended.stderr.count("\n")) == (ExitCode.ROWS_REFUSED, 1)
        assert json.loads(ended.stdout)["ExitCode"] == 3


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break in another way there")
class TestAReaderThatHasGone:
    """`| head -1`: what is read no further changes nothing of how a command ends."""

    @pytest.mark.parametrize("gone", ["stdout", "stderr"])
    @pytest.mark.parametrize("form", [(), ("--json",), ("--quiet",)])
    @pytest.mark.parametrize(("rows", "code"), [([account(1)], 0), ([account(1), account(2, ErrorCount="x")], 3)])
    def test_changes_no_exit_code(self, gone, form, rows, code):
        write_csv("a.csv", rows)
        assert self._code(gone, "run", "a.csv", "--sandbox", "--report-dir", "out", *form) == code
        assert report_in("out")["Summary"]["Created"] == 1

    def test_changes_none_of_an_error(self):
        assert self._code("stderr", "validate", "no.csv") == self._code("stdout", "validate", "no.csv", "--json") == 6

    @staticmethod
    def _code(gone, *arguments):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            command = [sys.executable, "-m", "pipeline", *arguments]
            streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, gone: writing}
            return subprocess.run(command, env=process_environment(), check=False, timeout=100, **streams).returncode
        finally:
            os.close(writing)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk is full here")
class TestAFullDiskBehindTheOutput:
    """`nexudus-import … >log` where there is no room: all of it is done, and the end says that the log is not whole."""

    @pytest.mark.parametrize("form", [(), ("--json",)])
    @pytest.mark.parametrize(("rows", "code"), [([account(1)], 2), ([account(1), account(2, ErrorCount="x")], 3)])
    def test_is_told_once_and_keeps_nothing_from_being_done(self, form, rows, code):
        write_csv("a.csv", rows)
        ended = self._ended("run", "a.csv", "--sandbox", "--report-dir", "out", *form)
        assert ended.returncode == code
        assert ended.stderr.count("The output could not be written (No space left on device).") == 1
        assert "Make room" in ended.stderr
        assert report_in("out")["Summary"]["Created"] == 1

    @pytest.mark.parametrize(
        "arguments",
        [["--help"], ["--version"], ["run", "--help"], ["help"], ["fields"], ["fields", "--json"], ["config", "show"]],
    )
    def test_is_no_defect_of_any_command(self, arguments):
        ended = self._ended(*arguments)
        assert ended.returncode == ExitCode.USAGE
        assert "The output could not be written (No space left on device)." in ended.stderr
        assert "Traceback" not in ended.stderr
        assert "defect" not in ended.stderr

    @staticmethod
    def _ended(*arguments):
        with Path("/dev/full").open("w") as full:
            command = [sys.executable, "-m", "pipeline", *arguments]
            how = {"env": process_environment(), "timeout": 100, "text": True}
            return subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE, **how)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell there cannot close a stream")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_keeps_nothing_from_being_imported(closed):
    write_csv("a.csv", [account(1)])
    command = f"{sys.executable} -m pipeline run a.csv --sandbox --report-dir out {closed}"
    ended = subprocess.run(["/bin/sh", "-c", command], env=process_environment(), check=False, timeout=100)
    assert ended.returncode == 0
    assert report_in("out")["Summary"]["Created"] == 1
