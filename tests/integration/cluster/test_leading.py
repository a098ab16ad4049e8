"""A run that a cluster sends: what it needs, what it says, what it never tells, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import distributed
import pytest
import sqlalchemy as sa

from pipeline.errors import Code, SourceError
from pipeline.intake.intake import Intake
from pipeline.operations.cluster import tasks
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import account, call, run_into, write_csv


def rows(count: int) -> list[dict[str, Any]]:
    return [dict(account(number)) for number in range(1, count + 1)]


def report() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("out/report.json").read_text(encoding="utf-8"))
    return found


def on(cluster: str, ledger: str) -> tuple[str, ...]:
    return ("--engine", "dask", "--scheduler", cluster, "--ledger", ledger)


# -- what it needs -----------------------------------------------------------------------------------------------


def test_without_dask_it_is_said_what_to_install(target: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    write_csv("a.csv", rows(1))
    ended = run_into(target, "a.csv", "--engine", "dask", "--ledger", "postgresql+psycopg://me@127.0.0.1:1/none")
    assert ended.exit_code == 2
    assert "nexudus-import[dask,postgresql]" in ended.stderr


def test_workers_cannot_share_a_file(target: SandboxServer) -> None:
    write_csv("a.csv", rows(1))
    ended = run_into(target, "a.csv", "--engine", "dask", "--json")
    told = json.loads(ended.stdout)
    assert (ended.exit_code, told["Code"]) == (2, "engine-needs-postgresql")
    assert "nexudus-import ledger copy" in told["Advice"]
    assert len(target.store) == 0


def test_workers_elsewhere_cannot_reach_an_embedded_sandbox(cluster: str, postgresql: str) -> None:
    write_csv("a.csv", rows(1))
    ended = call("run", "a.csv", "--sandbox", *on(cluster, postgresql), "--json")
    assert (ended.exit_code, json.loads(ended.stdout)["Code"]) == (2, "engine-out-of-reach")


def test_a_scheduler_without_the_engine_is_a_mistake(target: SandboxServer) -> None:
    write_csv("a.csv", rows(1))
    ended = run_into(target, "a.csv", "--scheduler", "tcp://127.0.0.1:1")
    assert ended.exit_code == 2
    assert "--scheduler goes with --engine dask" in ended.stderr


def test_a_cluster_that_does_not_answer_stops_the_run_with_every_row_in_its_report(
    target: SandboxServer, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dask

    write_csv("a.csv", rows(30))
    with dask.config.set({"distributed.comm.timeouts.connect": "300ms"}):
        ended = run_into(target, "a.csv", *on("tcp://127.0.0.1:1", postgresql), "--json")
    told = json.loads(ended.stdout)
    assert (ended.exit_code, told["Code"]) == (5, "cluster-unreachable"), ended.output
    assert report()["Summary"]["Unprocessed"] == report()["Summary"]["RowsRead"] == 30
    assert len(target.store) == 0
    assert json.loads(call("resume", "--last", "--ledger", postgresql, "--json").stdout)["Summary"]["Created"] == 30


# -- what it never tells -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_batches")
def test_no_secret_goes_through_the_cluster(
    target: SandboxServer,
    cluster: str,
    postgresql: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither the token nor the ledger's password, nor a field that is secret: not in keys, logs or dumps of state."""
    secrets = {"sandbox-token": "NEXUDUS_TOKEN", "hunter2": "PGPASSWORD"}
    url = sa.make_url(postgresql).set(password="hunter2").render_as_string(hide_password=False)
    monkeypatch.setenv("NEXUDUS_IMPORT_LEDGER", url)
    field = "ya29.secret-of-a-row"
    write_csv("a.csv", [row | {"GoogleAccessToken": field} for row in rows(40)])
    dump, send = Path("dump").absolute(), tasks.send

    def dumping(job: Any, batch: Any) -> Any:
        if not dump.exists():
            with distributed.worker_client() as client, dump.open("a") as file:
                file.write(repr((job, batch)))
                file.write(repr(client.run_on_scheduler(lambda dask_scheduler: dask_scheduler._to_dict())))
                file.write(repr(client.run(lambda dask_worker: dask_worker._to_dict())))
        return send(job, batch)

    monkeypatch.setattr(tasks, "send", dumping)
    ended = run_into(target, "a.csv", *on(cluster, url), "--json")

    assert json.loads(ended.stdout)["Summary"]["Created"] == 40, ended.output
    assert "'tasks'" in dump.read_text()
    assert "dumping-" in dump.read_text()
    everything = "\n".join([dump.read_text(), caplog.text, ended.output, json.dumps(report())])
    for secret in (*secrets, field):
        assert secret not in everything


# -- how it ends -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_batches")
def test_too_many_errors_over_all_workers_end_the_run(target: SandboxServer, cluster: str, postgresql: str) -> None:
    bad = [row | {"ErrorCount": "x"} if number in {3, 20, 37} else row for number, row in enumerate(rows(60))]
    write_csv("a.csv", bad)
    ended = run_into(target, "a.csv", *on(cluster, postgresql), "--max-errors", "2", "--json")
    summary = json.loads(ended.stdout)["Summary"]
    assert (ended.exit_code, summary["Invalid"], summary["RowsRead"]) == (5, 3, 60)
    assert summary["Created"] + summary["Unprocessed"] == 57
    assert summary["Created"] == len(target.store)


@pytest.mark.usefixtures("small_batches")
def test_a_flood_of_refusals_ends_the_run(target: SandboxServer, cluster: str, postgresql: str) -> None:
    target.faults = Faults(errors=1, error_status=400)
    write_csv("a.csv", rows(80))
    ended = run_into(target, "a.csv", *on(cluster, postgresql), "--stop-after", "10", "--concurrency", "2", "--json")
    summary = json.loads(ended.stdout)["Summary"]
    assert ended.exit_code == 5, ended.output
    assert 10 <= summary["Rejected"] < 80
    assert summary["Rejected"] + summary["Unprocessed"] == 80


def test_a_local_cluster_imports_as_a_person_would_start_it(
    target: SandboxServer, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes of Dask's own, which are given this one's sign-in and ledger, and nothing in the environment."""
    import dask

    monkeypatch.delenv("NEXUDUS_TOKEN")
    write_csv("a.csv", rows(25))
    with dask.config.set({"distributed.worker.daemon": True}):
        ended = run_into(target, "a.csv", "--engine", "dask", "--ledger", postgresql, "--json")
    assert json.loads(ended.stdout)["Summary"]["Created"] == len(target.store) == 25, ended.output
    assert "NEXUDUS_IMPORT_LEDGER" not in os.environ


@pytest.mark.skipif(sys.version_info >= (3, 11, 9), reason="this Python does not freeze")
def test_a_profiler_that_can_freeze_this_python_is_taken_out_of_the_workers(
    target: SandboxServer, postgresql: str
) -> None:
    import dask

    write_csv("a.csv", rows(3))
    profiled = dask.config.set({"distributed.worker.profile.enabled": True})
    with (
        profiled,
        distributed.LocalCluster(
            processes=False, protocol="tcp://", n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
    ):
        (worker,) = cluster.workers.values()
        assert "profile" in worker.periodic_callbacks
        assert run_into(target, "a.csv", *on(cluster.scheduler_address, postgresql)).exit_code == 0
        assert not {"profile", "profile-cycle"} & worker.periodic_callbacks.keys()


def test_a_source_that_fails_meanwhile_ends_the_run_with_its_reports(
    cluster: str, postgresql: str, target: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Intake.unchecked

    def failing(intake: Intake, batch_rows: int) -> Iterator[Any]:
        yield from whole(intake, batch_rows)
        raise SourceError(Code.SOURCE_UNREADABLE, "a.csv: cannot be read.")

    monkeypatch.setattr(Intake, "unchecked", failing)
    write_csv("a.csv", rows(30))
    ended = run_into(target, "a.csv", *on(cluster, postgresql), "--json")
    told = json.loads(ended.stdout)
    assert (ended.exit_code, told["Code"]) == (6, "source-unreadable"), ended.output
    assert report()["Summary"]["RowsRead"] == 30
    assert report()["Summary"]["Created"] + report()["Summary"]["Unprocessed"] == 30
    assert len(target.store) == report()["Summary"]["Created"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are no messages there")
def test_after_the_second_signal_rows_that_were_not_handed_out_stand_in_the_report_too(
    cluster: str, postgresql: str, target: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Intake.unchecked

    def interrupted(intake: Intake, batch_rows: int) -> Iterator[Any]:
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(os.getpid(), number)
        yield from whole(intake, batch_rows)

    monkeypatch.setattr(Intake, "unchecked", interrupted)
    write_csv("a.csv", rows(30))
    ended = run_into(target, "a.csv", *on(cluster, postgresql), "--json")
    told = json.loads(ended.stdout)
    assert (ended.exit_code, told["Code"]) == (5, "stopped-on-request"), ended.output
    assert (report()["Summary"]["RowsRead"], report()["Summary"]["Unprocessed"]) == (30, 30)
    assert not target.store
