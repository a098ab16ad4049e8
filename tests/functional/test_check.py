"""`check`: whether a run would work, without sending a row."""

import json
import socket
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.ledger.snapshot import Snapshot
from pipeline.model.pacing import Spent
from pipeline.sandbox.accounts import User
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from pipeline.sandbox.store import utc_now
from tests.support.command_line import account, accounts, call, result_of, run_into, stub, write_csv

USER, PASSWORD = "me@b.example", "planted-password"
WHOLE_BUDGET = "Left of the calls that change something, as this ledger knows: 60 of 60 a minute, 5,000 of 5,000 a day."
MODIFYING = ("POST", "PUT", "DELETE")


@pytest.fixture
def silent_url():
    """Where nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def look(target, *args, **how):
    return call("check", *args, "--base-url", target.base_url, **how)


def found(result):
    """What was looked at, by name: how it stands and what was said."""
    checks = json.loads(result.stdout)["Checks"]
    assert json.loads(result.stdout)["ExitCode"] == result.exit_code
    return {one["Name"]: (one["State"], one["Message"]) for one in checks}


def roles(result):
    return {
        name.removeprefix("role EmailAccount-"): state for name, (state, _) in found(result).items() if "role" in name
    }


def test_all_is_well(target):
    result = look(target, write_csv("a.csv", accounts(3)))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"ok       {target.base_url} answers.",
        "ok       Signed in as the owner of the token.",
        *(f"ok       The user has EmailAccount-{role}." for role in ("Create", "List", "Read", "Edit", "Delete")),
        "ok       The clocks agree.",
        f"ok       {WHOLE_BUDGET}",
        "ok       3 of 3 rows are valid.",
    ]
    assert len(target.store) == 0


def test_nothing_changes_at_the_target(target):
    run_into(target, write_csv("a.csv", accounts(3)))
    before = target.store.records()
    assert look(target, write_csv("b.csv", accounts(9))).exit_code == 0
    assert target.store.records() == before


@pytest.mark.parametrize(
    ("token", "code", "missing"),
    [
        ("creator-token", 0, {"List": "note", "Read": "note", "Edit": "note", "Delete": "note", "Create": "ok"}),
        (
            "reader-token",
            ExitCode.SIGN_IN,
            {"List": "ok", "Read": "ok", "Edit": "note", "Delete": "note", "Create": "problem"},
        ),
    ],
)
def test_missing_roles_are_named_with_what_they_are_for(target, token, code, missing):
    result = look(target, "--json", token=token)
    assert roles(result) == missing
    assert result.exit_code == code
    told = found(result)["role EmailAccount-Delete"][1]
    assert told == "The user lacks EmailAccount-Delete: to undo a run needs it."


def test_read_only_makes_no_call_that_could_change_anything(target):
    result = look(target, "--read-only", "--json")
    assert roles(result) == {"List": "ok", "Read": "ok", "Edit": "unknown", "Delete": "unknown", "Create": "unknown"}
    assert [name for name in target.calls if name.startswith(MODIFYING)] == []
    result = look(target, "--read-only", "--json", token="creator-token")
    assert found(result)["sign-in"][0] == "unknown"
    assert result.exit_code == 0


def test_a_token_that_is_refused_everything(target):
    result = look(target, token="planted-token")
    assert (
        "refuses the owner of the token every call: the token is wrong or has expired, or the user has no role."
        in result.stdout
    )
    assert f"Sign in again with `nexudus-import login --base-url {target.base_url}`" in result.stdout
    assert "planted-token" not in result.output
    assert result.exit_code == ExitCode.SIGN_IN


def test_nobody_is_signed_in_and_the_rest_is_looked_at(target):
    result = look(target, write_csv("a.csv", accounts(2)), "--json", token=None)
    assert {name: state for name, (state, _) in found(result).items()} == {
        "target": "ok",
        "sign-in": "problem",
        "budget": "ok",
        "rows": "ok",
    }
    assert result.exit_code == ExitCode.SIGN_IN


def test_nobody_is_signed_in_and_nobody_is_there(silent_url):
    result = call("check", "--base-url", silent_url, "--json", token=None)
    states = {name: state for name, (state, _) in found(result).items()}
    assert (states["target"], states["sign-in"]) == ("problem", "problem")
    assert result.exit_code == ExitCode.STOPPED


def test_who_is_signed_in_and_an_expired_token_is_renewed():
    with SandboxServer(users=[User(username=USER, password=PASSWORD, full_admin=True)]) as target:
        call("login", "--base-url", target.base_url, token=None, NEXUDUS_USERNAME=USER, NEXUDUS_PASSWORD=PASSWORD)
        target.tokens.revoke_access()
        result = look(target, token=None)
        assert f"ok       Signed in as {USER}." in result.stdout
        assert (result.exit_code, target.calls["POST /api/token"]) == (0, 2)


def test_a_wrong_password(target):
    result = look(target, token=None, NEXUDUS_USERNAME=USER, NEXUDUS_PASSWORD=PASSWORD)
    assert "problem  The sign-in was refused: the user name or the password is wrong." in result.stdout
    assert PASSWORD not in result.output
    assert result.exit_code == ExitCode.SIGN_IN


def test_nobody_there(silent_url):
    result = call("check", "--base-url", silent_url)
    assert result.stdout.startswith(f"problem  {silent_url} does not answer (")
    assert result.exit_code == ExitCode.STOPPED


def test_something_else_there(target):
    result = call("check", "--base-url", f"{target.base_url}/elsewhere")
    assert f"problem  What answers at {target.base_url}/elsewhere is not the endpoint (" in result.stdout
    assert [name for name in target.calls if name.startswith(MODIFYING)] == []
    assert result.exit_code == ExitCode.STOPPED


def test_a_target_that_creates_a_record_from_nothing_is_told():
    with stub(
        200, {"Status": 200, "Message": "created", "Value": {"Id": 7}, "Errors": None, "WasSuccessful": True}
    ) as odd:
        result = look(odd)
    assert "The target created record 7 from an empty object" in result.stdout
    assert result.exit_code == ExitCode.STOPPED


@pytest.mark.parametrize(
    ("ahead", "state", "told"),
    [
        (timedelta(minutes=-10), "note", "The target's clock is 10 minutes behind."),
        (
            timedelta(days=2),
            "problem",
            "The target's clock is more than a day off: rows in doubt could not be settled.",
        ),
    ],
)
def test_the_clock(ahead, state, told):
    with SandboxServer(now=lambda: utc_now() + ahead) as target:
        assert found(look(target, "--json"))["clock"] == (state, told)


def test_what_is_left_of_the_budget(target):
    source = write_csv("a.csv", accounts(3))
    assert call("run", source, "--base-url", target.base_url, "--report-dir", "out").exit_code == 0
    told = "Left of the calls that change something, as this ledger knows: 57 of 60 a minute, 4,997 of 5,000 a day."
    assert found(look(target, "--json"))["budget"] == ("ok", told)


def test_the_calls_that_looked_count_themselves(target):
    """Three of them might change something: creating, changing and deleting, of nothing."""
    told = "Left of the calls that change something, as this ledger knows: {} of 60 a minute, {} of 5,000 a day."
    assert found(look(target, "--json"))["budget"] == ("ok", told.format(60, "5,000"))
    assert sum(count for name, count in target.calls.items() if name.startswith(MODIFYING)) == 3
    assert found(look(target, "--read-only", "--json"))["budget"] == ("ok", told.format(57, "4,997"))
    assert found(look(target, "--read-only", "--json"))["budget"] == ("ok", told.format(57, "4,997"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--limits", "limits.toml"], f"{WHOLE_BUDGET.partition(':')[0]}: 7 of 7 a minute."),
        (["--limits", "none"], "No limit is set for calls that change something."),
        (["--limits", "none", "--rate", "3/s"], f"{WHOLE_BUDGET.partition(':')[0]}: 3 of 3 a second."),
    ],
)
def test_the_budget_is_that_of_the_limits_that_a_run_would_keep_to(target, options, told):
    Path("limits.toml").write_text("[[limit]]\ncalls = 7\nseconds = 60\n")
    assert found(look(target, "--json", *options))["budget"] == ("ok", told)


def test_a_target_that_takes_longer_than_the_timeout_is_told(target):
    target.faults = Faults(latency_s=5)
    ended = look(target, "--timeout", "0.2")
    assert ended.exit_code == ExitCode.STOPPED
    assert f"{target.base_url} does not answer" in ended.stdout


def test_a_budget_that_is_spent_is_told_with_the_time_of_the_next_call(target, monkeypatch):
    calls = [time.time()] * 5_000
    monkeypatch.setattr(Snapshot, "spent", lambda *_: Spent(modifying=calls, all=calls))
    result = look(target, "--json")
    state, told = found(result)["budget"]
    assert (state, told.endswith("0 of 60 a minute, 0 of 5,000 a day.")) == ("problem", True)
    assert "The next call is due in 24 hours; a run waits by itself" in result.stdout
    assert [name for name in target.calls if name.startswith(MODIFYING)] == []
    assert result.exit_code == ExitCode.STOPPED


def test_a_throttled_target_leaves_roles_unknown(target):
    target.faults = Faults(throttle=1)
    result = look(target, "--json")
    assert set(roles(result).values()) == {"unknown"}
    assert result.exit_code == 0


def test_rows_that_would_not_be_accepted(target):
    write_csv("a.csv", [account(1), account(2, ErrorCount="x"), account(3, BusinessId="")])
    result = look(target, "a.csv", "--json")
    state, told = found(result)["rows"]
    assert (state, told[:66]) == ("problem", "1 of 3 rows is valid. The first that is not: a.csv, row 3: ErrorCo")
    assert result.exit_code == ExitCode.ROWS_REFUSED
    assert len(target.store) == 0


def test_a_file_that_cannot_be_read(target):
    Path("a.csv").write_text("Name\nx\n")
    assert look(target, "a.csv").exit_code == ExitCode.SOURCE


def test_quiet_says_only_problems(target):
    result = look(target, "--quiet", token="reader-token")
    told = "problem  The user lacks EmailAccount-Create: rows cannot be created without it.\n"
    assert (result.stdout, result.stderr.startswith(told)) == ("", True)
    assert look(target, "--quiet").output == ""


def test_the_result_for_scripts(target):
    checks = result_of(look(target, "--json"))["Checks"]
    first = {"Name": "target", "State": "ok", "Message": f"{target.base_url} answers."}
    assert checks[0] == {**first, "Code": None, "Facts": {}, "Advice": ""}
