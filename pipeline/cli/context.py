"""What commands are made of: the console, the ledger's location, the connection, and how an error is told.

May import `cli` modules other than `main` and `commands`.
"""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pipeline.cli import options as opt
from pipeline.cli.aftermath import note
from pipeline.cli.hints import error_object, explained
from pipeline.cli.printing import print_json, print_text
from pipeline.cli.runtime import runtime
from pipeline.cli.wrapping import fitted
from pipeline.errors import EXIT_CODE_MEANINGS, Code, ConfigurationError, ExitCode, ImportFailure
from pipeline.model.printable import printable

if TYPE_CHECKING:
    from pipeline.cli.console import Console
    from pipeline.operations.connection import Connection
    from pipeline.operations.engines import Cluster
    from pipeline.operations.new_run import ReportDir
    from pipeline.operations.result import Result

EXIT_CODES = "\b\nExit codes:\n" + "\n".join(f"  {code:d}  {EXIT_CODE_MEANINGS[code]}" for code in ExitCode)
CREDENTIALS = (
    "Credentials come from the environment: NEXUDUS_TOKEN, NEXUDUS_TOKEN_FILE, or NEXUDUS_USERNAME and "
    "NEXUDUS_PASSWORD (and NEXUDUS_TOTP; with NEXUDUS_AUTH=basic they go with every call). Where it gives none, what "
    "`nexudus-import login` kept is used."
)


def refuse(ctx: click.Context, error: ImportFailure) -> NoReturn:
    """Ends the command with a message, what to do next, and the documented exit code."""
    if ctx.meta[opt.JSON_WANTED]:
        print_json(error_object(error))
    print_error(explained(error))
    raise click.exceptions.Exit(int(error.exit_code))


def print_error(text: str, level: int = logging.ERROR) -> None:
    """Says on stderr what nothing keeps back, in the form of the log."""
    if click.get_current_context().meta.get(opt.LOG_AS_JSON):
        from pipeline.cli.logs import tell_screen

        tell_screen(text, level)
    else:
        print_text(text, err=True)


def log_as_json(ctx: click.Context) -> None:
    """Has errors told as lines of JSON from here on, before the options that say how much is told are known."""
    from pipeline.cli.logs import configure

    configure(verbose=False, quiet=False, form="json")
    ctx.meta[opt.LOG_AS_JSON] = True


def output_options(options: dict[str, Any]) -> Any:
    """How much is said and in which form; sets up logging accordingly."""
    from pipeline.cli.console import OutputOptions
    from pipeline.cli.logs import configure

    configure(verbose=options["verbose"], quiet=options["quiet"], form=options["log_format"])
    log_as_json = options["log_format"] == "json"
    click.get_current_context().meta[opt.LOG_AS_JSON] = log_as_json
    asks = not (options.get("yes") or options.get("sandbox")) and is_attended()
    return OutputOptions(
        as_json=options["json"],
        quiet=options["quiet"],
        progress=not options["no_progress"] and not options["json"],
        ask=_ask if asks else None,
        log_as_json=log_as_json,
        now=runtime().now,
    )


def _ask(question: str) -> bool:
    """The person's answer; Ctrl-C and the end of the input say no, at once."""
    # A run at work takes Ctrl-C as the order to end in good order: nothing is at work yet while a question waits.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return click.confirm(fitted(printable(question), sys.stderr), err=True)
    except click.Abort:
        click.echo(err=True)
        return False
    finally:
        signal.signal(signal.SIGINT, before)


def ledger_location(options: dict[str, Any]) -> str:
    """Where the ledger is: as asked for, or in the user's data folder."""
    if options["ledger"]:
        return str(options["ledger"])
    from pipeline.operations.places import default_ledger

    return default_ledger()


def known_ledger(options: dict[str, Any]) -> str:
    """The same for commands about runs that were: a place that was mistyped is named, not made.

    Raises:
        ConfigurationError: There is no such ledger.
    """
    location = ledger_location(options)
    from pipeline.ledger.ledger import Ledger

    if options["ledger"] and not Ledger.is_there(location):
        raise ConfigurationError(Code.LEDGER_NOT_THERE, f"There is no ledger {location}.", ledger=location)
    return location


def is_attended() -> bool:
    """Whether somebody sits at a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def report_dir(options: dict[str, Any]) -> ReportDir:
    """Where reports go: as asked for, in `reports` here, or where a job without a terminal may write."""
    from pipeline.operations import places

    chosen = places.report_dir(options["report_dir"], options.get("ledger"), attended=is_attended())
    if chosen.folder is None and chosen.parent.is_absolute() and not options["json"]:
        place = f"Reports go to {chosen.parent}: there is no terminal, and {Path.cwd()} is no place."
        print_error(place, logging.INFO)
    return chosen


def connection_from(options: dict[str, Any], console: Console, environment: dict[str, str]) -> Connection:
    """How this command reaches its target and its ledger."""
    from pipeline.operations.connection import Connection
    from pipeline.operations.sign_in import who_we_are
    from pipeline.operations.sitting import sitting_end

    world = runtime()
    credentials, sign_ins = who_we_are(environment, options.get("base_url"))
    return Connection(
        credentials=credentials,
        sign_ins=sign_ins,
        ledger=ledger_location(options),
        observer=console,
        runtime=world,
        ends_at=sitting_end(world.now(), options.get("until"), options.get("for")),
        cluster=_cluster(options),
    )


def _cluster(options: dict[str, Any]) -> Cluster | None:
    """Whose workers send the rows, where this process does not."""
    if options.get("engine") != "dask":
        if options.get("scheduler"):
            raise click.UsageError("--scheduler goes with --engine dask.")
        return None
    from pipeline.operations.engines import Cluster

    cluster = Cluster(scheduler=options["scheduler"])
    cluster.check(ledger_location(options), embedded=bool(options.get("sandbox")))
    return cluster


def finish(console: Console, result: Result) -> None:
    """Shows the result and ends the command with its exit code."""
    console.result(result)
    note([result])
    raise click.exceptions.Exit(int(result.exit_code))
