"""Number formats of Office Open XML that show more than the number: 00007 for 7, K-0042 for 42.

A person who gave cells such a format means what they show: a customer's number, a user name. Formats that only
tell how a number looks (decimals, groups of thousands, a unit behind it) change nothing here.
Source: ECMA-376, part 1, 18.8.30 (numFmt) and 18.8.31 (numFmts).
May import nothing of the project.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LITERAL = r'(?:"[^"]*"|\\.|[-+:()/ ])'
# What stands before and between digits that are always shown; a format for dates, money or decimals is none.
_PADDED = re.compile(rf"(?:{_LITERAL}*0)+")
_FEWEST_SIGNS = 2
_TOKEN = re.compile(rf"0|{_LITERAL}")
_LOCALE_OR_COLOUR = re.compile(r"\[(?![<>=])[^\]]*\]")
_SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;])*')


def padded_styles(formats: Mapping[str, str], used: Sequence[str]) -> dict[int, str]:
    """The format of each style of cell whose numbers show digits or signs that they do not hold.

    Args:
        formats: The workbook's own formats, by their identifiers.
        used: The identifier of the format of each style.

    Returns:
        By the style's number, as cells name it: the format for positive numbers.
    """
    padded = {name: code for name, text in formats.items() if (code := _padded(text))}
    return {number: padded[name] for number, name in enumerate(used) if name in padded}


def _padded(text: str) -> str | None:
    """A format's part for positive numbers, if it shows a whole number with more than its digits."""
    code = _LOCALE_OR_COLOUR.sub("", text)
    positive = _SECTION.match(code)
    if positive is None or not _PADDED.fullmatch(positive[0]):
        return None
    return positive[0] if len(_TOKEN.findall(positive[0])) >= _FEWEST_SIGNS else None


def shown(number: int, code: str) -> str:
    """A whole number, not negative, as a format of `padded_styles` shows it."""
    tokens = _TOKEN.findall(code)
    digits = str(number).zfill(tokens.count("0"))
    first = len(digits) - tokens.count("0") + 1  # the first place shows all digits for which there is no other
    text, taken = "", 0
    for sign in tokens:
        if sign != "0":
            text += sign.strip('"') if sign.startswith('"') else sign[-1]
            continue
        width = first if taken == 0 else 1
        text += digits[taken : taken + width]
        taken += width
    return text
