"""Paths and URLs as they may be told to people, and written where others read.

May import nothing of the project.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit


def is_url(place: str) -> bool:
    """Whether a place is a URL rather than a path."""
    return "://" in place


def may_be_told(place: str) -> bool:
    """Whether a path or a URL holds no secret: a URL's password may stand in its query, too."""
    if not is_url(place):
        return True
    parts = urlsplit(place)
    return parts.password is None and not parts.query


def from_anywhere(place: str) -> str:
    """A path or a URL that means the same in every folder."""
    return place if is_url(place) else str(Path(place).absolute())
