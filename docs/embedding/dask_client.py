"""Rows that Dask has put together are imported by its workers, a partition at a time, through one ledger.

The ledger keeps the workers apart: they share its budget of calls and its claims, so that the target's limits hold for
all of them together, and a key that two partitions have is created once. A task that Dask repeats, because its worker
was lost, creates nothing twice either. On one machine the ledger can be a file; on several it is a PostgreSQL URL.
"""

from __future__ import annotations

import dask.dataframe as dd
import pandas as pd
from dask.distributed import Client

from pipeline import ImportConfig, import_rows


def import_partition(rows: pd.DataFrame, name: str, config: ImportConfig) -> list[dict[str, object]]:
    """Imports one partition as a run of its own; returns how each of its rows ended."""
    ended = []
    with import_rows({name: rows}, config) as run:
        for row in run:
            told = row.reason or (row.response or {}).get("Message")
            ended.append({"Row": row.ref.row, "Status": row.status.value, "Id": row.remote_id, "Told": told})
    return [{"Source": name, "Run": run.result.run.run_id, **one} for one in ended]


def import_frame(frame: dd.DataFrame, client: Client, config: ImportConfig) -> pd.DataFrame:
    """Imports all partitions on the workers; returns a table with a line for each row that has ended."""
    parts = client.compute(frame.to_delayed())
    tasks = [
        client.submit(import_partition, part, f"part-{number}", config, pure=False) for number, part in enumerate(parts)
    ]
    return pd.DataFrame([row for rows in client.gather(tasks) for row in rows])
