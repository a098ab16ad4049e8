"""Numbers of things in words, the same in every message.

May import nothing of the project.
"""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number of things: `1 row`, `1,234 rows`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def agreeing(number: int, singular: str, plural: str) -> str:
    """The verb that goes with a number of things."""
    return singular if number == 1 else plural
