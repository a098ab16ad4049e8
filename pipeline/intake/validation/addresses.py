"""What was probably meant by a cell that is no e-mail address, for a message that a person can act on.

May import nothing of the project.
"""

from __future__ import annotations

import re

_SHAPE = re.compile(r"[^@\s,;:<>()\[\]\"\\]+@[^@\s,;:<>()\[\]\"\\.]+(\.[^@\s,;:<>()\[\]\"\\.]+)+")
_SEPARATORS = re.compile(r"[;,\s]+")
_TYPING = (
    (re.compile(r"^mailto:", re.IGNORECASE), ""),
    (re.compile(r"^.*<([^<>]*)>.*$", re.DOTALL), r"\1"),
    (re.compile(r"\s*@\s*"), "@"),
    (re.compile(r"@{2,}"), "@"),
    (re.compile(r"\.{2,}"), "."),
    (re.compile(r"^[\s.,;:'\"<(]+|[\s.,;:'\">)]+$"), ""),
)


def address_hint(text: str) -> str:
    """A clause for the message: the address that was meant, or that there are several; blank where nothing is plain."""
    found = [part for part in _SEPARATORS.split(text) if _SHAPE.fullmatch(part)]
    if len(found) > 1:
        return f": {len(found)} addresses, and a row takes one"
    meant = text
    for pattern, replacement in _TYPING:
        meant = pattern.sub(replacement, meant)
    return f": probably meant {meant}" if meant != text and _SHAPE.fullmatch(meant) else ""
