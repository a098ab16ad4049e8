"""A ledger's database that is restarted under a run: the run waits for it and goes on; nothing is lost or doubled."""

from __future__ import annotations

import pytest

from pipeline.sandbox.faults import Faults
from tests.support.harness import POST, Desk, accounts, until
from tests.support.postgresql import Server

ROWS = 120


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_run_whose_database_is_restarted_goes_on(work: Desk, own_postgresql: Server, mode: str) -> None:
    source = work.source(accounts(ROWS))
    work.server.faults = Faults(latency_s=0.1)

    process = work.start_run(source, options=["--concurrency", "4"], ledger=own_postgresql.url)
    until(lambda: len(work.server.store) >= ROWS / 4, process)
    own_postgresql.restart(mode)
    ended = process.wait()

    assert ended.code == 0, ended.err
    assert "The ledger is back; going on." in ended.err
    created = work.report()["Created"]
    assert len(created) == len({one["Row"] for one in created}) == ROWS
    records = {record["Id"]: record["EmailAddress"] for record in work.server.store.records()}
    assert {one["Id"]: one["Key"]["EmailAddress"] for one in created} == records
    assert work.server.calls[POST] == ROWS
