"""Options whose values do not fit: one clear message, the documented exit code, no traceback."""

from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from tests.support.command_line import ACCOUNTS, call
from tests.support.refusals import refused, refused_option


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--set", "EmailAddress", "'EmailAddress' is not FIELD=VALUE."),
        ("--set", "=5", "'=5' is not FIELD=VALUE."),
        ("--default", " =5", "' =5' is not FIELD=VALUE."),
        ("--rate", "fast", "'fast' is not a rate such as 10/s or 60/m."),
        ("--rate", "0/s", "'0/s' is not a rate such as 10/s or 60/m."),
        ("--rate", "nan/s", "'nan/s' is not a rate such as 10/s or 60/m."),
        ("--rate", "5/h", "'5/h' is not a rate such as 10/s or 60/m."),
        ("--max-errors", "some", "'some' is neither a number of rows nor a percentage such as 5%."),
        ("--max-errors", "1.5", "'1.5' is neither a number of rows nor a percentage such as 5%."),
        ("--max-errors", "101%", "'101%' is neither a number of rows nor a percentage such as 5%."),
        ("--max-errors", "²", "'²' is neither a number of rows nor a percentage such as 5%."),
        ("--max-errors", "-1", "'-1' is neither a number of rows nor a percentage such as 5%."),
        ("--timeout", "inf", "'inf' is not a time."),
        ("--timeout", "nan", "'nan' is not a time."),
        ("--settle", "inf", "'inf' is not a time."),
        ("--settle", "-1", "-1.0 is not in the range x>=0."),
        ("--timeout", "0", "0.0 is not in the range x>0."),
        ("--concurrency", "0", "0 is not in the range 1<=x<=500."),
        ("--attempts", "many", "'many' is not a valid integer range."),
        ("--stop-after", "-1", "-1 is not in the range x>=0."),
        ("--limit", "0", "0 is not in the range x>=1."),
        ("--header-row", "0", "0 is not in the range x>=1."),
        ("--existing", "replace", "'replace' is not one of 'skip', 'update', 'ignore'."),
        ("--on-quota", "panic", "'panic' is not one of 'wait', 'stop'."),
        ("--log-format", "xml", "'xml' is not one of 'text', 'json'."),
        ("--config", ".", "File '.' is a directory."),
    ],
)
def test_a_value_that_does_not_fit_its_option(option, value, message):
    refused_option(call("run", ACCOUNTS, "--sandbox", option, value), option, message)


@pytest.mark.parametrize("option", ["--throttle", "--errors", "--lose-answers", "--drop"])
@pytest.mark.parametrize("value", ["101%", "-1", "half", "²", ".", "nan"])
def test_a_share_that_is_no_percentage(option, value):
    refused_option(call("sandbox", option, value), option, f"{value!r} is not a percentage between 0% and 100%.")


def test_a_latency_that_never_ends():
    refused_option(call("sandbox", "--latency", "inf"), "--latency", "'inf' is not a time.")


@pytest.mark.parametrize(
    ("url", "message", "advice"),
    [
        ("ftp://a.example", "The base URL ftp://a.example is not an http(s) URL.", "Try https://spaces.nexudus.com"),
        (
            "spaces.nexudus.com",
            "The base URL spaces.nexudus.com is not an http(s) URL.",
            "Try https://spaces.nexudus.com",
        ),
        ("http://[::1", "The base URL http://[::1 is not an http(s) URL.", "Try https://spaces.nexudus.com"),
        ("https://h:99999", "The base URL https://h:99999 is not an http(s) URL.", "Try https://spaces.nexudus.com"),
        ("https://h/?q=1", "The base URL https://h/?q=1 is not an http(s) URL.", "Try https://spaces.nexudus.com"),
        (
            "http://a.example",
            "The base URL http://a.example is plain http: the token would travel in clear.",
            "Use https://; plain http is accepted for this machine only.",
        ),
        (
            "http://localhost.a.example",
            "The base URL http://localhost.a.example is plain http: the token would travel in clear.",
            "Use https://; plain http is accepted for this machine only.",
        ),
        (
            "http://127.a.example",
            "The base URL http://127.a.example is plain http: the token would travel in clear.",
            "Use https://; plain http is accepted for this machine only.",
        ),
        (
            "https://me:s3cr3t@a.example",
            "The base URL must not hold a user name or a password.",
            "Credentials go into the environment: see `nexudus-import run --help`.",
        ),
    ],
)
def test_a_target_that_is_not_to_be_spoken_to(url, message, advice):
    refused(call("run", ACCOUNTS, "--base-url", url), ExitCode.USAGE, message, advice=advice)


SEVERAL = (
    "--limits limits.toml, line 3: second: there is no such key; there are calls, seconds, scope.\n"
    "--limits limits.toml, line 2: calls: is no whole number above 0.\n"
    "--limits limits.toml, line 1: seconds is missing."
)
LIMITS = 'Each limit is [[limit]] with calls = 60, seconds = 60 and, if it counts all calls, scope = "all".'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("calls = 60\n", "--limits limits.toml: calls: only [[limit]] may stand in it."),
        ("", "--limits limits.toml: holds no [[limit]]."),
        ("limit = 5\n", "--limits limits.toml: holds no [[limit]]."),
        ("\n[[limit]]\nseconds = 60\n", "--limits limits.toml, line 2: calls is missing."),
        (
            '[[limit]]\ncalls = 1\nseconds = 1\n[[limit]]\ncalls = "many"\nseconds = 60\n',
            "--limits limits.toml, line 5: calls: is no whole number above 0.",
        ),
        (
            '[[limit]]\ncalls = 1\nseconds = 1\nscope = "some"\n',
            "--limits limits.toml, line 4: scope: is neither 'modifying' nor 'all'.",
        ),
        (
            "[[limit]]\ncalls = 1.5\nsecond = 1\n",
            SEVERAL,
        ),
    ],
)
def test_a_limits_file_that_says_something_else(text, told):
    Path("limits.toml").write_text(text)
    result = call("run", ACCOUNTS, "--sandbox", "--limits", "limits.toml")
    refused(result, ExitCode.USAGE, told, advice=LIMITS)


def test_a_limits_file_that_is_no_toml():
    Path("limits.toml").write_text("[[limit]\n")
    result = call("run", ACCOUNTS, "--sandbox", "--limits", "limits.toml")
    assert result.stderr.startswith("--limits limits.toml: ")
    assert "line 1" in result.stderr
    assert result.exit_code == ExitCode.USAGE


def test_a_limits_file_that_there_is_not():
    message = "--limits often: is neither documented nor none, nor a file that can be read."
    advice = f"Give documented, none, or a TOML file. {LIMITS}"
    refused(call("run", ACCOUNTS, "--sandbox", "--limits", "often"), ExitCode.USAGE, message, advice=advice)


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("calls = 0\nseconds = 1", "line 2: calls: is no whole number above 0"),
        ("calls = 1\nseconds = 0", "line 3: seconds: is no number above 0"),
        ("calls = 1\nseconds = nan", "line 3: seconds: is no number above 0"),
        ("calls = 1\nseconds = inf", "line 3: seconds: is no number above 0"),
        ("calls = true\nseconds = 1", "line 2: calls: is no whole number above 0"),
    ],
)
def test_a_limit_that_lets_nothing_through(limit, told):
    Path("limits.toml").write_text(f"[[limit]]\n{limit}\n")
    result = call("run", ACCOUNTS, "--sandbox", "--limits", "limits.toml")
    refused(result, ExitCode.USAGE, f"--limits limits.toml, {told}.", advice=LIMITS)


@pytest.mark.parametrize("args", [[], ["a", "--last"], ["--last", "--all"]])
def test_resume_wants_exactly_one_way_to_name_a_run(args):
    result = call("resume", *args)
    message = "Give either the name of a run, --last or --all; `nexudus-import runs` lists them."
    assert result.stderr.splitlines()[-1] == f"Error: {message}"
    assert result.exit_code == ExitCode.USAGE


def test_two_targets_at_once():
    result = call("run", ACCOUNTS, "--sandbox", "--base-url", "https://spaces.nexudus.com")
    assert result.exit_code == ExitCode.USAGE
    assert "--sandbox is a target of its own: leave it or --base-url out." in " ".join(result.stderr.split())


def test_the_sandbox_beside_a_target_that_stands_elsewhere_is_no_contradiction():
    Path("nexudus-import.toml").write_text('base-url = "https://spaces.nexudus.com"', encoding="utf-8")
    assert call("run", ACCOUNTS, "--sandbox").exit_code == 0
    environment = {"NEXUDUS_IMPORT_BASE_URL": "https://spaces.nexudus.com"}
    assert call("run", ACCOUNTS, "--sandbox", **environment).exit_code == 0
