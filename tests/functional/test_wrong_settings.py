"""Mistakes in the configuration file and its profiles: named with where they stand."""

import sys
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from tests.support.command_line import ACCOUNTS, call
from tests.support.refusals import refused


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        (
            'limits = "none"\ncolour = 1\nToken = 2\n',
            "nexudus-import.toml, line 2: colour: no such option.\nnexudus-import.toml, line 3: Token: no such option.",
            "Its keys are the long options without the leading dashes; credentials go into the environment.",
        ),
        (
            'sources = "a.csv"\n',
            "nexudus-import.toml, line 1: sources: no such option.",
            "Its keys are the long options without the leading dashes; credentials go into the environment.",
        ),
        (
            "[profiles.night]\ncolour = 1\n",
            "nexudus-import.toml, line 2 [profiles.night]: colour: no such option.",
            "Its keys are the long options without the leading dashes; credentials go into the environment.",
        ),
        (
            "profiles = 3\n",
            "nexudus-import.toml, line 1: profiles: is not a table of options.",
            "Write [profiles.NAME] on a line of its own, and the profile's options below it.",
        ),
        (
            "limit = true\n",
            "nexudus-import.toml, line 1: limit: the value does not fit.",
            "See --help of the command for what it takes.",
        ),
        (
            "limit = [1]\n",
            "nexudus-import.toml, line 1: limit: the value does not fit.",
            "See --help of the command for what it takes.",
        ),
        ("quiet = 1\n", "nexudus-import.toml, line 1: quiet: the value does not fit.", "Write true or false."),
        (
            "set = [[1]]\n",
            "nexudus-import.toml, line 1: set: the value does not fit.",
            "See --help of the command for what it takes.",
        ),
    ],
)
def test_a_mistake_in_the_configuration_file(text, message, advice):
    Path("nexudus-import.toml").write_text(text)
    refused(call("validate", ACCOUNTS), ExitCode.USAGE, message, advice=advice)


def test_a_configuration_file_that_is_no_toml_is_refused_with_its_line():
    Path("nexudus-import.toml").write_text('limits = "none"\nlimit = maybe\n')
    result = call("validate", ACCOUNTS)
    assert result.stderr.startswith("nexudus-import.toml: ")
    assert "line 2" in result.stderr
    assert result.stderr.endswith("\nCorrect that line.\n")
    assert result.exit_code == ExitCode.USAGE


def test_a_value_in_the_configuration_file_obeys_the_rules_of_its_option():
    Path("nexudus-import.toml").write_text("limit = 2.5\n")
    message = "nexudus-import.toml, line 1: limit: '2.5' is not a valid integer range."
    refused(call("validate", ACCOUNTS), ExitCode.USAGE, message, advice="See --help of the command for what it takes.")


def test_a_configuration_file_that_there_is_not():
    message = "no.toml: cannot be read (No such file or directory)."
    refused(call("runs", "--config", "no.toml"), ExitCode.USAGE, message, advice="Check --config.")


@pytest.mark.parametrize(
    "order", [["--config", "c.toml", "--profile", "noon"], ["--profile", "noon", "--config", "c.toml"]]
)
def test_an_unknown_profile(order):
    Path("c.toml").write_text("[profiles.night]\n[profiles.day]\n")
    message = "--profile noon: c.toml has no such profile."
    refused(call("runs", *order), ExitCode.USAGE, message, advice="It has: day, night.")


def test_a_profile_without_a_file():
    message = "--profile night: there is no configuration file."
    advice = "Write nexudus-import.toml, or name the file with --config."
    refused(call("runs", "--profile", "night"), ExitCode.USAGE, message, advice=advice)


def test_a_value_in_the_environment_that_does_not_fit_is_named_with_its_variable(monkeypatch):
    monkeypatch.setenv("NEXUDUS_IMPORT_LIMIT", "many")
    message = "NEXUDUS_IMPORT_LIMIT: limit: 'many' is not a valid integer range."
    refused(call("validate", ACCOUNTS), ExitCode.USAGE, message, advice="See --help of the command for what it takes.")


ONE_CASE = pytest.mark.skipif(sys.platform == "win32", reason="names of variables have no case there")


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("NEXUDUS_IMPORT_BASEURL", "NEXUDUS_IMPORT_BASE_URL"),
        ("NEXUDUS_IMPORT_CONCURENCY", "NEXUDUS_IMPORT_CONCURRENCY"),
        pytest.param(*("NEXUDUS_IMPORT_Base_Url", "NEXUDUS_IMPORT_BASE_URL"), marks=ONE_CASE),
        pytest.param(*("nexudus_import_base_url", "NEXUDUS_IMPORT_BASE_URL"), marks=ONE_CASE),
        ("NEXUDUS_IMPORT_RUN_CONCURRENCY", "NEXUDUS_IMPORT_CONCURRENCY"),
    ],
)
def test_a_mistyped_variable_is_refused_rather_than_passed_over(variable, nearest):
    ended = call("config", "show", **{variable: "1"})
    assert ended.exit_code == ExitCode.USAGE
    assert ended.stderr.startswith(f"{variable} in the environment is no option's; the nearest is {nearest}.\n")


def test_a_variable_of_somebody_else_is_none_of_ours():
    assert call("validate", ACCOUNTS, NEXUDUS_IMPORT_INSTALLED_BY="ops", NEXUDUS_IMPORT_OPEN="no").exit_code == 0
