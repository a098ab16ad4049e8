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

from pipeline.cli import options as opt
from pipeline.errors import (
    EXIT_CODE_MEANINGS,
    ConfigurationError,
    ExitCode,
    ImportFailure,
    InterruptedByPerson,
    SourceError,
)
from schemas import endpoints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.cli.console import Console
    from pipeline.model.rows import Source
    from pipeline.operations.observer import Connection, Result

_EXIT_CODES = "\b\nExit codes:\n" + "\n".join(f"  {code:d}  {EXIT_CODE_MEANINGS[code]}" for code in ExitCode)
_CREDENTIALS = (
    "Credentials come from the environment: NEXUDUS_TOKEN, NEXUDUS_TOKEN_FILE, or NEXUDUS_USERNAME and "
    "NEXUDUS_PASSWORD (and NEXUDUS_TOTP)."
)


class _Root(click.Group):
    """Turns errors into one clear message and the documented exit code; never a traceback."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Takes note of --json before anything can fail."""
        given = args[: args.index("--")] if "--" in args else args
        wanted = os.environ.get("NEXUDUS_IMPORT_JSON", "").lower() in {"1", "true", "yes", "on", "y", "t"}
        ctx.meta[opt.JSON_WANTED] = "--json" in given or wanted
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ImportFailure as error:
            _refuse(ctx, error.message, error.advice, error.exit_code)
        except click.UsageError as error:
            if ctx.meta[opt.JSON_WANTED]:
                click.echo(_error_json(error.format_message(), "See --help.", ExitCode.USAGE))
            raise
        except (KeyboardInterrupt, click.Abort):
            advice = "Nothing more is sent; `nexudus-import runs` shows what can be resumed."
            _refuse(ctx, "Stopped.", advice, ExitCode.STOPPED)
        except BrokenPipeError:
            sys.stderr.close()  # whoever read our output has gone; Python would complain about that at exit
            raise SystemExit(ExitCode.DEFECT) from None
        except (click.ClickException, click.exceptions.Exit, SystemExit):
            raise
        except Exception as error:
            if logging.getLogger("pipeline").isEnabledFor(logging.DEBUG):
                raise
            advice = "Run it again with --verbose and report the traceback, without the data. Nothing sent is lost."
            _refuse(ctx, f"A defect in nexudus-import: {type(error).__name__}: {error}", advice, ExitCode.DEFECT)
        return None


def _refuse(ctx: click.Context, message: str, advice: str, code: ExitCode) -> None:
    if ctx.meta[opt.JSON_WANTED]:
        click.echo(_error_json(message, advice, code))
    click.echo(f"{message}\n{advice}".strip(), err=True)
    raise click.exceptions.Exit(int(code))


def _error_json(message: str, advice: str, code: ExitCode) -> str:
    return json.dumps(_error(message, advice, code), ensure_ascii=False, indent=1)


def _error(message: str, advice: str, code: ExitCode) -> dict[str, Any]:
    return {"Error": message, "Advice": advice, "ExitCode": int(code)}


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
    from pipeline.cli.console import Console
    from pipeline.intake.intake import find_sources, open_intake
    from pipeline.operations.run import run

    with ExitStack() as stack:
        console = Console(_manner(options))
        job = opt.build_job(options)
        found = find_sources(sources, [_path(source) for source in sources])
        intake = open_intake(found, job)
        if options["sandbox"]:
            intake, environment = _embedded_sandbox(intake, stack)
        else:
            environment = dict(os.environ)
        connection = _connection(options, console, environment)
        result = run(intake, options["report_dir"], connection)
        if result.exit_code in {ExitCode.OK, ExitCode.ROWS_REFUSED}:  # nothing is left to resume
            _forget_standard_input(found)
        _finish(console, result)


@main.command(context_settings=opt.CONTEXT, epilog=_EXIT_CODES)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@opt.reading_options
@opt.report_dir_option
@opt.config_options
@opt.output_options
def validate(sources: Sequence[str], **options: Any) -> None:
    """Check spreadsheets without sending anything; needs no network and no credentials."""
    from pipeline.cli.console import Console
    from pipeline.intake.intake import find_sources, open_intake
    from pipeline.operations.runtime import World
    from pipeline.operations.validate import validate

    console = Console(_manner(options))
    found = find_sources(sources, [_path(source) for source in sources])
    intake = open_intake(found, opt.build_job(options))
    result = validate(intake, options["report_dir"], console, World())
    _forget_standard_input(found)
    console.checked(result)
    raise click.exceptions.Exit(int(result.exit_code))


@main.command(context_settings=opt.CONTEXT, epilog=f"{_CREDENTIALS}\n\n{_EXIT_CODES}")
@click.argument("name", metavar="[RUN]", required=False)
@click.option("--last", is_flag=True, help="The run that began last.")
@click.option("--all", is_flag=True, help="Every run that can be resumed, the oldest first.")
@opt.ledger_option
@opt.yes_option
@opt.config_options
@opt.output_options
def resume(name: str | None, last: bool, **options: Any) -> None:
    """Take a run up where it stopped, however it stopped."""
    from pipeline.cli.console import Console
    from pipeline.operations.report import known_run
    from pipeline.operations.run import resume

    if sum([name is not None, last, options["all"]]) != 1:
        raise click.UsageError("Give either the name of a run, --last or --all; `nexudus-import runs` lists them.")
    console = Console(_manner(options))
    if options["all"]:
        _resume_all(console, options)
    else:
        run_id = known_run(name, _ledger(options))
        _finish(console, resume(run_id, _connection(options, console, dict(os.environ))))


def _resume_all(console: Console, options: dict[str, Any]) -> None:
    """Resumes one run after the other; one that cannot be resumed does not keep the others waiting."""
    from pipeline.operations.run import resumable, resume

    names = resumable(_ledger(options))
    ended: list[Result | ImportFailure] = []
    for name in names:
        try:
            ended.append(resume(name, _connection(options, console, dict(os.environ))))
        except (ConfigurationError, SourceError) as error:
            ended.append(error)
        if isinstance(getattr(ended[-1], "reason", None), InterruptedByPerson):
            break
    if options["json"]:
        click.echo(json.dumps([_as_json(one) for one in ended], ensure_ascii=False, indent=1))
    for one in ended:
        if isinstance(one, ImportFailure):
            click.echo(opt.explain(one), err=True)
        elif not options["json"]:
            console.result(one)
    if not names:
        console.say("There is nothing to resume.")
    raise click.exceptions.Exit(int(max((one.exit_code for one in ended), default=ExitCode.OK)))


def _as_json(ended: Result | ImportFailure) -> dict[str, Any]:
    if isinstance(ended, ImportFailure):
        return _error(ended.message, ended.advice, ended.exit_code)
    from pipeline.cli.console import result_json

    return result_json(ended)


@main.command(context_settings=opt.CONTEXT, epilog=f"{_CREDENTIALS}\n\n{_EXIT_CODES}")
@click.argument("name", metavar="RUN")
@click.option("--dry-run", is_flag=True, help="Delete nothing; say what would become of each record.")
@click.option("--force", is_flag=True, help="Delete also records that somebody has changed since.")
@opt.ledger_option
@opt.yes_option
@opt.config_options
@opt.output_options
def undo(name: str, dry_run: bool, force: bool, **options: Any) -> None:
    """Delete the records that a run created, the newest first; can be repeated until nothing is left."""
    from pipeline.cli.console import Console
    from pipeline.operations.report import known_run
    from pipeline.operations.undo import undo

    console = Console(_manner(options))
    known_run(name, _ledger(options))
    connection = _connection(options, console, dict(os.environ))
    result = undo(name, connection, dry_run=dry_run, force=force)
    console.undone(result)
    raise click.exceptions.Exit(int(result.exit_code))


# -- look back ---------------------------------------------------------------------------------------------------


@main.command(context_settings=opt.CONTEXT)
@opt.ledger_option
@opt.config_options
@opt.output_options
def runs(**options: Any) -> None:
    """List the runs in the ledger, the newest first."""
    from pipeline.cli.console import Console
    from pipeline.operations.report import history

    results = history(_ledger(options))
    if options["json"]:
        click.echo(json.dumps([{"Run": r.run.as_json(), "Summary": r.tally.as_json()} for r in results], indent=1))
        return
    console = Console(_manner(options))
    if results:
        console.runs(results)
    else:
        console.say("There is no run in this ledger yet.")


@main.command(context_settings=opt.CONTEXT)
@click.argument("name", metavar="RUN")
@opt.ledger_option
@opt.config_options
@opt.output_options
def show(name: str, **options: Any) -> None:
    """Show how the rows of a run stand."""
    from pipeline.cli.console import Console
    from pipeline.operations.report import show

    Console(_manner(options)).result(show(name, _ledger(options)))


@main.command(context_settings=opt.CONTEXT)
@click.argument("name", metavar="RUN")
@opt.ledger_option
@opt.config_options
@opt.output_options
def report(name: str, **options: Any) -> None:
    """Write the reports of a run again, as the ledger knows it now."""
    from pipeline.cli.console import Console
    from pipeline.operations.report import report

    Console(_manner(options)).result(report(name, _ledger(options)))


# -- learn -------------------------------------------------------------------------------------------------------


@main.command(context_settings=opt.CONTEXT)
@click.option(
    "--format",
    type=click.Choice(["table", "json", "json-schema"]),
    default="table",
    show_default=True,
    help="How to print them.",
)
def fields(**options: str) -> None:
    """List the endpoint's fields: names, types, which are required."""
    from schemas.describe import as_json, as_json_schema

    endpoint, form = endpoints()[opt.ENDPOINT_NAME], options["format"]
    if form != "table":
        click.echo(json.dumps(as_json(endpoint) if form == "json" else as_json_schema(endpoint), indent=2))
        return
    from pipeline.cli.console import Console, Manner

    lines = [[f.name, f.type.value, "required" if f.required else "", f.description] for f in endpoint.fields]
    Console(Manner()).table(["field", "type", "", "description"], lines)


@main.command(context_settings=opt.CONTEXT)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; loopback only.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 for any free one.")
@click.option("--latency", type=opt.Duration(min=0), default=0, metavar="MS", help="Each call takes so long.")
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
    from pipeline.remote.transports.aiohttp_transport import is_loopback
    from pipeline.sandbox.server import serve_forever
    from pipeline.sandbox_options import build_faults

    if not is_loopback(f"http://[{host}]" if ":" in host else f"http://{host}"):
        raise ConfigurationError(f"--host {host}: the sandbox serves this machine only.", advice="Use 127.0.0.1.")
    try:
        serve_forever(on_ready=_sandbox_ready, host=host, port=port, faults=build_faults(limits, **faults))
    except OSError as error:
        advice = "Choose another --port, or 0 for any free one."
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise ConfigurationError(f"Port {port} of {host} cannot be served ({reason}).", advice=advice) from error


def _sandbox_ready(base_url: str) -> None:
    click.echo(f"Serving {base_url} - stop with Ctrl-C. Import into it with:")
    click.echo(f"  NEXUDUS_TOKEN=sandbox-token nexudus-import run FILE --base-url {base_url} --limits none")


# -- parts of commands -------------------------------------------------------------------------------------------


def _manner(options: dict[str, Any]) -> Any:
    from pipeline.cli.console import Manner
    from pipeline.cli.logs import configure

    configure(verbose=options["verbose"], quiet=options["quiet"], form=options["log_format"])
    asks = not (options.get("yes") or options.get("sandbox")) and sys.stdin.isatty() and sys.stderr.isatty()
    return Manner(
        as_json=options["json"],
        quiet=options["quiet"],
        progress=not options["no_progress"] and not options["json"],
        ask=(lambda question: click.confirm(question, err=True)) if asks else None,
    )


def _ledger(options: dict[str, Any]) -> str:
    if options["ledger"]:
        return str(options["ledger"])
    from platformdirs import user_data_path

    return str(user_data_path("nexudus-import", appauthor=False) / "ledger.db")


def _connection(options: dict[str, Any], console: Console, environment: dict[str, str]) -> Connection:
    from pipeline.operations.observer import Connection
    from pipeline.operations.runtime import World
    from pipeline.remote.session import from_environment

    credentials = from_environment(environment)
    return Connection(credentials=credentials, ledger=_ledger(options), watcher=console, world=World())


def _path(source: str) -> Path:
    """The file behind a source; standard input is kept in one, since it is read more than once."""
    if source != "-":
        return Path(source)
    from pipeline.intake.stdin import spooled

    return spooled(sys.stdin.buffer)


def _embedded_sandbox(intake: Any, stack: ExitStack) -> tuple[Any, dict[str, str]]:
    from dataclasses import replace

    from pipeline.operations.runtime import World
    from pipeline.sandbox.server import SandboxServer

    server = stack.enter_context(SandboxServer())
    # Each embedded sandbox is a world of its own: the ledger must not take its records for those of another.
    job = replace(intake.job, base_url=server.base_url, target_name=f"sandbox:{World().letters()}{os.getpid()}")
    return replace(intake, job=job), {"NEXUDUS_TOKEN": "sandbox-token"}


def _forget_standard_input(sources: Sequence[Source]) -> None:
    """Removes the copy of standard input, which may hold secrets, once nothing will read it again."""
    for source in sources:
        if source.label == "-":
            source.path.unlink(missing_ok=True)


def _finish(console: Console, result: Result) -> None:
    console.result(result)
    raise click.exceptions.Exit(int(result.exit_code))


if __name__ == "__main__":
    main()
