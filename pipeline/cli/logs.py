"""Logging through the standard library: to stderr, never payloads or tokens."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object a line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry = {"Time": moment, "Level": record.levelname, "Logger": record.name, "Message": record.getMessage()}
        return json.dumps(entry, ensure_ascii=False)


def configure(*, verbose: bool, quiet: bool, form: str) -> None:
    """Sets the program's own loggers up; libraries' stay at warnings, since they may log what we must not."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if form == "json" else logging.Formatter("%(message)s"))
    logger = logging.getLogger("pipeline")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING)
