"""Logging through the standard library: to stderr, never payloads or tokens."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from pipeline.model.printable import printable_json, printable_line


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object a line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry = {"Time": moment, "Level": record.levelname, "Logger": record.name, "Message": record.getMessage()}
        return printable_json(json.dumps(entry, ensure_ascii=False))


class _TextFormatter(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that logging calls
        """One line an entry, whatever a file or a server has put into it."""
        record.message = printable_line(record.message)
        return super().formatMessage(record)


def configure(*, verbose: bool, quiet: bool, form: str) -> None:
    """Sets the program's own loggers up; libraries' stay at warnings, since they may log what we must not."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if form == "json" else _TextFormatter("%(message)s"))
    logger = logging.getLogger("pipeline")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING)
