"""The page on Python does what it says: its examples run against the real sandbox, its table has every attribute."""

import dataclasses
import re
import shutil

import pandas as pd
import pytest

from pipeline import Credentials, ImportConfig, SandboxServer, Status, import_rows
from pipeline.sandbox import Faults
from tests.support.command_line import ACCOUNTS, ROOT, TOKEN

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = {
    section.split("\n", 1)[0]: re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    for section in PAGE.split("\n## ")[1:]
}
EXAMPLES = {heading: blocks[0] for heading, blocks in BLOCKS.items() if blocks}
CALLBACK = BLOCKS["Import"][1]


@pytest.fixture
def server():
    shutil.copy(ACCOUNTS, "accounts.csv")
    with SandboxServer() as found:
        yield found


def run_example(code, **names):
    """Runs an example; returns the names that it leaves."""
    exec(compile(code, "docs/python.md", "exec"), names)
    return names


def test_the_examples_are_found():
    assert list(EXAMPLES) == ["Import", "Check, look back, resume", "In a notebook", "In a scheduler's task"]


def test_rows_as_they_end_then_a_callback(server, capsys):
    code = EXAMPLES["Import"].replace("config = ImportConfig(\n", "config = ImportConfig(\n    limits=(),\n")
    left = run_example(code, BASE_URL=server.base_url, TOKEN=TOKEN)
    assert capsys.readouterr().out == f"{left['result'].run.run_id} 30 0\n"
    assert len(server.store) == 30
    run_example(CALLBACK, **{name: left[name] for name in ("import_rows", "config")})
    ids = {str(record["Id"]) for record in server.store.records()}
    assert {line.split()[1] for line in capsys.readouterr().out.splitlines()} == ids


def test_check_look_back_and_resume(server, capsys):
    frame = pd.read_csv("accounts.csv", dtype=str)
    frame.loc[4, "IncomingServerPort"] = "x"
    config = ImportConfig(base_url=server.base_url, credentials=Credentials(token=TOKEN), limits=())

    left = run_example(
        EXAMPLES["Check, look back, resume"], frame=frame, config=config, import_rows=import_rows, Status=Status
    )
    name = left["run"].result.run.run_id
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "29 of 30"
    assert told[1].startswith("6 IncomingServerPort IncomingServerPort x ")
    assert told[2:] == ["completed 29 30", f"['{name}']"]


def test_in_a_notebook(server, capsys):
    left = run_example(EXAMPLES["In a notebook"])
    assert left["ended"]["status"].tolist() == ["created"] * 30
    assert re.search(r"^created +30$", capsys.readouterr().out, re.MULTILINE)


def test_in_a_scheduler_s_task_a_second_call_goes_on(server):
    task = run_example(EXAMPLES["In a scheduler's task"])["import_accounts"]
    config = ImportConfig(
        base_url=server.base_url, credentials=Credentials(token=TOKEN), limits=(), attempts=1, ledger="ledger.db"
    )
    server.faults = Faults(drop=1)
    with pytest.raises(Exception, match="target"):
        task("accounts.csv", config)
    server.faults = Faults()
    done = task("accounts.csv", config)
    assert (done["RowsRead"], done["Created"], len(server.store)) == (30, 30, 30)
    again = task("accounts.csv", config)
    assert (again["Created"], again["Skipped"]) == (0, 30)
    assert again["run"] != done["run"]


def test_every_attribute_of_the_configuration_is_in_the_table():
    table = PAGE.split("| `ImportConfig` |", 1)[1].split("\n\n", 1)[0]
    named = {
        name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")
    }
    assert named == {one.name for one in dataclasses.fields(ImportConfig)}
