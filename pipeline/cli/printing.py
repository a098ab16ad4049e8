"""The ways out to the terminal: text and JSON, with nothing in them that a terminal takes for a command.

May import `cli.wrapping` and `model.printable`. Knows Click, no colours.
"""

from __future__ import annotations

import json
import os
import sys
from typing import IO, Any

import click

from pipeline.cli.wrapping import fitted
from pipeline.model.printable import printable, printable_json


def print_text(text: str, *, err: bool = False) -> None:
    """Prints text, on stdout or stderr."""
    _echo(fitted(printable(text), sys.stderr if err else sys.stdout), err=err)


def print_json(document: Any) -> None:
    """Prints one JSON document on stdout, for scripts."""
    _echo(printable_json(json.dumps(document, ensure_ascii=False, indent=1)))


def discard(stream: IO[str]) -> None:
    """Lets vanish what is written from now on: whoever read it has gone, but how the command ends stays the same."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _echo(text: str, *, err: bool = False) -> None:
    try:
        click.echo(text, err=err)
    except BrokenPipeError:
        discard(sys.stderr if err else sys.stdout)
