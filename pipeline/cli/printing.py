"""The ways out to the terminal: text and JSON, with nothing in them that a terminal takes for a command.

May import `cli.wrapping` and `model.printable`. Knows Click, no colours.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from pipeline.cli.wrapping import fitted
from pipeline.model.printable import printable, printable_json


def print_text(text: str, *, err: bool = False) -> None:
    """Prints text, on stdout or stderr."""
    click.echo(fitted(printable(text), sys.stderr if err else sys.stdout), err=err)


def print_json(document: Any) -> None:
    """Prints one JSON document on stdout, for scripts."""
    click.echo(printable_json(json.dumps(document, ensure_ascii=False, indent=1)))
