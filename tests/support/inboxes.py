"""An inbox in the working folder, and commands that take it."""

import os
from pathlib import Path

from tests.support.command_line import call, write_csv

FAST = ("--limits", "none", "--settle", "0.05", "--max-lag", "0.2")


def put(name, rows, folder="inbox"):
    """A file that has come in long ago."""
    Path(folder).mkdir(exist_ok=True)
    path = write_csv(f"{folder}/{name}", rows)
    os.utime(path, (0, 0))
    return path


def take(server, *args, place="inbox/*", **how):
    """`run` of an inbox into a sandbox, with finished files in `done`."""
    return call("run", place, "--done-dir", "done", "--base-url", server.base_url, *FAST, *args, **how)


def nightly(server, *args, place="inbox", **how):
    """`nightly` into a sandbox."""
    return call("nightly", place, "--base-url", server.base_url, *FAST, *args, **how)


def files(folder):
    """The names of the files in a folder."""
    return sorted(path.name for path in Path(folder).iterdir() if path.is_file()) if Path(folder).exists() else []
