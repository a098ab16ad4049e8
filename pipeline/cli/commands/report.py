"""`nexudus-import report`: the reports of a run, written again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli import options as opt
from pipeline.cli.context import known_ledger, output_options
from pipeline.cli.runtime import runtime


@click.command(context_settings=opt.CONTEXT)
@opt.run_argument
@opt.moved_sources_option
@click.option("--open", is_flag=True, help="Show report.html in the browser.")
@click.option(
    "--report-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Another folder, this time.  [default: where the run has them]",
)
@opt.ledger_option
@opt.config_options
@opt.output_options
def report(name: str | None, last: bool, **options: Any) -> None:
    """Write the reports of a run again, as the ledger knows it now."""
    from pipeline.cli.console import Console
    from pipeline.operations.report import report

    console = Console(output_options(options))
    folder = options["report_dir"].absolute() if options["report_dir"] is not None else None
    result = report(opt.chosen_run(name, last=last), known_ledger(options), runtime().now(), options["source"], folder)
    console.looked_back(result)
    if options["open"]:
        page = result.run.report_dir / "report.html"
        console.say(f"Opening {page}")
        if click.launch(str(page)) != 0:
            console.say("No program to show it was found: open that file in a browser.")
