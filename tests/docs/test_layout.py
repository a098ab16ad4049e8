"""The pages about the code name what is there, and the tests stand where the code does."""

import ast
import re
import tomllib
from itertools import pairwise

from tests.support.command_line import ROOT

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MODULES = {
    path.relative_to(ROOT).as_posix()
    for room in ("pipeline", "schemas")
    for path in (ROOT / room).rglob("*.py")
    if path.name != "__init__.py"
}
ENTRIES = {path.split("/")[1].removesuffix(".py") for path in MODULES if path.startswith("pipeline/")}
SECTIONS = re.findall(r"^### `(\S+/)`\n\n((?:- .*\n)+)", ARCHITECTURE, re.MULTILINE)
NAMED = [folder + name for folder, lines in SECTIONS for name in re.findall(r"^- `(\S+)`: \S", lines, re.MULTILINE)]


def test_every_module_stands_in_architecture_md_and_every_module_there_exists():
    missing, gone = sorted(MODULES - set(NAMED)), sorted(set(NAMED) - MODULES)
    assert (missing, gone) == ([], []), "add `- name.py: what it is for` to docs/architecture.md, or take the line out"
    assert len(NAMED) == len(set(NAMED))


def test_modules_are_listed_in_the_order_of_the_alphabet():
    for folder, lines in SECTIONS:
        names = re.findall(r"^- `(\S+)`", lines, re.MULTILINE)
        assert [(folder, a, b) for a, b in pairwise(names) if a > b] == []


def test_every_entry_of_pipeline_has_its_sentence():
    rows = re.findall(r"^\| `(\w+)` \| [A-Z][^|]*\. \|$", ARCHITECTURE, re.MULTILINE)
    assert sorted(rows) == sorted(ENTRIES)


def drawn_arrows():
    """The arrows between rooms."""
    [diagram] = re.findall(r"```mermaid\nflowchart TD\n(.*?)```", ARCHITECTURE, re.DOTALL)
    drawn = re.findall(r"^\s*(.+?) -(?:-|\. embeds \.-|\.-)> (.+)$", diagram, re.MULTILINE)
    return [(a.split("[")[0], b) for left, right in drawn for a in left.split(" & ") for b in right.split(" & ")]


def test_the_diagram_of_rooms_shows_every_entry_and_no_arrow_that_the_layers_forbid():
    arrows = drawn_arrows()
    drawn = {("__main__" if name == "main" else name) for arrow in arrows for name in arrow}
    assert drawn - {"schemas"} == ENTRIES
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers" and one["containers"] == ["pipeline"])
    floor = {room.strip(" ()"): number for number, layer in enumerate(layers) for room in layer.split("|")}
    floor["main"] = floor["__main__"]
    assert [(a, b) for a, b in arrows if b != "schemas" and floor[a] >= floor[b]] == []


def imported_rooms():
    """Which entry of `pipeline` imports which, or the schemas; what `pipeline` itself hands on stands in no room."""
    for path in sorted((ROOT / "pipeline").rglob("*.py")):
        room = path.relative_to(ROOT / "pipeline").parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if room != "__init__" and isinstance(node, ast.ImportFrom) and node.module:
                package, _, rest = node.module.partition(".")
                names = [rest] if rest else [alias.name for alias in node.names]
                yield from ((room, name.split(".")[0]) for name in names if package == "pipeline")
                yield from [(room, "schemas")] if package == "schemas" else []


def test_the_diagram_of_rooms_leads_from_each_to_all_that_it_imports():
    reached = {("__main__" if a == "main" else a, b) for a, b in drawn_arrows()}
    while more := {(a, d) for a, b in reached for c, d in reached if b == c} - reached:
        reached |= more
    imported = {(a, b) for a, b in imported_rooms() if a != b}
    assert len(imported) > 30
    assert sorted(imported - reached) == []


def test_every_unit_test_has_its_module():
    tests = {
        path.relative_to(ROOT / "tests" / "unit").as_posix() for path in (ROOT / "tests" / "unit").rglob("test_*.py")
    }
    beside = {name for name in tests if name.startswith(("schemas/", "benchmarks/"))}
    expected = {name: name.replace("test_", "", 1) for name in beside}
    expected |= {name: f"pipeline/{name.replace('test_', '', 1)}" for name in tests - beside}
    assert {name: module for name, module in expected.items() if not (ROOT / module).exists()} == {}
