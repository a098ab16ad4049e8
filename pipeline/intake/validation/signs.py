r"""Signs that stand in no address and no host, as parts of regular expressions, and what was meant by a text with them.

The expressions are for Python and for Arrow alike. Python's have no classes such as `\p{P}`, so ranges are named. May
import nothing of the project.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable

BEYOND_ASCII = "\u0080-\U0010ffff"
"""All that is not ASCII, within a class: letters of every script, and more."""

# Latin-1's signs but for its letters, fractions and the point of Catalan; dashes, bullets, dots and quotation marks;
# arrows, lines and squares; brackets and stops of East Asia. Pictures are no signs: there are hosts that have them.
SIGNS = (
    "\u00a1-\u00a9\u00ab-\u00b1\u00b4\u00b6\u00b8\u00bb\u00bf\u2010-\u2027\u2030-\u205e\u2190-\u25ff"
    "\u3001-\u3003\u3008-\u3020"
)
"""Signs beyond ASCII that come of typing, copying and lists, within a class."""

AROUND = r"\s,;:'\"<>(){}\[\]=#*?^`|\\" + SIGNS + "\u00b7"
"""What comes off both ends where one looks for what was meant, within a class."""

_LONGEST = 400
"""Longer texts are not searched for what was meant: an address has 254 signs, and such a search takes its time."""


def meant_instead(text: str, typing: Iterable[tuple[re.Pattern[str], str]], is_right: Callable[[str], bool]) -> str:
    """A clause for the message: what was probably meant; blank where nothing is plain.

    Args:
        text: What stands there.
        typing: What comes of typing and copying, each with what to put in its place, in order.
        is_right: Whether what is left then is what was wanted.
    """
    if len(text) > _LONGEST:
        return ""
    meant = unicodedata.normalize("NFKC", text)
    for pattern, replacement in typing:
        meant = pattern.sub(replacement, meant)
    return f": probably meant {meant}" if meant != text and is_right(meant) else ""
