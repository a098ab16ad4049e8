"""What stands on the terminal, to the letter: at 80 and 40 columns, in colour and without, dumb, and in a pipe.

`UPDATE_SCREENS=1` writes the files of `tests/files/screens` anew; look at what has changed before you keep it.
"""

import os
import re
import sys

import pytest

from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import ROOT, TOKEN, account, on_terminal, run_into, started, write_csv

SCREENS = ROOT / "tests" / "files" / "screens"
MODES = {
    "80-columns-in-colour": {"COLUMNS": "80", "TERM": "xterm"},
    "40-columns-in-colour": {"COLUMNS": "40", "TERM": "xterm"},
    "80-columns": {"COLUMNS": "80", "TERM": "xterm", "NO_COLOR": "1"},
    "40-columns": {"COLUMNS": "40", "TERM": "xterm", "NO_COLOR": "1"},
    "dumb": {"COLUMNS": "80", "TERM": "dumb"},
    "pipe": None,
}
# What differs each time, by something as long, so that lines break where they did.
SAME = {
    r"20\d{6}-\d{6}-[a-z]{4}": "20260102-030405-abcd",
    r"127\.0\.0\.1:\d{5}": "127.0.0.1:54321",
    r"\b\d\d:\d\d\b": "12:34",
    r"in (?:\d+) s\b": "in 12 s",
}

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals"),
    pytest.mark.timeout(400),  # a handful of processes each
]


@pytest.fixture
def server():
    with SandboxServer() as found:
        yield found


def prepare(server):
    """Five rows: one created by an earlier run, one that exists at the target, one repeated, one invalid, one new."""
    write_csv("known.csv", [account(1)])
    assert run_into(server, "known.csv").exit_code == 0
    server.store.create({**account(2), "BusinessId": 1, "IncomingServerPort": 993, "OutgoingServerPort": 587})
    rows = [account(1), account(2), account(3, OutgoingServerPort=99_999), account(3), account(4, ErrorCount="x")]
    write_csv("accounts.csv", [{**row, "Notes": "hi"} for row in rows])
    write_csv("export.csv", [{"Mail": row["EmailAddress"], **row} for row in rows])


def screens(server, mode):
    to = ("--base-url", server.base_url)
    for command in (
        ("validate", "accounts.csv", "--report-dir", "checked", "--no-progress"),
        ("check", "accounts.csv", *to),
        ("run", "accounts.csv", *to, "--report-dir", "reports/first", "--no-progress"),
        ("show", "last"),
        ("runs",),
        ("map", "export.csv", "--yes"),
        ("show", "nobody"),
    ):
        shown = seen(command, MODES[mode])
        yield f"$ nexudus-import {' '.join(command)}\n{shown}"


def seen(command, environment):
    if environment is None:
        ended = started(*command, NEXUDUS_TOKEN=TOKEN)
        return f"{ended.stderr.decode()}{ended.stdout.decode()}"
    answers = {"Go ahead?": "y"}
    return on_terminal(*command, answers=answers, NEXUDUS_TOKEN=TOKEN, **environment)[1].replace("\r\n", "\n")


def made_same(shown):
    for pattern, instead in SAME.items():
        shown = re.sub(pattern, instead, shown)
    lines = [line for line in shown.split("\n") if " so far" not in line]  # a machine may be slow
    return "\n".join(lines).replace("\x1b", "␛")


@pytest.mark.parametrize("mode", MODES)
def test_each_screen_is_as_it_was(mode, server):
    prepare(server)
    shown = made_same("\n".join(screens(server, mode)))
    path = SCREENS / f"{mode}.txt"
    if os.environ.get("UPDATE_SCREENS"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("mode", MODES)
def test_what_stands_on_a_screen_fits_it(mode):
    lines = [
        re.sub(r"␛\[[0-9;?]*[A-Za-z]", "", line)
        for line in (SCREENS / f"{mode}.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("$ ")
    ]
    width = int(mode.split("-")[0]) if mode[0].isdigit() else None
    too_long = [line for line in lines if width is not None and len(line.rstrip()) > width]
    words = [line for line in too_long if not line.startswith("`nexudus-import ")]
    assert [line for line in words if " " in line.strip()] == []  # a path, an address or a command alone may be longer
    assert not any("␛" in line for line in lines)
    if width is None:
        assert [line for line in lines if line != line.rstrip()] == []


def test_there_is_colour_only_where_it_is_wanted():
    for mode in MODES:
        coloured = "␛[3" in (SCREENS / f"{mode}.txt").read_text(encoding="utf-8")
        assert coloured == mode.endswith("-in-colour")
