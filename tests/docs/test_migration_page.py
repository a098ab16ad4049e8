"""docs/migration.md: its steps lead from an export of another system to records, in its order."""

import re
import shlex
from pathlib import Path

import pytest

from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import account, accounts, call, write_csv

PAGE = (Path(__file__).parents[2] / "docs" / "migration.md").read_text(encoding="utf-8")
[STEPS] = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [shlex.split(line.removeprefix("$ nexudus-import ")) for line in STEPS.strip().splitlines()]
FOREIGN = {"EmailAddress": "E-Mail", "DisplayName": "Anzeigename", "IncomingServer": "IMAP-Server"}


@pytest.fixture
def server():
    with SandboxServer() as found:
        yield found


def test_each_step_works_and_only_the_last_sends(server):
    write_csv("export.csv", [{FOREIGN.get(name, name): v for name, v in row.items()} for row in accounts(4)])
    settings = {"NEXUDUS_IMPORT_BASE_URL": server.base_url}
    *before, last = COMMANDS
    for command in before:
        words = [*command, "--yes"] if command[0] == "map" else command
        assert call(*words, **settings).exit_code == 0, command
        assert len(server.store) == 0
    assert call(*last, **settings).exit_code == 0
    assert {r["EmailAddress"] for r in server.store.records()} == {account(n)["EmailAddress"] for n in range(1, 5)}
    assert call("show", "--last", **settings).exit_code == 0
    assert call("undo", "--last", "--yes", **settings).exit_code == 0
    assert len(server.store) == 0


def test_the_pages_that_it_names_are_there():
    for place in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (Path(__file__).parents[2] / "docs" / place).exists(), place
