"""What is handed out: dependencies that are told truly, and a wheel with what it needs and nothing else."""

import ast
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.command_line import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PRODUCT = [path for room in ("pipeline", "schemas") for path in sorted((ROOT / room).rglob("*.py"))]
# The scripts of peers run in environments of their own; that these have what they import is tested with the peers.
PEERS = sorted((ROOT / "benchmarks" / "peer_scripts").glob("*.py"))
TESTS = [path for room in ("tests", "benchmarks") for path in sorted((ROOT / room).rglob("*.py")) if path not in PEERS]
# Installed for what they do, not imported: programs, plugins, what pandas writes .ods with, what an option chooses.
TOOLS = {
    "apprise",
    "import-linter",
    "mypy",
    "odfpy",
    "psycopg",
    "pytest-cov",
    "pytest-randomly",
    "pytest-timeout",
    "pytest-xdist",
}
TOOLS |= {"ruff", "setuptools"}


def distributions(requirements):
    """The distributions that requirements name, in the spelling that can be compared."""
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def imported_by(paths):
    """The distributions whose modules are imported anywhere in these files, also inside functions."""
    modules = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.split(".")[0])
    foreign = modules - set(sys.stdlib_module_names) - {"pipeline", "schemas", "tests", "benchmarks"}
    providers = metadata.packages_distributions()
    return {canonicalize_name(providers[module][0]) for module in foreign}


DECLARED = distributions(PROJECT["dependencies"])
EXTRAS = {name: texts for name, texts in PROJECT["optional-dependencies"].items() if name != "dev"}
OPTIONAL = distributions(text for texts in EXTRAS.values() for text in texts)
DEV = distributions(PROJECT["optional-dependencies"]["dev"])
TYPES = {name for name in DEV if name.startswith("types-") or name.endswith("-stubs")}


def test_what_the_product_imports_is_declared_and_what_is_declared_is_imported():
    assert imported_by(PRODUCT) - OPTIONAL == DECLARED


def test_what_only_the_tests_import_is_declared_for_development():
    assert imported_by(TESTS) - DECLARED - TOOLS == DEV - DECLARED - TOOLS - TYPES
    assert TOOLS <= DEV


def test_types_are_declared_for_nothing_that_is_not():
    typed = {name.removeprefix("types-").removesuffix("-stubs") for name in TYPES}
    assert typed <= DECLARED | DEV


def test_what_the_extras_need_is_installed_for_the_tests():
    assert OPTIONAL <= DEV


def test_every_requirement_has_a_lower_bound_that_its_pin_satisfies():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    pins = {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}
    requirements = [Requirement(t) for t in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"])]
    assert [str(r) for r in requirements if [s.operator for s in r.specifier] != [">="]] == []
    unmet = [str(r) for r in requirements if not r.specifier.contains(pins.get(canonicalize_name(r.name), "0"))]
    assert unmet == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy of what a checkout has; its name and what is in it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    leave_out = shutil.ignore_patterns("__pycache__")
    for room in ("pipeline", "schemas", "tests", "sample_data"):
        shutil.copytree(ROOT / room, source / room, ignore=leave_out)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    script = "import setuptools.build_meta, sys; setuptools.build_meta.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", script, str(folder)], cwd=source, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    with zipfile.ZipFile(built) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_the_wheel_has_two_packages_at_its_top_and_no_more(wheel):
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"pipeline", "schemas"}


def test_the_wheel_has_every_file_of_the_packages(wheel):
    there = {
        path.relative_to(ROOT).as_posix()
        for room in ("pipeline", "schemas")
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in wheel if ".dist-info/" not in name} == there
    assert "pipeline/ledger/migrations/env.py" in wheel
    assert "pipeline/ledger/migrations/versions/0001_runs_rows_records.py" in wheel


def test_the_wheel_carries_the_text_of_its_license(wheel):
    [name] = [name for name in wheel if name.endswith(".dist-info/licenses/LICENSE")]
    assert wheel[name] == (ROOT / "LICENSE").read_bytes()
    [about] = [text.decode() for name, text in wheel.items() if name.endswith(".dist-info/METADATA")]
    assert "License-Expression: MIT\n" in about
    assert "Author: nexudus-import contributors\n" in about
