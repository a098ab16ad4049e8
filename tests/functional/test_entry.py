"""The entry of the program, where files of the working folder have the names of its packages."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.command_line import ROOT, SAMPLES, process_environment

COMMAND = str(Path(sysconfig.get_path("scripts")) / "nexudus-import")
MODULE = (sys.executable, "-m", "pipeline")


def entered(*command, **environment):
    """Starts the program in the working folder."""
    env = process_environment(**environment)
    return subprocess.run(command, capture_output=True, env=env, check=False, text=True, encoding="utf-8")


@pytest.fixture(params=["schemas.py", "schemas/__init__.py"])
def in_the_way(request):
    """A file that must not be run, of the name of a package of ours."""
    path = Path(request.param)
    path.parent.mkdir(exist_ok=True)
    path.write_text("raise SystemExit(99)\n", encoding="utf-8")
    return path.absolute()


@pytest.mark.parametrize(
    ("command", "search"), [(MODULE, str(ROOT)), ((COMMAND,), "."), ((COMMAND,), f".{os.pathsep}{ROOT}")], ids=str
)
def test_a_file_in_the_way_is_named_with_what_to_do(command, search, in_the_way):
    ended = entered(*command, "--version", PYTHONPATH=search)
    assert (ended.returncode, ended.stdout) == (2, "")
    found, advice = ended.stderr.splitlines()
    assert found.startswith(f"{in_the_way} is in the way:")
    assert advice.startswith("Rename it, or start nexudus-import from another folder and without PYTHONPATH")


def test_with_json_it_is_an_object_on_stdout(in_the_way):
    ended = entered(*MODULE, "fields", "--json")
    told = json.loads(ended.stdout)
    assert (ended.returncode, told["ExitCode"]) == (2, 2)
    assert f"{told['Error']}\n{told['Advice']}\n" == ended.stderr


def test_the_installed_command_does_not_look_into_the_working_folder(in_the_way):
    Path("pipeline.py").write_text("raise SystemExit(99)\n", encoding="utf-8")
    ended = entered(COMMAND, "--version", PYTHONPATH="")
    assert (ended.returncode, ended.stdout.split()[0], ended.stderr) == (0, "nexudus-import", "")


def test_a_folder_of_data_of_that_name_is_not_in_the_way():
    Path("schemas").mkdir()
    Path("schemas/notes.txt").write_text("tables", encoding="utf-8")
    ended = entered(*MODULE, "--version", PYTHONPATH=str(ROOT))
    assert (ended.returncode, ended.stderr) == (0, "")


def test_an_installation_that_lacks_a_part_is_told_without_a_traceback():
    script = "import sys; sys.modules['click'] = None; from pipeline.__main__ import main; main()"
    ended = entered(sys.executable, "-c", script)
    assert (ended.returncode, ended.stdout) == (1, "")
    found, advice = ended.stderr.splitlines()
    assert found.startswith("nexudus-import is not installed completely: ")
    assert "click" in found
    assert advice == "Install it again, in an environment of its own: see the README."


def test_of_a_pipeline_in_the_way_python_says_what_the_readme_quotes():
    Path("pipeline.py").touch()
    ended = entered(COMMAND, "--version", PYTHONPATH=".")
    assert ended.returncode == 1
    assert "'pipeline' is not a package" in ended.stderr
    assert "\"'pipeline' is not a package\"" in (ROOT / "README.md").read_text(encoding="utf-8").replace("\n", " ")


@pytest.mark.parametrize(
    ("command", "heavy"),
    [
        (["validate"], ["sqlalchemy", "alembic", "httpx", "tenacity", "pipeline.ledger", "pipeline.remote.client"]),
        (["run", "--base-url", "http://127.0.0.1:9"], ["alembic", "aiohttp", "pipeline.sandbox", "openpyxl"]),
    ],
)
def test_a_command_loads_nothing_that_it_does_not_need(command, heavy):
    code = f"""
import sys
from pipeline.cli.main import main
try:
    main([*{command!r}, {str(SAMPLES / "accounts.csv")!r}, "--quiet"])
except SystemExit as end:
    print(end.code)
print([name for name in {heavy!r} if name in sys.modules])
"""
    ended = entered(sys.executable, "-c", code)
    reached = "0" if command[0] == "validate" else "7"  # which is when nobody is signed in
    assert ended.stdout.splitlines() == [reached, "[]"], ended.stderr
