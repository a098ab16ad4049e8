"""What is said of runs that were killed, declined, moved away from, or have lost their ledger."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.delivery.producer import Producer
from pipeline.operations.interruption import stop_on_request
from pipeline.operations.report import write_run_reports
from pipeline.operations.signals import HandlersBefore
from pipeline.sandbox import Faults, SandboxServer
from tests.support.command_line import (
    TOKEN,
    accounts,
    call,
    on_terminal,
    process_environment,
    read_csv,
    report_in,
    run_into,
    summary,
    write_csv,
)

QUICK = ("--settle", "0.05", "--max-lag", "0.2", "--timeout", "1")


@pytest.fixture
def server():
    with SandboxServer() as found:
        yield found


def killed(server, rows=60):
    """A run of a process of its own, killed once some of its rows were created."""
    write_csv("a.csv", accounts(rows))
    server.faults = Faults(latency_s=0.05)
    command = ["run", "a.csv", "--base-url", server.base_url, "--limits", "none", "--concurrency", "4", *QUICK]
    environment = process_environment(NEXUDUS_TOKEN=TOKEN)
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *command, "--report-dir", "out"], env=environment, stderr=subprocess.PIPE
    )
    while len(server.store) < 10:
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    server.faults = Faults()


def test_a_killed_run_is_shown_as_crashed_with_the_command_that_takes_it_up(server):
    killed(server)
    (run,) = json.loads(call("runs", "--json").output)
    assert run["Run"]["Status"] == "crashed"
    assert run["Next"] == f"nexudus-import resume {run['Run']['RunId']}"
    cut_off = r"was cut off after \d\d:\d\d \(killed, or its ledger was away\)"
    said = rf"{run['Run']['RunId']} {cut_off}: `{run['Next']}` takes it up\."
    assert re.search(said, call("runs").output)
    assert "crashed" in call("show", "last").output
    resumed = call("resume", "last", "--yes")
    assert resumed.exit_code == 0
    assert len(server.store) == 60
    assert json.loads(call("runs", "--json").output)[0]["Next"] is None


def test_rows_that_a_killed_run_left_in_doubt_can_be_settled(server):
    killed(server)
    call("report", "last")
    (header, *lines) = read_csv("out/in_doubt.csv")
    row = lines[0][header.index("Row")]
    settled = call("settle", "last", "--row", row, "--missing")
    assert settled.exit_code == 0, settled.output
    assert call("resume", "last", "--yes").exit_code == 0


def test_a_dry_run_that_was_killed_is_imported_by_nobody(server):
    """Nobody has said yes to it, whatever its options are."""
    write_csv("a.csv", accounts(3))
    server.faults = Faults(latency_s=30)
    command = [sys.executable, "-m", "pipeline", "run", "a.csv", "--dry-run", "--base-url", server.base_url]
    process = subprocess.Popen(command, env=process_environment(NEXUDUS_TOKEN=TOKEN), stderr=subprocess.DEVNULL)
    while not json.loads(call("runs", "--json").output):
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    server.faults = Faults()
    (left,) = json.loads(call("runs", "--json").output)
    assert (left["Run"]["Status"], left["Next"]) == ("unconfirmed", None)
    assert call("runs", "--check").stdout.startswith("There is no such run in this ledger.")  # none went wrong, either
    named = call("resume", left["Run"]["RunId"], "--yes")
    assert named.exit_code == 2
    assert "was cut off before anybody had said yes: there is nothing to resume" in named.stderr
    assert call("resume", "--all", "--yes").exit_code == 0
    assert len(server.store) == 0


def test_resuming_asks_about_the_rows_that_are_left(server):
    killed(server)
    code, shown = on_terminal("resume", "--last", answers={"Go ahead?": "n"}, NEXUDUS_TOKEN=TOKEN)
    ended = json.loads(call("show", "last", "--json").output)["Summary"]["Created"]
    assert code == 5
    assert f"{60 - ended} rows to" in shown
    assert "stands as it did" in shown


def test_ctrl_c_at_the_question_leaves_at_once_with_a_true_sentence(server):
    write_csv("a.csv", accounts(3))
    code, shown = on_terminal(
        "run", "a.csv", "--base-url", server.base_url, answers={"Go ahead?": "\x03"}, NEXUDUS_TOKEN=TOKEN
    )
    assert code == 5
    assert "Nothing was sent. There is nothing to resume" in " ".join(shown.split())
    assert json.loads(call("runs", "--json").output) == []
    assert len(server.store) == 0


def test_a_source_that_has_moved_is_found_by_its_content(server):
    write_csv("a.csv", accounts(3))
    server.faults = Faults(errors=1, error_status=500)
    assert run_into(server, "a.csv", "--attempts", "1", "--stop-after", "1", "--timeout", "1").exit_code != 0
    server.faults = Faults()
    Path("a.csv").rename("b.csv")
    lost = call("resume", "last", "--yes", "--retry", "failed")
    assert lost.exit_code == 6
    assert "--source PATH" in lost.stderr
    write_csv("c.csv", accounts(2))
    wrong = call("resume", "last", "--yes", "--source", "c.csv")
    assert wrong.exit_code == 6
    assert "c.csv: is not what run" in wrong.stderr
    found = call("resume", "last", "--yes", "--retry", "failed", "--source", "b.csv")
    assert found.exit_code == 0
    assert len(server.store) == 3
    assert report_in()["Run"]["Sources"][0]["Path"] == "a.csv"
    assert call("report", "last").exit_code == 0  # the ledger knows the new place


@pytest.mark.parametrize("loss", ["removed", "replaced"])
def test_a_run_whose_ledger_vanishes_writes_what_it_knows(server, loss):
    write_csv("a.csv", accounts(200))
    server.faults = Faults(latency_s=0.05)
    arguments = ["run", "a.csv", "--base-url", server.base_url, "--limits", "none", "--concurrency", "4"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *arguments, "--report-dir", "out", "--ledger", "l.db"],
        env=process_environment(NEXUDUS_TOKEN=TOKEN),
        stderr=subprocess.PIPE,
        text=True,
    )
    while len(server.store) < 10:
        assert process.poll() is None, process.stderr.read()
    if loss == "replaced":
        Path("other.db").touch()
        Path("other.db").replace("l.db")
    else:
        Path("l.db").unlink()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 5
    assert "has gone" in said
    assert "emergency.csv lists how rows ended in this process, with their Ids" in said
    header, *lines = read_csv("out/emergency.csv")
    assert header[:4] == ["Row", "Source", "Status", "Id"]
    created = {int(line[3]): line[5] for line in lines if line[2] == "created"}
    assert len(created) == len(lines) == len(server.store)
    assert created == {r["Id"]: r["EmailAddress"] for r in server.store.records()}


def test_no_emergency_report_stays_where_the_ledger_knows_it_all(server):
    write_csv("a.csv", accounts(3))
    assert run_into(server, "a.csv").exit_code == 0
    assert [p.name for p in Path("out").iterdir() if "emergency" in p.name] == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals are no messages there")
@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("apart_s", [0.0, 0.002, 0.01, 0.05])
def test_signals_while_rows_are_read_end_as_documented_however_many_there_are(first, apart_s):
    command = [sys.executable, "-m", "pipeline", "run", "-", "--sandbox"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=process_environment(), stdin=pipe, stdout=pipe, stderr=pipe) as process:
        process.stdin.write(b"BusinessId,DisplayName\n" + b"1,Desk\n" * 50_000)  # more than a pipe holds: it reads
        process.stdin.flush()
        for number in (first, signal.SIGINT, signal.SIGINT):
            process.send_signal(number)
            time.sleep(apart_s)
        assert process.wait(timeout=60) == 5
        said = process.stderr.read()
    assert b"Traceback" not in said
    assert said.startswith(b"Stopped.") or not said


@pytest.mark.skipif(sys.platform == "win32", reason="signals are no messages there")
@pytest.mark.parametrize("signals", [1, 2])  # a third one may keep the reports from being written
def test_signals_while_records_are_deleted_end_with_what_was_done(server, signals):
    write_csv("a.csv", accounts(30))
    assert run_into(server, "a.csv", "--limits", "none").exit_code == 0
    server.faults = Faults(latency_s=0.3)
    command = [sys.executable, "-m", "pipeline", "undo", "last", "--yes", "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=process_environment(NEXUDUS_TOKEN=TOKEN), stdout=pipe, stderr=pipe) as process:
        while len(server.store) == 30:
            assert process.poll() is None, process.stderr.read()
        for _ in range(signals):
            process.send_signal(signal.SIGINT)
            time.sleep(0.02)
        assert process.wait(timeout=60) == 5
        told, said = json.loads(process.stdout.read()), process.stderr.read()
    assert b"Traceback" not in said
    assert told["Code"] == "stopped-on-request"
    assert sum(told["Summary"].values()) == 30
    assert told["Summary"]["Left"] < 30
    server.faults = Faults()
    again = json.loads(call("undo", "last", "--yes", "--json").stdout)["Summary"]
    assert again["Deleted"] + again["Gone"] == told["Summary"]["Left"]
    assert len(server.store) == 0


@contextmanager
def stopping(server, rows, *options):
    """A run of a process of its own whose calls take long, after the first Ctrl-C."""
    write_csv("a.csv", accounts(rows))
    server.faults = Faults(slow=1, slow_s=60)  # what creates
    command = ["run", "a.csv", "--base-url", server.base_url, "--existing", "ignore", "--yes", "--concurrency", "4"]
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", *command, "--report-dir", "out", *options],
        env=process_environment(NEXUDUS_TOKEN=TOKEN),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not server.calls["POST /api/crm/emailaccounts"]:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        while "Stopping:" not in process.stderr.readline():
            assert process.poll() is None
        yield process


@pytest.mark.skipif(sys.platform == "win32", reason="signals are no messages there")
@pytest.mark.parametrize("limits", ["none", "limits.toml"])
def test_after_the_second_signal_only_rows_that_have_left_are_in_doubt(server, limits):
    """More rows than may be in flight wait with their claims on disk: those are taken back."""
    Path("limits.toml").write_text("[[limit]]\ncalls = 1000\nseconds = 1\n")
    with stopping(server, 100, "--limits", limits, "--verbose") as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 5
    counts = report_in()["Summary"]
    assert counts["InDoubt"] + counts["Unprocessed"] == 100
    assert server.calls["POST /api/crm/emailaccounts"] <= counts["InDoubt"] <= 4


@pytest.mark.skipif(sys.platform == "win32", reason="signals are no messages there")
def test_after_the_second_signal_rows_that_were_not_read_stand_in_the_report_too(server):
    with stopping(server, 30_000, "--limits", "none") as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 5
    counts = report_in()["Summary"]
    assert counts["RowsRead"] == counts["InDoubt"] + counts["Unprocessed"] == 30_000


@pytest.mark.skipif(sys.platform == "win32", reason="signals are no messages there")
def test_rows_that_nobody_waits_for_are_counted(server, monkeypatch):
    """The second signal comes while what is left is entered, and the third while that is done once more."""

    async def none(producer):
        stop_on_request(producer.stop)
        return
        yield

    async def impatient(_producer):
        for number in signals.pop():
            os.kill(os.getpid(), number)
        await asyncio.Event().wait()

    signals = [[signal.SIGTERM], [signal.SIGINT, signal.SIGTERM]]
    write_csv("a.csv", accounts(3))
    with monkeypatch.context() as patched:
        patched.setattr(Producer, "items", none)
        patched.setattr(Producer, "drain", impatient)
        ended = run_into(server, "a.csv", "--json")
    assert (ended.exit_code, signals) == (5, [])
    found = json.loads(ended.stdout)
    assert found["Summary"]["RowsRead"] == report_in()["Summary"]["RowsRead"] == 0
    told = "Stopped on request. 3 rows were not read any more, and can stand in no report."
    assert found["StoppedBecause"] == told
    assert json.loads(call("resume", "--last", "--json").stdout)["Summary"] == summary(RowsRead=3, Created=3)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are no messages there")
@pytest.mark.parametrize("signals", [1, 2])
def test_a_signal_does_not_keep_reports_from_being_written_but_two_do(server, monkeypatch, signals):
    def writing(*args, **how):
        for _ in range(signals):
            signal.raise_signal(signal.SIGINT)
        return write_run_reports(*args, **how)

    write_csv("a.csv", accounts(3))
    with HandlersBefore(), monkeypatch.context() as patched:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever other tests, or a shell, have made of it
        patched.setattr("pipeline.operations.run.write_run_reports", writing)
        ended = run_into(server, "a.csv")
    assert "The reports are being written: once more ends that, too." in ended.stderr
    assert Path("out/report.json").exists() == (signals == 1)
    if signals == 2:
        name = json.loads(call("runs", "--json").stdout)[0]["Run"]["RunId"]
        assert (ended.exit_code, ended.stdout) == (5, "")
        assert f"Run {name} has ended, but its reports are not written.\n`nexudus-import report {name}`" in ended.stderr
        assert call("report", name).exit_code == 0
    assert report_in()["Summary"] == summary(RowsRead=3, Created=3)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are no messages there")
def test_the_second_signal_ends_a_run_whose_ledger_has_gone_meanwhile(server):
    """Rows that wait with their claims cannot be put back any more: nobody may wait for that."""
    with stopping(server, 60, "--limits", "none", "--ledger", "l.db") as process:
        Path("l.db").unlink()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 5
        assert "The ledger l.db has gone" in process.stderr.read()
