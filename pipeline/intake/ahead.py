"""What is made one by one, made in a thread while the one before is being worked on.

Arrow lets go of the interpreter while it parses and compares, so reading and checking use a second core beside
whoever sends, enters or reports.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from inspect import GEN_RUNNING, getgeneratorstate
from typing import Any, TypeVar

T = TypeVar("T")


def one_ahead(items: Generator[T, None, None]) -> Generator[T, None, None]:
    """The same items in the same order, one of them at most made before it is asked for.

    What goes wrong with an item is raised when it is its turn. Closed early, it waits for the one that is being made.

    Args:
        items: None of them is `None`.
    """
    with _closing(items), ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item


@contextmanager
def _closing(items: Generator[Any, None, None]) -> Iterator[None]:
    """Closes them at the end, unless the wait for the one that is being made was interrupted: the process ends then."""
    try:
        yield
    finally:
        if getgeneratorstate(items) != GEN_RUNNING:
            items.close()
