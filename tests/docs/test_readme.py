"""The README does what it says: its examples run, its tables are those of the code."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import EXIT_CODE_MEANINGS
from pipeline.model.runs import REPORTED
from pipeline.sandbox import Faults, SandboxServer
from pipeline.sandbox.accounts import User
from tests.support.command_line import (
    ROOT,
    account,
    accounts,
    call,
    process_environment,
    read_csv,
    report_in,
    run_into,
    summary,
    write_csv,
)
from tests.support.workbooks import xlsx

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CONSOLE = [
    line.removeprefix("$ ").split("    #")[0].rstrip()
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ ")
]
IMPORTS = [line for line in CONSOLE if line.startswith(".venv/bin/nexudus-import ")]
CREATOR = User(username="c@b.example", password="x", roles=frozenset({"EmailAccount-Create"}), token="clerk-token")
# What make and pip do needs a network, or these very tests: only that it is there is looked at.
SETUP = [line for line in CONSOLE if line not in IMPORTS]


def table_below(heading: str) -> dict[str, str]:
    """The table whose first heading this is, by its first column."""
    rows = README.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {row[0].strip("`"): row[-1] for row in cells}


def make_targets() -> dict[str, str]:
    """Each target of the Makefile with its recipe."""
    return dict(re.findall(r"^(\w+):[^\n]*\n((?:\t[^\n]*\n?)*)", MAKEFILE, re.MULTILINE))


def imported(target, source, folder, *options, **how):
    """Runs `run` into a sandbox, with its reports in a folder of their own."""
    result = run_into(target, source, *options, **how)
    Path("out").rename(folder)
    return result


@pytest.fixture
def in_the_repository(tmp_path, monkeypatch):
    """A folder that has the sample data, and takes the reports."""
    (tmp_path / "work" / "sample_data").symlink_to(ROOT / "sample_data")


def test_the_examples_are_found():
    assert len(IMPORTS) == 4
    assert SETUP == [
        "make run",
        "uv tool install .",
        "pipx install .",
        "python3 -m venv nexudus-import-env",
        "nexudus-import-env/bin/python -m pip install .",
        "make check",
        "make test",
    ]


@pytest.mark.parametrize(("line", "code"), list(zip(IMPORTS, [0, 3, 3, 0], strict=True)))
def test_an_example_runs(line, code, in_the_repository):
    args = line.split()[1:]
    ended = subprocess.run(
        [sys.executable, "-m", "pipeline", *args], capture_output=True, env=process_environment(), check=False
    )
    assert ended.returncode == code
    folder = "reports" / Path("reports/latest").readlink()
    assert report_in(folder)["Summary"]["RowsRead"] > 0


def test_make_run_imports_the_first_sample_into_the_sandbox(in_the_repository):
    command = make_targets()["run"].strip()
    assert command == "$(BIN)/nexudus-import run sample_data/accounts.csv --sandbox"
    result = call(*command.split()[1:], token=None)
    assert result.exit_code == 0
    folder = "reports" / Path("reports/latest").readlink()
    assert report_in(folder)["Summary"] == summary(RowsRead=30, Created=30)
    assert f"  {folder}/report.json\n" in result.stdout


def test_make_says_what_it_does_while_it_installs():
    recipe = MAKEFILE.split("\n$(SETUP): ", 1)[1].splitlines()
    assert recipe[1].startswith('\t@echo "Installing nexudus-import')


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:\$ |`)make (\w+)", README))))
def test_a_target_of_make_that_is_named_is_there(target):
    assert target in make_targets()


def test_the_samples_that_are_named_are_those_that_are_there():
    assert set(table_below("sample")) == {path.name for path in (ROOT / "sample_data").iterdir()}


def test_the_walk_through_a_real_import_works(in_the_repository):
    block = next(b for b in re.findall(r"```text\n(.*?)```", README, re.DOTALL) if "nexudus-import undo" in b)
    commands = [re.split(r"\s{2,}", line)[0].split()[1:] for line in block.splitlines()]
    assert [c[0] for c in commands] == ["fields", "template", "validate", "run", "run", "run", "resume", "runs", "undo"]
    (Path("accounts.xlsx")).symlink_to(ROOT / "sample_data" / "accounts.xlsx")
    with SandboxServer() as target:
        environment = {"NEXUDUS_IMPORT_BASE_URL": target.base_url, "NEXUDUS_IMPORT_LIMITS": "none"}
        results = {i: call(*c, **environment) for i, c in enumerate(commands[:-1])}
        run_id = results[7].stdout.split("\n")[-2].split()[0]
        undone = call("undo", run_id, "--dry-run")
    assert {i: r.exit_code for i, r in results.items()} == {0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 2, 7: 0}
    assert "30  created" in results[4].stdout
    assert "30  skipped" in results[5].stdout
    assert "is complete: there is nothing to resume" in results[6].stderr
    assert "30 would be deleted" in undone.stdout


def test_the_exit_codes_are_those_of_the_code():
    assert table_below("exit code") == {str(int(code)): meaning for code, meaning in EXIT_CODE_MEANINGS.items()}


def test_the_statuses_are_those_that_reports_show():
    assert list(table_below("a row ends as")) == [status.value.replace("_", " ") for status in REPORTED]


def test_the_report_files_are_those_that_are_written(in_the_repository):
    call("run", "sample_data/accounts_with_errors.csv", "--sandbox", "--report-dir", "errors")
    write_csv("a.csv", accounts(1))
    with SandboxServer(users=[CREATOR], faults=Faults(lose_answers=1)) as target:
        assert imported(target, "a.csv", "doubt", token=CREATOR.token).exit_code == 4
    with SandboxServer() as target:
        imported(target, "a.csv", "created")
        write_csv("b.csv", [account(1, DisplayName="Other")])
        assert imported(target, "b.csv", "update", "--existing", "update").exit_code == 0
    with SandboxServer(faults=Faults(drop=1)) as target:
        write_csv("c.csv", [account(2)])
        assert imported(target, "c.csv", "stopped", "--attempts", "1").exit_code == 5
        write_csv("d.csv", [account(3, ErrorCount="x")])
        xlsx(Path("d.xlsx"), {"Accounts": [list(row) for row in read_csv("d.csv")]})
        imported(target, "d.xlsx", "workbook")
    folders = ("errors", "doubt", "update", "stopped", "workbook")
    written = {path.name for folder in folders for path in Path(folder).iterdir()}
    assert set(table_below("file")) == written
    for always in ("report.html", "report.json", "created.csv", "errors.csv"):
        assert all((Path(folder) / always).exists() for folder in folders)


def test_the_rows_that_a_run_leaves_open_are_finished_as_told(in_the_repository):
    block = next(b for b in re.findall(r"```text\n(.*?)```", README, re.DOTALL) if "nexudus-import settle" in b)
    commands = [re.split(r"\s{2,}", line)[0].split()[1:] for line in block.splitlines()]
    assert [c[0] for c in commands] == ["settle", "resume", "resume"]
    write_csv("a.csv", accounts(1))
    with SandboxServer(users=[CREATOR], faults=Faults(lose_answers=1)) as target:
        run_into(target, "a.csv", token=CREATOR.token)
        target.faults = Faults()
        run_id = report_in()["Run"]["RunId"]
        header, row = read_csv("out/in_doubt.csv")
        write_csv("in_doubt.csv", [dict(zip(header, [*row[:-1], "missing"], strict=True))])
        settle, resume, retry = ([run_id if word == "RUN" else word for word in c] for c in commands)
        results = [call(*args, token=CREATOR.token) for args in (settle, resume, retry)]
    assert "1 missing" in results[0].stderr
    assert "1  created" in results[1].stdout
    assert [r.exit_code for r in results] == [0, 0, 2]
    assert f"Run {run_id} is complete: there is nothing to resume." in results[2].stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completion_in_the_readme_works(shell):
    assert f"{shell}_source" in README
    environment = process_environment(_NEXUDUS_IMPORT_COMPLETE=f"{shell}_source")
    program = "from pipeline.cli.main import main; main(prog_name='nexudus-import')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, check=False)
    assert b"_NEXUDUS_IMPORT_COMPLETE=" + f"{shell}_complete".encode() in ended.stdout


def test_the_configuration_in_the_readme_is_accepted(in_the_repository):
    Path("nexudus-import.toml").write_text(re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[0])
    result = call("run", "sample_data/accounts.csv", "--sandbox", "--limits", "none", "--profile", "nightly")
    assert (result.exit_code, result.output) == (0, "")


def test_every_link_leads_somewhere():
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), (page.name, target)
