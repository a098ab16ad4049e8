"""What is no e-mail address or has what no mailbox has, and what was probably meant, for a person to act on.

May import `signs`.
"""

from __future__ import annotations

import re

from pipeline.intake.validation.signs import AROUND, BEYOND_ASCII, SIGNS, meant_instead

_NEVER = r"""@\s,;:<>()\[\]"\\\u2018-\u201e\u00ab\u00bb"""
_SHAPE = re.compile(rf"[^.'{_NEVER}][^{_NEVER}]*@[^.'{_NEVER}]+(\.[^.'{_NEVER}]+)+")

# RFC 5322 lets a mailbox begin with any of !#$%&'*+-/=?^_`{|}~, of which some do: lists with !, numbers with +.
ODD_ADDRESS = "|".join(
    (
        "^[=#*?^`{|}\u00b7]",
        f"[{SIGNS}]",
        r"\.[.@]",
        "^[^@]{65}",  # RFC 5321, 4.5.3.1.1: 64 at most
        rf"@.*[^A-Za-z0-9.\-{BEYOND_ASCII}]",
        r"@(.*\.)?-|@.*-(\.|$)",
        r"@.*\.[0-9]+$",
    )
)
"""What no mailbox has, though the whole has the form of an address; a pattern for Python and for Arrow."""

_ODD = re.compile(ODD_ADDRESS)
_SEPARATORS = re.compile(r"[;,\s/|&]+")
_DASHES = r"\-\u2010-\u2015\u2212"
_TYPING = (
    (re.compile(r"^\[([^\]]*)\]\(mailto:.*\)$", re.IGNORECASE), r"\1"),
    (re.compile(r"%40"), "@"),
    (re.compile(r"\s*\([^()@]*\)\s*$"), ""),
    (re.compile(r"^.*<([^<>]*)>.*$", re.DOTALL), r"\1"),
    (re.compile(r"^(?:mailto|smtp|e-?mail|[^\W\d_][\w /-]*(?=:\s)):\s*", re.IGNORECASE), ""),
    (re.compile(r"(@[^?]*)\?.*$", re.DOTALL), r"\1"),
    (re.compile(r"\s*[(\[{]\s*(?:at|@)\s*[)\]}]\s*", re.IGNORECASE), "@"),
    (re.compile(r"\s*[(\[{]\s*(?:dot|\.)\s*[)\]}]\s*", re.IGNORECASE), "."),
    (re.compile(rf"(@.*)\s[{_DASHES}|]\s[^@]*$"), r"\1"),
    (re.compile(r"\s*@\s*"), "@"),
    (re.compile(r"@{2,}"), "@"),
    (re.compile(r"\.{2,}"), "."),
    (re.compile(r"\.@"), "@"),
    (re.compile(r"(@[\w-]+)\s*[.,;]\s*(\w[\w-]*(?:\.[\w-]+)*)$"), r"\1.\2"),
    (re.compile(r"(@[\w-]+)\s+([\w-]+(?:\.[\w-]+)+)$"), r"\1\2"),
    (re.compile(r"['\u2019]s$"), ""),
    (re.compile(rf"(?<=\w)[{_DASHES}](?=\w)"), "-"),
    (re.compile(rf"^(?:[{AROUND}.]|[{_DASHES}]\s)+|[{AROUND}.!$%&+/_~-]+$"), ""),
)


def is_address(text: str) -> bool:
    """Whether a text has the form of one address."""
    return bool(_SHAPE.fullmatch(text))


def _is_usual(text: str) -> bool:
    return is_address(text) and not _ODD.search(text)


def address_hint(text: str) -> str:
    """A clause for the message: the address that was meant, or that there are several; blank where nothing is plain."""
    found = [part for part in _SEPARATORS.split(text) if is_address(part)]
    if len(found) > 1:
        return f": {len(found)} addresses, and a row takes one"
    return meant_instead(text, _TYPING, _is_usual)
