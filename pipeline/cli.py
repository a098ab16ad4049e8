"""The command line: a thin skin over `pipeline.importer`. Nothing imports it.

Whatever needs pandas, the network or the ledger is imported by the command that uses it, so that `--help` is quick.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import options as opt
from pipeline.errors import EXIT_CODE_MEANINGS, ConfigurationError, ExitCode, ImportFailure
from schemas import endpoints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.console import Console
    from pipeline.importer import Connection, Result

_EXIT_CODES = "\b\nExit codes:\n" + "\n".join(f"  {code:d}  {EXIT_CODE_MEANINGS[code]}" for code in ExitCode)
_CREDENTIALS = (
    "Credentials come from the environment: NEXUDUS_TOKEN, NEXUDUS_TOKEN_FILE, or NEXUDUS_USERNAME and "
    "NEXUDUS_PASSWORD (and NEXUDUS_TOTP)."
)


class _Root(click.Group):
    """Turns errors into one clear message and the documented exit code; never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ImportFailure as error:
            _refuse(opt.explain(error), error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            _refuse("Stopped. Nothing more is sent; `nexudus-import runs` shows what can be resumed.", ExitCode.STOPPED)
        except BrokenPipeError:
            sys.stderr.close()  # whoever read our output has gone; Python would complain about that at exit
            raise SystemExit(ExitCode.DEFECT) from None
        except (click.ClickException, click.exceptions.Exit, SystemExit):
            raise
        except Exception as error:
            if logging.getLogger("pipeline").isEnabledFor(logging.DEBUG):
                raise
            advice = "Run it again with --verbose and report the traceback, without the data. Nothing sent is lost."
            _refuse(f"A defect in nexudus-import: {type(error).__name__}: {error}\n{advice}", ExitCode.DEFECT)
        return None


def _refuse(message: str, code: ExitCode) -> None:
    click.echo(message, err=True)
    raise click.exceptions.Exit(int(code))


@click.group(cls=_Root, context_settings=opt.CONTEXT, epilog=_EXIT_CODES)
@click.version_option(package_name="nexudus-import", message="%(package)s %(version)s")
def main() -> None:
    """Create Nexudus email accounts from spreadsheets.

    Every row of the source ends in the report exactly once, with an Id or with a reason it can be fixed by, and
    nothing is created twice.
    """


# -- import ------------------------------------------------------------------------------------------------------


@main.command(context_settings=opt.CONTEXT, epilog=f"{_CREDENTIALS}\n\n{_EXIT_CODES}")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@opt.reading_options
@opt.sending_options
@opt.report_dir_option
@opt.ledger_option
@opt.yes_option
@opt.config_options
@opt.output_options
def run(sources: Sequence[str], **options: Any) -> None:
    """Import spreadsheets: read, check, create and report every row.

    SOURCE is a CSV file (also .gz), a workbook (.xlsx, .xlsm, .xls, .ods), or - for standard input.
    """
    from pipeline import importer
    from pipeline.console import Console

    with ExitStack() as stack:
        console = Console(_manner(options))
        job = opt.build_job(options)
        found = importer.find_sources(sources, [_path(source) for source in sources])
        intake = importer.open_intake(found, job)
        if options["sandbox"]:
            intake, environment = _embedded_sandbox(intake, stack)
        else:
            environment = dict(os.environ)
        connection = _connection(options, console, environment)
        _finish(console, importer.run(intake, options["report_dir"], connection))


@main.command(context_settings=opt.CONTEXT, epilog=_EXIT_CODES)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@opt.reading_options
@opt.report_dir_option
@opt.config_options
@opt.output_options
def validate(sources: Sequence[str], **options: Any) -> None:
    """Check spreadsheets without sending anything; needs no network and no credentials."""
    from pipeline import importer
    from pipeline.console import Console
    from pipeline.world import World

    console = Console(_manner(options))
    found = importer.find_sources(sources, [_path(source) for source in sources])
    intake = importer.open_intake(found, opt.build_job(options))
    _finish(console, importer.validate(intake, options["report_dir"], console, World()))


@main.command(context_settings=opt.CONTEXT, epilog=f"{_CREDENTIALS}\n\n{_EXIT_CODES}")
@click.argument("name", metavar="[RUN]", required=False)
@click.option("--last", is_flag=True, help="The run that began last.")
@click.option("--all", "every", is_flag=True, help="Every run that can be resumed, the oldest first.")
@opt.ledger_option
@opt.yes_option
@opt.config_options
@opt.output_options
def resume(name: str | None, last: bool, every: bool, **options: Any) -> None:
    """Take a run up where it stopped, however it stopped."""
    from pipeline import importer
    from pipeline.console import Console

    if sum([name is not None, last, every]) != 1:
        raise click.UsageError("Give either the name of a run, --last or --all; `nexudus-import runs` lists them.")
    console = Console(_manner(options))
    connection = _connection(options, console, dict(os.environ))
    names: list[str | None] = [*importer.unfinished(connection.ledger)] if every else [name]
    if not names:
        console.say("There is nothing to resume.")
    results = [importer.resume(one, connection) for one in names]
    for result in results[:-1]:
        console.result(result)
    if results:
        worst = max((r.exit_code for r in results), default=ExitCode.OK)
        _finish(console, results[-1], worst)


# -- look back ---------------------------------------------------------------------------------------------------


@main.command(context_settings=opt.CONTEXT)
@opt.ledger_option
@opt.config_options
@opt.output_options
def runs(**options: Any) -> None:
    """List the runs in the ledger, the newest first."""
    from pipeline import importer
    from pipeline.console import Console

    results = importer.history(_ledger(options))
    if options["as_json"]:
        click.echo(json.dumps([{"Run": r.run.as_json(), "Summary": r.tally.as_json()} for r in results], indent=1))
        return
    lines = [
        [
            r.run.run_id,
            r.run.status.value,
            r.run.target,
            str(r.tally.rows_read),
            ", ".join(s.label for s in r.run.sources),
        ]
        for r in results
    ]
    Console(_manner(options)).table(["run", "status", "target", "rows", "sources"], lines)


@main.command(context_settings=opt.CONTEXT)
@click.argument("name", metavar="RUN")
@opt.ledger_option
@opt.config_options
@opt.output_options
def show(name: str, **options: Any) -> None:
    """Show how the rows of a run stand."""
    from pipeline import importer
    from pipeline.console import Console

    Console(_manner(options)).result(importer.show(name, _ledger(options)))


@main.command(context_settings=opt.CONTEXT)
@click.argument("name", metavar="RUN")
@opt.ledger_option
@opt.config_options
@opt.output_options
def report(name: str, **options: Any) -> None:
    """Write the reports of a run again, as the ledger knows it now."""
    from pipeline import importer
    from pipeline.console import Console

    Console(_manner(options)).result(importer.report(name, _ledger(options)))


# -- learn -------------------------------------------------------------------------------------------------------


@main.command(context_settings=opt.CONTEXT)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "json-schema"]),
    default="table",
    show_default=True,
    help="How to print them.",
)
def fields(form: str) -> None:
    """List the endpoint's fields: names, types, which are required."""
    from schemas.describe import as_json, as_json_schema

    endpoint = endpoints()[opt.ENDPOINT_NAME]
    if form != "table":
        click.echo(json.dumps(as_json(endpoint) if form == "json" else as_json_schema(endpoint), indent=2))
        return
    from pipeline.console import Console, Manner

    lines = [[f.name, f.type.value, "required" if f.required else "", f.description] for f in endpoint.fields]
    Console(Manner()).table(["field", "type", "", "description"], lines)


@main.command(context_settings=opt.CONTEXT)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; loopback only.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 for any free one.")
@click.option("--latency", type=click.FloatRange(min=0), default=0, metavar="MS", help="Each call takes so long.")
@click.option("--throttle", type=opt.Share(), default=0.0, metavar="P%", help="Calls answered 409 with Retry-After.")
@click.option("--errors", type=opt.Share(), default=0.0, metavar="P%", help="Creating calls answered 500.")
@click.option("--lose-answers", type=opt.Share(), default=0.0, metavar="P%", help="Created, but never answered.")
@click.option("--drop", type=opt.Share(), default=0.0, metavar="P%", help="Connections cut before the call is read.")
@click.option("--expire-token", type=click.IntRange(min=1), metavar="N", help="A token dies after N calls.")
@click.option("--limits", type=click.Choice(["none", "documented"]), default="none", show_default=True, help="Kept to.")
@click.option("--seed", type=int, default=0, show_default=True, help="Repeats the same faults.")
def sandbox(host: str, port: int, limits: str, **faults: Any) -> None:
    """Serve a stand-in of the endpoint on this machine, to try things out.

    It has the token `sandbox-token`, and the user `admin@example.com` with the password `sandbox`.
    """
    from pipeline.sandbox.server import serve_forever
    from pipeline.sandbox_options import build_faults
    from pipeline.transport import is_loopback

    if not is_loopback(f"http://{host}"):
        raise ConfigurationError(f"--host {host}: the sandbox serves this machine only.", advice="Use 127.0.0.1.")
    try:
        serve_forever(on_ready=_sandbox_ready, host=host, port=port, faults=build_faults(limits, **faults))
    except OSError as error:
        advice = "Choose another --port, or 0 for any free one."
        raise ConfigurationError(f"Port {port} cannot be served ({error.strerror}).", advice=advice) from error


def _sandbox_ready(base_url: str) -> None:
    click.echo(f"Serving {base_url} - stop with Ctrl-C. Import into it with:")
    click.echo(f"  NEXUDUS_TOKEN=sandbox-token nexudus-import run FILE --base-url {base_url} --limits none")


# -- parts of commands -------------------------------------------------------------------------------------------


def _manner(options: dict[str, Any]) -> Any:
    from pipeline.console import Manner
    from pipeline.logs import configure

    configure(verbose=options["verbose"], quiet=options["quiet"], form=options["log_format"])
    asks = not options.get("yes") and sys.stdin.isatty() and sys.stderr.isatty()
    return Manner(
        as_json=options["as_json"],
        quiet=options["quiet"],
        progress=not options["no_progress"] and not options["as_json"],
        ask=(lambda question: click.confirm(question, err=True)) if asks else None,
    )


def _ledger(options: dict[str, Any]) -> str:
    if options["ledger"]:
        return str(options["ledger"])
    from platformdirs import user_data_path

    return str(user_data_path("nexudus-import", appauthor=False) / "ledger.db")


def _connection(options: dict[str, Any], console: Console, environment: dict[str, str]) -> Connection:
    from pipeline.auth import from_environment
    from pipeline.importer import Connection
    from pipeline.world import World

    credentials = from_environment(environment)
    return Connection(credentials=credentials, ledger=_ledger(options), watcher=console, world=World())


def _path(source: str) -> Path:
    """The file behind a source; standard input is kept in one, since it is read more than once."""
    if source != "-":
        return Path(source)
    from pipeline.spool import spooled

    return spooled(sys.stdin.buffer)


def _embedded_sandbox(intake: Any, stack: ExitStack) -> tuple[Any, dict[str, str]]:
    from dataclasses import replace

    from pipeline.sandbox import SandboxServer
    from pipeline.world import World

    server = stack.enter_context(SandboxServer())
    # Each embedded sandbox is a world of its own: the ledger must not take its records for those of another.
    job = replace(intake.job, base_url=server.base_url, target_name=f"sandbox:{World().letters()}{os.getpid()}")
    return replace(intake, job=job), {"NEXUDUS_TOKEN": "sandbox-token"}


def _finish(console: Console, result: Result, code: ExitCode | None = None) -> None:
    console.result(result)
    raise click.exceptions.Exit(int(result.exit_code if code is None else code))


if __name__ == "__main__":
    main()
