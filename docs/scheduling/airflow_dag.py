"""An Airflow DAG that imports what has come in, every night.

Stopped early (exit code 5) is tried again by Airflow, and goes on where it stopped; what only a person can mend fails
the task at once, with the reason in its log. The worker has nexudus-import and NEXUDUS_TOKEN_FILE.
"""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta

from airflow.decorators import dag, task
from airflow.exceptions import AirflowException, AirflowFailException

STOPPED_EARLY = 5


@dag(
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=30)},
)
def nexudus_import():
    """One task; runs and rows are kept in the ledger, not in Airflow."""

    @task
    def nightly():
        command = ["nexudus-import", "nightly", "/srv/accounts/inbox", "--for", "4h"]
        ended = subprocess.run(command, check=False)
        if ended.returncode == STOPPED_EARLY:
            raise AirflowException("stopped early: the next try goes on")
        if ended.returncode:
            raise AirflowFailException(f"exit code {ended.returncode}: see the log above")

    nightly()


nexudus_import()
