"""`runs`, `show` and `report`: looking back at what was imported."""

import os
import shutil
import socket
from pathlib import Path

from pipeline.sandbox.faults import Faults
from tests.support.command_line import account, accounts, call, report_in, result_of, run_into, summary, write_csv


class TestLookBack:
    def test_runs_lists_the_newest_first(self, target):
        assert call("runs").stderr == "There is no run in this ledger yet.\n"
        write_csv("a.csv", accounts(2))
        run_into(target, "a.csv")
        target.faults = Faults(drop=1)
        write_csv("b.csv", [account(3)])
        run_into(target, "b.csv", "--attempts", "1")
        header, *lines = [line.split() for line in call("runs").stdout.splitlines()]
        assert header == ["run", "status", "target", "rows", "created", "sources"]
        url = f"{target.base_url}/api/crm/emailaccounts"
        assert sorted(line[1:] for line in lines) == [
            ["completed", url, "2", "2", "a.csv"],
            ["stopped", url, "1", "0", "b.csv"],
        ]

    def test_runs_as_json(self, target):
        write_csv("a.csv", accounts(2))
        run_into(target, "a.csv")
        [found] = result_of(call("runs", "--json"))
        assert found == {
            "Run": report_in()["Run"],
            "Summary": summary(RowsRead=2, Created=2),
            "Host": socket.gethostname(),
            "Process": os.getpid(),
            "Standing": None,
            "StoppedBecause": None,
            "Code": None,
            "Facts": None,
            "Undone": {},
            "Next": None,
        }

    def test_where_several_machines_share_a_ledger_runs_says_who_works_on_which(self, target, monkeypatch):
        write_csv("a.csv", accounts(1))
        run_into(target, "a.csv")
        assert "by" not in call("runs").stdout.splitlines()[0].split()
        monkeypatch.setattr(socket, "gethostname", lambda: "import-2")
        write_csv("b.csv", [account(2)])
        run_into(target, "b.csv")
        header, *lines = [line.split() for line in call("runs").stdout.splitlines()]
        assert header == ["run", "status", "target", "rows", "created", "by", "sources"]
        assert {line[5] for line in lines} == {f"import-2:{os.getpid()}", lines[1][5]}
        assert lines[0][5] == f"import-2:{os.getpid()}"

    def test_show_says_how_the_rows_stand(self, target):
        write_csv("a.csv", [account(1), account(2, ErrorCount="x")])
        run = result_of(run_into(target, "a.csv", "--json"))["Run"]["RunId"]
        words = [" ".join(line.split()) for line in call("show", run, token=None).stdout.splitlines()]
        assert words[:3] == [f"2 rows read ({run}, completed)", "1 created", "1 invalid"]
        found = result_of(call("show", run, "--json"))
        assert found["Summary"] == summary(RowsRead=2, Created=1, Invalid=1)
        assert found["Reports"] == sorted(str(path) for path in Path("out").absolute().iterdir())

    def test_report_writes_the_files_again(self, target):
        write_csv("a.csv", [account(1), account(2, ErrorCount="x")])
        run = result_of(run_into(target, "a.csv", "--json"))["Run"]["RunId"]
        before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
        shutil.rmtree("out")
        assert call("report", run, token=None).exit_code == 0
        assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before

    def test_show_names_the_command_that_takes_a_stopped_run_up(self, target):
        target.faults = Faults(drop=1)
        write_csv("a.csv", accounts(1))
        run = result_of(run_into(target, "a.csv", "--attempts", "1", "--json"))["Run"]["RunId"]
        write_csv("b.csv", [account(9, ErrorCount="x")])
        run_into(target, "b.csv")  # now another run is the last one
        shown = call("show", run).stdout
        assert "Stopped early: The target cannot be reached" in shown
        assert f"`nexudus-import resume {run}`" in shown
        assert "resume --last" not in shown

    def test_a_report_that_is_written_again_says_why_the_run_stopped(self, target):
        target.faults = Faults(drop=1)
        write_csv("a.csv", accounts(1))
        ended = result_of(run_into(target, "a.csv", "--attempts", "1", "--json"))
        page = Path("out/report.html").read_bytes()
        Path("out/report.html").unlink()
        again = result_of(call("report", "last", "--json"))
        assert again["StoppedBecause"] == ended["StoppedBecause"] is not None
        assert (again["ExitCode"], ended["ExitCode"]) == (5, 5)
        assert Path("out/report.html").read_bytes() == page


def test_reports_can_be_written_into_another_folder(target):
    """Where their own cannot be written any more, nobody is to go without them."""
    write_csv("a.csv", [account(1), account(2, ErrorCount="x")])
    run_into(target, "a.csv")
    before = sorted(path.name for path in Path("out").iterdir())
    shutil.rmtree("out")
    Path("out").touch()
    assert call("report", "last").exit_code != 0
    assert call("report", "last", "--report-dir", "elsewhere/new").exit_code == 0
    assert sorted(path.name for path in Path("elsewhere/new").iterdir()) == before
    assert report_in("elsewhere/new")["Summary"]["Created"] == 1


def test_reports_of_a_run_overwrite_no_source_of_it(target):
    Path("mine").mkdir()
    source = write_csv("mine/errors.csv", [account(1)])
    run_into(target, "mine/errors.csv")
    before = source.read_bytes()
    refused = call("report", "last", "--report-dir", "mine")
    assert (refused.exit_code, "would overwrite the source mine/errors.csv" in refused.stderr) == (2, True)
    assert source.read_bytes() == before


def test_nor_one_that_has_moved(target):
    source = write_csv("a.csv", [account(1)])
    run_into(target, "a.csv")
    Path("moved").mkdir()
    before = source.read_bytes()
    moved = source.rename("moved/created.csv")
    refused = call("report", "last", "--source", moved, "--report-dir", "moved")
    assert (refused.exit_code, "would overwrite the source" in refused.stderr) == (2, True)
    assert moved.read_bytes() == before
