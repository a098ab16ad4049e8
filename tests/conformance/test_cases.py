"""Files as people's programs write them: the rows that are meant, what is said of them, and what arrives.

`tests/files/cases/` holds each file, and beside it `NAME.json`: the header's row, the notices about the file, each
row's errors and warnings, the values that arrive at a sandbox, and the exit code; or in which words it is refused.
Most of them are made by `python -m tests.support.case_files`. A new case is a file and its JSON.
"""

import json
from pathlib import Path

import pytest

from tests.support.case_files.every import all_files
from tests.support.case_outcomes import outcome

CASES = Path(__file__).parents[1] / "files" / "cases"
EXPECTED = sorted(CASES.glob("*.json"))


def test_every_case_has_its_expectations():
    files = {path.name for path in CASES.iterdir() if path.suffix != ".json"}
    assert files == {path.stem for path in EXPECTED}
    assert len(files) >= 120


def test_the_files_that_are_made_are_as_they_are_made():
    made = all_files()
    assert {name for name, content in made.items() if (CASES / name).read_bytes() != content} == set()


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.stem)
def test_a_case_arrives_as_it_is_meant_or_is_said(expected, tmp_path):
    assert outcome(expected.with_suffix(""), tmp_path) == json.loads(expected.read_text(encoding="utf-8"))
