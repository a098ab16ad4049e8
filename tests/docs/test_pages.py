"""The pages beside the README are those of the code as it is."""

import ast
import re
from pathlib import Path

import click
import pytest

from pipeline.cli.main import main
from pipeline.model.rows import TRANSITIONS, Status
from tests.docs import error_pages, help_pages

ROOT = Path(__file__).parents[2]
COMMANDS = help_pages.PAGE.read_text(encoding="utf-8")
SCENARIOS = (ROOT / "tests" / "SCENARIOS.md").read_text(encoding="utf-8")


def test_the_command_reference_is_current():
    assert help_pages.rendered() == COMMANDS


def test_the_reference_of_errors_is_current():
    assert error_pages.rendered() == error_pages.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", main.commands)
def test_every_command_and_option_is_in_the_reference(name):
    section = COMMANDS.split(f"## nexudus-import {name}\n", 1)[1].split("\n## ", 1)[0]
    options = [o for o in main.commands[name].params if isinstance(o, click.Option)]
    missing = [spelling for o in options for spelling in o.opts if not re.search(rf"(?<![\w-]){spelling}\b", section)]
    assert missing == []
    assert [o.name for o in options if not o.help] == []


def test_the_diagram_of_delivery_is_the_one_that_the_ledger_keeps():
    page = (ROOT / "docs" / "delivery.md").read_text(encoding="utf-8")
    [diagram] = re.findall(r"```mermaid\nstateDiagram-v2\n(.*?)```", page, re.DOTALL)
    arrows = re.findall(r"^\s*(\S+) --> (\w+): \S.*$", diagram, re.MULTILINE)
    assert len(arrows) == len(diagram.strip().splitlines())
    drawn = {(a, b) for a, b in arrows if a != "[*]"}
    assert drawn == {(a.value, b.value) for a, following in TRANSITIONS.items() for b in following}
    assert {b for a, b in arrows if a == "[*]"} == {Status.UNPROCESSED.value, Status.INVALID.value}
    final = {s.value for s, following in TRANSITIONS.items() if not following}
    sentence = re.search(r"^((?:`\w+`(?:, | and )?)+) are final", page, re.MULTILINE)
    assert sentence is not None
    assert set(re.findall(r"`(\w+)`", sentence.group(1))) == final


def test_the_changelog_has_the_version_that_is_built():
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    assert f"## {version.group(1)}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# -- scenarios ---------------------------------------------------------------------------------------------------


def named_tests():
    return re.findall(r"`(tests/\S+?\.py)::([\w:]+)`", SCENARIOS)


def names_in(path):
    """All functions and classes of a test file, methods with their class in front."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {
                f"{node.name}::{n.name}" for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
            }
    return names


def test_every_test_that_the_scenarios_name_exists():
    missing = [f"{path}::{name}" for path, name in named_tests() if name not in names_in(path)]
    assert missing == []
    assert len(named_tests()) > 50


def test_every_scenario_has_a_test_and_stands_once():
    rows = [r for r in SCENARIOS.splitlines() if r.startswith("| ") and "situation | test" not in r]
    assert [r for r in rows if not re.fullmatch(r"\| [^|]+ \| (`tests/\S+`(, )?)+ \|", r)] == []
    situations = [r.split("|")[1].strip() for r in rows]
    assert len(situations) == len(set(situations))


def test_every_suite_has_a_scenario():
    suites = {path.split("/")[1] for path, _ in named_tests()}
    there = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir() and list(p.rglob("test_*.py"))}
    assert suites == there


# -- what is to be typed -----------------------------------------------------------------------------------------

PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]


def typed_in(page):
    """The commands of a page: of fenced blocks the lines that begin with one, and those between backquotes."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    beginning = r"(?:\$ )?(?:\S*/)?nexudus-import (?P<rest>[a-z].*)"
    yield from (found["rest"] for line in lines if (found := re.fullmatch(beginning, line.strip())))
    yield from re.findall(r"`nexudus-import ([a-z][^`]*)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_have_the_options_that_are_typed(page):
    wrong = []
    for typed in typed_in(page):
        name, *words = re.split(r"\s+", typed.partition(" #")[0])
        command = main.commands.get(name)
        if isinstance(command, click.Group) and words and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        known = {
            spelling for one in (command.params if command else ()) for spelling in (*one.opts, *one.secondary_opts)
        }
        given = {word.partition("=")[0].rstrip(",.;)") for word in words if re.match(r"--?[a-z]", word)}
        wrong += [typed] if command is None or not given <= known | {"--help"} else []
    assert wrong == []


def test_pages_have_commands():
    assert sum(len(list(typed_in(page))) for page in PAGES) > 100
