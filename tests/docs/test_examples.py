"""The examples of `help COMMAND` do what they say."""

import csv
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pipeline.cli.examples import PROGRAM, examples_of
from pipeline.cli.main import main
from pipeline.errors import ExitCode
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import SAMPLES, account, accounts, call, process_environment, run_into, write_csv


def commands():
    """Each command by its full name."""
    for name, command in main.commands.items():
        inner = command.commands if isinstance(command, click.Group) else {}
        if not inner or command.invoke_without_command:
            yield name
        yield from (f"{name} {one}" for one in inner)


EXAMPLES = [(name, one) for name in commands() for one in examples_of(name)]
SERVING = [one for name, one in EXAMPLES if name == "sandbox"]
GIVEN = {"login --token": b"sandbox-token\n"}
FOREIGN = {"EmailAddress": "E-Mail", "DisplayName": "Anzeigename"}
SIGN_IN = {"NEXUDUS_USERNAME": "admin@example.com", "NEXUDUS_PASSWORD": "sandbox"}


class World:
    """A folder with sources, a target that is the default one, and a run that has ended as a command needs it."""

    def __init__(self, server):
        self.server = server
        self.environment = {
            "NEXUDUS_IMPORT_BASE_URL": server.base_url,
            "NEXUDUS_IMPORT_LIMITS": "none",
            "NEXUDUS_IMPORT_UNCHANGED_FOR": "0s",
            **SIGN_IN,
        }
        shutil.copy(SAMPLES / "accounts.xlsx", "accounts.xlsx")
        write_csv("accounts.csv", accounts(3))
        write_csv("export.csv", [{FOREIGN.get(name, name): v for name, v in row.items()} for row in accounts(3)])
        Path("inbox").mkdir()
        shutil.copy(SAMPLES / "accounts.csv", "inbox/accounts.csv")

    def prepare(self, command):
        write_csv("before.csv", [account(n) for n in range(11, 14)])
        if command == "run":
            assert call("map", "export.csv", "--yes").exit_code == 0
        elif command == "resume":
            self.server.faults = Faults(drop=1)
            assert run_into(self.server, "before.csv", "--attempts", "1").exit_code == ExitCode.STOPPED
            self.server.faults = Faults()
        elif command == "settle":
            self.leave_doubts()
        elif command == "ledger copy":
            assert run_into(self.server, "before.csv", "--ledger", "old.db").exit_code == 0
        else:
            assert run_into(self.server, "before.csv").exit_code == 0

    def leave_doubts(self):
        self.server.faults = Faults(lose_answers=1)
        assert run_into(self.server, "before.csv", "--timeout", "0.3", token="creator-token").exit_code == 4
        self.server.faults = Faults()
        header, *rows = csv.reader(Path("out/in_doubt.csv").read_text(encoding="utf-8-sig").splitlines())
        with Path("out/in_doubt.csv").open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([header, *([*row[:-1], "missing"] for row in rows)])

    def call(self, arguments):
        given = GIVEN.get(arguments)
        return call(*shlex.split(arguments), given=given, token=None, **self.environment)


@pytest.fixture
def world():
    with SandboxServer() as server:
        yield World(server)


def test_every_command_has_an_example():
    assert [name for name in commands() if not examples_of(name)] == []


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[one.arguments for _, one in EXAMPLES])
def test_an_example_calls_its_command(name, example):
    assert example.arguments.split()[: len(name.split())] == name.split()
    shown = call("help", *name.split()).stdout
    assert f"  {example.purpose}:\n    {PROGRAM} {example.arguments}\n" in shown


@pytest.mark.parametrize(
    ("name", "example"),
    [one for one in EXAMPLES if one[1] not in SERVING],
    ids=[one.arguments for _, one in EXAMPLES if one not in SERVING],
)
def test_an_example_works(name, example, world, monkeypatch):
    opened = []
    monkeypatch.setattr(click, "launch", lambda place: opened.append(place) or 0)
    world.prepare(name)
    ended = world.call(example.arguments)
    assert ended.exit_code == 0, ended.output
    assert len(opened) == ("--open" in example.arguments)


@pytest.mark.parametrize("example", SERVING, ids=[one.arguments for one in SERVING])
def test_an_example_of_the_sandbox_serves(example):
    # Its own port may be taken on this machine.
    arguments = [*shlex.split(example.arguments), "--port", "0"]
    command = [sys.executable, "-m", "pipeline", *arguments]
    with subprocess.Popen(command, env=process_environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.terminate()
    assert said.startswith(b"Serving http://127.0.0.1:")


def test_help_without_a_command_lists_all():
    shown = call("help").stdout
    assert all(f"  {name} " in shown for name in main.commands)


def test_a_command_that_is_not_there_is_named():
    ended = call("help", "config", "hide")
    assert ended.exit_code == ExitCode.USAGE
    assert "There is no command 'config hide'; `nexudus-import help` lists all." in ended.stderr
