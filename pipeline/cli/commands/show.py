"""`nexudus-import show`: how the rows of a run stand."""

from __future__ import annotations

from typing import Any

import click

from pipeline.cli import options as opt
from pipeline.cli.context import known_ledger, output_options


@click.command(context_settings=opt.CONTEXT)
@opt.run_argument
@opt.ledger_option
@opt.config_options
@opt.output_options
def show(name: str | None, last: bool, **options: Any) -> None:
    """Show how the rows of a run stand."""
    from pipeline.cli.console import Console
    from pipeline.operations.history import show

    Console(output_options(options)).looked_back(show(opt.chosen_run(name, last=last), known_ledger(options)))
