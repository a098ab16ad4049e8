"""Our own commands, and the environment of everybody's."""

from pathlib import Path

import pytest

from benchmarks.contenders import Job, environment_of, our_help, our_run, our_validate
from pipeline.cli.main import main

JOB = Job(source=Path("a.csv"), folder=Path("work"), rows=7, base_url="http://127.0.0.1:1", in_flight=9)


@pytest.mark.parametrize(
    "contender", [our_run(), our_run("--ledger", "x.db"), our_validate()], ids=lambda one: one.name
)
def test_our_commands_have_the_options_that_they_are_called_with(contender):
    _, command, *words = map(str, contender.argv(JOB))
    known = {spelling for option in main.commands[command].params for spelling in option.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_an_import_has_no_limits_and_everything_else_as_it_comes():
    assert [str(word) for word in our_run().argv(JOB)][1:] == [
        *("run", "a.csv", "--base-url", "http://127.0.0.1:1", "--limits", "none", "--concurrency", "9"),
        *("--quiet", "--no-progress"),
    ]


def test_a_check_of_bad_rows_and_the_help_end_as_they_should():
    assert our_validate(code=3).codes == {3}
    assert list(map(str, our_help().argv(JOB)))[1:] == ["--help"]


def test_nothing_of_the_persons_settings_reaches_a_contender(monkeypatch):
    monkeypatch.setenv("NEXUDUS_IMPORT_CONCURRENCY", "1")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("LANG", "C.UTF-8")
    environment = environment_of(JOB)
    assert not {"NEXUDUS_IMPORT_CONCURRENCY", "HTTPS_PROXY", "PYTHONDONTWRITEBYTECODE"} & set(environment)
    assert environment["LANG"] == "C.UTF-8"
    assert environment["NEXUDUS_IMPORT_LEDGER"] == str(Path("work/ledger.db"))
