"""The ways of a row and of an answer in architecture.md are those that a run takes, function by function."""

import inspect
import pkgutil
import re
import sys
import threading
from contextlib import contextmanager

import pytest

from pipeline.__main__ import main
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import ROOT, TOKEN, account, write_csv

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
OPTIONS = ("--limits", "documented", "--settle", "0.05", "--max-lag", "0.2", "--report-dir", "out")


def steps_below(heading):
    """The functions of a list in the order in which they are passed."""
    section = ARCHITECTURE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^1\. `(pipeline\S*:\S+)` \S", section, re.MULTILINE)


ROW, ANSWER = steps_below("A row's way"), steps_below("An answer's way")


@pytest.mark.parametrize("steps", [ROW, ANSWER], ids=["row", "answer"])
def test_every_function_that_is_passed_exists_and_is_passed_once(steps):
    assert len(steps) > 10
    assert len(steps) == len(set(steps))
    assert all(callable(pkgutil.resolve_name(step)) for step in steps)


def code_of(step):
    """What is run when a function is called, below what wraps it."""
    found = pkgutil.resolve_name(step)
    return inspect.unwrap(getattr(found, "callback", found)).__code__


@contextmanager
def passing():
    """The steps in the order in which they are called, in whichever thread."""
    known, passed = {code_of(step): step for step in {*ROW, *ANSWER}}, []

    def look(frame, event, _):
        if event == "call" and frame.f_code in known:
            passed.append(known[frame.f_code])

    before = sys.getprofile()
    threading.setprofile(look)
    sys.setprofile(look)
    try:
        yield passed
    finally:
        sys.setprofile(before)
        threading.setprofile(before)


@pytest.fixture
def passed(monkeypatch):
    """The steps that a run of one row passes, with the faults of its target."""
    monkeypatch.setenv("NEXUDUS_TOKEN", TOKEN)
    write_csv("a.csv", [account(1)])

    def run(faults):
        with SandboxServer(faults=faults) as target, passing() as found:
            monkeypatch.setattr(
                sys, "argv", ["nexudus-import", "run", "a.csv", "--base-url", target.base_url, *OPTIONS]
            )
            with pytest.raises(SystemExit):
                main()
        return found

    return run


FAULTS = [Faults(), Faults(lose_answers=1), Faults(errors=1, error_status=400)]


def first_passed(found, steps):
    """Those of the steps that were passed, in the order in which they first were."""
    return [step for step in dict.fromkeys(found) if step in steps]


def answer_in(found):
    """What was passed from the creating call to where its end was told."""
    first, last = found.index(ANSWER[0]), found.index(ANSWER[-1])
    return found[first : last + 1]


def test_a_run_passes_them_in_that_order(passed):
    met = set()
    for faults in FAULTS:
        found = passed(faults)
        for steps, way in ((ROW, found), (ANSWER, answer_in(found))):
            first = first_passed(way, steps)
            assert first == [step for step in steps if step in first]
            met.update(first)
    assert met == {*ROW, *ANSWER}
