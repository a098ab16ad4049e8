"""The glossary has the words that the code uses, each once."""

import re

import pytest

from pipeline.model.rows import Status
from pipeline.model.runs import REPORTED
from tests.support.command_line import ROOT

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
WORDS = re.findall(r"^\| ([a-z][a-z ]*) \| \S", GLOSSARY, re.MULTILINE)
CODE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "pipeline").rglob("*.py"))).lower()


def test_each_word_has_one_meaning():
    words = [word for word in WORDS if word != "word"]
    assert len(words) == len(set(words)) > 30


def test_the_ends_of_a_row_are_the_statuses_that_reports_show():
    section = GLOSSARY.split("## How a row ends", 1)[1].split("\n## ", 1)[0]
    words = re.findall(r"^\| ([a-z ]+) \| \S", section, re.MULTILINE)
    assert words[1:] == [status.value.replace("_", " ") for status in REPORTED]
    assert {Status(word.replace(" ", "_")) for word in words[1:]} == set(REPORTED)


@pytest.mark.parametrize("word", WORDS)
def test_the_code_uses_the_word(word):
    assert re.search(rf"(?<![a-z]){word.replace(' ', '[ _]')}", CODE)
