r"""Text from files and servers, made harmless for terminals, logs and tables.

A control character can move the cursor, clear the screen or begin a new line of a log; a mark of direction can show a
text as another one. Both are shown as `\x1b` or `\u202e` instead. May import nothing of the project.
"""

from __future__ import annotations

import re

_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAKS = re.compile("[\t\n]")


def printable(text: str) -> str:
    """The text with what could act as a command shown instead; tabs and line feeds stay."""
    return _HARMFUL.sub(_shown, text)


def is_printable(text: str) -> bool:
    """Whether there is nothing in the text that could act as a command."""
    return _HARMFUL.search(text) is None


def printable_line(text: str) -> str:
    """The same in one line: tabs and line feeds are shown as well."""
    return _BREAKS.sub(_shown, printable(text))


def printable_json(text: str) -> str:
    """JSON text of the same value with what could act as a command in JSON's own escapes."""
    return _HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}" if found[0] != "\r" else found[0], text)


def _shown(found: re.Match[str]) -> str:
    number = ord(found[0])
    return {9: r"\t", 10: r"\n", 13: r"\r"}.get(number) or (f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")
