"""`run --dry-run`: all of an import but the creating calls; nothing of it stays in the ledger.

May import `operations.run` and all rooms below. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from pipeline.delivery.payload import bodies
from pipeline.errors import ExitCode
from pipeline.ledger.ledger import Ledger
from pipeline.model.counts import counted
from pipeline.model.findings import REDACTED
from pipeline.operations.run import importing

if TYPE_CHECKING:
    from pipeline.intake.intake import Intake
    from pipeline.model.findings import CheckedBatch
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

    def in_one_line(self) -> str:
        """The exit code and the counts, for a log or a mail."""
        counts = [
            (self.preview.count, "to send"),
            (self.survey.known + (self.survey.existing or 0), "known or existing"),
            (self.survey.repeated, "repeated"),
            (self.survey.invalid, "invalid"),
        ]
        told = ", ".join([counted(self.survey.rows, "row") + " read", *(f"{n:,} {word}" for n, word in counts if n)])
        return f"dry run: exit code {self.exit_code:d}; {told}"

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        found, finish, end = self.survey, self.preview.finish, self.preview.early_end
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
            "DoneAt": finish.isoformat(timespec="seconds") if finish and not end else None,
            "EarlyEnd": end.as_json() if end else None,
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
    new = {key.folded for part in found.new.values() for key in part} - found.existing_keys
    encoded: list[bytes] = []
    with contextlib.closing(found.checked(intake)) as batches:
        for batch in batches:
            to_send = _new_in(batch, new) if found.batches is not None else _likely_new_in(batch)
            encoded += bodies(intake.endpoint, batch.typed, list(islice(to_send, MOST_BODIES - len(encoded))))
            if len(encoded) == MOST_BODIES:
                break
    secrets = intake.endpoint.secrets
    return [{n: REDACTED if n in secrets else v for n, v in json.loads(body).items()} for body in encoded]


def _new_in(batch: CheckedBatch, new: set[str]) -> Iterator[int]:
    """Positions of the rows that would be created; their keys are taken out of the set, so that no row repeats one."""
    for position, key in enumerate(batch.keys):
        if position not in batch.errors and key is not None and key.folded in new:
            new.discard(key.folded)
            yield position


def _likely_new_in(batch: CheckedBatch) -> Iterator[int]:
    """The same for a source whose keys are too many to be kept: valid rows that repeat no other one."""
    return (p for p in range(len(batch.rows)) if p not in batch.errors and p not in batch.duplicates)
