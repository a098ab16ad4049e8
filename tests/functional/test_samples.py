"""The sample data, imported as the README says."""

import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.server import SandboxServer
from schemas import endpoints
from tests.support.command_line import LEGACY_VALUES, SAMPLES, by_key, call, report_in, run_into, summary

FIELDS = endpoints()["emailaccounts"].fields


class TestSamples:
    """Exactly the numbers of the README."""

    @pytest.mark.parametrize("sample", ["accounts.csv", "accounts.xlsx"])
    def test_the_clean_ones(self, sample):
        result = call("run", SAMPLES / sample, "--sandbox", "--report-dir", "out", token=None)
        left_out = 1 if sample == "accounts.xlsx" else 0  # a sheet of notes
        assert report_in()["Summary"] == summary(RowsRead=30, Created=30, Warnings=left_out)
        assert result.exit_code == 0

    def test_the_one_with_errors(self):
        result = call("run", SAMPLES / "accounts_with_errors.csv", "--sandbox", "--report-dir", "out")
        expected = summary(RowsRead=24, Created=12, Skipped=1, Invalid=11, Warnings=6)
        assert report_in()["Summary"] == expected
        assert result.exit_code == ExitCode.ROWS_REFUSED
        assert "Next: correct the rows in out/rejected.csv" in result.stdout

    def test_the_legacy_export(self):
        source = SAMPLES / "legacy_export.csv"
        result = call("run", source, "--sandbox", "--report-dir", "out", *LEGACY_VALUES)
        assert report_in()["Summary"] == summary(RowsRead=5, Created=5, Warnings=3)
        assert result.exit_code == 0

    def test_the_workbook_is_sent_as_the_text_file_is(self, target):
        other = SandboxServer()
        with other:
            run_into(target, SAMPLES / "accounts.csv")
            run_into(other, SAMPLES / "accounts.xlsx")
        kept = [
            [{k: v for k, v in r.items() if k in {f.name for f in FIELDS}} for r in by_key(server)]
            for server in (target, other)
        ]
        assert kept[0] == kept[1]
        assert len(kept[0]) == 30
