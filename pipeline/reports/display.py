"""Text of files and servers as it can be shown: nothing in it acts on a terminal, a page or a reader's eye.

May import `pipeline.model`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pipeline.model.printable import printable_line

if TYPE_CHECKING:
    from pipeline.model.json_types import Json

MOST_SHOWN = 200
"""Characters of a value that are shown; the tables of CSV hold all of them."""

_CUT = re.compile(r"… \((?P<length>[0-9,]+) characters\)$")

# What does not act but cannot be seen either, so that two values which differ would look alike.
_UNSEEN = re.compile("[\u061c\u200b\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")


def text_of(value: Json) -> str | None:
    """A value of a finding as text; `None` where there is none."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def shown(value: Json, most: int = MOST_SHOWN) -> str:
    """A value as a person may see it: one line, cut where it is long, with a sign for each character that is unseen."""
    text = cut(text_of(value) or "", most)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", printable_line(text))


def cut(text: str, most: int) -> str:
    """A text of no more than so many characters, then how long all of it is; what was cut before is cut shorter."""
    before = _CUT.search(text)
    rest = text[: before.start()] if before else text
    if len(rest) <= most:
        return text
    length = before["length"] if before else f"{len(text):,}"
    return f"{rest[:most]}… ({length} characters)"
