"""Every error alike: a code that is registered and raised, facts, and a hint that the command line understands."""

import pkgutil
import re
from contextlib import suppress
from importlib import import_module

import click
import pytest

from pipeline import errors
from pipeline.cli import hints
from pipeline.cli.hints import HINTS, hint_for, placeholders, texts_of
from pipeline.cli.hints.needless import NEEDS_NONE
from pipeline.cli.main import main
from pipeline.errors import Code, ImportFailure
from pipeline.intake.readers.records import Oddity
from pipeline.model.finding_codes import MEANINGS, FindingCode
from tests.support.command_line import ROOT
from tests.support.raise_sites import facts_of, sites

CATALOGUE = "finding_codes.py"
SITES = sites()
FACTS = facts_of(SITES)
HANDED_ON = frozenset().union(*(site.facts for site in SITES if not site.codes))
CLASSES = {
    name: one
    for name, one in vars(errors).items()
    if isinstance(one, type) and issubclass(one, ImportFailure) and one is not ImportFailure
}
ALIASES = {"SignInRefused": "SignInError"}
ROOMS = {
    one.name: module.HINTS
    for one in pkgutil.iter_modules(hints.__path__)
    if hasattr(module := import_module(f"{hints.__name__}.{one.name}"), "HINTS")
}
TEXTS = [(code, text) for code in HINTS for text in texts_of(code)]


def every(command):
    """A command and those below it."""
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from every(below)


OPTIONS = {
    spelling
    for command in every(main)
    for parameter in command.params
    if isinstance(parameter, click.Option)
    for spelling in parameter.opts
} | {"--help"}


def test_the_text_of_a_code_is_its_name():
    assert [code for code in Code if code.value != code.name.lower().replace("_", "-")] == []


def test_every_code_is_raised_somewhere():
    raised = frozenset().union(*(site.codes for site in SITES))
    assert sorted(set(Code) - raised) == []


def test_a_code_ends_a_command_as_the_class_does_that_it_is_raised_with():
    raised = [(site, code, CLASSES.get(ALIASES.get(site.error, site.error))) for site in SITES for code in site.codes]
    wrong = [
        (site.place, code) for site, code, one in raised if one is not None and one.exit_code is not code.exit_code
    ]
    assert wrong == []
    assert sum(one is not None for _, _, one in raised) > 100


def test_every_code_has_a_hint_or_a_reason_why_not():
    assert sorted(HINTS.keys() | NEEDS_NONE.keys()) == sorted(Code)
    assert HINTS.keys() & NEEDS_NONE.keys() == set()


def room_of(site):
    """The room in which a code is raised; for the entry, that of the command line."""
    [room] = re.findall(r"^pipeline/(\w+)", site.place)
    return "cli" if room == "__main__" else room


def test_every_hint_stands_once_in_the_module_of_a_room_that_raises_its_code():
    assert sorted(code for room in ROOMS.values() for code in room) == sorted(HINTS)
    raised = {code: {room_of(site) for site in SITES if code in site.codes} for code in HINTS}
    assert raised.pop(Code.SEVERAL_SHEETS) == {"errors"}, "its class has the code; intake raises it"
    assert [(code, room) for room, texts in ROOMS.items() for code in texts if room not in raised.get(code, room)] == []


@pytest.mark.parametrize("code", HINTS, ids=str)
def test_a_hint_is_filled_in_from_facts_that_come_with_its_code(code):
    known = FACTS[code] | HANDED_ON
    *_, last = texts_of(code)
    assert [text for text in texts_of(code) if not placeholders(text) <= known] == []
    assert [s.place for s in SITES if code in s.codes and not placeholders(last) <= s.facts] == []
    assert "{" not in hint_for(code, dict.fromkeys(known, "1"))


@pytest.mark.parametrize(("code", "text"), TEXTS, ids=[f"{code}-{n}" for n, (code, _) in enumerate(TEXTS)])
def test_every_command_and_option_in_a_hint_exists(code, text):
    filled = text.format(**dict.fromkeys(placeholders(text), "1"))
    for quoted in re.findall(r"`([^`]+)`", filled):
        words = quoted.removeprefix("nexudus-import ").split()
        if quoted.startswith("nexudus-import ") or words[0] in main.commands:
            parse(*words)
    if code is not Code.OPTION_UNFIT:
        assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", filled)) <= OPTIONS


def parse(name, *words):
    """Reads a command as a terminal would; prose may leave its arguments out."""
    root = click.Context(main, info_name="nexudus-import")
    root.meta.update({"nexudus_import.json_wanted": False})
    command = main.get_command(root, name)
    assert command is not None, name
    expected = [click.exceptions.Exit] if "--help" in words else [] if words else [click.MissingParameter]
    with suppress(*expected):
        command.make_context(name, list(words), parent=root)


@pytest.mark.parametrize("option", ["sheet", "header-row", "delimiter", "encoding"])
def test_an_option_that_does_not_fit_a_source_is_one_that_exists(option):
    hint = hint_for(Code.OPTION_UNFIT, {"option": option})
    assert hint == f"Leave --{option} out."
    assert f"--{option}" in OPTIONS


def test_every_code_of_a_finding_is_given_somewhere_and_has_its_meaning():
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "pipeline").rglob("*.py") if path.name != CATALOGUE]
    named = {FindingCode[name] for text in texts for name in re.findall(r"FindingCode\.([A-Z_]+)", text)}
    assert named | {FindingCode(oddity.value) for oddity in Oddity} == set(FindingCode) == MEANINGS.keys()
