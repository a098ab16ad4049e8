"""`nexudus-import runs`: the runs that a ledger knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli.context import ledger_location, output_options
from pipeline.cli.printing import print_json

if TYPE_CHECKING:
    from pipeline.operations.result import Result


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
        print_json([_as_json(result) for result in results])
        return
    console = Console(output_options(options))
    if results:
        console.runs(results)
    else:
        console.say("There is no run in this ledger yet.")


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "Run": result.run.as_json(),
        "Summary": result.summary.as_json(),
        "Undone": {outcome.value.title(): count for outcome, count in result.undone.items()},
        "Next": f"nexudus-import resume {result.run.run_id}" if result.can_be_resumed else None,
    }
