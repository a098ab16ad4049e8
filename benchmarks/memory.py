"""The most memory that a process and its descendants held at one time, seen while they live.

What the kernel says at the end (`ru_maxrss`) is the largest single process, and begins with the size of the process
that forked it. So `/proc` is looked at while it runs; where there is none, the kernel's word must do.
"""

import os
import threading
from pathlib import Path
from typing import Self

_PROC = Path("/proc")
_EVERY_S = 0.025
_PAGE = os.sysconf("SC_PAGE_SIZE")


class PeakMemory:
    """Watches a tree of processes from a thread, between `with` and its end.

    Args:
        pid: the process at its root.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.bytes = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_EVERY_S):
            tree = _tree(self._pid)
            highest = max((_high_water(pid) for pid in tree), default=0)
            together = sum(_resident(pid) for pid in tree) if len(tree) > 1 else 0
            self.bytes = max(self.bytes, highest, together)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:  # grows while it is gone through
        found += _children(parent)
    return found


def _children(pid: int) -> list[int]:
    tasks = _PROC / str(pid) / "task"
    try:
        threads = list(tasks.iterdir())
    except OSError:
        return []
    return [int(child) for thread in threads for child in _text(thread / "children").split()]


def _high_water(pid: int) -> int:
    _, _, rest = _text(_PROC / str(pid) / "status").partition("VmHWM:")
    return int(rest.split(maxsplit=1)[0]) * 1024 if rest else 0


def _resident(pid: int) -> int:
    pages = _text(_PROC / str(pid) / "statm").split()
    return int(pages[1]) * _PAGE if pages else 0


def _text(path: Path) -> str:
    """What a file of a process says, or nothing once that process has ended."""
    try:
        return path.read_text()
    except OSError:
        return ""
