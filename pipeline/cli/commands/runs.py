"""`nexudus-import runs`: the runs that a ledger knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli.context import ledger_location, output_options
from pipeline.cli.printing import print_json

if TYPE_CHECKING:
    pass


@click.command(context_settings=opt.CONTEXT)
@opt.ledger_option
@opt.config_options
@opt.output_options
def runs(**options: Any) -> None:
    """List the runs in the ledger, the newest first."""
    from pipeline.cli.console import Console
    from pipeline.operations.history import history

    results = history(ledger_location(options))
    if options["json"]:
        print_json([{"Run": r.run.as_json(), "Summary": r.summary.as_json()} for r in results])
        return
    console = Console(output_options(options))
    if results:
        console.runs(results)
    else:
        console.say("There is no run in this ledger yet.")
