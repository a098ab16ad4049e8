"""The options that commands share, and the job they add up to.

Every option can also stand in `nexudus-import.toml` and in the environment as `NEXUDUS_IMPORT_<OPTION>`.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli.config_file import read_config
from pipeline.errors import ConfigurationError, ImportFailure
from schemas import endpoints
from schemas.endpoint import RateLimit, Scope

if TYPE_CHECKING:
    from pipeline.model.config import Job

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_BASE_URL = "https://spaces.nexudus.com"
ENDPOINT_NAME = "emailaccounts"
CONTEXT = {"auto_envvar_prefix": "NEXUDUS_IMPORT", "help_option_names": ["-h", "--help"], "max_content_width": 110}

JSON_WANTED = "nexudus_import.json"
"""The key of a context's `meta` that says whether results, and so errors, are wanted as JSON."""

_PERCENT = re.compile(r"[0-9]+(\.[0-9]+)?%?", re.ASCII)

_DELIMITER_WORDS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}


class _Pair(click.ParamType[tuple[str, str]]):
    name = "FIELD=VALUE"
    envvar_list_splitter = "\n"  # values hold blanks: in the environment each pair stands on a line of its own

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        name, equals, text = str(value).partition("=")
        if not equals or not name.strip():
            self.fail(f"{value!r} is not FIELD=VALUE.", param, ctx)
        return name.strip(), text


class _Rate(click.ParamType[str]):
    name = "N/s|N/m"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from pipeline.remote.rate_limit import parse_rate

        try:
            parse_rate(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a rate such as 10/s or 60/m.", param, ctx)
        return str(value)


class _MaxErrors(click.ParamType[str]):
    name = "N|P%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        percent = text.endswith("%")
        if not _PERCENT.fullmatch(text) or (not percent and "." in text) or (percent and float(text[:-1]) > 100):
            self.fail(f"{value!r} is neither a number of rows nor a percentage such as 5%.", param, ctx)
        return text


class Share(click.ParamType[float]):
    """A percentage, as a share of one."""

    name = "P%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Reads `2%`, `2` or `0.5%`."""
        if isinstance(value, float):
            return value
        text = str(value).strip()
        if not _PERCENT.fullmatch(text) or float(text.removesuffix("%")) > 100:
            self.fail(f"{value!r} is not a percentage between 0% and 100%.", param, ctx)
        return float(text.removesuffix("%")) / 100


class Duration(click.FloatRange):
    """A time that comes to an end: neither `inf` nor `nan`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Reads a number in the range."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a time.", param, ctx)
        return number


def _load_config(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Fills the defaults of the command from the configuration file, before its other options are looked at.

    Both --config and --profile come here, in the order in which they were given; the second one loads.
    """
    given = {**ctx.params, param.name: value}
    if {"config", "profile"} <= given.keys():
        options = _options_of(ctx.find_root().command)
        found = read_config(given["config"], given["profile"], options)
        here = {p.name for p in ctx.command.params}
        ctx.default_map = {name: _as_given(options[name], one) for name, one in found.items() if name in here}
    return value


def _options_of(root: click.Command) -> dict[str, click.Option]:
    """The options that may stand in a configuration file."""
    commands = root.commands.values() if isinstance(root, click.Group) else [root]
    options = (p for c in commands for p in c.params if isinstance(p, click.Option))
    return {p.name: p for p in options if p.name and p.name not in {"config", "profile"}}


def _as_given(option: click.Option, value: Any) -> Any:
    """A value of the configuration file as the command line would give it, so that the same rules apply."""
    values = value if isinstance(value, list) else [value]
    unfit = isinstance(value, list) and not option.multiple
    if unfit or any(isinstance(one, bool) is not option.is_flag or isinstance(one, dict | list) for one in values):
        advice = "Write true or false." if option.is_flag else "See --help of the command for what it takes."
        raise ConfigurationError(
            f"{option.opts[0].lstrip('-')} in the configuration file: does not fit.", advice=advice
        )
    if option.is_flag:
        return value
    return [str(one) for one in values] if option.multiple else str(value)


def _want_json(ctx: click.Context, _param: click.Parameter, wanted: bool) -> bool:
    ctx.meta[JSON_WANTED] = ctx.meta.get(JSON_WANTED, False) or wanted
    return wanted


def _combined(*options: Callable[[F], F]) -> Callable[[F], F]:
    return lambda command: reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


config_options = _combined(
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

output_options = _combined(
    click.option("--json", is_flag=True, callback=_want_json, help="Print the result as one JSON value, for scripts."),
    click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors."),
    click.option("--verbose", "-v", is_flag=True, help="Log what happens; show the traceback of a defect."),
    click.option(
        "--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the log."
    ),
    click.option("--no-progress", is_flag=True, help="Draw no progress bar."),
)

reading_options = _combined(
    click.option("--sheet", metavar="NAME|N", help="Sheet of a workbook, by name or number.  [default: the first]"),
    click.option(
        "--header-row", type=click.IntRange(min=1), metavar="N", help="Row of the headers.  [default: the first filled]"
    ),
    click.option("--delimiter", metavar="CHAR", help="Between the cells of a text file.  [default: found by itself]"),
    click.option("--encoding", metavar="NAME", help="Of a text file.  [default: found by itself]"),
    click.option(
        "--set", type=_Pair(), multiple=True, metavar="FIELD=VALUE", help="Value of a field for all rows; repeatable."
    ),
    click.option(
        "--default", type=_Pair(), multiple=True, metavar="FIELD=VALUE", help="Value where a cell is blank; repeatable."
    ),
    click.option("--strict", is_flag=True, help="Warnings refuse the row."),
    click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N rows."),
)

ledger_option = click.option(
    "--ledger", metavar="PATH|URL", help="Ledger of runs and rows: a file, or a PostgreSQL URL.  [default: per user]"
)

yes_option = click.option("--yes", "-y", is_flag=True, help="Go ahead without asking.")

sending_options = _combined(
    click.option("--base-url", metavar="URL", default=DEFAULT_BASE_URL, show_default=True, help="The target."),
    click.option("--sandbox", is_flag=True, help="Import into an embedded stand-in of the endpoint: nothing real."),
    click.option("--require-valid", is_flag=True, help="Send nothing unless every row is valid."),
    click.option(
        "--existing",
        type=click.Choice(["skip", "update", "ignore"]),
        default="skip",
        show_default=True,
        help="A row whose record exists at the target: skip it, change the record, or do not look.",
    ),
    click.option(
        "--concurrency", type=click.IntRange(1, 500), default=25, show_default=True, metavar="N", help="In flight."
    ),
    click.option("--rate", type=_Rate(), metavar="N/s|N/m", help="At most so many creating calls."),
    click.option(
        "--limits",
        metavar="documented|none|FILE",
        help="The target's rate limits.  [default: documented; none with --sandbox]",
    ),
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
        default=5,
        show_default=True,
        metavar="N",
        help="How often a row may fail to be sent.",
    ),
    click.option(
        "--timeout",
        type=Duration(min=0, min_open=True),
        default=30.0,
        show_default=True,
        metavar="SECONDS",
        help="For a connection and for an answer.",
    ),
    click.option(
        "--settle",
        type=Duration(min=0),
        default=5.0,
        show_default=True,
        metavar="SECONDS",
        help="Before a row in doubt is looked up.",
    ),
    click.option(
        "--stop-after",
        type=click.IntRange(min=0),
        default=50,
        show_default=True,
        metavar="N",
        help="Stop after so many refusals alike, one after another; 0 for never.",
    ),
    click.option("--max-errors", type=_MaxErrors(), metavar="N|P%", help="Stop after so many rows with errors."),
)

report_dir_option = click.option(
    "--report-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the reports.  [default: reports/<run>]",
)


def build_job(options: Mapping[str, Any]) -> Job:
    """The job that a command's options describe.

    Raises:
        ConfigurationError: They contradict each other, or name what does not exist.
    """
    from pipeline.intake.mapping.columns import field_values
    from pipeline.model.config import Existing, Job
    from pipeline.model.rows import ReadOptions
    from pipeline.remote.client import checked_base_url

    delimiter = options["delimiter"]
    job = Job(
        endpoint=ENDPOINT_NAME,
        read=ReadOptions(
            sheet=options["sheet"],
            header_row=options["header_row"],
            delimiter=_DELIMITER_WORDS.get(delimiter, delimiter) if delimiter else None,
            encoding=options["encoding"],
        ),
        values=field_values(endpoints()[ENDPOINT_NAME], options["set"], options["default"]),
        strict=options["strict"],
        limit=options["limit"],
    )
    if "base_url" not in options:
        return job
    from dataclasses import replace

    return replace(
        job,
        base_url=checked_base_url(options["base_url"]),
        require_valid=options["require_valid"],
        existing=Existing(options["existing"]),
        limits=_limits(options),
        stop_on_quota=options["on_quota"] == "stop",
        stop_after=options["stop_after"],
        max_errors=_max_errors(options["max_errors"]),
        concurrency=options["concurrency"],
        attempts=options["attempts"],
        timeout_s=options["timeout"],
        settle_s=options["settle"],
    )


def _max_errors(text: str | None) -> Any:
    from pipeline.delivery.breaker import MaxErrors

    if text is None:
        return MaxErrors()
    return MaxErrors(percent=float(text[:-1])) if text.endswith("%") else MaxErrors(rows=int(text))


def _limits(options: Mapping[str, Any]) -> tuple[RateLimit, ...]:
    from pipeline.remote.rate_limit import parse_rate

    named = options["limits"] or ("none" if options["sandbox"] else "documented")
    rate = (parse_rate(options["rate"]),) if options["rate"] else ()
    if named == "none":
        return rate
    return rate + (endpoints()[ENDPOINT_NAME].limits if named == "documented" else _limits_file(Path(named)))


def _limits_file(path: Path) -> tuple[RateLimit, ...]:
    """Limits from a TOML file: `[[limit]]` with `calls`, `seconds` and `scope` ("modifying" or "all").

    Raises:
        ConfigurationError: It cannot be read, or holds something else.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        limits = tuple(
            RateLimit(
                calls=int(one["calls"]), seconds=float(one["seconds"]), scope=Scope(one.get("scope", "modifying"))
            )
            for one in found["limit"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        advice = 'Give documented, none, or a TOML file with [[limit]] calls = 60, seconds = 60, scope = "modifying".'
        raise ConfigurationError(f"--limits {path}: {_reason(error)}.", advice=advice) from error
    if not limits or any(one.calls < 1 or not 0 < one.seconds < math.inf for one in limits):
        raise ConfigurationError(f"--limits {path}: calls and seconds must be above 0.", advice="Correct the file.")
    return limits


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return "is neither documented nor none, nor a file that can be read"
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def explain(error: ImportFailure) -> str:
    """An error and its advice, as they are printed."""
    return f"{error.message}\n{error.advice}".strip()
