"""On which lines of a TOML file its keys stand, which its parser does not tell.

May import the standard library only.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

_PART = r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)"""
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_TABLE = re.compile(rf"\s*\[\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]")
KeyPath = tuple[str, ...]


class KeyLines:
    """The lines of a file's tables and keys.

    Args:
        text: TOML that can be parsed.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {}
        table: KeyPath = ()
        for number, line in enumerate(text.split("\n"), start=1):
            if found := _TABLE.match(line):
                table = _parts(found[1])
                self._lines.setdefault(table, number)
            elif found := _KEY.match(line):
                self._lines.setdefault((*table, *_parts(found[1])), number)

    def line_of(self, path: KeyPath) -> int:
        """The line of a key, or of the nearest table around it that stands on a line of its own."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)


def _parts(key: str) -> KeyPath:
    """The parts of a dotted key, without the quotation marks around them."""
    try:
        found: Any = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:  # a line of a text that spans lines may look like a key
        return ()
    path: list[str] = []
    while isinstance(found, dict):
        ((part, found),) = found.items()
        path.append(part)
    return tuple(path)
