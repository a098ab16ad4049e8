"""`nexudus-import undo`: deletes what a run created."""

from __future__ import annotations

import os
from typing import Any

import click

from pipeline.cli import options as opt
from pipeline.cli.context import CREDENTIALS, EXIT_CODES, connection_from, known_ledger, output_options


@click.command(context_settings=opt.CONTEXT, epilog=f"{CREDENTIALS}\n\n{EXIT_CODES}")
@opt.run_argument
@click.option("--dry-run", is_flag=True, help="Delete nothing; say what would become of each record.")
@click.option("--force", is_flag=True, help="Delete also records that somebody has changed since.")
@opt.ledger_option
@opt.yes_option
@opt.config_options
@opt.output_options
def undo(name: str | None, last: bool, dry_run: bool, force: bool, **options: Any) -> None:
    """Take back what a run did: delete what it created, put back what it changed; can be repeated."""
    from pipeline.cli.console import Console
    from pipeline.operations.history import known_run
    from pipeline.operations.undo import undo

    console = Console(output_options(options))
    run_id = known_run(opt.chosen_run(name, last=last), known_ledger(options))
    reached = connection_from(options, console, dict(os.environ))
    result = undo(run_id, reached, dry_run=dry_run, force=force)
    console.undone(result)
    raise click.exceptions.Exit(int(result.exit_code))
