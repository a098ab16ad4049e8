"""How errors are told: to people in one message, to scripts as JSON, never as a traceback."""

import json
from pathlib import Path

import pytest

from pipeline.errors import Code, ExitCode
from tests.support.command_line import ACCOUNTS, call, started
from tests.support.refusals import refused


@pytest.mark.parametrize(
    ("args", "error", "kind", "code"),
    [
        (["run", "no.csv", "--sandbox"], "no.csv: there is no such file.", Code.SOURCE_NOT_FOUND, ExitCode.SOURCE),
        (["validate", "no.csv"], "no.csv: there is no such file.", Code.SOURCE_NOT_FOUND, ExitCode.SOURCE),
        (["show", "x"], "There is no run x in this ledger.", Code.RUN_NOT_FOUND, ExitCode.USAGE),
        (["undo", "x"], "There is no run x in this ledger.", Code.RUN_NOT_FOUND, ExitCode.USAGE),
        (
            ["runs", "--profile", "x"],
            "--profile x: there is no configuration file.",
            Code.CONFIG_FILE_MISSING,
            ExitCode.USAGE,
        ),
        (
            ["run", "--limit", "0", "a"],
            "Invalid value for '--limit': 0 is not in the range x>=1.",
            Code.USAGE,
            ExitCode.USAGE,
        ),
        (["run"], "Missing argument 'SOURCE...'.", Code.USAGE, ExitCode.USAGE),
    ],
)
def test_with_json_an_error_is_an_object_on_stdout_and_a_message_on_stderr(args, error, kind, code):
    result = call(*args, "--json")
    found = json.loads(result.stdout)
    assert list(found) == ["Error", "Code", "Facts", "Advice", "ExitCode"]
    assert (found["Error"], found["Code"], found["ExitCode"]) == (error, kind.value, result.exit_code)
    assert result.exit_code == code
    assert error in result.stderr


def test_an_error_for_scripts_has_the_facts_that_its_message_is_made_of():
    found = json.loads(call("run", "no.csv", "--sandbox", "--json").stdout)
    assert (found["Facts"], found["Advice"]) == (
        {"Source": "no.csv"},
        "Check the spelling and the folder you are in.",
    )


def test_json_wanted_by_the_environment_or_the_configuration_file_goes_for_errors_too():
    assert json.loads(call("validate", "no.csv", NEXUDUS_IMPORT_JSON="1").stdout)["ExitCode"] == ExitCode.SOURCE
    Path("nexudus-import.toml").write_text("json = true\n")
    assert json.loads(call("validate", "no.csv").stdout)["ExitCode"] == ExitCode.SOURCE


def test_json_behind_two_dashes_is_a_source():
    result = call("validate", "--", "--json")
    refused(
        result,
        ExitCode.SOURCE,
        "--json: there is no such file.",
        advice="Check the spelling and the folder you are in.",
    )


def test_a_defect_is_told_without_a_traceback_unless_it_is_asked_for(monkeypatch):
    def broken(*args, **options):
        raise RuntimeError("out of cheese")

    monkeypatch.setattr("pipeline.operations.validate.validate", broken)
    advice = "Run it again with --verbose and report the traceback, without the data. Nothing sent is lost."
    message = "A defect in nexudus-import: RuntimeError: out of cheese"
    refused(call("validate", ACCOUNTS), ExitCode.DEFECT, message, advice=advice)
    assert isinstance(call("validate", ACCOUNTS, "--verbose").exception, RuntimeError)


def test_an_unknown_command_of_a_real_process():
    ended = started("imprt")
    assert (ended.returncode, ended.stdout) == (ExitCode.USAGE, b"")
    assert ended.stderr.splitlines()[-1].startswith(b"Error: No such command 'imprt'.")
    assert b"Traceback" not in ended.stderr
