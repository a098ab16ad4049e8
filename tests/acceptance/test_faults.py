"""Each fault alone: every row ends in the report exactly once, and nothing is created twice."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from pipeline.sandbox.accounts import DEFAULT_USERS
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.harness import LIST, POST, TOKEN, Desk, accounts, desk, kept, until

ROWS = 300
ADMIN = {"NEXUDUS_USERNAME": "admin@example.com", "NEXUDUS_PASSWORD": "sandbox"}
CREATOR = {"NEXUDUS_TOKEN": "creator-token"}
READER = {"NEXUDUS_TOKEN": "reader-token"}
FRESH = {"NEXUDUS_TOKEN": "fresh-token"}
IMPATIENT = ("--attempts", "2")


# -- answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "struck"),
    [
        pytest.param(Faults(lose_answers=0.02), "lose_answer", id="2 % lost"),
        pytest.param(Faults(lose_answers=0.2), "lose_answer", id="20 % lost"),
        pytest.param(Faults(cut_answers=0.2), "cut_answer", id="cut in the middle"),
        pytest.param(Faults(errors=0.2, error_status=500, error_after_create=True), "error", id="500"),
        pytest.param(Faults(errors=0.2, error_status=502, error_after_create=True), "error", id="502"),
        pytest.param(Faults(errors=0.2, error_status=504, error_after_create=True), "error", id="504"),
        pytest.param(Faults(odd_bodies=0.2), "odd_body", id="HTML, truncated, empty and text bodies on 200"),
    ],
)
def test_a_row_that_was_created_without_a_readable_answer_is_adopted_and_not_sent_again(
    work: Desk, faults: Faults, struck: str
) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = faults

    ended = work.run(source)

    assert work.judge(ended) == kept(Created=ROWS)
    assert work.server.injected[struck] > 0
    assert work.server.calls[POST] == ROWS


@pytest.mark.parametrize(
    ("faults", "struck"),
    [
        pytest.param(Faults(drop=0.1), "drop", id="connection ends in the middle of the request"),
        pytest.param(Faults(errors=0.2, error_status=500), "error", id="500"),
        pytest.param(Faults(errors=0.2, error_status=502), "error", id="502"),
        pytest.param(Faults(errors=0.2, error_status=504), "error", id="504"),
    ],
)
def test_a_row_that_was_not_processed_is_sent_again_until_it_is(work: Desk, faults: Faults, struck: str) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = faults

    ended = work.run(source, options=["--attempts", "20"])

    assert work.judge(ended) == kept(Created=ROWS)
    assert work.server.injected[struck] > 0
    assert work.server.calls[POST] > ROWS


def test_a_refusal_inside_a_200_is_the_rows_end(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(refusals=0.2)

    ended = work.run(source)

    refused = work.server.injected["refusal"]
    assert work.judge(ended) == kept(code=3, Created=ROWS - refused, Rejected=refused)
    assert refused > 0
    assert work.server.calls[POST] == ROWS


@pytest.mark.parametrize("status", [409, 429])
@pytest.mark.parametrize("in_words", [False, True], ids=["seconds", "date"])
def test_throttling_delays_rows_and_loses_none(work: Desk, status: int, in_words: bool) -> None:
    source = work.source(accounts(100))
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)
    work.server.faults = Faults(throttle=0.03, throttle_status=status, retry_after=soon if in_words else "1", seed=1)

    ended = work.run(source)

    throttled = work.server.injected["throttle"]
    assert work.judge(ended) == kept(Created=100)
    assert throttled > 0
    assert work.server.calls[POST] + work.server.calls[LIST] == 100 + 2 + throttled


def test_answers_that_come_after_the_time_out_are_looked_up(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(slow=0.1, slow_s=1.5)

    ended = work.run(source, options=["--timeout", "0.5"])

    assert work.judge(ended) == kept(Created=ROWS)
    assert work.server.injected["slow"] > 0
    assert work.server.calls[POST] == ROWS


# -- tokens and roles --------------------------------------------------------------------------------------------


def test_an_expired_token_is_renewed_once_for_all_workers(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(expire_token=110)
    work.credentials = ADMIN

    ended = work.run(source)

    assert work.judge(ended) == kept(Created=ROWS)
    # Two listings and 300 rows, each let in once, at 110 calls a token.
    assert work.server.calls[TOKEN] == 3


def test_a_fixed_token_that_expires_stops_the_run_and_a_new_one_resumes_it(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(expire_token=102)

    stopped = work.run(source)

    assert work.judge(stopped) == kept(code=7, run="stopped", Created=100, Unprocessed=ROWS - 100)
    assert "EmailAccount-Create" in stopped.out

    admin = DEFAULT_USERS[0]
    work.server.faults = Faults()
    work.server.tokens.register("fresh-token", admin)
    work.credentials = FRESH

    assert work.judge(work.resume()) == kept(Created=ROWS)


def test_a_user_who_may_not_create_is_told_the_missing_role_and_nothing_is_created(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    work.credentials = READER

    ended = work.run(source)

    assert work.judge(ended) == kept(code=7, run="stopped", Unprocessed=ROWS)
    assert "EmailAccount-Create" in ended.out
    assert len(work.server.store) == 0


def test_a_user_who_may_not_list_is_told_so_and_the_run_goes_on(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    work.credentials = CREATOR

    ended = work.run(source)

    assert work.judge(ended) == kept(Created=ROWS)
    assert "the user lacks the role EmailAccount-List" in " ".join(ended.err.split())


def test_rows_in_doubt_of_a_user_who_may_not_list_are_settled_once_somebody_may(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    work.credentials = CREATOR
    work.server.faults = Faults(lose_answers=0.05)

    ended = work.run(source)

    lost = work.server.injected["lose_answer"]
    assert work.judge(ended) == kept(code=4, Created=ROWS - lost, InDoubt=lost)
    assert lost > 0

    work.credentials = {"NEXUDUS_TOKEN": "sandbox-token"}
    assert work.judge(work.resume()) == kept(Created=ROWS)
    assert work.server.calls[POST] == ROWS


@pytest.mark.parametrize("lag_s", [0, 3, 15])
def test_a_list_that_is_late_doubles_nothing_with_the_default_settings(work: Desk, lag_s: float) -> None:
    source = work.source(accounts(40))
    work.server.faults = Faults(list_lag_s=lag_s, lose_answers=0.3, latency_s=0.05)

    ended = work.run(source, options=["--settle", "1" if lag_s == 15 else "5", "--max-lag", "30"])

    assert work.judge(ended) == kept(Created=40)
    assert work.server.injected["lose_answer"] > 0


# -- what is not the endpoint ------------------------------------------------------------------------------------


def test_a_wrong_path_stops_the_run_before_any_row_is_refused(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    wrong = ["--base-url", f"{work.server.base_url}/v2", "--existing", "ignore"]

    stopped = work.run(source, options=wrong)

    assert stopped.code == 5
    assert "What answers is not the endpoint (HTTP 404" in stopped.out
    assert "--base-url" in stopped.out
    assert work.report()["Summary"]["Unprocessed"] == ROWS
    assert len(work.server.store) == 0


# -- a server that goes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("abort", [False, True], ids=["in good order", "as if its machine had died"])
def test_a_server_restarted_in_mid_run_costs_no_row(work: Desk, abort: bool) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(latency_s=0.01)

    process = work.start_run(source)
    until(lambda: len(work.server.store) >= 50, process)
    work.server.stop(abort=abort)
    work.server.start()

    assert work.judge(process.wait()) == kept(Created=ROWS)


@pytest.mark.parametrize("credentials", [{"NEXUDUS_TOKEN": "sandbox-token"}, ADMIN], ids=["token", "user"])
def test_a_target_that_is_down_from_the_start_stops_the_run_before_anything_is_sent(
    work: Desk, credentials: dict[str, str]
) -> None:
    source = work.source(accounts(ROWS))
    work.credentials = credentials
    work.server.stop()

    stopped = work.run(source, options=IMPATIENT)

    assert stopped.code == 5
    work.server.start()
    # With a name and a password the sign-in comes first: without it there is no run yet.
    again = work.run(source) if credentials is ADMIN else work.resume()
    assert work.judge(again) == kept(Created=ROWS)


def test_a_target_that_goes_down_in_mid_run_stops_it_and_resuming_completes_it(work: Desk) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(latency_s=0.01)

    process = work.start_run(source, options=IMPATIENT)
    until(lambda: len(work.server.store) >= 50, process)
    work.server.stop(abort=True)
    stopped = work.judge(process.wait())

    assert (stopped.code, stopped.run, stopped.broken) == (5, "stopped", ())
    work.server.start()
    assert work.judge(work.resume()) == kept(Created=ROWS)


def test_a_target_that_is_gone_when_the_last_rows_are_looked_up_leaves_a_run_that_can_be_resumed(work: Desk) -> None:
    source = work.source(accounts(20))
    work.server.faults = Faults(lose_answers=1)

    process = work.start_run(source, options=["--settle", "1", *IMPATIENT])
    until(lambda: len(work.server.store) == 20, process)
    work.server.stop(abort=True)

    assert work.judge(process.wait()) == kept(code=5, run="stopped", InDoubt=20)
    work.server.faults = Faults()
    work.server.start()
    assert work.judge(work.resume()) == kept(Created=20)


# -- clocks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("existing", ["skip", "ignore"])
@pytest.mark.parametrize("ahead", [timedelta(hours=-1), timedelta(hours=1)], ids=["behind", "ahead"])
def test_a_target_with_another_time_of_day_gets_no_row_twice(tmp_path: Path, ahead: timedelta, existing: str) -> None:
    with desk(tmp_path / "desk", now=lambda: datetime.now(UTC) + ahead) as work:
        source = work.source(accounts(50))
        work.server.faults = Faults(lose_answers=0.2)

        ended = work.run(source, options=["--existing", existing])

        assert work.judge(ended) == kept(Created=50)
        assert work.server.calls[POST] == 50


# -- disks -------------------------------------------------------------------------------------------------------


def _small_files() -> None:
    """As on a full disk: no file grows beyond this, and whoever tries is told instead of killed."""
    import resource  # not on Windows, which knows no such limit

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
def test_a_ledger_that_can_grow_no_further_stops_the_run_and_resuming_completes_it(work: Desk) -> None:
    source = work.source(accounts(ROWS))

    stopped = work.run(source, before=_small_files)

    assert stopped.code == 5
    assert "The ledger cannot be written" in stopped.err
    assert 0 < len(work.server.store) < ROWS
    assert work.judge(work.resume()) == kept(Created=ROWS)
    assert work.server.calls[POST] == ROWS


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, that fills soon."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can mount a small disk, and not everywhere")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(path: Path) -> None:
    """Writes a file until the file system has no room left."""
    with path.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while stream.write(bytes(65_536)):
            pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
def test_a_disk_that_fills_stops_the_run_and_room_on_it_completes_it(work: Desk, small_disk: Path) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(latency_s=0.2)
    ledger = small_disk / "ledger.db"
    (work.folder / "ledger.db").symlink_to(ledger)
    process = work.start_run(source, options=["--concurrency", "5"], ledger=str(ledger))
    until(lambda: len(work.server.store) > 0, process)
    process.signal(signal.SIGSTOP)  # so that the disk is full before the next rows, however fast the machine is
    ballast = small_disk / "ballast"
    fill(ballast)
    process.signal(signal.SIGCONT)

    stopped = process.wait()

    assert stopped.code == 5
    assert "The ledger cannot be written" in stopped.err
    assert 0 < len(work.server.store) < ROWS
    ballast.unlink()
    assert work.judge(work.resume(ledger=str(ledger))) == kept(Created=ROWS)
    assert work.server.calls[POST] == ROWS


# -- what only a person can settle -------------------------------------------------------------------------------


def test_ids_that_begin_anew_at_the_target_are_in_doubt_and_their_rows_are_never_sent_again(work: Desk) -> None:
    """A database that was put back, or a stand-in that was started again: an Id then says nothing about a row."""
    first, second = work.source(accounts(4), "first.csv"), work.source(accounts(4, first=5), "second.csv")
    assert work.run(first, report="first").code == 0
    work.server.stop()
    with SandboxServer(port=work.server.port) as anew:
        ended = work.run(second, report="second")
        assert (ended.code, work.report("second")["Summary"]["InDoubt"]) == (4, 4)
        assert work.resume().code == 4
        assert work.report("second")["Summary"]["InDoubt"] == 4
        assert (anew.calls[POST], len(anew.store)) == (4, 4)


def test_a_row_that_no_list_ever_shows_ends_in_doubt_and_not_as_never_created(work: Desk) -> None:
    source = work.source(accounts(1))
    work.server.faults = Faults(lose_answers=1.0, list_lag_s=600)

    ended = work.run(source, options=IMPATIENT)
    assert (ended.code, work.report()["Summary"]["InDoubt"]) == (4, 1)
    assert "never seen to be up to date" in work.report()["Errors"][0]["Response"]["Message"]
    assert work.server.calls[POST] == 2
    assert work.resume().code == 4
    assert work.server.calls[POST] == 2
