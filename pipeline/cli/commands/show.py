"""`nexudus-import show`: how the rows of a run stand."""

from __future__ import annotations

from typing import Any

import click

from pipeline.cli import options as opt
from pipeline.cli.context import ledger_location, output_options


@click.command(context_settings=opt.CONTEXT)
@click.argument("name", metavar="RUN")
@opt.ledger_option
@opt.config_options
@opt.output_options
def show(name: str, **options: Any) -> None:
    """Show how the rows of a run stand."""
    from pipeline.cli.console import Console
    from pipeline.operations.history import show

    Console(output_options(options)).looked_back(show(name, ledger_location(options)))
