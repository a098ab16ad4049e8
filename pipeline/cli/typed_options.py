"""What the person typed to say which ledger and which target are meant, so that the commands of advice say it, too.

What stands in a settings file or in the environment holds for the next command anyway. May import `model.places`, and
Click only where it is at work already: without it, errors are told as well.
"""

from __future__ import annotations

import re
import shlex
import sys
from typing import TYPE_CHECKING

from pipeline.model.places import may_be_told

if TYPE_CHECKING:
    import click

_TYPED = "nexudus_import.typed"
_COMMAND = re.compile(r"`nexudus-import (?P<name>[a-z]+)(?P<rest>[^`]*)`")


def note_typed(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Notes an option that was given on the command line; a callback of the option."""
    from click.core import ParameterSource

    if value is not None and ctx.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
        ctx.meta.setdefault(_TYPED, {})[parameter.opts[0]] = value
    return value


def as_typed(text: str) -> str:
    """Advice whose commands have those of the noted options that they take: as printed, they do what is meant.

    A URL that holds a password is not printed: whoever typed it has to add it again.
    """
    if not sys.modules.get("click"):
        return text
    import click

    ctx = click.get_current_context(silent=True)
    typed = ctx.meta.get(_TYPED) if ctx is not None else None
    if ctx is None or not typed:
        return text
    root = ctx.find_root().command

    def completed(found: re.Match[str]) -> str:
        command = root.get_command(ctx, found["name"]) if isinstance(root, click.Group) else None
        taken = {name for one in command.params for name in one.opts} if command is not None else set()
        words = f"`nexudus-import {found['name']}{found['rest']}"
        if "--help" in words:
            return found[0]
        lacking = {name: value for name, value in typed.items() if name in taken and name not in words}
        shown = (f" {name} {shlex.quote(value)}" for name, value in lacking.items() if may_be_told(value))
        return f"{words}{''.join(shown)}`"

    return _COMMAND.sub(completed, text)
