"""Which files of a folder are reports."""

import re
from pathlib import Path

import pytest

import pipeline.reports
from pipeline.reports.file_names import is_report

_NAMES = re.compile(r'["/](\.?[a-z_]+(?:-1)?\.(?:csv|json|html|xlsx))"')


def test_every_file_that_a_report_is_written_into_is_known_as_one():
    folder = Path(pipeline.reports.__file__).parent
    named = {name for module in folder.glob("*.py") for name in _NAMES.findall(module.read_text())}
    assert {"created.csv", "report.json", "undo.json", "rejected.xlsx"} <= named
    assert {name for name in named if not is_report(name)} == set()


@pytest.mark.parametrize("name", ["rejected-12.csv", "rejected-1.xlsx", "REJECTED.CSV", "Report.html"])
def test_names_of_reports(name):
    assert is_report(name)


@pytest.mark.parametrize("name", ["rejected-by-hand.csv", "my-errors.csv", "errors.csv.gz", "accounts.csv", "latest"])
def test_names_of_other_files(name):
    assert not is_report(name)
