"""`nexudus-import report`: the reports of a run, written again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli.context import ledger_location, output_options

if TYPE_CHECKING:
    pass


@click.command(context_settings=opt.CONTEXT)
@click.argument("name", metavar="RUN")
@opt.moved_sources_option
@opt.ledger_option
@opt.config_options
@opt.output_options
def report(name: str, **options: Any) -> None:
    """Write the reports of a run again, as the ledger knows it now."""
    from pipeline.cli.console import Console
    from pipeline.operations.report import report

    Console(output_options(options)).result(report(name, ledger_location(options), options["source"]))
