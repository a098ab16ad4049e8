"""Advice does what is meant when it is typed as printed: it names the ledger and the target that were typed."""

import re
from html import unescape
from pathlib import Path

import pytest

from pipeline.operations.places import ledger_to_name
from pipeline.sandbox.faults import Faults
from tests.support.command_line import account, accounts, call, read_csv, run_into, write_csv

LEDGER = "NEXUDUS_IMPORT_LEDGER"


def advice(text):
    """The commands in a text."""
    return re.findall(r"`(nexudus-import [^`]*)`", " ".join(text.split()))


def stopped(target, *options, **environment):
    """What a run says that comes to an early end."""
    write_csv("a.csv", [account(n, DisplayName="") for n in range(1, 4)])
    ended = call(
        *("run", "a.csv", "--base-url", target.base_url, "--limits", "none", "--max-errors", "1", *options),
        **environment,
    )
    assert ended.exit_code == 5, ended.output
    return advice(ended.output)


def test_a_ledger_that_was_typed_is_typed_again(target):
    assert "nexudus-import resume --last --max-errors 100% --ledger 'own ledger.db'" in stopped(
        target, "--ledger", "own ledger.db"
    )


def test_a_ledger_of_the_environment_need_not_be(target):
    assert "nexudus-import resume --last --max-errors 100%" in stopped(target, NEXUDUS_IMPORT_LEDGER="own.db")


def test_what_finds_no_run_says_where_to_look():
    call("runs", "--ledger", "own.db")
    ended = call("show", "no-such-run", "--ledger", "own.db")
    assert advice(ended.output) == ["nexudus-import runs --ledger own.db"]


def test_a_password_in_a_url_is_not_printed():
    ended = call("show", "--last", "--ledger", "postgresql+psycopg://me:geheim@127.0.0.1:1/books")
    assert ended.exit_code == 5
    assert "geheim" not in ended.output


@pytest.mark.parametrize("command", ["show", "report", "undo"])
def test_the_run_that_began_last_is_meant_by_an_option_too(command, target):
    write_csv("a.csv", [account(1)])
    assert call("run", "a.csv", "--base-url", target.base_url, "--limits", "none").exit_code == 0
    assert call(command, "--last", *(["--yes"] if command == "undo" else [])).exit_code == 0
    assert call(command).exit_code == call(command, "--last", "one").exit_code == 2


def test_a_quiet_run_for_a_script_still_says_why_it_did_not_go_well(target):
    write_csv("a.csv", [account(1), account(2, DisplayName="")])
    ended = call("run", "a.csv", "--base-url", target.base_url, "--limits", "none", "--quiet", "--json")
    assert ended.exit_code == 3
    assert ended.stderr.count("\n") == 1
    assert "exit code 3" in ended.stderr


@pytest.mark.parametrize("said", ["--ledger", "environment"])
def test_commands_in_reports_name_a_ledger_that_is_not_the_usual_one(target, said):
    write_csv("a.csv", accounts(1))
    target.faults = Faults(lose_answers=1)
    place = Path("own ledger.db").absolute()
    options, environment = (["--ledger", str(place.name)], {}) if said == "--ledger" else ([], {LEDGER: place.name})
    quick = ("--base-url", target.base_url, "--limits", "none", "--timeout", "0.3", "--report-dir", "out")
    ended = call("run", "a.csv", *quick, *options, token="creator-token", **environment)
    assert ended.exit_code == 4, ended.output
    named = f"--ledger '{place}'"
    page = unescape(Path("out/report.html").read_text(encoding="utf-8"))
    commands = re.findall(r"nexudus-import (?:settle|resume) \d{8}-\d{6}-\w{4}[^<]*", page)
    assert len(commands) > 2
    assert [one for one in commands if named not in one] == []
    [[*_, message, _candidates, _blank]] = read_csv("out/in_doubt.csv")[1:]
    assert named in message


def test_refused_rows_are_given_back_to_the_ledger_that_has_their_run(target):
    write_csv("a.csv", [account(1), account(2, ErrorCount="x")])
    ended = call("run", "a.csv", "--base-url", target.base_url, "--report-dir", "out", "--ledger", "own.db")
    assert ended.exit_code == 3
    page = unescape(Path("out/report.html").read_text(encoding="utf-8"))
    ledger = Path("own.db").absolute()
    rejected = Path("out/rejected.csv").absolute()
    assert f"nexudus-import run {rejected} --base-url {target.base_url} --ledger {ledger}<" in page


def test_commands_in_reports_do_not_name_the_usual_ledger(target):
    write_csv("a.csv", [account(1)])
    target.faults = Faults(drop=1)
    assert run_into(target, "a.csv", "--attempts", "1").exit_code == 5
    assert "--ledger" not in Path("out/report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("place", "is_told"),
    [
        ("postgresql+psycopg://importer@db.example/books", True),
        ("postgresql+psycopg://importer:geheim@db.example/books", False),
        ("postgresql+psycopg://db.example/books?password=geheim", False),
    ],
)
def test_a_ledger_whose_url_holds_a_secret_is_not_named(place, is_told):
    assert ledger_to_name(place) == (place if is_told else None)
