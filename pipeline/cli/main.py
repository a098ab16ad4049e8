"""The command line's root: a thin skin over `pipeline.operations`. Nothing but the entry imports it.

Whatever needs pandas, the network or the ledger is imported by the command that uses it, so that `--help` is quick.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from pipeline.cli import options as opt
from pipeline.cli.commands.check import check
from pipeline.cli.commands.config import config
from pipeline.cli.commands.fields import fields
from pipeline.cli.commands.help import help_command
from pipeline.cli.commands.ledger import ledger
from pipeline.cli.commands.login import login
from pipeline.cli.commands.logout import logout
from pipeline.cli.commands.map import map_command
from pipeline.cli.commands.nightly import nightly
from pipeline.cli.commands.report import report
from pipeline.cli.commands.resume import resume
from pipeline.cli.commands.run import run
from pipeline.cli.commands.runs import runs
from pipeline.cli.commands.sandbox import sandbox
from pipeline.cli.commands.settle import settle
from pipeline.cli.commands.show import show
from pipeline.cli.commands.template import template
from pipeline.cli.commands.undo import undo
from pipeline.cli.commands.validate import validate
from pipeline.cli.context import EXIT_CODES, log_as_json, print_error, refuse
from pipeline.cli.hints import error_object, explained
from pipeline.cli.printing import lost_output, lost_page, print_json
from pipeline.errors import (
    Code,
    ConfigurationError,
    ExitCode,
    ImportFailure,
    InternalError,
    Interrupted,
    is_interruption,
)
from pipeline.model.printable import printable


class _Root(click.Group):
    """Turns errors into one clear message and the documented exit code; never a traceback."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Takes note of --json and --log-format before anything can fail."""
        given = args[: args.index("--")] if "--" in args else args
        wanted = os.environ.get("NEXUDUS_IMPORT_JSON", "").lower() in {"1", "true", "yes", "on", "y", "t"}
        ctx.meta[opt.JSON_WANTED] = "--json" in given or wanted
        if _log_format(given) == "json":
            log_as_json(ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        code: int = ExitCode.OK
        try:
            self._invoked(ctx)
        except click.exceptions.Exit as end:
            code = end.exit_code
        if (lost := lost_output(ctx)) is not None:
            print_error(explained(lost))
            code = code or lost.exit_code
        if code:
            raise click.exceptions.Exit(code)

    def _invoked(self, ctx: click.Context) -> None:
        try:
            super().invoke(ctx)
        except ImportFailure as error:
            refuse(ctx, error)
        except click.UsageError as error:
            _refuse_usage(ctx, error)
        except (KeyboardInterrupt, click.Abort):
            refuse(ctx, Interrupted(Code.INTERRUPTED, "Stopped."))
        except BrokenPipeError:
            sys.stderr.close()  # whoever read our output has gone; Python would complain about that at exit
            raise SystemExit(ExitCode.DEFECT) from None
        except (click.ClickException, click.exceptions.Exit, SystemExit):
            raise
        except Exception as error:
            lost = lost_page(error)
            if lost is None and logging.getLogger("pipeline").isEnabledFor(logging.DEBUG):
                raise
            refuse(ctx, lost or _unforeseen(error))


def _log_format(given: Sequence[str]) -> str:
    """The form of the log, as far as the command line and the environment say it."""
    apart = [form for option, form in pairwise(given) if option == "--log-format"]
    joined = [word.partition("=")[2] for word in given if word.startswith("--log-format=")]
    return next(iter(apart + joined), os.environ.get("NEXUDUS_IMPORT_LOG_FORMAT", "").strip())


def _unforeseen(error: Exception) -> ImportFailure:
    if is_interruption(error):
        return Interrupted(Code.INTERRUPTED, "Stopped.")
    kind = type(error).__name__
    return InternalError(Code.DEFECT, f"A defect in nexudus-import: {kind}: {error}", kind=kind)


def _refuse_usage(ctx: click.Context, error: click.UsageError) -> NoReturn:
    """Says what is wrong with a command line, or with the setting that gave it a value."""
    if (unfit := _unfit_setting(error)) is not None:
        refuse(ctx, unfit)
    if ctx.meta[opt.JSON_WANTED]:
        print_json(error_object(ConfigurationError(Code.USAGE, error.format_message())))
    if ctx.meta.get(opt.LOG_AS_JSON):
        print_error(error.format_message())
        raise click.exceptions.Exit(ExitCode.USAGE) from error
    raise click.UsageError(printable(error.format_message()), error.ctx) from error


def _unfit_setting(error: click.UsageError) -> ConfigurationError | None:
    """The error with the place of a value that was not given on the command line; `None` where it was."""
    parameter, ctx = getattr(error, "param", None), error.ctx
    if parameter is None or parameter.name is None or ctx is None:
        return None
    source = ctx.get_parameter_source(parameter.name)
    if source is ParameterSource.DEFAULT_MAP:
        place = ctx.meta[opt.SETTINGS][parameter.name].place
    elif source is ParameterSource.ENVIRONMENT:
        place = parameter.envvar or f"{ctx.auto_envvar_prefix}_{parameter.name.upper()}"
    else:
        return None
    option = parameter.name.replace("_", "-")
    message = f"{place}: {option}: {printable(error.message)}"
    return ConfigurationError(Code.SETTING_UNFIT, message, place=place, option=option)


@click.group(cls=_Root, context_settings=opt.CONTEXT, epilog=EXIT_CODES)
@click.version_option(package_name="nexudus-import", message="%(package)s %(version)s")
def main() -> None:
    """Create Nexudus email accounts from spreadsheets.

    Every row of the source ends in the report exactly once, with an Id or with a reason it can be fixed by, and
    nothing is created twice. `nexudus-import help COMMAND` has examples.
    """


_COMMANDS = (
    run,
    nightly,
    validate,
    map_command,
    template,
    resume,
    settle,
    undo,
    runs,
    show,
    report,
    ledger,
    login,
    logout,
    check,
    config,
    fields,
    sandbox,
    help_command,
)
for _command in _COMMANDS:
    main.add_command(_command)


if __name__ == "__main__":
    main()
