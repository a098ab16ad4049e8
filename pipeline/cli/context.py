"""What commands are made of: the console, the ledger's location, the connection, and how an error is told.

May import `cli` modules other than `main` and `commands`.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli.printing import print_json, print_text
from pipeline.errors import EXIT_CODE_MEANINGS, ExitCode
from pipeline.model.printable import printable

if TYPE_CHECKING:
    from pipeline.cli.console import Console
    from pipeline.operations.connection import Connection
    from pipeline.operations.result import Result

EXIT_CODES = "\b\nExit codes:\n" + "\n".join(f"  {code:d}  {EXIT_CODE_MEANINGS[code]}" for code in ExitCode)
CREDENTIALS = (
    "Credentials come from the environment: NEXUDUS_TOKEN, NEXUDUS_TOKEN_FILE, or NEXUDUS_USERNAME and "
    "NEXUDUS_PASSWORD (and NEXUDUS_TOTP; with NEXUDUS_AUTH=basic they go with every call). Where it gives none, what "
    "`nexudus-import login` kept is used."
)


def refuse(ctx: click.Context, message: str, advice: str, code: ExitCode) -> None:
    """Ends the command with a message, what to do next, and the documented exit code."""
    if ctx.meta[opt.JSON_WANTED]:
        print_json(error_object(message, advice, code))
    print_text(f"{message}\n{advice}".strip(), err=True)
    raise click.exceptions.Exit(int(code))


def error_object(message: str, advice: str, code: ExitCode) -> dict[str, Any]:
    """An error for scripts."""
    return {"Error": message, "Advice": advice, "ExitCode": int(code)}


def output_options(options: dict[str, Any]) -> Any:
    """How much is said and in which form; sets up logging accordingly."""
    from pipeline.cli.console import OutputOptions
    from pipeline.cli.logs import configure

    configure(verbose=options["verbose"], quiet=options["quiet"], form=options["log_format"])
    asks = not (options.get("yes") or options.get("sandbox")) and sys.stdin.isatty() and sys.stderr.isatty()
    return OutputOptions(
        as_json=options["json"],
        quiet=options["quiet"],
        progress=not options["no_progress"] and not options["json"],
        ask=_ask if asks else None,
    )


def _ask(question: str) -> bool:
    """The person's answer; Ctrl-C and the end of the input say no, at once."""
    # A run at work takes Ctrl-C as the order to end in good order: nothing is at work yet while a question waits.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return click.confirm(printable(question), err=True)
    except click.Abort:
        click.echo(err=True)
        return False
    finally:
        signal.signal(signal.SIGINT, before)


def ledger_location(options: dict[str, Any]) -> str:
    """Where the ledger is: as asked for, or in the user's data folder."""
    if options["ledger"]:
        return str(options["ledger"])
    from pipeline.operations.connection import default_ledger

    return default_ledger()


def connection_from(options: dict[str, Any], console: Console, environment: dict[str, str]) -> Connection:
    """How this command reaches its target and its ledger."""
    from pipeline.operations.connection import Connection
    from pipeline.operations.runtime import Runtime
    from pipeline.operations.sign_in import who_we_are

    credentials, sign_ins = who_we_are(environment, options.get("base_url"))
    return Connection(
        credentials=credentials,
        sign_ins=sign_ins,
        ledger=ledger_location(options),
        observer=console,
        runtime=Runtime(),
    )


def finish(console: Console, result: Result) -> None:
    """Shows the result and ends the command with its exit code."""
    console.result(result)
    raise click.exceptions.Exit(int(result.exit_code))
