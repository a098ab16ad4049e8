"""`kill -9` at any moment, and signals that ask: resuming loses nothing and creates nothing twice."""

from __future__ import annotations

import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.sandbox.accounts import DEFAULT_USERS
from pipeline.sandbox.faults import Faults
from tests.support.factories import user_without
from tests.support.harness import POST, Desk, Ended, Process, accounts, desk, kept, until

ROWS = 300
AT_ONCE = 4  # calls in flight at first


# -- killed ------------------------------------------------------------------------------------------------------


def killed_and_resumed(work: Desk, source: str, kills: int, chance: random.Random) -> tuple[Ended, int]:
    """Imports a source, killed so often at random moments; returns how the last process ended, and the kills."""
    rows = len(work.sources[source])
    process = _begun(work, source)
    for done in range(kills):
        if not _struck(work, process, rows, kills - done, chance):
            return _ended(work, process), done
        # Killed before it had begun a run, there is none to resume.
        process = work.start("resume", "--last") if work.runs else _begun(work, source)
    return _ended(work, process), kills


def _begun(work: Desk, source: str) -> Process:
    # What a list hides for longer than the option says could be doubled: the lag is waited for where there is one.
    lag = ["--max-lag", "30"] if work.server.faults.list_lag_s else []
    return work.start_run(source, options=["--timeout", "0.5", *lag])


def _struck(work: Desk, process: Process, rows: int, kills_left: int, chance: random.Random) -> bool:
    """Kills the process at a random moment, unless it ends before."""
    have = len(work.server.store)
    if (
        rows > ROWS and chance.random() < 0.2
    ):  # at any time, be it before the first row or between two files of the report
        time.sleep(chance.uniform(0, 3))
    else:
        goal = have + chance.randint(1, max(1, (rows - have) // (kills_left + 1)))
        until(lambda: len(work.server.store) >= min(goal, rows), process)
        time.sleep(chance.uniform(0, 0.03))
    if not process.lives:
        return False
    process.kill()
    return True


def _ended(work: Desk, process: Process) -> Ended:
    ended = process.wait()
    if ended.code == 2 and "is complete" in ended.err:  # killed between the run's end and its report
        return work.start("report", work.runs[-1]).wait()
    return ended


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_run_that_is_killed_again_and_again_is_completed_by_resuming_it(work: Desk, seed: int) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(lose_answers=0.1, latency_s=0.03, seed=seed)

    ended, kills = killed_and_resumed(work, source, 2, random.Random(seed))

    assert work.judge(ended) == kept(Created=ROWS)
    assert kills == 2


SOAK = {
    "2 % of answers lost": Faults(lose_answers=0.02, latency_s=0.01),
    "20 % of answers lost": Faults(lose_answers=0.2, latency_s=0.01),
    "5 % dropped, 5 % cut": Faults(drop=0.05, cut_answers=0.05, latency_s=0.01),
    "10 % unreadable": Faults(odd_bodies=0.1, latency_s=0.01),
    "10 % 502 after creation": Faults(errors=0.1, error_status=502, error_after_create=True, latency_s=0.01),
    "10 % 500 before creation": Faults(errors=0.1, latency_s=0.01),
    "slow server, 5 % lost": Faults(lose_answers=0.05, latency_s=0.2),
    "5 % lost, list 3 s late": Faults(lose_answers=0.05, latency_s=0.01, list_lag_s=3),
}
WITHOUT_LIST_ROLE = "2 % lost, no List role"


@pytest.mark.soak
@pytest.mark.timeout(900)  # a dozen processes, each until the next is killed, at a server that takes its time
@pytest.mark.parametrize("fault", [*SOAK, WITHOUT_LIST_ROLE])
def test_long_imports_survive_many_kills(
    tmp_path: Path, record_property: Callable[[str, object], None], fault: str
) -> None:
    rows, begun = 3_000, time.monotonic()
    faults = SOAK.get(fault, Faults(lose_answers=0.02, latency_s=0.01))
    users = [user_without("EmailAccount-List")] if fault == WITHOUT_LIST_ROLE else DEFAULT_USERS
    with desk(tmp_path / "desk", faults=faults, users=users) as work:
        if fault == WITHOUT_LIST_ROLE:
            work.credentials = {"NEXUDUS_TOKEN": "clerk-token"}
        source = work.source(accounts(rows))
        ended, kills = killed_and_resumed(work, source, 12, random.Random(fault))
        verdict = work.judge(ended)

        duplicates = sum(line.startswith("DUPLICATE") for line in verdict.broken)
        lost = rows - verdict.counts.get("Created", 0) - verdict.counts.get("InDoubt", 0)
        seconds = round(time.monotonic() - begun, 1)
        line = [fault, rows, kills, verdict.counts.get("Created", 0), duplicates, lost]
        record_property("soak", [*line, verdict.counts.get("InDoubt", 0), seconds])
        assert (duplicates, lost, verdict.broken) == (0, 0, ())
        if fault != WITHOUT_LIST_ROLE:  # where nothing can be looked up, what was in flight stays in doubt
            assert verdict == kept(Created=rows)
        assert kills >= 8


def test_a_server_that_is_still_at_work_on_a_killed_runs_rows_does_not_get_them_twice(work: Desk) -> None:
    source = work.source(accounts(AT_ONCE))
    work.server.faults = Faults(latency_s=3)

    process = work.start_run(source, options=["--timeout", "3.5", "--existing", "ignore"])
    until(lambda: work.server.calls[POST] == AT_ONCE, process)
    process.kill()
    assert len(work.server.store) == 0
    work.server.faults = Faults()  # calls that have begun keep their latency

    assert work.judge(work.resume()) == kept(Created=AT_ONCE)


def test_a_server_that_is_still_at_work_on_a_killed_runs_rows_does_not_get_them_from_another_run(work: Desk) -> None:
    source = work.source(accounts(AT_ONCE))
    work.server.faults = Faults(latency_s=3)
    process = work.start_run(source, options=["--timeout", "3.5", "--existing", "ignore"])
    until(lambda: work.server.calls[POST] == AT_ONCE, process)
    process.kill()
    assert len(work.server.store) == 0
    work.server.faults = Faults()

    other = work.source(accounts(AT_ONCE)[::-1], "other.csv")
    ended = work.run(other, report="other", options=["--timeout", "3.5", "--existing", "ignore"])

    assert work.judge(ended, other, report="other") == kept(Skipped=AT_ONCE)
    assert work.judge(work.resume(work.runs[0]), source) == kept(Created=AT_ONCE)


# -- asked to stop -----------------------------------------------------------------------------------------------


def asked(work: Desk, source: str, number: signal.Signals, *options: str) -> Process:
    """A run that was asked to stop in its midst, and has understood."""
    process = work.start_run(source, options=options)
    until(lambda: len(work.server.store) >= 25, process)
    process.signal(number)
    until(lambda: "Stopping" in process.stderr.read_text(), process)
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_once_a_run_finishes_what_is_in_flight_and_can_be_resumed(work: Desk, number: signal.Signals) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(latency_s=0.2)

    stopped = asked(work, source, number).wait()

    created = len(work.server.store)
    assert work.judge(stopped) == kept(code=5, run="interrupted", Created=created, Unprocessed=ROWS - created)
    assert 25 <= created < ROWS
    work.server.faults = Faults()
    assert work.judge(work.resume()) == kept(Created=ROWS)
    assert work.server.calls[POST] == ROWS


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_twice_a_run_ends_at_once_and_resuming_settles_what_was_in_flight(
    work: Desk, number: signal.Signals
) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(latency_s=0.5)

    process = asked(work, source, number, "--timeout", "1.5")
    process.signal(number)
    stopped = work.judge(process.wait())

    assert (stopped.code, stopped.run, stopped.broken) == (5, "interrupted", ())
    assert stopped.counts["InDoubt"] > 0
    work.server.faults = Faults()
    assert work.judge(work.resume()) == kept(Created=ROWS)
    assert work.server.calls[POST] == ROWS


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
def test_asked_three_times_a_run_still_leaves_what_can_be_resumed(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(latency_s=0.5)

    process = asked(work, source, signal.SIGINT, "--timeout", "1.5")
    process.signal(signal.SIGINT)
    process.signal(signal.SIGINT)
    stopped = process.wait()

    assert stopped.code in {5, -signal.SIGINT}
    assert "Traceback" not in stopped.err
    work.server.faults = Faults()
    assert work.judge(work.resume()) == kept(Created=ROWS)
    assert work.server.calls[POST] == ROWS
