"""Both engines do the same: row by row, in every report, whatever the rows are."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from pipeline.sandbox.store import Store
from tests.support.command_line import TOKEN, account, call, run_into, write_csv
from tests.support.doubles import ShiftedTime
from tests.support.harness import POST

ROWS = 120


def mixed() -> list[dict[str, Any]]:
    """Rows of every kind: good, odd, invalid, refused by the target, repeated near by and far away, there already."""
    rows: list[dict[str, Any]] = [dict(account(number)) for number in range(1, ROWS + 1)]
    chance = random.Random(11)
    for number in (3, 40, 41, 90):
        rows[number]["ErrorCount"] = "x"
    for number in (5, 60):
        rows[number]["IncomingServerPort"] = 99_999
    for number in (8, 50, 51, 119):
        rows[number] = {**rows[number - 7], "DisplayName": "again"}
    rows[100] = {**rows[3], "DisplayName": "repeats an invalid row"}
    rows[101] = {**rows[20], "EmailAddress": rows[20]["EmailAddress"].upper()}
    rows[70]["EmailAddress"] = ""
    rows[30]["DisplayName"] = "é" * 10
    order = list(range(len(rows)))
    chance.shuffle(order)
    return [rows[n] for n in order]


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[SandboxServer]]:
    """Two targets with the same records, some of which the rows are about."""
    monkeypatch.setenv("NEXUDUS_TOKEN", TOKEN)
    dates = [ShiftedTime(), ShiftedTime()]
    with SandboxServer(store=Store(now=dates[0])) as one, SandboxServer(store=Store(now=dates[1])) as two:
        for server, date in zip((one, two), dates, strict=True):
            with date.shifted(-timedelta(hours=1)):
                for number in (10, 11, 12):
                    server.store.create({**account(number), "DisplayName": "Older"})
        yield [one, two]


def outcome(server: SandboxServer, folder: str) -> dict[str, Any]:
    """All that the reports say, with records in place of their Ids."""
    by_id = {record["Id"]: record["EmailAddress"].lower() for record in server.store.records()}
    report = json.loads(Path(folder, "report.json").read_text(encoding="utf-8"))
    for entry in (*report["Created"], *report["Skipped"], *report["Updated"]):
        entry["Id"] = by_id.get(entry["Id"])
        entry.pop("UpdatedOn", None)
    tables = {path.name: rows_of(path, by_id) for path in sorted(Path(folder).glob("*.csv"))}
    kept = {k: v for k, v in report["Run"].items() if k in {"Status", "Sources"}}
    return {**report, "Run": kept, "Tables": tables}


def rows_of(path: Path, by_id: Mapping[int, str]) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [{**row, "Id": by_id.get(int(row["Id"]))} if row.get("Id") else row for row in rows]


def records(server: SandboxServer) -> list[dict[str, Any]]:
    changing = {"Id", "CreatedOn", "UpdatedOn", "UniqueId"}
    found = [{k: v for k, v in r.items() if k not in changing} for r in server.store.records()]
    return sorted(found, key=lambda r: json.dumps(r, sort_keys=True, default=str))


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize(
    "options", [(), ("--existing", "update"), ("--existing", "ignore"), ("--strict",), ("--limit", "33")]
)
def test_both_engines_end_each_row_alike(
    servers: list[SandboxServer], cluster: str, postgresql: str, options: tuple[str, ...]
) -> None:
    write_csv("a.csv", mixed()[:70])
    write_csv("b.csv", mixed()[70:])

    ends = []
    for server, engine in zip(
        servers, ((), ("--engine", "dask", "--scheduler", cluster, "--ledger", postgresql)), strict=True
    ):
        folder = "local" if not engine else "dask"
        ended = run_into(server, "a.csv", "b.csv", *engine, *options)
        assert ended.exit_code in {0, 3}, ended.output
        ends.append((ended.exit_code, outcome(server, "out")))
        Path("out").rename(folder)

    local, dask = ends
    assert dask == local
    assert records(servers[1]) == records(servers[0])
    assert servers[1].calls[POST] == servers[0].calls[POST]


@pytest.mark.usefixtures("small_batches")
def test_a_run_that_one_engine_left_the_other_completes(target: SandboxServer, cluster: str, postgresql: str) -> None:
    write_csv("a.csv", [account(n) for n in range(1, 61)])
    dask = ("--engine", "dask", "--scheduler", cluster)
    target.faults = Faults(lose_answers=0.3, seed=3)

    begun = run_into(
        target, "a.csv", *dask, "--ledger", postgresql, "--timeout", "1", "--max-errors", "0", token="creator-token"
    )
    assert begun.exit_code in {4, 5}, begun.output

    target.faults = Faults()
    ended = call("resume", "--last", "--ledger", postgresql, "--json")
    assert json.loads(ended.stdout)["Summary"]["Created"] == 60, ended.output
    assert len(target.store) == 60


@pytest.mark.usefixtures("small_batches")
def test_what_ends_a_run_in_a_worker_ends_it_as_it_does_here(
    target: SandboxServer, cluster: str, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_csv("a.csv", [account(n) for n in range(1, 61)])
    dask = ("--engine", "dask", "--scheduler", cluster, "--ledger", postgresql)
    monkeypatch.setenv("NEXUDUS_TOKEN", "reader-token")

    ended = run_into(target, "a.csv", *dask, "--json", token="reader-token")

    report = json.loads(Path("out/report.json").read_text(encoding="utf-8"))
    assert (ended.exit_code, report["Run"]["Status"]) == (7, "stopped"), ended.output
    assert report["Summary"]["Unprocessed"] == report["Summary"]["RowsRead"] == 60
    assert len(target.store) == 0
