"""`nexudus-import help`: all about a command, with examples."""

from __future__ import annotations

from collections.abc import Sequence

import click

from pipeline.cli import options as opt
from pipeline.cli.examples import with_examples
from pipeline.cli.printing import print_json, print_text


@click.command(name="help", context_settings=opt.CONTEXT)
@click.argument("names", metavar="[COMMAND]...", nargs=-1)
@opt.json_option
@click.pass_context
def help_command(ctx: click.Context, names: Sequence[str], json: bool) -> None:
    """Say all about a command, with examples."""
    context = _found(ctx.find_root(), names)
    text = with_examples(" ".join(names), context.command.get_help(context))
    if json:
        print_json({"Command": " ".join(names), "Help": text})
    else:
        print_text(text)


def _found(root: click.Context, names: Sequence[str]) -> click.Context:
    """A command of the program, by its names.

    Raises:
        UsageError: There is none.
    """
    context = root
    for name in names:
        group = context.command
        found = group.get_command(context, name) if isinstance(group, click.Group) else None
        if found is None:
            raise click.UsageError(f"There is no command {' '.join(names)!r}; `nexudus-import help` lists all.")
        context = found.make_context(name, [], parent=context, resilient_parsing=True)
    return context
