"""Text in lines that fit: broken at words, what is to be typed kept whole.

May import nothing of the project.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from typing import TextIO

# What stands between ` is to be copied and typed: but for our own commands, which the terminal alone breaks where it
# has to, so that they can be copied, it is broken where it does not fit into a line by itself.
_PIECES = re.compile(r"`[^`\n]*`\S*|\S+")
_LEAD = re.compile(r"\s*(?:\S+ {2,})?")
_LEAST_WIDTH = 20
_BETWEEN = " · "
_GAP = 2


def terminal_width(stream: TextIO) -> int | None:
    """Characters of a line of a terminal; `None` where there is none, or one that can do no more than a pipe."""
    return shutil.get_terminal_size().columns if stream.isatty() and not is_dumb() else None


def is_dumb() -> bool:
    """Whether the terminal can do no more than a pipe: no bar, no colour, no columns."""
    return os.environ.get("TERM", "").lower() in {"dumb", "unknown"}


def wrapped(text: str, width: int) -> list[str]:
    """Text in lines of so many characters, where its words are not longer.

    What is indented stays so; below a first column of its own, such as a number, the rest stands beside it.

    Args:
        text: One or more lines.
        width: Characters of a line.
    """
    return [line for paragraph in text.split("\n") for line in _wrapped_line(paragraph, max(width, _LEAST_WIDTH))]


def fitted(text: str, stream: TextIO) -> str:
    """Text in lines that fit a terminal; as it is where there is none."""
    width = terminal_width(stream)
    return text if width is None else "\n".join(wrapped(text, width))


def _wrapped_line(text: str, width: int) -> list[str]:
    if len(text) <= width:
        return [text.rstrip()]
    lead = _lead(text, width)
    lines: list[str] = []
    for piece in _pieces(text[len(lead) :], width - len(lead)):
        if lines and len(lines[-1]) + 1 + len(piece) <= width:
            lines[-1] += f" {piece}"
        else:
            lines.append((" " * len(lead) if lines else lead) + piece)
    return lines


def _lead(text: str, width: int) -> str:
    found = _LEAD.match(text)
    lead = found.group() if found is not None else ""
    return lead if len(lead) < width // 2 else ""


def _pieces(text: str, width: int) -> Iterator[str]:
    for found in _PIECES.finditer(text):
        piece = found.group()
        is_command = piece.startswith("`nexudus-import ")
        yield from [piece] if len(piece) <= width or is_command else piece.split()


def packed(parts: Sequence[str], width: int) -> list[str]:
    """Figures in as few lines as they need: several in a line, none broken but where it is too long for one.

    Args:
        parts: The figures.
        width: Characters of a line.
    """
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(_BETWEEN) + len(part) <= width:
            lines[-1] += f"{_BETWEEN}{part}"
        else:
            lines.extend(wrapped(part, width))
    return lines


def needed_width(header: Sequence[str], lines: Sequence[Sequence[str]]) -> int:
    """Characters that a table needs at least, where no word is broken."""
    columns = zip(header, *lines, strict=True)
    widths = [max((len(word) for cell in column for word in cell.split()), default=0) for column in columns]
    return sum(widths) + _GAP * (len(widths) - 1)


def as_records(header: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table's lines one below the other: the first cell, then each filled one with the name of its column."""
    _, *names = header
    width = max(map(len, names), default=0)
    for first, *cells in lines:
        yield first
        for name, cell in zip(names, cells, strict=True):
            if cell:
                yield f"  {name:<{width}}  {cell}"
