"""The ways out to the terminal: text and JSON, with nothing in them that a terminal takes for a command.

May import `cli.wrapping`, `errors` and `model.printable`. Knows Click, no colours.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import IO, Any

import click

from pipeline.cli.wrapping import fitted
from pipeline.errors import Code, ConfigurationError, ImportFailure
from pipeline.model.printable import printable, printable_json


def print_text(text: str, *, err: bool = False) -> None:
    """Prints text, on stdout or stderr."""
    _echo(fitted(printable(text), sys.stderr if err else sys.stdout), err=err)


def print_json(document: Any) -> None:
    """Prints one JSON document on stdout, for scripts."""
    _echo(printable_json(json.dumps(document, ensure_ascii=False, indent=1)))


_LOST = "nexudus_import.output_lost"


def lose(stream: IO[str], error: OSError) -> None:
    """Lets vanish what is written from now on, since it cannot be; the command goes on with what it does.

    Whoever read it may have gone: that changes nothing of how the command ends. Anything else, such as a full disk, is
    said at its end by `lost_output`.
    """
    context = click.get_current_context(silent=True)
    if context is not None and stream is sys.stdout and not isinstance(error, BrokenPipeError):
        context.meta.setdefault(_LOST, error.strerror or str(error))
    _discard(stream)


def lost_output(context: click.Context) -> ImportFailure | None:
    """Why part of the command's output was lost, if any was."""
    reason = context.meta.get(_LOST)
    return _not_written(reason) if reason is not None else None


def lost_page(error: BaseException) -> ImportFailure | None:
    """The failure that an error comes from, where Click could not print a page of help; the output is given up then."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not isinstance(error, OSError) or frames[-1].f_code is not click.echo.__code__:
        return None
    _discard(sys.stdout)
    return _not_written(error.strerror or str(error))


def _not_written(reason: str) -> ImportFailure:
    message = f"The output could not be written ({reason})."
    return ConfigurationError(Code.OUTPUT_NOT_WRITTEN, message, reason=reason)


def _discard(stream: IO[str]) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _echo(text: str, *, err: bool = False) -> None:
    try:
        click.echo(text, err=err)
    except OSError as error:
        lose(sys.stderr if err else sys.stdout, error)
