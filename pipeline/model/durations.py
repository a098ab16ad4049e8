"""Lengths of time and moments in words, the same in every message.

May import nothing of the project.
"""

from __future__ import annotations

from datetime import datetime

_DAYS_OF_A_WEEK = 7


def in_words(seconds: float) -> str:
    """A length of time as a person says it, in the unit that fits: `41 s`, `12 minutes`, `5 hours`, `3 days`."""
    if seconds < 120:
        return f"{max(0, round(seconds))} s"
    if seconds < 2 * 3_600:
        return f"{round(seconds / 60)} minutes"
    if seconds < 48 * 3_600:
        return f"{round(seconds / 3_600)} hours"
    return f"{round(seconds / 86_400)} days"


_WINDOWS = {1: "a second", 60: "a minute", 3_600: "an hour", 86_400: "a day"}


def window_in_words(seconds: float) -> str:
    """What a number of calls is allowed in: `a minute`, `a day`, `in 10 s`."""
    return _WINDOWS.get(round(seconds)) or f"in {in_words(seconds)}"


def moment_in_words(moment: datetime, now: datetime) -> str:
    """A moment by this machine's clock, as short as it can be told: `14:23`, `Thu 11:47`, `2026-12-03 11:47`."""
    there, here = moment.astimezone(), now.astimezone()
    if there.date() == here.date():
        return f"{there:%H:%M}"
    within_a_week = abs((there.date() - here.date()).days) < _DAYS_OF_A_WEEK
    return f"{there:%a %H:%M}" if within_a_week else f"{there:%Y-%m-%d %H:%M}"
