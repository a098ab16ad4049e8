"""What comes of a hard file: what is said of it before anything is sent, and what arrives at a sandbox."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pipeline.cli.hints import hint_of
from pipeline.errors import ImportFailure
from pipeline.intake.intake import Intake, open_intake
from pipeline.intake.sources import find_sources
from pipeline.model.config import RunConfig
from pipeline.sandbox.server import SandboxServer
from tests.support.case_files.rows import HEADER
from tests.support.command_line import call

SHOWN = ("DisplayName", "EmailAddress", "IncomingServer", "IncomingServerPort")
_USUAL_BUSINESS = 1000


def outcome(path: Path, folder: Path) -> dict[str, Any]:
    """All that comes of a file, in the form of the expectations.

    Args:
        path: The file.
        folder: An empty one, for a ledger and reports.
    """
    exit_code, records = _sent(path, folder)
    try:
        intake = open_intake(find_sources([path.name], [path]), RunConfig(endpoint="emailaccounts"))
        intake.demand_rows()
    except ImportFailure as refused:
        assert records == {}
        return {"refused": refused.message, "advice": hint_of(refused), "exit_code": exit_code}
    rows = {row: [None if record[f] is None else str(record[f]) for f in SHOWN] for row, record in records.items()}
    fields = {name for one in intake.sources for name in one.plan.fields}.difference(HEADER)
    more = {row: others for row, record in records.items() if (others := _others(record, fields))}
    return {"exit_code": exit_code, **_said(intake), "rows": rows, **({"more": more} if more else {})}


def _others(record: dict[str, Any], fields: Collection[str]) -> dict[str, Any]:
    """What a record holds beside what is shown and what all of the accounts have."""
    business = record["BusinessId"]
    found = {} if business == _USUAL_BUSINESS else {"BusinessId": business}
    return found | {name: record[name] for name in sorted(fields) if record[name] is not None}


def _said(intake: Intake) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    warnings: dict[str, Any] = {}
    for batch in intake.checked():
        for found, told in ((errors, batch.errors), (warnings, batch.warnings)):
            found |= {
                _place(intake, batch.source, batch.rows[position]): [[f.property_name, f.message] for f in some]
                for position, some in told.items()
            }
    rows = [one.table.header_row for one in intake.sources]
    columns = list(_columns(intake))
    return {
        "header_row": rows[0] if len(rows) == 1 else rows,
        "notices": list(_notices(intake)),
        **({"columns": columns} if columns else {}),
        "errors": errors,
        "warnings": warnings,
    }


def _place(intake: Intake, source: int, row: int) -> str:
    """A row's number, with its table where there are several."""
    return str(row) if len(intake.sources) == 1 else f"{intake.sources[source - 1].source.label} {row}"


def _notices(intake: Intake) -> Iterator[list[str]]:
    for one in intake.sources:
        # What else an encoding might be is charset-normalizer's, whose order may change.
        yield from ([notice.code, notice.message.partition(" (as ")[0]] for notice in one.table.notices)


def _columns(intake: Intake) -> Iterator[str]:
    """What is said about the columns."""
    for one in intake.sources:
        yield from (notice.message for notice in one.plan.notices[len(one.table.notices) :])


def _sent(path: Path, folder: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code of an import into an empty sandbox, and the records that it holds then, by their rows."""
    options = ("--limits", "none", "--ledger", folder / "ledger.db", "--report-dir", folder / "out", "--quiet")
    with SandboxServer() as server:
        ended = call("run", path, "--base-url", server.base_url, *options)
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        records = {record["Id"]: record for record in server.store.records()}
    if not records:
        return ended.exit_code, {}
    report = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
    several = len(report["Run"]["Sources"]) > 1
    created = report["Created"]
    assert {one["Id"] for one in created} == set(records)
    return ended.exit_code, {
        (f"{Path(one['Source']).relative_to(path.parent)} " if several else "") + str(one["Row"]): records[one["Id"]]
        for one in created
    }


def written(found: dict[str, Any]) -> str:
    """An outcome as JSON in which a row is a line."""
    parts = [f"  {json.dumps(key)}: {_lines(value)}" for key, value in found.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(value: Any) -> str:
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    lines = [f"    {json.dumps(key)}: {json.dumps(one, ensure_ascii=False)}" for key, one in value.items()]
    return "{\n" + ",\n".join(lines) + "\n  }"
