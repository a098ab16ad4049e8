"""Advice does what is meant when it is typed as printed: it names the ledger and the target that were typed."""

import re

import pytest

from tests.support.command_line import account, call, write_csv


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
    assert "nexudus-import resume --last --ledger 'own ledger.db'" in stopped(target, "--ledger", "own ledger.db")


def test_a_ledger_of_the_environment_need_not_be(target):
    assert "nexudus-import resume --last" in stopped(target, NEXUDUS_IMPORT_LEDGER="own.db")


def test_what_finds_no_run_says_where_to_look():
    ended = call("show", "no-such-run", "--ledger", "own.db")
    assert advice(ended.output) == ["nexudus-import runs --ledger own.db"]


def test_a_password_in_a_url_is_not_printed():
    ended = call("show", "--last", "--ledger", "postgresql+psycopg://me:geheim@127.0.0.1:1/books")
    assert ended.exit_code == 2
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
