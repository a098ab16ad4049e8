"""`config show`: each setting, and where it comes from."""

from pathlib import Path

import pytest

from tests.support.command_line import call, result_of


def shown(*args, **environment):
    """Value and source by option."""
    found = result_of(call("config", "show", "--json", *args, token=None, **environment))
    return {one["Name"]: (one["Value"], one["Source"]) for one in found}


def test_each_value_says_where_it_comes_from():
    Path("nexudus-import.toml").write_text(
        'attempts = 7\nlimits = "none"\n[profiles.night]\nconcurrency = 4\nset = ["Active=yes", "ErrorCount=0"]\n'
    )
    found = shown("--profile", "night", "--rate", "5/s", NEXUDUS_IMPORT_TIMEOUT="12")
    assert found["--attempts"] == ("7", "nexudus-import.toml, line 1")
    assert found["--concurrency"] == ("4", "nexudus-import.toml, line 4 [profiles.night]")
    assert found["--set"] == ("Active=yes, ErrorCount=0", "nexudus-import.toml, line 5 [profiles.night]")
    assert found["--rate"] == ("5/s", "command line")
    assert found["--timeout"] == ("12.0", "environment, NEXUDUS_IMPORT_TIMEOUT")
    assert found["--on-quota"] == ("wait", "default")
    assert found["--strict"] == ("no", "default")


def test_what_a_default_depends_on_is_worked_out(tmp_path):
    assert shown()["--limits"] == ("documented", "default")
    assert shown("--sandbox")["--limits"] == ("none", "default")
    assert shown(XDG_DATA_HOME=str(tmp_path))["--ledger"][0].startswith(str(tmp_path))


def test_every_option_of_run_is_shown():
    from pipeline.cli.main import main

    options = {max(p.opts, key=len) for p in main.commands["run"].params if p.param_type_name == "option"}
    assert options <= shown().keys()


def test_the_command_line_comes_before_the_environment_and_that_before_the_file():
    Path("nexudus-import.toml").write_text("attempts = 7\n")
    assert shown("--attempts", "9", NEXUDUS_IMPORT_ATTEMPTS="8")["--attempts"] == ("9", "command line")
    assert shown(NEXUDUS_IMPORT_ATTEMPTS="8")["--attempts"] == ("8", "environment, NEXUDUS_IMPORT_ATTEMPTS")


def test_the_ledger_is_where_it_would_be():
    assert shown()["--ledger"][0].endswith("ledger.db")
    assert shown("--ledger", "here.db")["--ledger"] == ("here.db", "command line")


@pytest.mark.parametrize(
    ("ledger", "value"),
    [
        (
            "postgresql+psycopg://me:planted@db.example:5433/runs",
            "postgresql+psycopg://me:(hidden)@db.example:5433/runs",
        ),
        ("postgresql+psycopg://db.example/runs?password=planted", "postgresql+psycopg://db.example/runs?(hidden)"),
        ("postgresql+psycopg://me@db.example/runs", "postgresql+psycopg://me@db.example/runs"),
    ],
)
def test_passwords_in_urls_are_hidden(ledger, value):
    assert shown("--ledger", ledger)["--ledger"][0] == value


def test_no_secret_is_shown():
    secrets = {f"NEXUDUS_{name}": f"planted-{name}" for name in ("TOKEN", "TOKEN_FILE", "PASSWORD", "TOTP")}
    options = ("--set", "google access token=planted-one", "--default", "Office365AccessToken=planted-two")
    result = call("config", "show", *options, **secrets, NEXUDUS_USERNAME="me@b.example")
    assert "planted" not in result.output
    assert "google access token=(hidden)" in result.stdout
    assert "me@b.example" in result.stdout
    assert result.stdout.count("(hidden)") == 6


@pytest.mark.parametrize("option", ["--notify", "--heartbeat"])
def test_urls_that_are_secrets_as_a_whole_are_hidden(option):
    result = call("config", "show", option, "https://hooks.example/planted", token=None)
    assert "planted" not in result.output
    assert [option, "(hidden)", "command", "line"] in [line.split() for line in result.stdout.splitlines()]


def test_what_login_kept_is_named(target):
    environment = {"NEXUDUS_USERNAME": "admin@example.com", "NEXUDUS_PASSWORD": "sandbox"}
    call("login", "--base-url", target.base_url, token=None, **environment)
    found = shown("--base-url", target.base_url)
    assert found["login"] == ("admin@example.com", "nexudus-import login")
    call("login", "--token", "--base-url", target.base_url, token=None, given=b"planted-token")
    assert shown("--base-url", target.base_url)["login"] == ("a ready token (hidden)", "nexudus-import login")


def test_the_table():
    lines = call("config", "show", token=None).stdout.splitlines()
    assert lines[0].split() == ["option", "value", "from"]
    assert ["--on-quota", "wait", "default"] in [line.split() for line in lines]


def test_a_token_in_a_variable_of_the_options_is_not_repeated():
    result = call("login", token=None, NEXUDUS_IMPORT_TOKEN="planted-token")
    assert "planted-token" not in result.output
    Path("nexudus-import.toml").write_text('token = "planted-token"\n')
    result = call("config", "show")
    assert "nexudus-import.toml, line 1: token: no such option" in result.stderr
    assert "planted-token" not in result.output
