"""What happens while a run is at work, told to the log under names that stay, with the run and the row it is about.

`docs/logs.md` has the names; a test compares. No value of a field, no body, no word of a server and no secret is told.
May import nothing of the project.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from enum import StrEnum
from typing import Any


class Event(StrEnum):
    """The names. None is changed or taken away; new ones may come."""

    RUN_BEGIN = "run.begin"
    RUN_PROGRESS = "run.progress"
    RUN_END = "run.end"
    WAIT = "wait"
    THROTTLED = "call.throttled"
    RETRY = "call.retry"
    DOUBT = "row.doubt"
    LOOK_UP = "row.lookup"
    SENT_AGAIN = "row.resend"
    SETTLED = "row.settled"
    TOKEN_RENEWED = "token.renewed"  # noqa: S105 - a name of an event
    TOKEN_REFUSED = "token.refused"  # noqa: S105 - a name of an event


_run: ContextVar[str | None] = ContextVar("run", default=None)
_row: ContextVar[tuple[str, int] | None] = ContextVar("row", default=None)


@contextlib.contextmanager
def about_run(run_id: str) -> Iterator[None]:
    """What is told while this lasts, in this task and in those that it starts, is about that run."""
    token = _run.set(run_id)
    try:
        yield
    finally:
        _run.reset(token)


def about_row(source: str, row: int) -> None:
    """What this task tells from now on, with those that it starts, is about that row."""
    _row.set((source, row))


def tell(logger: logging.Logger, event: Event, message: str, level: int = logging.INFO, **facts: Any) -> None:
    """Tells the log.

    Args:
        logger: The log of the module in which it happens.
        event: What.
        message: The same in words.
        level: How much it matters.
        **facts: Figures and names, by the names that the page has for them.
    """
    if logger.isEnabledFor(level):
        logger.log(level, "%s", message, extra={"event": event.value, "facts": {**_place(event), **facts}})


def _place(event: Event) -> Mapping[str, Any]:
    # Whichever row ends last before a line is due has nothing to do with how far the run is.
    row = None if event.startswith("run.") else _row.get()
    place: dict[str, Any] = {"Run": _run.get()}
    return place | {"Source": row[0], "Row": row[1]} if row is not None else place
