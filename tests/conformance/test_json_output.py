"""What each command prints with --json is what its schema says, and no more."""

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from jsonschema import Draft202012Validator

from pipeline.cli.main import main
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import (
    ACCOUNTS,
    ROOT,
    TOKEN,
    account,
    accounts,
    call,
    process_environment,
    report_in,
    run_into,
    write_csv,
)
from tests.support.json_schemas import SCHEMAS, faults_of

PAGE = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")


@pytest.fixture
def target():
    with SandboxServer() as server:
        yield server


@pytest.fixture
def mixed():
    """Rows that are created, repeated, invalid, rejected and odd."""
    odd = account(6, IncomingServerPort=99_999)
    rows = [account(1), account(2), account(2), account(3, ErrorCount="x"), odd]
    return write_csv("a.csv", [{**row, "Notes": "hi"} for row in rows])


def printed(ended, schema):
    found = json.loads(ended.stdout)
    assert faults_of(found, schema) == []
    return found


def at(target):
    return ("--base-url", target.base_url)


def commands():
    """Each command by its full name."""
    for name, command in main.commands.items():
        inner = command.commands if isinstance(command, click.Group) else {}
        if not inner or command.invoke_without_command:
            yield name, command
        yield from ((f"{name} {one}", inner[one]) for one in inner)


def test_every_command_can_print_json_and_says_with_which_schema():
    assert [name for name, command in commands() if "--json" not in [o for p in command.params for o in p.opts]] == []
    named = {
        name for names in re.findall(r"^\| (`.*?) \| \[", PAGE, re.MULTILINE) for name in re.findall("`(.*?)`", names)
    }
    told = {name.split(" -")[0].split(" RUN")[0] for name in named}
    assert {name for name, _ in commands()} <= told


def test_the_page_names_each_schema():
    assert set(re.findall(r"\(schemas/v1/([\w-]+)\.schema\.json\)", PAGE)) == SCHEMAS.keys()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name):
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_a_value_that_no_schema_names_is_found():
    assert faults_of({"Target": "x", "WasSignedIn": True, "More": 1}, "logout") == [
        "$: Additional properties are not allowed ('More' was unexpected)"
    ]


def test_run_show_report_validate_and_the_report_itself(target, mixed):
    assert printed(run_into(target, mixed, "--json"), "result")["Problems"]
    assert faults_of(report_in(), "report") == []
    printed(call("show", "last", "--json"), "result")
    printed(call("report", "last", "--json"), "result")
    printed(call("validate", mixed, "--json"), "result")


def test_runs_that_stopped_and_runs_that_are_at_work(target):
    target.faults = Faults(drop=1)
    write_csv("a.csv", accounts(2))
    assert printed(run_into(target, "a.csv", "--attempts", "1", "--json"), "result")["StoppedBecause"]
    assert printed(call("runs", "--json"), "runs")[0]["Next"]
    assert printed(call("runs", "--check", "--json"), "runs-check")["ExitCode"] == 5
    target.faults = Faults()
    assert printed(call("resume", "--all", "--json"), "results")
    assert printed(call("resume", "last", "--json"), "error")["ExitCode"] == 2


def test_what_stands_of_a_run_at_work(target):
    write_csv("a.csv", accounts(9))
    options = ("--limits", "none", "--rate", "4/m", *at(target), "--report-dir", "out")
    command = [sys.executable, "-m", "pipeline", "run", "a.csv", *options]
    process = subprocess.Popen(
        command, env=process_environment(NEXUDUS_TOKEN=TOKEN), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        found = [{"Standing": None}]
        while found[:1] == [] or (found[0]["Standing"] or {}).get("Wait") is None:
            assert process.poll() is None
            found = printed(call("runs", "--json"), "runs") if Path("out").exists() else [{"Standing": None}]
    finally:
        process.kill()
        process.wait()
    printed(call("show", "last", "--json"), "result")


def test_a_dry_run(target, mixed):
    assert printed(call("run", mixed, "--dry-run", "--json", *at(target)), "dry-run")["FirstBodies"]
    assert printed(call("run", mixed, "--rehearse", "--json", *at(target)), "rehearsal")["Calendar"]


def test_an_inbox(target, mixed):
    Path("inbox").mkdir()
    mixed.rename("inbox/a.csv")
    Path("inbox/b.csv").write_text("Nonsense\n1\n", encoding="utf-8")
    options = ("--unchanged-for", "0s", "--json", *at(target), "--limits", "none")
    found = printed(call("nightly", "inbox", *options), "inbox")
    assert {one["Failure"] is None for one in found["Taken"]} == {True, False}
    printed(call("nightly", "inbox", *options), "inbox")


def test_undo_and_prune(target, mixed):
    run_into(target, mixed)
    printed(call("undo", "last", "--dry-run", "--json", *()), "undo")
    printed(call("undo", "last", "--json"), "undo")
    assert printed(call("runs", "--json"), "runs")[0]["Undone"] == {"Deleted": 3}
    assert printed(call("show", "last", "--json"), "result")["Undone"] == {"Deleted": 3}
    assert printed(call("runs", "prune", "--older-than", "0s", "--json", "--dry-run"), "prune")["Runs"]


def test_a_ledger_that_is_copied(target, mixed):
    run_into(target, mixed, "--ledger", "old.db")
    assert printed(call("ledger", "copy", "old.db", "new.db", "--json"), "ledger-copy")["Runs"] == 1


def test_settle(target):
    target.faults = Faults(lose_answers=1)
    write_csv("a.csv", accounts(2))
    run_into(target, "a.csv", "--timeout", "0.3", token="creator-token")
    found = printed(call("settle", "last", "--row", "2", "--missing", "--json"), "settle")
    assert found["Settled"] == {"Created": 0, "Missing": 1, "Left": 0}


def test_map_template_and_fields():
    export = ROOT / "sample_data" / "legacy_export.csv"
    assert printed(call("map", export, "-o", "a.toml", "--yes", "--json"), "map")["Fields"]
    assert printed(call("template", "-o", "a.csv", "--json"), "template")["Fields"] == 22
    assert printed(call("fields", "--json"), "fields") == json.loads(call("fields", "--format", "json").stdout)
    printed(call("help", "run", "--json"), "help")


def test_sign_in_and_settings(target):
    password = {"NEXUDUS_USERNAME": "admin@example.com", "NEXUDUS_PASSWORD": "sandbox"}
    printed(call("login", "--json", *at(target), token=None, **password), "login")
    printed(call("check", ACCOUNTS, "--json", *at(target)), "check")
    printed(call("config", "show", "--json", *at(target)), "config-show")
    printed(call("logout", "--json", *at(target)), "logout")
    printed(call("logout", "--base-url", "nonsense", "--json"), "error")


def test_what_a_program_is_given_at_the_end(target, mixed):
    script = "import pathlib, sys; pathlib.Path('given.json').write_text(sys.stdin.read())"
    for source, failures in ((mixed, 0), ("gone.csv", 1)):
        run_into(target, source, "--on-finish", f'{sys.executable} -c "{script}"')
        given = json.loads(Path("given.json").read_text(encoding="utf-8"))
        assert faults_of(given, "on-finish") == []
        assert len(given["Failures"]) == failures


def test_each_line_of_the_log(target):
    target.faults = Faults(lose_answers=0.3, throttle=0.2, drop=0.2, seed=3)
    write_csv("a.csv", accounts(20))
    lines = run_into(target, "a.csv", "--timeout", "1", "--verbose", "--log-format", "json").stderr.splitlines()
    entries = [json.loads(line) for line in lines]
    assert len({entry["Event"] for entry in entries}) > 5
    assert [fault for entry in entries for fault in faults_of(entry, "log")] == []


def test_a_sandbox_says_where_it_serves():
    command = [sys.executable, "-m", "pipeline", "sandbox", "--port", "0", "--json"]
    with subprocess.Popen(command, env=process_environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = b"".join(iter(process.stdout.readline, b"}\n")) + b"}"
        process.terminate()
    assert faults_of(json.loads(said), "sandbox") == []


@pytest.mark.parametrize("args", [("show", "nobody"), ("run", "nowhere.csv"), ("run", "--nonsense"), ("help", "nix")])
def test_what_is_refused(args):
    printed(call(*args, "--json"), "error")
