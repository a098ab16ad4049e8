"""A Dask cluster of threads in the test's own process, a target, and one ledger in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import dask
import distributed
import pytest

from pipeline.operations.cluster import bench, delivery
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import TOKEN
from tests.support.harness import until


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a scheduler with two workers."""
    unprofiled = dask.config.set({"distributed.worker.profile.enabled": False})  # it can freeze Python before 3.11.9
    with (
        unprofiled,
        distributed.LocalCluster(
            processes=False, protocol="tcp://", n_workers=2, threads_per_worker=2, dashboard_address="127.0.0.1:0"
        ) as opened,
    ):
        yield opened.scheduler_address


@pytest.fixture(autouse=True)
def _closed(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No bench of a run outlives its test, whose database goes with it; nor need the test wait for it for long."""
    monkeypatch.setattr(bench, "_LOOK_EVERY_S", 0.1)
    yield
    until(lambda: not bench.open_benches())


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxServer]:
    """An empty sandbox that this process, and so its workers, are signed in to."""
    monkeypatch.setenv("NEXUDUS_TOKEN", TOKEN)
    with SandboxServer() as server:
        yield server


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows make many batches."""
    monkeypatch.setattr("pipeline.operations.cluster.leading.BATCH_ROWS", 7)
    assert delivery.BATCH_ROWS > 7
