"""The benchmark's measuring, with real processes and the real program."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from benchmarks import environments, peers
from benchmarks.__main__ import PARTS
from benchmarks.comparison import Comparison, compare
from benchmarks.contenders import Contender, our_run
from benchmarks.environments import Unavailable, environment
from benchmarks.files import write_csv, write_workbook
from benchmarks.measure import measure
from benchmarks.memory import PeakMemory
from benchmarks.scale import scale_of
from benchmarks.servers import fixed_reply, nginx_program, slow_reply
from benchmarks.works import LONG_WORKS, WORKS
from tests.support.command_line import ROOT, call, process_environment

MIB = 1 << 20
HOLDER = "import sys; held = bytearray({size}); held[::4096] = b'x' * len(held[::4096]); sys.stdin.read()"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the benchmark needs wait4 and /proc")


def ending_when_told(script):
    return subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)


def watched_until(process, enough):
    """The peak of a process that holds its memory until that has been seen."""
    deadline = time.monotonic() + 60
    with PeakMemory(process.pid) as peak:
        while peak.bytes < enough and time.monotonic() < deadline:
            time.sleep(0.01)
    process.communicate()
    return peak.bytes


@pytest.mark.skipif(not Path("/proc").exists(), reason="no /proc")
def test_the_peak_is_that_of_the_process_and_not_of_the_one_that_started_it():
    ballast = bytearray(200 * MIB)
    found = watched_until(ending_when_told(HOLDER.format(size=60 * MIB)), 60 * MIB)
    assert 60 * MIB <= found < len(ballast)


@pytest.mark.skipif(not Path("/proc").exists(), reason="no /proc")
def test_the_memory_of_descendants_counts_too():
    inner = HOLDER.format(size=60 * MIB)
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    assert watched_until(ending_when_told(outer), 60 * MIB) >= 60 * MIB


def test_a_command_is_measured_with_its_exit_code_and_its_last_words(tmp_path):
    script = "import sys; print('first'); print('last'); print(); sum(range(10**6)); sys.exit(3)"
    found = measure([sys.executable, "-c", script], process_environment(), tmp_path, 60)
    assert (found.code, found.said) == (3, "last")
    assert found.cpu_s > 0
    assert found.wall_s > 0


def test_a_command_that_does_not_end_is_ended_with_all_that_it_started(tmp_path):
    inner = "import time; time.sleep(600)"
    start = f"p = subprocess.Popen([sys.executable, '-c', {inner!r}])"
    script = f"import subprocess, sys; {start}; print(p.pid, flush=True); p.wait()"
    found = measure([sys.executable, "-c", script], process_environment(), tmp_path, 3)
    assert found.code is None
    assert gone(int(found.said))


def gone(pid):
    """Whether a process has ended; who inherits it may need a moment to see that."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False


def test_an_import_is_compared_with_another_tool_on_the_same_server(tmp_path):
    rows = 30
    peer = Contender(name="another", argv=lambda _: [sys.executable, "-c", "raise SystemExit(7)"])
    compared = compare(
        Comparison(
            title="30 rows",
            source=write_csv(tmp_path / "rows.csv", rows),
            rows=rows,
            contenders=[our_run(), peer],
            serving=lambda: slow_reply(0),
        ),
        scale_of(1000, 1),
    )
    assert compared.medians["nexudus-import run"].requests == rows
    assert compared.troubles == {"another": "exit code 7: "}


def test_a_failed_installation_is_a_reason_in_pips_own_words(monkeypatch, tmp_path):
    monkeypatch.setattr(environments, "CACHE", tmp_path)
    monkeypatch.setattr(sys, "executable", str(failing(tmp_path)))
    with pytest.raises(Unavailable, match=r"^cannot be installed: No matching distribution found for nothing$"):
        environment("Nothing, really", ["nothing"])


def failing(folder):
    program = folder / "python"
    program.write_text("#!/bin/sh\necho 'ERROR: No matching distribution found for nothing' >&2\nexit 1\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("name", [*WORKS, *LONG_WORKS])
def test_the_targets_of_a_line_name_contenders_of_it(name, tmp_path, monkeypatch):
    monkeypatch.setattr(peers.Peer, "contender", lambda self: Contender(name=self.name, argv=lambda _: ()))
    for installed in (peers.senders, peers.checkers, peers.readers):
        monkeypatch.setattr(peers, installed.__name__, installed.__wrapped__)
    comparison = {**WORKS, **LONG_WORKS}[name](scale_of(20, None), tmp_path)
    contenders = [one.name for one in comparison.contenders]
    named = {peer for target in comparison.targets for peer in getattr(target, "others", (target.ours,))}
    assert {target.ours for target in comparison.targets} | named <= set(contenders)
    assert len(contenders) == len(set(contenders))


@pytest.mark.skipif(nginx_program() is None, reason="nginx is not installed")
def test_nginx_gives_every_row_an_id_of_its_own_and_counts_the_calls(tmp_path):
    with fixed_reply(tmp_path / "nginx") as server, httpx.Client(base_url=server.base_url, trust_env=False) as client:
        before = server.requests()
        answers = [client.post("/api/crm/emailaccounts", json={"a": 1}).json() for _ in range(12)]
        listed = client.get("/api/crm/emailaccounts").json()
        with httpx.Client(base_url=server.base_url, trust_env=False) as another:
            answers.append(another.post("/api/crm/emailaccounts", json={"a": 1}).json())
        assert server.requests() - before == 14
    assert len({answer["Value"]["Id"] for answer in answers}) == 13
    assert all(answer["WasSuccessful"] for answer in answers)
    assert (listed["Records"], listed["HasNextPage"]) == ([], False)


@pytest.mark.parametrize("write", [write_csv, write_workbook])
def test_the_files_are_valid_but_for_what_was_spoiled(write, tmp_path):
    suffix = "csv" if write is write_csv else "xlsx"
    assert call("validate", write(tmp_path / f"good.{suffix}", 200), "--strict").exit_code == 0
    checked = call("validate", write(tmp_path / f"bad.{suffix}", 200, 50))
    assert checked.exit_code == 3
    assert "4  invalid" in checked.stdout


def test_the_small_form_cannot_be_written_into_the_page():
    for options in (["--quick"], ["--rows", "100"], ["--only", "start"]):
        refused = subprocess.run(
            [sys.executable, "-m", "benchmarks", *options, "--write"],
            cwd=ROOT,
            env=process_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert refused.returncode == 2
        assert "--write is for the whole benchmark" in refused.stderr


def test_there_is_a_part_for_every_line_that_is_promised():
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert [name for name in PARTS if f"`{name}`" not in page] == []
