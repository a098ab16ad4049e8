"""Text from files and servers that would act on a terminal, in a log or in a spreadsheet program."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import account, call, write_csv
from tests.support.hostile import Behaviour, hostile_server, listed

HARM = "\x1b[2J\x1b]0;mine\x07\x9b31m\u202e"
ACTING = set("\x1b\x07\x9b\u202e")
FAST = ("--limits", "none", "--report-dir", "out", "--existing", "skip")


@pytest.fixture
def server():
    behaviour = Behaviour()
    with hostile_server(behaviour) as url:
        behaviour.url = url
        refusal = {"Message": f"no {HARM}", "Value": None, "Errors": None, "WasSuccessful": False}
        behaviour.answer = lambda method, *_: (
            (400, json.dumps(refusal).encode()) if method == "POST" else (200, listed())
        )
        yield behaviour


@pytest.mark.parametrize("options", [(), ("--json",), ("--verbose",), ("--verbose", "--log-format", "json")], ids=str)
def test_nothing_acts_on_the_terminal_or_in_the_log(server, options):
    name = f"a{HARM}.csv"
    write_csv(name, [account(1, DisplayName=HARM, **{f"Odd{HARM}": "x"})])
    ended = call("run", name, "--base-url", server.url, *FAST, *options, token="t0ken")
    assert ended.exit_code == 3
    for command in (("runs",), ("show", "last"), ("report", "last"), ("validate", name)):
        shown = call(*command, token="t0ken")
        assert not set(shown.output + shown.stderr) & ACTING, command
    assert not set(ended.output + ended.stderr) & ACTING


@pytest.mark.parametrize("arguments", [("run", f"no{HARM}.csv"), ("run", "a.csv", "--no" + HARM), (HARM,)], ids=repr)
def test_nothing_acts_in_an_error(arguments):
    ended = call(*arguments, token="t0ken")
    assert ended.exit_code in {2, 6}
    assert not set(ended.output + ended.stderr) & ACTING


def test_nothing_acts_in_errors_csv(server):
    write_csv("a.csv", [account(1, DisplayName="x", EmailAddress=f"bad{HARM}"), account(2, IncomingServerPort=HARM)])
    call("run", "a.csv", "--base-url", server.url, *FAST, token="t0ken")
    for path in Path("out").glob("*.csv"):
        if not path.name.startswith("rejected"):  # which must hold the source's own cells
            assert not set(path.read_text(encoding="utf-8-sig")) & ACTING, path.name
    assert r"\x1b[2J" in Path("out/errors.csv").read_text(encoding="utf-8-sig")


def test_a_file_cannot_forge_a_line_of_the_log(server):
    write_csv("a.csv", [account(1, **{"Odd\nThe target throttles calls": "x"})])
    ended = call("run", "a.csv", "--base-url", server.url, *FAST, "--verbose", token="t0ken")
    assert "\nThe target throttles calls" not in ended.stderr
