"""The options that commands share; `run_config` makes a `RunConfig` of them.

Every option can also stand in `nexudus-import.toml` and in the environment as `NEXUDUS_IMPORT_<OPTION>`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline.cli.config_file import Setting, check_environment, read_config
from pipeline.cli.parameters import ColumnPair, Duration, ErrorLimit, FieldPair, Rate, SheetName, Size, Span, TimeOfDay
from pipeline.cli.typed_options import note_typed
from pipeline.errors import Code, ConfigurationError
from pipeline.model.config import DEFAULT_BASE_URL, RunConfig

F = TypeVar("F", bound=Callable[..., Any])

CONTEXT = {"auto_envvar_prefix": "NEXUDUS_IMPORT", "help_option_names": ["-h", "--help"], "max_content_width": 110}

JSON_WANTED = "nexudus_import.json"
"""The key of a context's `meta` that says whether results, and so errors, are wanted as JSON."""

LOG_AS_JSON = "nexudus_import.log_as_json"
"""The key of a context's `meta` that says whether the log, and so errors, are wanted as lines of JSON."""


_NO_SETTINGS = {"config", "profile", "token", "last", "source"}
"""Options that stand in no configuration file.

Those that choose it, one that looks as if it took a secret, and those that mean another thing for each command.
"""

SETTINGS = "nexudus_import.settings"
"""The key of a context's `meta` that has what the configuration file says: a `Setting` by the option's name."""


def _load_config(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Fills the defaults of the command from the configuration file, before its other options are looked at.

    Both --config and --profile come here, in the order in which they were given; the second one loads.
    """
    given = {**ctx.params, param.name: value}
    if {"config", "profile"} <= given.keys():
        root = ctx.find_root().command
        check_environment(os.environ, f"{CONTEXT['auto_envvar_prefix']}_", _names_of_options(root))
        options = _options_of(root)
        found = read_config(given["config"], given["profile"], options)
        here = {p.name for p in ctx.command.params}
        ctx.default_map = {name: _as_given(options[name], one) for name, one in found.items() if name in here}
        ctx.meta[SETTINGS] = found
    return value


def _options_of(root: click.Command) -> dict[str, click.Option]:
    """The options that may stand in a configuration file."""
    commands = root.commands.values() if isinstance(root, click.Group) else [root]
    options = (p for c in commands for p in c.params if isinstance(p, click.Option))
    return {p.name: p for p in options if p.name and p.name not in _NO_SETTINGS}


def _names_of_options(command: click.Command) -> set[str]:
    """The names of all options, of all commands."""
    own = {p.name for p in command.params if isinstance(p, click.Option) and p.name}
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return own.union(*map(_names_of_options, below))


def _as_given(option: click.Option, setting: Setting) -> Any:
    """A value of the configuration file as the command line would give it, so that the same rules apply."""
    value = setting.value
    values = value if isinstance(value, list) else [value]
    unfit = isinstance(value, list) and not option.multiple
    if unfit or any(isinstance(one, bool) is not option.is_flag or isinstance(one, dict | list) for one in values):
        code, name = Code.SETTING_NOT_BOOLEAN if option.is_flag else Code.SETTING_UNFIT, option.opts[0].lstrip("-")
        message = f"{setting.place}: {name}: the value does not fit."
        raise ConfigurationError(code, message, place=setting.place, option=name)
    if option.is_flag:
        return value
    return [str(one) for one in values] if option.multiple else str(value)


def _want_json(ctx: click.Context, _param: click.Parameter, wanted: bool) -> bool:
    ctx.meta[JSON_WANTED] = ctx.meta.get(JSON_WANTED, False) or wanted
    return wanted


def combined(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, shown in this order."""
    return lambda command: reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


config_options = combined(
    click.option(
        "--profile",
        metavar="NAME",
        callback=_load_config,
        is_eager=True,
        help="Use [profiles.NAME] of the configuration file.",
    ),
    click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=_load_config,
        is_eager=True,
        help="Configuration file.  [default: nexudus-import.toml in this folder, if there is one]",
    ),
)

json_option = click.option(
    "--json", is_flag=True, callback=_want_json, help="Print the result as one JSON value, for scripts."
)

output_options = combined(
    json_option,
    click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors, and one line with any exit code but 0."),
    click.option("--verbose", "-v", is_flag=True, help="Log what happens; show the traceback of a defect."),
    click.option(
        "--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the log."
    ),
    click.option("--no-progress", is_flag=True, help="Draw no progress bar."),
)

format_options = combined(
    click.option(
        "--sheet",
        type=SheetName(),
        metavar="NAME|N|all",
        multiple=True,
        help="Sheet of a workbook or file in a .zip, by name or number; repeatable.  [default: what names fields]",
    ),
    click.option(
        "--header-row", type=click.IntRange(min=1), metavar="N", help="Row of the headers.  [default: the first filled]"
    ),
    click.option("--delimiter", metavar="CHAR", help="Between the cells of a text file.  [default: found by itself]"),
    click.option("--encoding", metavar="NAME", help="Of a text file.  [default: found by itself]"),
    click.option(
        "--max-unpacked",
        type=Size(),
        help="What a workbook or a .zip may unpack to.  [default: 512MB]",
    ),
)

value_options = combined(
    click.option(
        "--map",
        type=ColumnPair(),
        multiple=True,
        metavar='"HEADER=FIELD"',
        help='The field that a column is for; "HEADER=" with nothing behind it leaves the column out; repeatable.',
    ),
    click.option(
        "--set",
        type=FieldPair(),
        multiple=True,
        metavar="FIELD=VALUE",
        help="Value of a field for all rows; repeatable.",
    ),
    click.option(
        "--default",
        type=FieldPair(),
        multiple=True,
        metavar="FIELD=VALUE",
        help="Value where a cell is blank; repeatable.",
    ),
)

reading_options = combined(
    format_options,
    click.option(
        "--mapping",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Mapping file for foreign headers and values (TOML).",
    ),
    value_options,
    click.option("--strict", is_flag=True, help="Warnings refuse the row."),
    click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N rows."),
)

rehearse_option = click.option(
    "--rehearse", is_flag=True, help="Play it in no time against a stand-in; say when rows would be sent."
)

ledger_option = click.option(
    "--ledger",
    metavar="PATH|URL",
    callback=note_typed,
    help="Ledger of runs and rows: a file, or a PostgreSQL URL.  [default: per user]",
)

run_argument = combined(
    click.argument("name", metavar="[RUN]", required=False),
    click.option("--last", is_flag=True, help="The run that began last."),
)


def chosen_run(name: str | None, *, last: bool) -> str | None:
    """The name of the run that is meant; `None` for the one that began last.

    Raises:
        click.UsageError: Neither was given, or both.
    """
    if (name is not None) == last:
        raise click.UsageError("Give either the name of a run or --last; `nexudus-import runs` lists them.")
    return name


moved_sources_option = click.option(
    "--source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Where a source of the run is now, if it has moved; known again by its content; repeatable.",
)
yes_option = click.option("--yes", "-y", is_flag=True, help="Go ahead without asking.")

base_url_option = click.option(
    "--base-url", metavar="URL", default=DEFAULT_BASE_URL, show_default=True, callback=note_typed, help="The target."
)

limits_options = combined(
    click.option("--rate", type=Rate(), metavar="N/s|N/m", help="At most so many creating calls."),
    click.option(
        "--limits",
        metavar="documented|none|FILE",
        help="The target's rate limits.  [default: documented; none with --sandbox]",
    ),
)

timeout_option = click.option(
    "--timeout",
    type=Duration(min=0, min_open=True),
    default=RunConfig.timeout_s,
    show_default=True,
    metavar="SECONDS",
    help="For a connection and for an answer.",
)

max_errors_option = click.option(
    "--max-errors",
    type=ErrorLimit(),
    metavar="N|P%",
    help="Stop after so many rows with errors; P% of the rows read, from 100 rows on.",
)

sending_options = combined(
    base_url_option,
    click.option("--sandbox", is_flag=True, help="Import into an embedded stand-in of the endpoint: nothing real."),
    click.option("--require-valid", is_flag=True, help="Send nothing unless every row is valid."),
    click.option("--dry-run", is_flag=True, help="All but the creating calls; say what would be done."),
    click.option(
        "--existing",
        type=click.Choice(["skip", "update", "ignore"]),
        default=RunConfig.existing.value,
        show_default=True,
        help="A row whose record exists at the target: skip it, change the record, or do not look.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(1, 500),
        default=RunConfig.concurrency,
        show_default=True,
        metavar="N",
        help="In flight.",
    ),
    limits_options,
    click.option(
        "--on-quota",
        type=click.Choice(["wait", "stop"]),
        default="wait",
        show_default=True,
        help="When the day's calls are spent.",
    ),
    click.option(
        "--attempts",
        type=click.IntRange(1, 100),
        default=RunConfig.attempts,
        show_default=True,
        metavar="N",
        help="How often a row may be sent, or fail to be sent.",
    ),
    timeout_option,
    click.option(
        "--settle",
        type=Duration(min=0),
        default=RunConfig.settle_s,
        show_default=True,
        metavar="SECONDS",
        help="Before a row in doubt is looked up.",
    ),
    click.option(
        "--max-lag",
        type=Duration(min=0),
        default=RunConfig.max_lag_s,
        show_default=True,
        metavar="SECONDS",
        help="Before it is sent again, unless the target's list is seen to have caught up.",
    ),
    click.option(
        "--stop-after",
        type=click.IntRange(min=0),
        default=RunConfig.stop_after,
        show_default=True,
        metavar="N",
        help="Stop after so many refusals alike, one after another; 0 for never.",
    ),
    max_errors_option,
)

engine_options = combined(
    click.option(
        "--engine",
        type=click.Choice(["local", "dask"]),
        default="local",
        show_default=True,
        help="Send from this process, or from the workers of a Dask cluster; see docs/scale.md.",
    ),
    click.option("--scheduler", metavar="ADDRESS", help="Dask's scheduler.  [default: workers on this machine]"),
)

sitting_options = combined(
    click.option("--until", type=TimeOfDay(), metavar="HH:MM", help="Stop at that time of day, to be resumed."),
    click.option("--for", type=Span(), metavar="TIME", help="Stop after 8h, 30m or the like, to be resumed."),
)

inbox_options = combined(
    click.option(
        "--done-dir",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Each file is a run of its own and is moved here when it is done, with its reports.",
    ),
    click.option(
        "--lock",
        type=click.Choice(["wait", "exit"]),
        default="exit",
        show_default=True,
        help="When another start is at work on the same files.",
    ),
    click.option(
        "--unchanged-for",
        type=Span(),
        default=10.0,
        metavar="TIME",
        help="A file that has changed since then is left for next time.  [default: 10s]",
    ),
)

report_dir_option = click.option(
    "--report-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the reports.  [default: reports/<run>]",
)
