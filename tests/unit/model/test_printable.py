"""Text that can do nothing on a terminal."""

import json

import pytest

from pipeline.model.printable import printable, printable_json, printable_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 日本 🙂", "plain é 日本 🙂"),
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("\x9b31m\x7f\0", r"\x9b31m\x7f\x00"),
        ("a\u202egnp.exe\u2066", r"a\u202egnp.exe\u2066"),
        ("half \ud800", r"half \ud800"),
        ("new\rline", r"new\rline"),
        ("a\tb\nc", "a\tb\nc"),
    ],
)
def test_commands_are_shown_and_the_rest_stays(text, shown):
    assert printable(text) == shown


def test_one_line_has_no_breaks():
    assert printable_line("a\nERROR forged\tx") == r"a\nERROR forged\tx"


@pytest.mark.parametrize("value", ["\x1b[2J", "\x9b1m", "\u202e", "a\r\nb\tc", "é", "\ud800"])
def test_json_keeps_its_value(value):
    text = printable_json(json.dumps({"Value": value}, ensure_ascii=False, indent=1))
    assert json.loads(text) == {"Value": value}
    assert not set(text) & set("\x1b\x9b\u202e\r\ud800")
