"""Where options come from: the command line, the environment, a profile, a file."""

import json
from pathlib import Path

import pytest

from pipeline.cli.main import main
from tests.support.command_line import account, accounts, call, report_in, result_of, summary, write_csv


class TestSettings:
    def test_the_environment_stands_in_for_options(self, target):
        write_csv("a.csv", [account(n, LastMessageId="") for n in range(1, 6)])
        result = call(
            "run",
            "a.csv",
            NEXUDUS_IMPORT_BASE_URL=target.base_url,
            NEXUDUS_IMPORT_LIMITS="none",
            NEXUDUS_IMPORT_LIMIT="2",
            NEXUDUS_IMPORT_REPORT_DIR="out",
            NEXUDUS_IMPORT_SET="DisplayName=A desk\nErrorCount=4",
            NEXUDUS_IMPORT_DEFAULT="LastMessageId=8",
            NEXUDUS_IMPORT_LEDGER="elsewhere.db",
            NEXUDUS_IMPORT_JSON="yes",
        )
        assert result_of(result)["Summary"] == summary(RowsRead=2, Created=2, Warnings=1)  # the column beside --set
        found = {(r["DisplayName"], r["ErrorCount"], r["LastMessageId"]) for r in target.store.records()}
        assert found == {("A desk", 4, 8)}
        assert Path("elsewhere.db").exists()

    def test_every_option_has_a_variable_and_a_key_of_its_own_name(self):
        for name, command in main.commands.items():
            for option in command.params:
                if option.param_type_name == "option":
                    long = max(option.opts, key=len)
                    assert option.name == long.removeprefix("--").replace("-", "_"), (name, long)

    @pytest.mark.parametrize(
        "order", [["--config", "c.toml", "--profile", "night"], ["--profile", "night", "--config", "c.toml"]]
    )
    def test_a_profile_comes_on_top_of_the_file_and_the_command_line_on_top_of_both(self, order):
        text = (
            'limit = 5\nset = ["ErrorCount=1"]\nreport-dir = "day"\n[profiles.night]\nlimit = 3\nreport_dir = "night"\n'
        )
        Path("c.toml").write_text(text)
        source = write_csv("a.csv", accounts(9))
        call("validate", source, "--config", "c.toml")
        call("validate", source, *order)
        call("validate", source, *order, "--limit", "2", "--report-dir", "now")
        assert [report_in(folder)["Summary"]["RowsRead"] for folder in ("day", "night", "now")] == [5, 3, 2]

    def test_the_file_of_this_folder_is_found_and_holds_options_of_other_commands_too(self):
        Path("nexudus-import.toml").write_text('limits = "none"\nconcurrency = 3\njson = true\nset = "ErrorCount=1"\n')
        write_csv("a.csv", [account(1, ErrorCount="")])
        assert result_of(call("validate", "a.csv"))["Summary"]["Invalid"] == 0
        assert json.loads(call("runs").stdout) == []

    def test_a_variable_comes_on_top_of_the_file(self):
        Path("nexudus-import.toml").write_text("limit = 5\njson = true\n")
        write_csv("a.csv", accounts(9))
        assert result_of(call("validate", "a.csv", NEXUDUS_IMPORT_LIMIT="4"))["Summary"]["RowsRead"] == 4
