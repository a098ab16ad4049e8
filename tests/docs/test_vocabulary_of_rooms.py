"""Text below the command line names none of its options, commands and variables: programs in Python read it, too."""

import ast
import re

import pytest

from pipeline.cli.main import main
from tests.support.command_line import ROOT

COMMANDS = "|".join(main.commands)
NAMES = re.compile(rf"(?<![\w-])--[a-z]|nexudus-import (?:{COMMANDS})\b|`(?:{COMMANDS})[` ]|NEXUDUS_")
EXEMPT = {
    "pipeline/intake/mapping/toml_text.py": "the first line of a mapping file, read in an editor",
    "pipeline/intake/template.py": "the sheet of instructions in a template",
    "pipeline/operations/cluster/environment.py": "hands the variables on to workers",
    "pipeline/operations/on_finish.py": "takes the variables with credentials out of another program's environment",
    "pipeline/operations/sandbox.py": "the credentials of an embedded sandbox",
    "pipeline/remote/credentials.py": "reads the variables",
    "pipeline/reports/base.py": "reports are read beside the command line, long after a run",
    "pipeline/reports/problem_counter.py": "reports are read beside the command line, long after a run",
    "pipeline/reports/report_html.py": "reports are read beside the command line, long after a run",
    "pipeline/reports/settings.py": "reports are read beside the command line, long after a run",
    "pipeline/reports/verdict.py": "reports are read beside the command line, long after a run",
}
"""Modules with such text, and why: the list that docs/architecture.md puts in words."""


def is_command_line(path):
    return path.parts[1] == "cli" or path.name == "__main__.py"


PATHS = [
    path
    for path in sorted(one.relative_to(ROOT) for one in (ROOT / "pipeline").rglob("*.py"))
    if not is_command_line(path)
]


def texts(path):
    """The module's texts but its docstrings."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings)
    return [node.value for node in found if isinstance(node.value, str)]


@pytest.mark.parametrize("path", [path for path in PATHS if path.as_posix() not in EXEMPT], ids=str)
def test_no_text_below_the_command_line_speaks_of_it(path):
    assert [text for text in texts(path) if NAMES.search(text)] == []


@pytest.mark.parametrize("name", EXEMPT)
def test_only_modules_with_such_text_are_exempt(name):
    assert any(NAMES.search(text) for text in texts(ROOT / name))


def test_such_names_are_found():
    assert all(NAMES.search(text) for text in ("try --sheet", "`resume RUN`", "nexudus-import run a", "NEXUDUS_TOKEN"))
    assert not any(NAMES.search(text) for text in ("a -- b", "`run()`", "nexudus-import", "re-run"))
