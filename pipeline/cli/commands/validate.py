"""`nexudus-import validate`: the way of the rows up to submission."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli import run_config
from pipeline.cli.context import EXIT_CODES, output_options, report_dir
from pipeline.cli.runtime import runtime
from pipeline.intake.stdin import kept_standard_input

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command(context_settings=opt.CONTEXT, epilog=EXIT_CODES)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@opt.reading_options
@opt.report_dir_option
@opt.config_options
@opt.output_options
def validate(sources: Sequence[str], **options: Any) -> None:
    """Check spreadsheets without sending anything; needs no network and no credentials."""
    from pipeline.cli.console import Console
    from pipeline.cli.sheets import can_answer, open_sources
    from pipeline.intake.sources import find_sources
    from pipeline.operations.validate import validate

    console = Console(output_options(options))
    with kept_standard_input(sources) as paths:
        config = run_config.build_run_config(options, sources)
        intake = open_sources(find_sources(sources, paths), config, ask=can_answer(options))
        result = validate(intake, report_dir(options), console, runtime())
    console.checked(result)
    raise click.exceptions.Exit(int(result.exit_code))
