"""Text of a file as a message can hold it. May import nothing of the project."""

from __future__ import annotations

_SHOWN_CHARACTERS = 40


def shortened(text: str) -> str:
    """The text, cut where it is longer than a message can hold."""
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def shown_delimiter(sign: str) -> str:
    """What sets cells apart, as a person reads it."""
    return "tabs" if sign == "\t" else repr(sign)
