"""`validate`: what it says of sources without a network."""

import re
from pathlib import Path

from pipeline.errors import ExitCode
from tests.support.command_line import SAMPLES, call, report_in, summary


class TestValidate:
    def test_needs_neither_network_nor_credentials_nor_ledger(self):
        result = call("validate", SAMPLES / "accounts.csv", "--report-dir", "out", token=None)
        assert result.exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=30, Unprocessed=30)
        assert not (Path.home() / "data").exists()

    def test_says_what_is_valid_and_what_to_do_next(self):
        result = call("validate", SAMPLES / "accounts.csv", "--report-dir", "out")
        words = [" ".join(line.split()) for line in result.stdout.splitlines()]
        assert words[1:] == [
            "30 valid",
            "out/report.html",
            "out/report.json",
            "Nothing was sent. Next: `nexudus-import run` with the same sources and options.",
        ]
        assert re.fullmatch(r"30 rows read \(validate-\d{8}-\d{6}-[a-z]{4}, completed\)", words[0])

    def test_counts_errors_and_warnings(self):
        result = call("validate", SAMPLES / "accounts_with_errors.csv", "--report-dir", "out")
        assert result.exit_code == ExitCode.ROWS_REFUSED
        assert report_in()["Summary"] == summary(RowsRead=24, Invalid=11, Unprocessed=13, Warnings=6)
        assert f"Next: correct the rows of {Path('out', 'errors.csv')} in the source" in result.stdout

    def test_strict_refuses_rows_with_warnings(self):
        call("validate", SAMPLES / "accounts_with_errors.csv", "--report-dir", "loose")
        call("validate", SAMPLES / "accounts_with_errors.csv", "--report-dir", "strict", "--strict")
        loose, strict = report_in("loose"), report_in("strict")
        warned = {w["Row"] for w in loose["Warnings"]} - {e["Row"] for e in loose["Errors"]}
        assert strict["Summary"]["Invalid"] == loose["Summary"]["Invalid"] + len(warned)
        assert strict["Summary"]["Warnings"] == 0
        assert len(warned) > 0
