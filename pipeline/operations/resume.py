"""Takes up a run where it stopped, however it stopped.

May import `operations.run` and all rooms below.
"""

from __future__ import annotations

import contextlib

from pipeline.errors import ConfigurationError
from pipeline.intake.intake import open_intake
from pipeline.intake.sources import unchanged_sources
from pipeline.ledger.ledger import Ledger
from pipeline.model.config import RunConfig
from pipeline.operations.connection import Connection, busy
from pipeline.operations.history import reachable_run, unfinished
from pipeline.operations.result import Result
from pipeline.operations.run import Importing


def resume(name: str | None, connection: Connection) -> Result:
    """Takes a run up where it stopped, however it stopped.

    Args:
        name: The run's name; `None` for the one that began last.
        connection: The ledger, and how to reach the target.

    Raises:
        ConfigurationError: There is no such run, it is complete, or another process works on it.
        SourceError: A source is missing or has changed since.
    """
    with contextlib.closing(Ledger(connection.ledger)) as ledger:
        found = reachable_run(ledger, name)
        if not ledger.is_free(found.run.run_id):
            raise busy(found.run.run_id)
        if found.run.run_id not in unfinished(ledger):
            advice = f"Its reports are in {found.run.report_dir}; `nexudus-import report` writes them again."
            raise ConfigurationError(f"Run {found.run.run_id} is complete: there is nothing to resume.", advice=advice)
        intake = open_intake(unchanged_sources(found.run), RunConfig.from_json(found.config))
        return Importing(
            intake=intake, connection=connection, ledger=ledger, total=intake.counted(), begin=lambda: found
        ).result()


def resumable(ledger_location: str) -> list[str]:
    """Names of the runs that can be resumed, the oldest first."""
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        return unfinished(ledger)
