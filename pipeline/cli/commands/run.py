"""`nexudus-import run`: the main job."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pipeline.cli import options as opt
from pipeline.cli import run_config
from pipeline.cli.aftermath import tells_others
from pipeline.cli.context import CREDENTIALS, EXIT_CODES, connection_from, finish, output_options, report_dir
from pipeline.cli.inbox import take_inbox
from pipeline.cli.runtime import runtime
from pipeline.intake.stdin import kept_standard_input
from pipeline.operations.sandbox import SIGN_IN, embedded_sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command(context_settings=opt.CONTEXT, epilog=f"{CREDENTIALS}\n\n{EXIT_CODES}")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@opt.reading_options
@opt.sending_options
@opt.rehearse_option
@opt.inbox_options
@opt.report_dir_option
@opt.ledger_option
@opt.engine_options
@opt.sitting_options
@opt.yes_option
@opt.config_options
@opt.output_options
@tells_others
def run(sources: Sequence[str], **options: Any) -> None:
    """Import spreadsheets: read, check, create and report every row.

    SOURCE is a CSV file (also .gz or .zip), a workbook (.xlsx, .xlsm, .xlsb, .xls, .ods), or - for standard input.

    With --done-dir nobody is needed: files that are ready are taken one by one, one that cannot be read is moved to
    `failed` beside that folder, one whose run stopped stays for the next start; with nothing to do the exit code is 0.
    """
    if options["done_dir"] is not None:
        take_inbox(sources, options)
    from pipeline.cli.console import Console
    from pipeline.cli.sheets import can_answer, open_sources
    from pipeline.intake.sources import find_sources
    from pipeline.operations.run import run

    _check_trials(options)
    console = Console(output_options(options))
    with ExitStack() as stack:
        config = run_config.build_run_config(options, sources)
        found = find_sources(sources, stack.enter_context(kept_standard_input(sources)))
        intake = open_sources(found, config, ask=can_answer(options))
        if options["sandbox"]:
            intake, environment = embedded_sandbox(intake, stack, runtime())
        else:
            environment = SIGN_IN if options["rehearse"] else dict(os.environ)
        reached = connection_from(options, console, environment)
        if options["dry_run"]:
            from pipeline.operations.dry_run import dry_run

            planned = dry_run(intake, report_dir(options), reached)
            console.dry_run(planned)
            raise click.exceptions.Exit(int(planned.exit_code))
        if options["rehearse"]:
            from pipeline.operations.rehearsal import rehearse

            played = rehearse(intake, reached)
            console.rehearsed(played)
            raise click.exceptions.Exit(int(played.exit_code))
        result = run(intake, report_dir(options), reached)
    finish(console, result)


def _check_trials(options: dict[str, Any]) -> None:
    others = [name for name in ("dry_run", "sandbox") if options[name]]
    if options["rehearse"] and others:
        names = " and ".join(f"--{name.replace('_', '-')}" for name in others)
        raise click.UsageError(f"--rehearse sends nothing and has a sandbox of its own: leave {names} out.")
    # A file or the environment may name the target of every day; only side by side they contradict each other.
    given = click.get_current_context().get_parameter_source
    if given("sandbox") is given("base_url") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--sandbox is a target of its own: leave it or --base-url out.")
