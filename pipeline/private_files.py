"""Files and folders that only their owner may read, from the first byte and whatever the umask.

Imports nothing of the project.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import IO

_FILE, _FOLDER = 0o600, 0o700


def make_private_folder(folder: Path) -> None:
    """Makes a folder with those above it that are missing, each readable by its owner only.

    Folders that are there keep their permissions. `Path.mkdir(parents=True, mode=...)` would not protect the parents.
    """
    if folder.is_dir():
        return
    make_private_folder(folder.parent)
    try:
        folder.mkdir(mode=_FOLDER)
    except FileExistsError:
        if not folder.is_dir():  # else another process was faster
            raise


def open_private(path: Path, encoding: str) -> IO[str]:
    """Opens a new text file for writing; one that is there is replaced, since it would keep its own permissions."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE)
    return os.fdopen(descriptor, "w", encoding=encoding, errors="replace", newline="")


def open_private_bytes(path: Path) -> IO[bytes]:
    """Opens a new file for writing bytes, as `open_private` does for text."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), _FILE)
    return os.fdopen(descriptor, "w+b")


def make_private_file(path: Path) -> None:
    """Makes an empty file where there is none, and takes others' permissions from one that is there and ours."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE))
    with contextlib.suppress(PermissionError):  # another user's file, which that user has shared on purpose
        path.chmod(_FILE)
