"""`nexudus-import runs`: the runs that a ledger knows, and whether the last one went well."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli.commands.prune import prune
from pipeline.cli.context import ledger_location, output_options
from pipeline.cli.hints import coded, hint_for
from pipeline.cli.parameters import Span
from pipeline.cli.printing import print_json, print_text
from pipeline.cli.runtime import runtime
from pipeline.cli.typed_options import as_typed
from pipeline.errors import stopped_json
from pipeline.model.runs import RunStatus, format_utc

if TYPE_CHECKING:
    from pipeline.cli.console import Console
    from pipeline.operations.health import Start
    from pipeline.operations.history import Wanted
    from pipeline.operations.result import Result

_EPILOG = (
    "\b\nExit codes with --check, of the newest run that the filters leave:\n"
    "  0  it ended well, or is at work\n"
    "  3  rows were invalid, rejected or failed\n"
    "  4  rows are in doubt\n"
    "  5  it was not finished, is older than --max-age, or there is none\n"
    "  1, 2, 6, 7  the last start of a schedule ended so, before any run began"
)


@click.group(invoke_without_command=True, context_settings=opt.CONTEXT, epilog=_EPILOG, subcommand_metavar="[COMMAND]")
@click.option(
    "--status",
    type=click.Choice([status.value for status in RunStatus]),
    multiple=True,
    help="Only runs that stand so; repeatable.",
)
@click.option("--source", metavar="TEXT", allow_from_autoenv=False, help="Only runs with a source named so in part.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]),
    metavar="DATE",
    help="Only runs that began then or later: 2026-03-31, or 2026-03-31T18:00; this machine's time.",
)
@click.option(
    "--last", type=click.IntRange(min=1), metavar="N", allow_from_autoenv=False, help="Only so many, the newest."
)
@click.option("--check", is_flag=True, help="Say in one line, and by the exit code, whether the newest run went well.")
@click.option(
    "--max-age",
    type=Span(),
    help="With --check: how long ago it or the last start of a schedule may have ended: 26h.",
)
@opt.ledger_option
@opt.config_options
@opt.output_options
@click.pass_context
def runs(ctx: click.Context, /, check: bool, max_age: float | None, **options: Any) -> None:
    """List the runs in the ledger, the newest first; or forget old ones."""
    if ctx.invoked_subcommand is None:
        _look_back(check, max_age, options)


runs.add_command(prune)


def _look_back(check: bool, max_age: float | None, options: dict[str, Any]) -> None:
    from pipeline.cli.console import Console
    from pipeline.operations.history import history, last_start

    if max_age is not None and not check:
        raise click.UsageError("--max-age goes with --check.")
    wanted = _wanted(options, last=options["last"])
    # Of a run to which nobody has said yes, or that was sent to try things out, there is nothing to check.
    shown = replace(wanted, last=1, is_in_earnest=True) if check else wanted
    console = Console(output_options(options))
    location = ledger_location(options)
    results = history(location, shown)
    if check:
        start = last_start(location) if replace(wanted, last=None).is_all else None
        _check(results, max_age, start, options)
    elif options["json"]:
        print_json([_as_json(result) for result in results])
    else:
        _list(console, results, wanted)


def _wanted(options: dict[str, Any], last: int | None) -> Wanted:
    from pipeline.operations.history import Wanted

    since = options["since"]
    return Wanted(
        statuses=frozenset(RunStatus(status) for status in options["status"]),
        source=options["source"],
        since=since.astimezone() if since is not None else None,
        last=last,
    )


def _check(results: list[Result], max_age_s: float | None, start: Start | None, options: dict[str, Any]) -> None:
    from pipeline.operations.health import health

    newest = results[0] if results else None
    found = health(newest, runtime().moment(), max_age_s, start)
    if options["json"]:
        told = {
            "Run": newest.run.as_json() if newest else None,
            "StartEndedOn": format_utc(start.ended_on) if start is not None else None,
            "StartExitCode": int(start.exit_code) if start is not None else None,
            "Message": found.message,
        }
        print_json({**told, **coded(found.code, found.facts), "ExitCode": int(found.exit_code)})
    elif found.exit_code or not options["quiet"]:
        print_text(f"{found.message} {hint_for(found.code, found.facts)}".strip(), err=options["quiet"])
    raise click.exceptions.Exit(int(found.exit_code))


def _list(console: Console, results: list[Result], wanted: Wanted) -> None:
    if results:
        console.runs(results)
    elif wanted.is_all:
        console.say("There is no run in this ledger yet.")
    else:
        console.say("No run in this ledger is like that; without filters all are listed.")


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "Run": result.run.as_json(),
        "Summary": result.summary.as_json(),
        "Host": result.run.host,
        "Process": result.run.process,
        "Standing": result.standing.as_json() if result.standing else None,
        **stopped_json(result.reason),
        "Undone": {outcome.value.title(): count for outcome, count in result.undone.items()},
        "Next": as_typed(f"`nexudus-import resume {result.run.run_id}`").strip("`") if result.can_be_resumed else None,
    }
