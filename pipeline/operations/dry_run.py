"""`run --dry-run`: all of an import but the creating calls; nothing of it stays in the ledger.

May import `operations.run` and all rooms below. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from pipeline.delivery.payload import bodies
from pipeline.errors import ExitCode
from pipeline.ledger.ledger import Ledger
from pipeline.model.findings import REDACTED
from pipeline.operations.run import importing

if TYPE_CHECKING:
    from pipeline.intake.intake import Intake
    from pipeline.operations.connection import Connection
    from pipeline.operations.new_run import ReportDir
    from pipeline.operations.observer import Preview
    from pipeline.operations.survey import Survey

MOST_BODIES = 3


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """What a run would do.

    Attributes:
        preview: What it would say before it begins.
        survey: What is known of its rows.
        bodies: The first bodies that it would send, without secrets.
    """

    preview: Preview
    survey: Survey
    bodies: Sequence[dict[str, Any]]

    @property
    def exit_code(self) -> ExitCode:
        """What scripts are told."""
        return ExitCode.ROWS_REFUSED if self.survey.invalid else ExitCode.OK

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        found, finish = self.survey, self.preview.finish
        return {
            "DryRun": True,
            "Target": self.preview.target,
            "User": self.preview.user,
            "Plan": {
                "RowsRead": found.rows,
                "Create": self.preview.count - self.preview.changed,
                "Change": self.preview.changed,
                "CreatedByEarlierRuns": found.known,
                "ExistAtTarget": found.existing,
                "Repeated": found.repeated,
                "Invalid": found.invalid,
            },
            "Notices": [{"Source": label, "Code": one.code, "Message": one.message} for label, one in found.notices],
            **found.errors.as_json(),
            "Warnings": [problem.as_json() for problem in found.warnings.shown],
            "DoneAt": finish.isoformat(timespec="seconds") if finish else None,
            "FirstBodies": list(self.bodies),
            "ExitCode": int(self.exit_code),
        }


def dry_run(intake: Intake, report_dir: ReportDir, connection: Connection) -> DryRun:
    """Does all of `run` but the creating calls; nobody is asked.

    Args:
        intake: The sources.
        report_dir: Where the reports would go.
        connection: The target and the ledger.

    Raises:
        SourceError: There is no row.
        SignInError: The credentials are refused.
        TargetUnavailable: The target does not answer.
        ConfigurationError: The ledger cannot be opened, or the reports could not be written.
    """
    with contextlib.closing(Ledger(connection.ledger)) as ledger:
        run = importing(intake, report_dir, connection, ledger)
        preview = run.preview()
    found = preview.survey or run.survey
    if found is None:
        raise ValueError("a new run has a survey")
    return DryRun(preview=preview, survey=found, bodies=_first_bodies(found, intake))


def _first_bodies(found: Survey, intake: Intake) -> list[dict[str, Any]]:
    with contextlib.closing(found.checked(intake)) as batches:
        batch = next(batches)
    valid = islice((p for p in range(len(batch.rows)) if p not in batch.errors), MOST_BODIES)
    encoded = bodies(intake.endpoint, batch.typed, list(valid))
    secrets = intake.endpoint.secrets
    return [{n: REDACTED if n in secrets else v for n, v in json.loads(body).items()} for body in encoded]
