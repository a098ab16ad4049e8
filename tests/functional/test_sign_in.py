"""`login` and `logout`, and runs that use what `login` kept."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.accounts import User
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import (
    account,
    accounts,
    call,
    on_terminal,
    process_environment,
    report_in,
    result_of,
    run_into,
    write_csv,
)
from tests.support.refusals import refused

USER, PASSWORD, CODE = "me@b.example", "planted-password", "827364"
ENVIRONMENT = {"NEXUDUS_USERNAME": USER, "NEXUDUS_PASSWORD": PASSWORD}
TOKEN_PATH = "POST /api/token"


@pytest.fixture
def office() -> Iterator[SandboxServer]:
    """A sandbox with one user of the test's own."""
    with SandboxServer(users=[User(username=USER, password=PASSWORD, full_admin=True)]) as server:
        yield server


@pytest.fixture
def guarded() -> Iterator[SandboxServer]:
    """A sandbox whose user has a second factor."""
    with SandboxServer(users=[User(username=USER, password=PASSWORD, totp=CODE, full_admin=True)]) as server:
        yield server


def login(target: SandboxServer, *args: object, **how):
    return call("login", *args, "--base-url", target.base_url, token=None, **how)


def store() -> Path:
    return Path(os.environ["XDG_DATA_HOME"]) / "nexudus-import" / "sign-in" / "sign-ins.json"


def issued(target: SandboxServer) -> set[str]:
    """Every token that works now."""
    return target.tokens.issued


def files_with(*texts: str) -> set[str]:
    """Names of files below the test's folder that hold one of these texts."""
    files = [path for path in Path.cwd().parent.rglob("*") if path.is_file()]
    return {path.name for path in files if any(text.encode() in path.read_bytes() for text in texts)}


class TestLogin:
    def test_a_password_from_the_environment_becomes_tokens_that_runs_use(self, office):
        result = login(office, **ENVIRONMENT)
        assert result.exit_code == 0
        assert f"Signed in to {office.base_url} as {USER}; kept in {store()}, which only you can read." in result.stderr
        assert run_into(office, write_csv("a.csv", accounts(3)), token=None).exit_code == 0
        assert len(office.store) == 3
        assert office.calls[TOKEN_PATH] == 1

    def test_the_user_can_be_an_option(self, office):
        result = login(office, "--user", USER, "--json", NEXUDUS_PASSWORD=PASSWORD)
        place = f"{store()}, which only you can read"
        assert result_of(result) == {"Target": office.base_url, "User": USER, "KeptIn": place, "Renewable": True}

    def test_a_wrong_password(self, office):
        message = "The sign-in was refused: the user name or the password is wrong."
        result = login(office, **ENVIRONMENT | {"NEXUDUS_PASSWORD": "wr0ng"})
        refused(result, ExitCode.SIGN_IN, message, advice="Check NEXUDUS_USERNAME and NEXUDUS_PASSWORD.")
        assert not store().exists()

    def test_a_code_that_is_missing_where_nobody_can_be_asked(self, guarded):
        result = login(guarded, **ENVIRONMENT)
        message = "The sign-in was refused: the user has two-factor authentication."
        assert result.stderr.startswith(message)
        assert "Set NEXUDUS_TOTP to the current code" in result.stderr
        assert result.exit_code == ExitCode.SIGN_IN

    def test_a_code_that_is_wrong(self, guarded):
        result = login(guarded, **ENVIRONMENT, NEXUDUS_TOTP="000000")
        assert result.stderr.startswith(
            "The sign-in was refused: the code of the second factor is wrong, or was too old"
        )
        assert result.exit_code == ExitCode.SIGN_IN

    def test_a_code_from_the_environment(self, guarded):
        assert login(guarded, **ENVIRONMENT, NEXUDUS_TOTP=CODE).exit_code == 0

    def test_a_password_that_has_to_be_changed(self):
        with SandboxServer(users=[User(username=USER, password=PASSWORD, must_reset_password=True)]) as target:
            message = "The sign-in was refused: the password has to be changed first."
            advice = "Sign in to the website once, and change it."
            refused(login(target, **ENVIRONMENT), ExitCode.SIGN_IN, message, advice=advice)

    def test_nobody_to_ask(self, office):
        message = f"There is nobody to ask: User name at {office.base_url}."
        advice = "Set NEXUDUS_USERNAME and NEXUDUS_PASSWORD (and NEXUDUS_TOTP), or call it on a terminal."
        refused(login(office), ExitCode.SIGN_IN, message, advice=advice)

    def test_a_ready_token_from_standard_input(self, target):
        result = login(target, "--token", given=b"sandbox-token\n")
        assert "It cannot be renewed." in result.stderr
        assert run_into(target, write_csv("a.csv", accounts(2)), token=None).exit_code == 0
        assert len(target.store) == 2

    @pytest.mark.parametrize("given", [b"", b"\n", b"two words\n"])
    def test_what_is_no_token_is_not_kept(self, target, given):
        assert login(target, "--token", given=given).exit_code == ExitCode.SIGN_IN
        assert not store().exists()

    def test_a_token_is_never_taken_from_the_command_line(self, target):
        result = login(target, "--token", "sandbox-token")
        assert result.exit_code == ExitCode.USAGE
        assert not store().exists()

    @pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
    def test_what_is_kept_only_its_owner_can_read(self, office):
        before = os.umask(0)
        try:
            login(office, **ENVIRONMENT)
        finally:
            os.umask(before)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (store().parent, *store().parent.iterdir())}
        assert modes == {"sign-in": 0o700, "sign-ins.json": 0o600, "sign-ins.lock": 0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
class TestTerminal:
    def test_user_password_and_code_are_asked_for_and_not_shown(self, guarded):
        answers = {"User name at": USER, f"Password of {USER}:": PASSWORD, "Code of the authenticator:": CODE}
        code, shown = on_terminal("login", "--base-url", guarded.base_url, answers=answers)
        assert (code, "Signed in to" in shown) == (0, True)
        assert PASSWORD not in shown
        assert CODE not in shown
        assert json.loads(json.loads(store().read_text())[guarded.base_url])["user"] == USER

    def test_a_wrong_code_is_asked_for_again(self, guarded):
        answers = {"Code of the authenticator:": "000000", "That code was not right. Code of the": CODE}
        code, _ = on_terminal("login", "--base-url", guarded.base_url, answers=answers, **ENVIRONMENT)
        assert code == 0
        assert guarded.calls[TOKEN_PATH] == 3

    def test_a_wrong_password_says_to_try_again(self, office):
        answers = {f"Password of {USER}:": "wr0ng"}
        code, shown = on_terminal("login", "--user", USER, "--base-url", office.base_url, answers=answers)
        assert "the user name or the password is wrong.\r\nTry again." in shown
        assert code == ExitCode.SIGN_IN

    def test_a_ready_token_is_asked_for_and_not_shown(self, target):
        answers = {f"Token for {target.base_url}:": "sandbox-token"}
        code, shown = on_terminal("login", "--token", "--base-url", target.base_url, answers=answers)
        assert (code, "sandbox-token" in shown) == (0, False)


class TestLogout:
    def test_it_forgets_the_sign_in_and_leaves_no_secret(self, office):
        login(office, **ENVIRONMENT)
        assert files_with(*issued(office)) == {"sign-ins.json"}
        result = call("logout", "--base-url", office.base_url, token=None)
        assert result.stderr == f"The sign-in to {office.base_url} is forgotten.\n"
        assert (store().exists(), files_with(*issued(office))) == (False, set())
        assert run_into(office, write_csv("a.csv", accounts(1)), token=None).exit_code == ExitCode.SIGN_IN

    def test_nothing_to_forget(self, office):
        found = result_of(call("logout", "--base-url", office.base_url, "--json", token=None))
        assert found == {"Target": office.base_url, "WasSignedIn": False}

    def test_the_sign_in_to_another_target_stays(self, office, target):
        login(office, **ENVIRONMENT)
        login(target, "--token", given=b"sandbox-token\n")
        call("logout", "--base-url", target.base_url, token=None)
        assert set(json.loads(store().read_text())) == {office.base_url}


class TestUse:
    def test_the_environment_comes_first(self, office, target):
        login(target, "--token", given=b"creator-token\n")
        assert run_into(target, write_csv("a.csv", accounts(1))).exit_code == 0
        assert target.store.records()[0]["UpdatedBy"] == "admin@example.com"

    def test_another_user_in_the_environment_is_not_ignored(self, office):
        login(office, **ENVIRONMENT)
        result = run_into(office, write_csv("a.csv", accounts(1)), token=None, NEXUDUS_USERNAME="you@b.example")
        assert result.stderr.startswith(f"The user that is named is you@b.example, but {USER} is signed in.\n")
        assert result.exit_code == ExitCode.USAGE

    def test_resume_and_undo_use_it_too(self, office):
        login(office, **ENVIRONMENT)
        office.faults = Faults(drop=1)
        run = result_of(run_into(office, write_csv("a.csv", accounts(3)), "--attempts", "1", "--json", token=None))
        office.faults = Faults()
        assert call("resume", run["Run"]["RunId"], token=None).exit_code == 0
        assert len(office.store) == 3
        assert call("undo", run["Run"]["RunId"], "--yes", token=None).exit_code == 0
        assert len(office.store) == 0

    def test_a_renewal_in_mid_run_is_kept_for_the_next_run(self, office):
        login(office, **ENVIRONMENT)
        office.faults = Faults(expire_token=4)
        assert run_into(office, write_csv("a.csv", accounts(20)), "--concurrency", "1", token=None).exit_code == 0
        renewed = office.calls[TOKEN_PATH] - 1
        assert renewed >= 4
        office.faults = Faults()
        assert run_into(office, write_csv("b.csv", [account(n) for n in range(31, 36)]), token=None).exit_code == 0
        assert (len(office.store), office.calls[TOKEN_PATH] - 1 - renewed) == (25, 0)

    def test_two_processes_that_renew_at_once_do_not_lose_the_sign_in(self, office):
        login(office, **ENVIRONMENT)
        office.tokens.revoke_access()
        options = ("--base-url", office.base_url, "--limits", "none", "--no-progress", "--concurrency", "2")
        processes = []
        for number in (1, 2):
            source = write_csv(f"{number}.csv", [account(n) for n in range(100 * number, 100 * number + 25)])
            command = [sys.executable, "-m", "pipeline", "run", source, *options, "--report-dir", f"out{number}"]
            processes.append(subprocess.Popen(command, env=process_environment(), stderr=subprocess.DEVNULL))
        assert [process.wait(100) for process in processes] == [0, 0]
        assert [report_in(f"out{number}")["Summary"]["Created"] for number in (1, 2)] == [25, 25]
        assert office.calls[TOKEN_PATH] == 2
        assert run_into(office, write_csv("c.csv", accounts(1)), token=None).exit_code == 0

    def test_a_sign_in_that_has_ended_stops_the_run_resumably(self, office):
        login(office, **ENVIRONMENT)
        office.faults = Faults(expire_token=3)
        office.tokens.revoke_refresh()
        result = run_into(office, write_csv("a.csv", accounts(9)), "--concurrency", "1", token=None)
        assert result.exit_code == ExitCode.SIGN_IN
        assert "has ended: it lasts 15 days" in result.stdout
        assert login(office, **ENVIRONMENT).exit_code == 0
        office.faults = Faults()
        assert call("resume", "--last", token=None).exit_code == 0
        assert len(office.store) == 9

    def test_nothing_of_it_is_written_or_printed_elsewhere(self, office):
        said = login(office, **ENVIRONMENT).output
        secrets = issued(office)
        office.faults = Faults(expire_token=5)
        result = run_into(office, write_csv("a.csv", accounts(20)), "--verbose", "--concurrency", "1", token=None)
        secrets |= issued(office)
        assert result.exit_code == 0
        assert [text for text in (PASSWORD, *secrets) if text in said + result.output] == []
        assert files_with(*secrets) == {"sign-ins.json"}
        assert files_with(PASSWORD) == set()

    def test_a_damaged_file_is_named(self, office):
        store().parent.mkdir(parents=True)
        store().write_text("{")
        message = f"{store()}: cannot be read (it is damaged)."
        advice = f"Delete the file, then sign in again with `nexudus-import login --base-url {office.base_url}`."
        source = write_csv("a.csv", accounts(1))
        refused(run_into(office, source, token=None), ExitCode.USAGE, message, advice=advice)


class TestBasic:
    def test_user_and_password_go_with_every_call(self, office):
        result = run_into(
            office, write_csv("a.csv", accounts(3)), "--verbose", token=None, NEXUDUS_AUTH="basic", **ENVIRONMENT
        )
        assert (result.exit_code, len(office.store), office.calls[TOKEN_PATH]) == (0, 3, 0)
        assert PASSWORD not in result.output
        assert files_with(PASSWORD) == set()

    def test_a_wrong_password(self, office):
        environment = ENVIRONMENT | {"NEXUDUS_PASSWORD": "wr0ng-password"}
        source = write_csv("a.csv", accounts(1))
        result = run_into(office, source, "--existing", "ignore", token=None, NEXUDUS_AUTH="basic", **environment)
        assert result.exit_code == ExitCode.SIGN_IN
        assert len(office.store) == 0

    def test_another_way(self, office):
        result = run_into(office, write_csv("a.csv", accounts(1)), token=None, NEXUDUS_AUTH="digest", **ENVIRONMENT)
        message = "The way to sign in is neither token nor basic."
        refused(result, ExitCode.USAGE, message, advice="Leave NEXUDUS_AUTH out for token.")
