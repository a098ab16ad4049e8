"""Several processes and a Dask cluster on one ledger, each killed and started again: nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.sandbox.faults import Faults
from tests.support.harness import POST, TOKEN, Ended, Process, accounts, kept, until
from tests.support.many_machines import Import, SharedDesk, dask_cluster, shared_desk, until_all_have_ended

TOKENS = {"NEXUDUS_TOKEN": "sandbox-token"}


def limits_file(folder: Path, calls: int, seconds: int) -> str:
    path = folder / "limits.toml"
    path.write_text(f"[[limit]]\ncalls = {calls}\nseconds = {seconds}\n")
    return str(path)


def most_in_a_window(moments: list[float], seconds: float) -> int:
    ordered = sorted(moments)
    return max((n - bisect_left(ordered, at - seconds, 0, n + 1) + 1 for n, at in enumerate(ordered)), default=0)


@pytest.mark.parametrize(
    ("rows", "kills", "limit"),
    [
        pytest.param(600, 4, (300, 20), id="short"),
        pytest.param(20_000, 40, (3_000, 60), id="soak", marks=[pytest.mark.soak, pytest.mark.timeout(1_700)]),
    ],
)
def test_two_processes_and_a_cluster_that_are_killed_at_random_create_each_record_once(
    tmp_path: Path,
    postgresql: str,
    record_property: Callable[[str, object], None],
    rows: int,
    kills: int,
    limit: tuple[int, int],
) -> None:
    chance = random.Random(rows)
    faults = Faults(lose_answers=0.02, latency_s=0.02, list_lag_s=3, seed=7)
    with shared_desk(tmp_path / "desk", postgresql, faults=faults) as (desk, born):
        third = rows * 3 // 10
        everything = accounts(rows * 2 // 3)
        one = desk.source(everything[:third], "one.csv")
        two = desk.source(everything[third // 2 : third // 2 + third][::-1], "two.csv")
        three = desk.source(everything[third - rows // 10 :][: rows - 2 * third], "three.csv")
        options = [
            "--limits",
            limits_file(desk.folder, *limit),
            "--max-lag",
            "30",
            "--timeout",
            "2",
            "--concurrency",
            "8",
        ]
        with dask_cluster(desk.folder, 3, {**TOKENS, "NEXUDUS_IMPORT_LEDGER": postgresql}) as (address, workers):
            imports = [
                Import(desk, one, options),
                Import(desk, two, options),
                Import(desk, three, options, ("--engine", "dask", "--scheduler", address)),
            ]
            goals = iter(range(rows // 20, 10**9, max(1, len(everything) // (kills + 2))))
            due = [next(goals)]

            def every() -> bool:
                if len(desk.server.store) < due[0]:
                    return False
                due[0] = next(goals)
                return True

            killed = until_all_have_ended(imports, workers, chance, kills=kills, every=every)

        verdicts = [desk.judge(i.ended, i.label, report=i.report) for i in imports if i.ended is not None]
        reported = sum((Counter(v.counts) for v in verdicts), Counter())
        distinct = {row["EmailAddress"] for label in (one, two, three) for row in desk.sources[label]}
        most = most_in_a_window(born, limit[1])
        line = [f"many machines, {most} of {limit[0]} in {limit[1]} s", rows, killed, reported["Created"]]
        record_property("soak", [*line, len(desk.server.store) - len(distinct), 0, reported["InDoubt"], ""])

        assert [(v.run, v.broken) for v in verdicts] == [("completed", ())] * 3
        assert [v.code for v in verdicts] == [0, 0, 0]
        assert reported["Created"] == len(desk.server.store) == len(distinct)
        assert reported["Created"] + reported["Skipped"] == rows
        assert killed >= kills // 2
        assert most <= limit[0] + 1
        assert desk.server.calls[TOKEN] == 0


# -- a cluster on this machine -----------------------------------------------------------------------------------

ON_THIS_MACHINE = ("--engine", "dask", "--timeout", "1", "--concurrency", "4")


def at_work(desk: SharedDesk, rows: int) -> tuple[str, Process]:
    """An import by Dask's own processes on this machine, in its midst."""
    source = desk.source(accounts(rows))
    process = desk.start_run(source, options=ON_THIS_MACHINE, ledger=desk.url)
    assert until(lambda: len(desk.server.store) >= 25, process)
    return source, process


def resumed(desk: SharedDesk) -> Ended:
    """The run taken up without Dask, as soon as its workers have gone."""
    while (ended := desk.resume(desk.runs[0], ledger=desk.url)).code == 2 and "Another process" in ended.err:
        time.sleep(0.2)
    return ended


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
def test_ctrl_c_ends_a_run_and_the_cluster_that_it_has_begun(tmp_path: Path, postgresql: str) -> None:
    """A terminal sends it to all processes of the command, Dask's workers included."""
    with shared_desk(tmp_path / "desk", postgresql, faults=Faults(latency_s=0.3)) as (desk, _):
        source, process = at_work(desk, 400)
        os.killpg(process.popen.pid, signal.SIGINT)
        stopped = desk.judge(process.wait(), source)
        created = len(desk.server.store)
        assert (stopped.code, stopped.run, stopped.broken) == (5, "interrupted", ()), stopped.said
        assert 25 <= created < 400
        desk.server.faults = Faults()
        assert desk.judge(resumed(desk), source) == kept(Created=400)
        assert desk.server.calls[POST] == 400


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
def test_a_leading_process_that_is_killed_takes_its_workers_with_it(tmp_path: Path, postgresql: str) -> None:
    with shared_desk(tmp_path / "desk", postgresql, faults=Faults(latency_s=0.3)) as (desk, _):
        source, process = at_work(desk, 400)
        process.kill()
        desk.server.faults = Faults()
        assert desk.judge(resumed(desk), source) == kept(Created=400)
        assert len(desk.server.store) == 400
