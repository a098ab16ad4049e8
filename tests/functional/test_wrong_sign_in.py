"""Credentials that are missing or refused, and targets that do not answer."""

import socket
from contextlib import closing

import pytest

from pipeline.cli.hints import hint_for
from pipeline.errors import Code, ExitCode
from pipeline.sandbox.accounts import DEFAULT_USERS, User
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import ACCOUNTS, accounts, by_key, call, report_in, run_into, write_csv
from tests.support.refusals import refused


def test_no_credentials():
    message = "Not signed in: there are no credentials."
    advice = hint_for(Code.NOT_SIGNED_IN, {})
    refused(call("run", ACCOUNTS, token=None), ExitCode.SIGN_IN, message, advice=advice)


@pytest.mark.parametrize(
    ("given", "lacking"),
    [("NEXUDUS_USERNAME", "NEXUDUS_PASSWORD"), ("NEXUDUS_PASSWORD", "NEXUDUS_USERNAME")],
)
@pytest.mark.parametrize("other", [{}, {"NEXUDUS_AUTH": "basic"}], ids=["token", "basic"])
def test_half_of_the_credentials(given, lacking, other):
    message = f"Not signed in: {given} is set, but {lacking} is missing."
    advice = f"Set {lacking} too, or sign in with `nexudus-import login`."
    refused(call("run", ACCOUNTS, token=None, **{given: "me"}, **other), ExitCode.SIGN_IN, message, advice=advice)


def test_a_token_file_that_there_is_not(target):
    result = call("run", ACCOUNTS, "--base-url", target.base_url, token=None, NEXUDUS_TOKEN_FILE="no-token")
    assert result.stderr.startswith("The token file cannot be read (No such file")
    assert "holds the path of a file, not the token itself" in result.stderr
    assert result.exit_code == ExitCode.USAGE


def test_a_wrong_password(target):
    message = "The sign-in was refused: the user name or the password is wrong."
    result = run_into(target, ACCOUNTS, token=None, NEXUDUS_USERNAME="admin@example.com", NEXUDUS_PASSWORD="wr0ng")
    refused(result, ExitCode.SIGN_IN, message, advice="Check NEXUDUS_USERNAME and NEXUDUS_PASSWORD.")


def test_a_refused_token_ends_the_run_and_names_the_role(target):
    result = run_into(target, ACCOUNTS, "--existing", "ignore", token="another")
    assert result.exit_code == ExitCode.SIGN_IN
    assert "EmailAccount-Create" in result.stdout
    assert len(target.store) == 0


def test_an_unreachable_target_stops_the_run_resumably():
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    result = call("run", ACCOUNTS, "--base-url", f"http://127.0.0.1:{port}", "--attempts", "1", "--report-dir", "out")
    assert result.exit_code == ExitCode.STOPPED
    assert "30  unprocessed" in result.stdout
    assert "Stopped early: " in result.stdout
    assert "`nexudus-import resume --last` goes on from here" in result.stdout
    assert "Traceback" not in result.output


def test_an_unreachable_target_for_the_sign_in():
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    environment = {"NEXUDUS_USERNAME": "a@b.example", "NEXUDUS_PASSWORD": "s3cr3t"}
    result = call("run", ACCOUNTS, "--base-url", f"http://127.0.0.1:{port}", token=None, **environment)
    assert result.stderr.startswith(f"http://127.0.0.1:{port}/api/token does not answer (")
    assert result.stderr.endswith("\nCheck --base-url and the network, then try again.\n")
    assert result.exit_code == ExitCode.STOPPED


@pytest.mark.parametrize("existing", ["ignore", "update"])
def test_a_given_token_that_expires_costs_no_row_and_another_takes_the_run_up(existing):
    """A token that is given cannot be renewed: its end must not be told, or noted of rows, as a missing role."""
    other = User(username="ada@b.example", password="x", full_admin=True, token="another-token")
    with SandboxServer(users=[*DEFAULT_USERS, other]) as target:
        rows = accounts(12)
        source = write_csv("a.csv", rows)
        if existing == "update":
            assert run_into(target, source).exit_code == 0
            rows = [row | {"DisplayName": f"New {row['DisplayName']}"} for row in rows]
            source = write_csv("b.csv", rows)
        target.faults = Faults(expire_token=8)
        stopped = run_into(target, source, "--existing", existing, "--concurrency", "1")
        target.faults = Faults()

        assert stopped.exit_code == ExitCode.SIGN_IN
        told = " ".join(stopped.stdout.split())
        assert "The token is wrong or has expired, or the user lacks the role" in told
        assert "renew NEXUDUS_TOKEN" in told
        counts = report_in()["Summary"]
        assert 0 < counts["Unprocessed"] < 12
        assert counts["Rejected"] == counts["Failed"] == counts["InDoubt"] == 0

        resumed = call("resume", "--last", token="another-token")
        assert resumed.exit_code == ExitCode.OK
        counts = report_in()["Summary"]
        assert counts["Created" if existing == "ignore" else "Updated"] == 12
        assert {record["DisplayName"] for record in by_key(target)} == {row["DisplayName"] for row in rows}


def test_a_token_that_expires_while_records_are_listed_creates_nothing_anew():
    """What exists was found of some parts only: to go on with the next token would create the rest a second time."""
    with SandboxServer() as target:
        source = write_csv("a.csv", [row | {"BusinessId": number} for number, row in enumerate(accounts(6), 1)])
        assert run_into(target, source).exit_code == 0
        target.faults = Faults(expire_token=3)
        fresh = ("--ledger", "another.db", "--concurrency", "1")  # a ledger that knows none of them
        stopped = run_into(target, source, *fresh)
        target.faults = Faults()
        assert stopped.exit_code == ExitCode.SIGN_IN
        assert report_in()["Summary"]["Created"] == 0
        assert len(target.store) == 6
        resumed = call("resume", "--last", "--ledger", "another.db")
        assert resumed.exit_code == ExitCode.OK
        assert report_in()["Summary"]["Skipped"] == 6
        assert len(target.store) == 6
