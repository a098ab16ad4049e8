"""Logging through the standard library: to stderr, never payloads or tokens."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from pipeline.model.printable import printable_json, printable_line

PROGRESS = "pipeline.progress"
"""The log of how far a run is: it speaks unless all is to be quiet."""

SCREEN = "pipeline.screen"
"""The log of what a person would read on stderr, where programs read that: as loud as the screen would be."""


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to what is stderr at that moment: while a bar is drawn, that is what keeps lines clear of it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a line."""
        self.stream = sys.stderr
        super().emit(record)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object a line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry = {"Time": moment, "Level": record.levelname, "Logger": record.name, "Message": record.getMessage()}
        told = {"Event": getattr(record, "event", None), **_facts(record)}
        return printable_json(json.dumps(entry | told, ensure_ascii=False))


class _TextFormatter(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that logging calls
        """One line an entry, whatever a file or a server has put into it."""
        event = getattr(record, "event", None)
        if event is not None:
            moment = datetime.fromtimestamp(record.created, UTC).astimezone()
            record.message = f"{moment:%H:%M:%S} {event}: {record.message}{_place(_facts(record))}"
        record.message = printable_line(record.message)
        return super().formatMessage(record)


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    return getattr(record, "facts", {})


def _place(facts: dict[str, Any]) -> str:
    return f" (row {facts['Row']} of {facts['Source']})" if "Row" in facts else ""


def configure(*, verbose: bool, quiet: bool, form: str) -> None:
    """Sets the program's own loggers up; what libraries warn of is only shown where details are asked for."""
    handler = _Handler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if form == "json" else _TextFormatter("%(message)s"))
    logger = logging.getLogger("pipeline")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING)
    for name in (PROGRESS, SCREEN):
        logging.getLogger(name).setLevel(logging.ERROR if quiet else logging.INFO)
    # What concerns the person is told in our words; theirs would stand in between, in a form that no program expects.
    logging.lastResort = handler if verbose else logging.NullHandler()


def tell_screen(text: str, level: int = logging.INFO) -> None:
    """Writes what a person would read on stderr as lines of the log."""
    for line in text.splitlines():
        logging.getLogger(SCREEN).log(level, "%s", line.strip())
