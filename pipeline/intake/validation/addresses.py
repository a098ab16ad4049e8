"""What was probably meant by a cell that is no e-mail address, for a message that a person can act on.

May import nothing of the project.
"""

from __future__ import annotations

import re
import unicodedata

_NEVER = r"""@\s,;:<>()\[\]"\\\u2018-\u201e\u00ab\u00bb"""
_SHAPE = re.compile(rf"[^.'{_NEVER}][^{_NEVER}]*@[^.'{_NEVER}]+(\.[^.'{_NEVER}]+)+")
_SEPARATORS = re.compile(r"[;,\s]+")
_TYPING = (
    (re.compile(r"^\[([^\]]*)\]\(mailto:.*\)$", re.IGNORECASE), r"\1"),
    (re.compile(r"^mailto:([^?]*)(?:\?.*)?$", re.IGNORECASE | re.DOTALL), r"\1"),
    (re.compile(r"%40"), "@"),
    (re.compile(r"\s*\([^()@]*\)\s*$"), ""),
    (re.compile(r"^.*<([^<>]*)>.*$", re.DOTALL), r"\1"),
    (re.compile(r"\s*[(\[{]\s*(?:at|@)\s*[)\]}]\s*", re.IGNORECASE), "@"),
    (re.compile(r"\s*[(\[{]\s*(?:dot|\.)\s*[)\]}]\s*", re.IGNORECASE), "."),
    (re.compile(r"\s*@\s*"), "@"),
    (re.compile(r"@{2,}"), "@"),
    (re.compile(r"\.{2,}"), "."),
    (re.compile(r"^[\s.,;:'\"<(\u2018-\u201e\u00ab]+|[\s.,;:'\">)\u2018-\u201e\u00bb]+$"), ""),
)


def is_address(text: str) -> bool:
    """Whether a text has the form of one address."""
    return bool(_SHAPE.fullmatch(text))


def address_hint(text: str) -> str:
    """A clause for the message: the address that was meant, or that there are several; blank where nothing is plain."""
    found = [part for part in _SEPARATORS.split(text) if _SHAPE.fullmatch(part)]
    if len(found) > 1:
        return f": {len(found)} addresses, and a row takes one"
    meant = unicodedata.normalize("NFKC", text)
    for pattern, replacement in _TYPING:
        meant = pattern.sub(replacement, meant)
    return f": probably meant {meant}" if meant != text and _SHAPE.fullmatch(meant) else ""
