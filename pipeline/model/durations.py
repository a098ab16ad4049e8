"""Lengths of time in words, the same in every message.

May import nothing of the project.
"""

from __future__ import annotations


def in_words(seconds: float) -> str:
    """A length of time as a person says it, in the unit that fits: `41 s`, `12 minutes`, `5 hours`, `3 days`."""
    if seconds < 120:
        return f"{max(0, round(seconds))} s"
    if seconds < 2 * 3_600:
        return f"{round(seconds / 60)} minutes"
    if seconds < 48 * 3_600:
        return f"{round(seconds / 3_600)} hours"
    return f"{round(seconds / 86_400)} days"
