r"""Signs that stand in no address and no host, as parts of regular expressions for Python and for Arrow alike.

Python's have no classes such as `\p{P}`, so ranges are named. May import nothing of the project.
"""

from __future__ import annotations

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

LONGEST_MEANT = 400
"""Longer texts are not searched for what was meant: an address has 254 signs, and such a search takes its time."""
