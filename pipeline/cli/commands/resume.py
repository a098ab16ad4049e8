"""`nexudus-import resume`: takes up one run, or all that can be resumed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli.aftermath import note, tells_others, told
from pipeline.cli.context import (
    CREDENTIALS,
    EXIT_CODES,
    connection_from,
    finish,
    known_ledger,
    output_options,
    print_error,
)
from pipeline.cli.hints import error_object, explained
from pipeline.cli.printing import print_json
from pipeline.cli.run_config import max_errors_of
from pipeline.errors import ConfigurationError, ExitCode, ImportFailure, Interrupted, SittingOver, SourceError
from pipeline.model.rows import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.cli.console import Console
    from pipeline.operations.connection import Connection
    from pipeline.operations.result import Result


@click.command(context_settings=opt.CONTEXT, epilog=f"{CREDENTIALS}\n\n{EXIT_CODES}")
@opt.run_argument
@click.option("--all", is_flag=True, help="Every run that can be resumed, the oldest first.")
@click.option(
    "--retry",
    type=click.Choice(["rejected", "failed"]),
    multiple=True,
    help="Send rows that were refused once more, since the cause is mended; repeatable.",
)
@opt.max_errors_option
@opt.moved_sources_option
@opt.ledger_option
@opt.engine_options
@opt.sitting_options
@opt.yes_option
@opt.config_options
@opt.output_options
@tells_others
def resume(name: str | None, last: bool, **options: Any) -> None:
    """Take a run up where it stopped, however it stopped."""
    from pipeline.cli.console import Console
    from pipeline.operations.history import known_run
    from pipeline.operations.resume import resume

    if sum([name is not None, last, options["all"]]) != 1:
        raise click.UsageError("Give either the name of a run, --last or --all; `nexudus-import runs` lists them.")
    if options["all"] and (options["retry"] or options["source"] or options["max_errors"]):
        raise click.UsageError("--retry, --source and --max-errors go with one run.")
    console = Console(output_options(options))
    if options["all"]:
        _resume_all(console, options)
    else:
        run_id = known_run(name, known_ledger(options))
        retry = [Status(status) for status in options["retry"]]
        reached = connection_from(options, console, dict(os.environ))
        max_errors = max_errors_of(options["max_errors"]) if options["max_errors"] else None
        finish(console, resume(run_id, reached, retry, options["source"], max_errors=max_errors))


def _resume_all(console: Console, options: dict[str, Any]) -> None:
    """Resumes one run after the other; one that cannot be resumed does not keep the others waiting."""
    from pipeline.operations.resume import resumable

    names = resumable(known_ledger(options))
    ended = _resumed(names, connection_from(options, console, dict(os.environ))) if names else []
    results = [one for one in ended if not isinstance(one, ImportFailure)]
    note(results, [told(one) for one in ended if isinstance(one, ImportFailure)])
    if options["json"]:
        print_json([_as_json(one) for one in ended])
    for one in ended:
        if isinstance(one, ImportFailure):
            print_error(explained(one))
        elif not options["json"]:
            console.result(one)
    if not names:
        console.say("There is nothing to resume.")
    raise click.exceptions.Exit(int(max((one.exit_code for one in ended), default=ExitCode.OK)))


def _resumed(names: Sequence[str], connection: Connection) -> list[Result | ImportFailure]:
    """How each run ended, up to the one in which the sitting did."""
    from pipeline.operations.resume import resume

    ended: list[Result | ImportFailure] = []
    for name in names:
        try:
            ended.append(resume(name, connection))
        except (ConfigurationError, SourceError) as error:
            ended.append(error)
        if isinstance(getattr(ended[-1], "reason", None), Interrupted | SittingOver):
            break
    return ended


def _as_json(ended: Result | ImportFailure) -> dict[str, Any]:
    if isinstance(ended, ImportFailure):
        return error_object(ended)
    from pipeline.cli.summary import result_json

    return result_json(ended)
