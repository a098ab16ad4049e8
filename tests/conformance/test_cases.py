"""Files as people's programs write them: the rows that are meant, and what is said about them.

`tests/files/cases/` holds each file, and beside it `NAME.json`: the header's row, the notices about the file, each
row's values, errors and warnings; or in which words it is refused. A new case is a file and its JSON.
"""

import json
from pathlib import Path

import pytest

from pipeline.cli.hints import hint_of
from pipeline.errors import SourceError
from pipeline.intake.intake import open_intake
from pipeline.intake.sources import find_sources
from pipeline.model.config import RunConfig

CASES = Path(__file__).parents[1] / "files" / "cases"
SHOWN = ("DisplayName", "EmailAddress", "IncomingServer", "IncomingServerPort")
EXPECTED = sorted(CASES.glob("*.json"))


def outcome(path):
    """What comes of a file, in the form of the expectations."""
    try:
        intake = open_intake(find_sources([path.name], [path]), RunConfig(endpoint="emailaccounts"))
    except SourceError as refused:
        return {"refused": refused.message, "advice": hint_of(refused)}
    rows, errors, warnings = {}, {}, {}
    for batch in intake.checked():
        for position, row in enumerate(batch.rows):
            if position not in batch.errors:
                values = batch.typed.loc[position, list(SHOWN)]
                rows[str(row)] = [None if value is None else str(value) for value in values]
        for found, told in ((errors, batch.errors), (warnings, batch.warnings)):
            found |= {str(batch.rows[p]): [[f.property_name, f.message] for f in some] for p, some in told.items()}
    (source,) = intake.sources
    # What else an encoding might be is charset-normalizer's, whose order may change.
    notices = [[notice.code, notice.message.partition(" (as ")[0]] for notice in source.table.notices]
    found = {"header_row": source.table.header_row, "notices": notices, "rows": rows}
    return {**found, "errors": errors, "warnings": warnings}


def test_every_case_has_its_expectations():
    files = {path.name for path in CASES.iterdir() if path.suffix != ".json"}
    assert files == {path.stem for path in EXPECTED}
    assert len(files) >= 40


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.stem)
def test_a_case_is_read_right_or_said(expected):
    assert outcome(expected.with_suffix("")) == json.loads(expected.read_text(encoding="utf-8"))
