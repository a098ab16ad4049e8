"""An Airflow DAG whose task imports through Python: another task exports a file, this one imports it.

A run that stopped early fails the try, and the next try takes the same run up: nothing is created twice. What only a
person can mend fails the task at once. What the task returns can be looked at by those behind it. The worker has
nexudus-import, NEXUDUS_TOKEN_FILE, and a ledger that all workers reach.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.decorators import dag, task
from airflow.exceptions import AirflowException, AirflowFailException

from pipeline import ExitCode, ImportConfig, ImportFailure, import_rows, resume_run, runs

CONFIG = ImportConfig(ledger="/srv/accounts/ledger.db", defaults={"LastMessageId": "0", "ErrorCount": "0"})


@dag(schedule="0 2 * * *", start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False, max_active_runs=1)
def accounts():
    """Export, import, tell."""

    @task
    def exported() -> str:
        """Stands for whatever writes the file."""
        return "/srv/accounts/export/accounts.csv"

    @task(retries=5, retry_delay=timedelta(minutes=30))
    def imported(path: str) -> dict[str, object]:
        """Imports the file, or goes on with the run of it that stopped."""
        source = Path(path).absolute()
        stopped = [
            one.run.run_id
            for one in runs(CONFIG.ledger)
            if one.can_be_resumed and [s.path for s in one.run.sources] == [source]
        ]
        try:
            result = (resume_run(stopped[0], CONFIG) if stopped else import_rows(source, CONFIG)).run()
        except ImportFailure as failure:
            kind = AirflowException if failure.exit_code is ExitCode.STOPPED else AirflowFailException
            raise kind(f"{failure.code}: {failure.message}") from failure
        if result.exit_code is ExitCode.STOPPED:
            raise AirflowException(f"run {result.run.run_id} stopped, the next try goes on: {result.reason}")
        return {"run": result.run.run_id, "exit_code": int(result.exit_code), **result.summary.as_json()}

    @task
    def told(done: dict[str, object]) -> None:
        """Fails where a person has something to do: rows to correct, or doubts to settle."""
        if done["exit_code"] != ExitCode.OK:
            raise AirflowFailException(f"run {done['run']}: {done}")

    told(imported(exported()))


accounts()
