"""A program of the person's that is started when all is done, with the result as JSON on its standard input.

May import `errors`. Nothing that goes wrong here changes how a run ended.
"""

from __future__ import annotations

import json
import logging
import os
import shlex
import subprocess  # the person's own program, named by the person
from collections.abc import Mapping
from typing import Any

from pipeline.errors import Code, ConfigurationError

_TIMEOUT_S = 300
_log = logging.getLogger(__name__)


class OnFinish:
    """A command that gets the result.

    Args:
        command: The program and its arguments, as a shell would split them; no shell is involved.

    Raises:
        ConfigurationError: It is no command.
    """

    def __init__(self, command: str) -> None:
        try:
            self._arguments = shlex.split(command, posix=os.name != "nt")
        except ValueError as error:
            message = f"The program to start at the end: {error}."
            raise ConfigurationError(Code.PROGRAM_UNREADABLE, message, reason=str(error)) from error
        if not self._arguments:
            raise ConfigurationError(Code.PROGRAM_MISSING, "No program is named that is to start at the end.")

    def tell(self, document: Mapping[str, Any]) -> None:
        """Starts the command and waits for it; our credentials are not in its environment."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NEXUDUS_")}
        text = json.dumps(document, ensure_ascii=False)
        try:
            ended = subprocess.run(  # noqa: S603 - see the import
                self._arguments, input=text.encode(), env=environment, timeout=_TIMEOUT_S, check=False
            )
            reason = f"exit code {ended.returncode}" if ended.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = getattr(error, "strerror", None) or f"no end after {_TIMEOUT_S} s"
        if reason:
            _log.error(
                "%s, the program at the end, failed (%s); how the run ended stands all the same.",
                self._arguments[0],
                reason,
            )
