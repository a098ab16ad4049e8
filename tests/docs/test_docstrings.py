"""Docstrings describe the arguments and attributes that are there, and all of them."""

import ast
import re

from tests.support.command_line import ROOT

PRODUCT = [path for room in ("pipeline", "schemas") for path in sorted((ROOT / room).rglob("*.py"))]


def described(node, section):
    """The names below `Args:` or `Attributes:` of a docstring, in order."""
    found = re.search(rf"^{section}:\n((?:    .*\n?|\n)+)", ast.get_docstring(node) or "", re.MULTILINE)
    return re.findall(r"^    \*{0,2}(\w+): ", found.group(1), re.MULTILINE) if found else []


def arguments(function):
    """The public arguments of a function, in order."""
    given = function.args
    names = [a.arg for a in (*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg) if a]
    return [name for name in names if name not in {"self", "cls"} and not name.startswith("_")]


def fields(one):
    """The public fields that a class declares, in order."""
    names = [n.target.id for n in one.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]
    return [name for name in names if not name.startswith("_")]


def promised(node):
    """What a docstring describes beside what it should, where it describes anything."""
    if isinstance(node, ast.ClassDef):
        made = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
        yield described(node, "Attributes"), fields(node)
        yield described(node, "Args"), arguments(made) if made else []
    else:
        yield described(node, "Args"), arguments(node)


def test_every_described_name_exists_and_every_name_is_described():
    wrong = [
        (path.relative_to(ROOT).as_posix(), node.name, names, there)
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for names, there in promised(node)
        if names and set(names) != set(there)
    ]
    assert wrong == []
