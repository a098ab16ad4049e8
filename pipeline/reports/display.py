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

# What does not act but cannot be seen either, so that two values which differ would look alike.
_UNSEEN = re.compile("[\u061c\u200b\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")


def text_of(value: Json) -> str | None:
    """A value of a finding as text; `None` where there is none."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def shown(value: Json, most: int = MOST_SHOWN) -> str:
    """A value as a person may see it: one line, cut where it is long, with a sign for each character that is unseen."""
    text = text_of(value) or ""
    cut = f"{text[:most]}… ({len(text):,} characters)" if len(text) > most else text
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", printable_line(cut))
