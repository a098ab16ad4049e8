"""Wrong usage: one clear message that says what, where and what to do, the documented exit code, no traceback."""

import json
import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.faults import Faults
from tests.support.command_line import SAMPLES, account, accounts, call, run_into, started, write_csv

REQUIRED = (
    "BusinessId, DisplayName, EmailAddress, IncomingServer, IncomingServerPort, IncomingServerUsername, "
    "OutgoingServer, OutgoingServerPort, OutgoingServerUsername, LastMessageId, ErrorCount"
)
ACCOUNTS = SAMPLES / "accounts.csv"


def refused(result, code, message, *, advice=None):
    """The command said this and no more, with this exit code, and said it on stderr."""
    assert result.stderr == (message if advice is None else f"{message}\n{advice}") + "\n"
    assert result.stdout == ""
    assert result.exit_code == code


def refused_option(result, option, message):
    """The command showed its usage, then what is wrong with the option."""
    assert result.stderr.splitlines()[-1] == f"Error: Invalid value for '{option}': {message}"
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert result.exit_code == ExitCode.USAGE


# -- sources -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["validate"], ["run", "--sandbox"]])
class TestSources:
    def test_a_missing_file(self, command):
        advice = "Check the spelling and the folder you are in."
        refused(call(*command, "no.csv"), ExitCode.SOURCE, "no.csv: there is no such file.", advice=advice)

    def test_a_folder(self, command):
        Path("folder").mkdir()
        message = "folder: is a folder without a file that can be read."
        advice = "Name the files themselves, or another folder."
        refused(call(*command, "folder"), ExitCode.SOURCE, message, advice=advice)

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is unreadable to this user")
    def test_an_unreadable_file(self, command):
        write_csv("a.csv", accounts(1)).chmod(0)
        message = "a.csv: cannot be read (Permission denied)."
        refused(call(*command, "a.csv"), ExitCode.SOURCE, message, advice="Check its permissions.")

    def test_an_empty_file(self, command):
        Path("a.csv").touch()
        advice = "Export it again, with a header row and rows."
        refused(call(*command, "a.csv"), ExitCode.SOURCE, "a.csv: the file is empty.", advice=advice)

    def test_empty_standard_input(self, command):
        advice = "Export it again, with a header row and rows."
        refused(call(*command, "-", given=b""), ExitCode.SOURCE, "-: the file is empty.", advice=advice)

    def test_blank_lines_only(self, command):
        Path("a.csv").write_text("\n \n\n")
        advice = "The first row must name the columns; --header-row N tells where they stand."
        message = "a.csv: no header was found in the file."
        refused(call(*command, "a.csv"), ExitCode.SOURCE, message, advice=advice)

    def test_a_header_only(self, command):
        Path("a.csv").write_text(ACCOUNTS.read_text().splitlines()[0])
        message = "a.csv: there is a header, but no row below it."
        advice = "Add rows below the header, or check --sheet and --header-row."
        refused(call(*command, "a.csv"), ExitCode.SOURCE, message, advice=advice)

    @pytest.mark.parametrize("sheet", ["Nope", "9"])
    def test_an_unknown_sheet(self, command, sheet):
        source = SAMPLES / "accounts.xlsx"
        message, advice = f"--sheet {sheet}: {source} has no such sheet.", "It has: 1 'Accounts', 2 'Notes'."
        refused(call(*command, source, "--sheet", sheet), ExitCode.USAGE, message, advice=advice)

    def test_a_sheet_of_a_text_file(self, command):
        message = f"--sheet: {ACCOUNTS} is a text file and has no sheets."
        refused(call(*command, ACCOUNTS, "--sheet", "1"), ExitCode.USAGE, message, advice="Leave --sheet out.")

    def test_a_header_row_below_the_file(self, command):
        message = f"{ACCOUNTS}: no header was found in row 99."
        advice = "The first row must name the columns; --header-row N tells where they stand."
        refused(call(*command, ACCOUNTS, "--header-row", "99"), ExitCode.SOURCE, message, advice=advice)

    def test_an_unknown_encoding(self, command):
        message = "--encoding klingon: there is no such encoding."
        advice = "Leave it out to have it found, or name one such as utf-8, utf-16 or windows-1252."
        refused(call(*command, ACCOUNTS, "--encoding", "klingon"), ExitCode.USAGE, message, advice=advice)

    def test_an_encoding_that_does_not_fit(self, command):
        Path("a.csv").write_bytes(b"caf\xe9,b\n1,2\n")
        message = "a.csv: is not utf-8 text: byte 4 cannot be read."
        advice = "Say which it is with --encoding, or save the file as CSV UTF-8."
        refused(call(*command, "a.csv", "--encoding", "utf-8"), ExitCode.SOURCE, message, advice=advice)

    def test_a_delimiter_of_two_characters(self, command):
        message = "--delimiter ';;': cannot stand between cells."
        advice = "Give one ASCII character other than a quotation mark, or the word tab."
        refused(call(*command, ACCOUNTS, "--delimiter", ";;"), ExitCode.USAGE, message, advice=advice)

    def test_a_broken_workbook(self, command):
        Path("a.xlsx").write_bytes((SAMPLES / "accounts.xlsx").read_bytes()[:2000])
        result = call(*command, "a.xlsx")
        assert result.stderr.startswith("a.xlsx: is not a workbook that can be read (")
        assert result.stderr.endswith("\nOpen it in a spreadsheet program and save it again, as .xlsx or CSV.\n")
        assert result.exit_code == ExitCode.SOURCE

    def test_the_same_file_twice(self, command):
        Path("here").mkdir()
        write_csv("here/a.csv", accounts(1))
        message = "here/../here/a.csv is the same file as here/a.csv."
        result = call(*command, "here/a.csv", "here/../here/a.csv")
        refused(result, ExitCode.USAGE, message, advice="Name it once.")

    def test_missing_and_doubled_columns_of_all_sources_are_named_at_once(self, command):
        Path("a.csv").write_text("a,b\n1,2\n")
        write_csv("b.csv", [account(1)])
        Path("c.csv").write_text("BusinessId,business_id,DisplayName\n1,2,3\n")
        missing = REQUIRED.removeprefix("BusinessId, DisplayName, ")
        result = call(*command, "a.csv", "b.csv", "c.csv")
        refused(
            result,
            ExitCode.SOURCE,
            f"a.csv: no column, --set or --default for the required {REQUIRED}.\n"
            "a.csv: row 1 was taken as the header and holds 'a', 'b'.\n"
            "c.csv: BusinessId has 2 columns ('BusinessId' in column 1, 'business_id' in column 2).\n"
            f"c.csv: no column, --set or --default for the required {missing}.",
            advice="Rename the columns, or give the fields a value with --set FIELD=VALUE or --default FIELD=VALUE.",
        )

    @pytest.mark.parametrize("option", ["--set", "--default"])
    def test_an_unknown_field(self, command, option):
        result = call(*command, ACCOUNTS, option, "EmailAdress=x")
        assert result.stderr.startswith(f"{option} EmailAdress")
        assert result.stderr.endswith("EmailAdress is not a field.\nDid you mean EmailAddress?\n")
        assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")

    @pytest.mark.parametrize("option", ["--set", "--default"])
    def test_a_secret_is_refused_and_not_repeated(self, command, option):
        message = f"{option} GoogleAccessToken: is a secret."
        advice = "Put it into a column of the source: an option stays in the shell's history."
        result = call(*command, ACCOUNTS, option, "google access token=ya29.s3cr3t")
        refused(result, ExitCode.USAGE, message, advice=advice)

    def test_a_field_that_is_set_twice(self, command):
        message = "--set ErrorCount: is given twice."
        result = call(*command, ACCOUNTS, "--set", "ErrorCount=1", "--set", "error_count=2")
        refused(result, ExitCode.USAGE, message, advice="Give it once.")

    def test_a_report_folder_that_is_a_file(self, command):
        Path("out").touch()
        refused_option(call(*command, ACCOUNTS, "--report-dir", "out"), "--report-dir", "Directory 'out' is a file.")

    def test_a_report_folder_below_a_file_is_found_before_anything_is_sent(self, command):
        Path("out").touch()
        message = f"The reports cannot be written to {Path.cwd()}/out/deep/er: {Path.cwd()}/out is no folder."
        result = call(*command, ACCOUNTS, "--report-dir", "out/deep/er")
        refused(result, ExitCode.USAGE, message, advice="Give another --report-dir.")

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is write-protected for this user")
    def test_a_report_folder_that_may_not_be_written(self, command):
        Path("out").mkdir(mode=0o500)
        message = f"The reports cannot be written to {Path.cwd()}/out: {Path.cwd()}/out may not be written."
        result = call(*command, ACCOUNTS, "--report-dir", "out")
        refused(result, ExitCode.USAGE, message, advice="Give another --report-dir.")

    def test_reports_do_not_overwrite_the_rejected_rows_that_are_read(self, command):
        Path("out").mkdir()
        source = write_csv("out/rejected.csv", [account(1, BusinessId="x")])
        before = source.read_bytes()
        message = f"--report-dir {Path.cwd()}/out: the reports would overwrite the source out/rejected.csv."
        result = call(*command, "out/rejected.csv", "--report-dir", "out")
        refused(result, ExitCode.USAGE, message, advice="Give another --report-dir.")
        assert source.read_bytes() == before


# -- options -----------------------------------------------------------------------------------------------------


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
        ("ftp://a.example", "--base-url ftp://a.example: is not an http(s) URL.", "Try https://spaces.nexudus.com"),
        (
            "spaces.nexudus.com",
            "--base-url spaces.nexudus.com: is not an http(s) URL.",
            "Try https://spaces.nexudus.com",
        ),
        ("http://[::1", "--base-url http://[::1: is not an http(s) URL.", "Try https://spaces.nexudus.com"),
        ("https://h:99999", "--base-url https://h:99999: is not an http(s) URL.", "Try https://spaces.nexudus.com"),
        ("https://h/?q=1", "--base-url https://h/?q=1: is not an http(s) URL.", "Try https://spaces.nexudus.com"),
        (
            "http://a.example",
            "--base-url http://a.example: the token would travel in clear.",
            "Use https://; plain http is accepted for this machine only.",
        ),
        (
            "http://localhost.a.example",
            "--base-url http://localhost.a.example: the token would travel in clear.",
            "Use https://; plain http is accepted for this machine only.",
        ),
        (
            "http://127.a.example",
            "--base-url http://127.a.example: the token would travel in clear.",
            "Use https://; plain http is accepted for this machine only.",
        ),
        (
            "https://me:s3cr3t@a.example",
            "--base-url: must not hold a user name or a password.",
            "Credentials go into the environment: see `nexudus-import run --help`.",
        ),
    ],
)
def test_a_target_that_is_not_to_be_spoken_to(url, message, advice):
    refused(call("run", ACCOUNTS, "--base-url", url), ExitCode.USAGE, message, advice=advice)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("calls = 60\n", "'limit' is missing"),
        ("[[limit]]\nseconds = 60\n", "'calls' is missing"),
        ('[[limit]]\ncalls = "many"\nseconds = 60\n', "invalid literal for int() with base 10: 'many'"),
        ('[[limit]]\ncalls = 1\nseconds = 1\nscope = "some"\n', "'some' is not a valid Scope"),
    ],
)
def test_a_limits_file_that_says_something_else(text, reason):
    Path("limits.toml").write_text(text)
    advice = 'Give documented, none, or a TOML file with [[limit]] calls = 60, seconds = 60, scope = "modifying".'
    result = call("run", ACCOUNTS, "--sandbox", "--limits", "limits.toml")
    refused(result, ExitCode.USAGE, f"--limits limits.toml: {reason}.", advice=advice)


def test_a_limits_file_that_is_no_toml():
    Path("limits.toml").write_text("[[limit]\n")
    result = call("run", ACCOUNTS, "--sandbox", "--limits", "limits.toml")
    assert result.stderr.startswith("--limits limits.toml: ")
    assert "line 1" in result.stderr
    assert result.exit_code == ExitCode.USAGE


def test_a_limits_file_that_there_is_not():
    message = "--limits often: is neither documented nor none, nor a file that can be read."
    advice = 'Give documented, none, or a TOML file with [[limit]] calls = 60, seconds = 60, scope = "modifying".'
    refused(call("run", ACCOUNTS, "--sandbox", "--limits", "often"), ExitCode.USAGE, message, advice=advice)


@pytest.mark.parametrize("limit", ["calls = 0\nseconds = 1", "calls = 1\nseconds = 0", "calls = 1\nseconds = nan"])
def test_a_limit_that_lets_nothing_through(limit):
    Path("limits.toml").write_text(f"[[limit]]\n{limit}\n")
    message = "--limits limits.toml: calls and seconds must be above 0."
    result = call("run", ACCOUNTS, "--sandbox", "--limits", "limits.toml")
    refused(result, ExitCode.USAGE, message, advice="Correct the file.")


# -- the configuration file --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        (
            'limits = "none"\ncolour = 1\nToken = 2\n',
            "nexudus-import.toml: Token, colour: no such option.",
            "Its keys are the long options without the leading dashes; credentials go into the environment.",
        ),
        (
            'sources = "a.csv"\n',
            "nexudus-import.toml: sources: no such option.",
            "Its keys are the long options without the leading dashes; credentials go into the environment.",
        ),
        (
            "[profiles.night]\ncolour = 1\n",
            "nexudus-import.toml: colour: no such option.",
            "Its keys are the long options without the leading dashes; credentials go into the environment.",
        ),
        (
            "profiles = 3\n",
            "nexudus-import.toml: profiles: is not a table of options.",
            "Write [profiles.NAME] on a line of its own, and the profile's options below it.",
        ),
        (
            "limit = true\n",
            "limit in the configuration file: does not fit.",
            "See --help of the command for what it takes.",
        ),
        (
            "limit = [1]\n",
            "limit in the configuration file: does not fit.",
            "See --help of the command for what it takes.",
        ),
        ("quiet = 1\n", "quiet in the configuration file: does not fit.", "Write true or false."),
        (
            "set = [[1]]\n",
            "set in the configuration file: does not fit.",
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
    refused_option(call("validate", ACCOUNTS), "--limit", "'2.5' is not a valid integer range.")


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


# -- the target --------------------------------------------------------------------------------------------------


def test_no_credentials():
    message = "Not signed in: there are no credentials."
    advice = "Set NEXUDUS_TOKEN, NEXUDUS_TOKEN_FILE, or NEXUDUS_USERNAME and NEXUDUS_PASSWORD; or try --sandbox."
    refused(call("run", ACCOUNTS, token=None), ExitCode.SIGN_IN, message, advice=advice)


def test_a_token_file_that_there_is_not(target):
    result = call("run", ACCOUNTS, "--base-url", target.base_url, token=None, NEXUDUS_TOKEN_FILE="no-token")
    assert result.stderr.startswith("The file that NEXUDUS_TOKEN_FILE names cannot be read (No such file")
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


# -- the ledger and its runs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["runs"], ["show", "x"], ["report", "x"], ["resume", "x"], ["undo", "x"]])
class TestLedger:
    def test_a_ledger_that_is_no_database(self, command):
        Path("ledger.db").write_text("nothing of the kind\n" * 100)
        message = "The ledger sqlite:///ledger.db cannot be opened (file is not a database)."
        advice = "Check --ledger; for PostgreSQL install nexudus-import[postgresql] and give postgresql+psycopg://…"
        refused(call(*command, "--ledger", "ledger.db"), ExitCode.USAGE, message, advice=advice)

    def test_a_ledger_in_what_is_no_folder(self, command):
        Path("file").touch()
        result = call(*command, "--ledger", "file/ledger.db")
        assert result.stderr.startswith("The ledger sqlite:///file/ledger.db cannot be opened (")
        assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")

    def test_a_ledger_of_a_newer_version(self, command):
        call("runs", "--ledger", "ledger.db")
        with closing(sqlite3.connect("ledger.db")) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        message = "The ledger was written by a newer version of nexudus-import."
        advice = "Update nexudus-import, or name another file with --ledger."
        refused(call(*command, "--ledger", "ledger.db"), ExitCode.USAGE, message, advice=advice)

    def test_a_url_of_no_known_database(self, command):
        result = call(*command, "--ledger", "oracles://me:s3cr3t@delphi/ledger")
        assert result.stderr.startswith("The ledger oracles://me:***@delphi/ledger cannot be opened (")
        assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")


@pytest.mark.parametrize("command", ["show", "report", "resume", "undo"])
@pytest.mark.parametrize("token", ["sandbox-token", None])
def test_an_unknown_run_is_named_before_anybody_is_asked_to_sign_in(command, token):
    message = "There is no run tuesday in this ledger."
    result = call(command, "tuesday", token=token)
    refused(result, ExitCode.USAGE, message, advice="`nexudus-import runs` lists them.")


@pytest.mark.parametrize("args", [[], ["a", "--last"], ["--last", "--all"]])
def test_resume_wants_exactly_one_way_to_name_a_run(args):
    result = call("resume", *args)
    message = "Give either the name of a run, --last or --all; `nexudus-import runs` lists them."
    assert result.stderr.splitlines()[-1] == f"Error: {message}"
    assert result.exit_code == ExitCode.USAGE


def test_nothing_was_imported_yet():
    message = "There is no run yet in this ledger."
    refused(call("resume", "--last"), ExitCode.USAGE, message, advice="`nexudus-import runs` lists them.")


def test_a_complete_run_is_not_resumed(target):
    write_csv("a.csv", accounts(2))
    assert run_into(target, "a.csv").exit_code == 0
    result = call("resume", "--last")
    assert "is complete: there is nothing to resume.\nIts reports are in " in result.stderr
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")


@pytest.mark.parametrize("command", [["resume", "--last"], ["undo"]])
def test_a_run_into_the_embedded_sandbox_has_no_target_left(command):
    run = json.loads(call("run", ACCOUNTS, "--sandbox", "--json").stdout)["Run"]["RunId"]
    message = f"Run {run} went to an embedded sandbox, which has gone with it."
    advice = "To try it, start `nexudus-import sandbox` and run with --base-url."
    result = call(*command, *([run] if command == ["undo"] else []), token=None)
    refused(result, ExitCode.USAGE, message, advice=advice)


def test_a_source_that_has_changed_is_not_resumed_but_others_are(target):
    for name in ("a.csv", "b.csv"):
        write_csv(name, [account(number, DisplayName=name) for number in (1, 2)])
        target.faults = Faults(drop=1)
        assert run_into(target, name, "--attempts", "1", "--report-dir", f"{name}.out").exit_code == ExitCode.STOPPED
    target.faults = Faults()
    write_csv("a.csv", accounts(9))
    result = call("resume", "--all", "--json")
    changed, resumed = json.loads(result.stdout)
    assert changed["Error"].startswith("a.csv: has changed since run ")
    assert changed["ExitCode"] == ExitCode.SOURCE
    assert resumed["Summary"]["Created"] == 2
    assert result.exit_code == ExitCode.SOURCE


# -- the sandbox -------------------------------------------------------------------------------------------------


def test_a_port_in_use():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        message = f"Port {port} of 127.0.0.1 cannot be served (Address already in use)."
        result = call("sandbox", "--port", port)
        refused(result, ExitCode.USAGE, message, advice="Choose another --port, or 0 for any free one.")


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "a.example", "127.a.example", "::"])
def test_the_sandbox_serves_this_machine_only(host):
    message = f"--host {host}: the sandbox serves this machine only."
    refused(call("sandbox", "--host", host, "--port", "0"), ExitCode.USAGE, message, advice="Use 127.0.0.1.")


# -- for scripts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "error", "code"),
    [
        (["run", "no.csv", "--sandbox"], "no.csv: there is no such file.", ExitCode.SOURCE),
        (["validate", "no.csv"], "no.csv: there is no such file.", ExitCode.SOURCE),
        (["show", "x"], "There is no run x in this ledger.", ExitCode.USAGE),
        (["undo", "x"], "There is no run x in this ledger.", ExitCode.USAGE),
        (["runs", "--profile", "x"], "--profile x: there is no configuration file.", ExitCode.USAGE),
        (["run", "--limit", "0", "a"], "Invalid value for '--limit': 0 is not in the range x>=1.", ExitCode.USAGE),
        (["run"], "Missing argument 'SOURCE...'.", ExitCode.USAGE),
    ],
)
def test_with_json_an_error_is_an_object_on_stdout_and_a_message_on_stderr(args, error, code):
    result = call(*args, "--json")
    found = json.loads(result.stdout)
    assert list(found) == ["Error", "Advice", "ExitCode"]
    assert (found["Error"], found["ExitCode"], result.exit_code) == (error, code, code)
    assert error in result.stderr


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
