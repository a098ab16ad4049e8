"""`nexudus-import config show`: each setting, and where it comes from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from pipeline.cli import options as opt
from pipeline.cli.commands.run import run
from pipeline.cli.context import ledger_location, output_options
from pipeline.cli.printing import print_json
from pipeline.cli.run_config import named_limits
from pipeline.errors import ImportFailure
from pipeline.model.config import ENDPOINT_NAME
from schemas import endpoints

if TYPE_CHECKING:
    from pipeline.cli.config_file import Setting

_HIDDEN = "(hidden)"
_CREDENTIALS = ("TOKEN", "TOKEN_FILE", "USERNAME", "PASSWORD", "TOTP", "AUTH")
_OPEN = {"USERNAME", "AUTH"}
"""Of the credentials those that are no secret. What stands in TOKEN_FILE is hidden: some put the token itself there."""

_TOLD_OUTSIDE = {"notify", "heartbeat"}
"""Options whose URLs are secrets as a whole: whoever has one can write there."""


_WORKED_OUT = {"ledger": ledger_location, "limits": named_limits}
"""Options whose default depends on something."""


@dataclass(frozen=True, kw_only=True)
class _Line:
    name: str
    value: str
    source: str


@click.group(context_settings=opt.CONTEXT)
def config() -> None:
    """Look at the settings."""


@config.command(context_settings=opt.CONTEXT, params=[one for one in run.params if isinstance(one, click.Option)])
@click.pass_context
def show(ctx: click.Context, /, **options: Any) -> None:
    """Show each option of `run`, its value, and where that comes from; secrets are hidden.

    Takes the options of `run`, to see what a command line would do. Where several places name a value, the first of
    these counts: the command line, the environment, the profile, the top of the configuration file, the default.
    """
    from pipeline.cli.console import Console

    console = Console(output_options(options))
    lines = [*_options(ctx, options), *_credentials(), *_kept(options["base_url"])]
    if options["json"]:
        print_json([{"Name": one.name, "Value": one.value, "Source": one.source} for one in lines])
        return
    console.table(["option", "value", "from"], [[one.name, one.value, one.source] for one in lines])


def _options(ctx: click.Context, options: dict[str, Any]) -> Iterator[_Line]:
    settings: dict[str, Setting] = ctx.meta.get(opt.SETTINGS, {})
    for parameter in ctx.command.params:
        name = parameter.name or ""
        if name in options:
            source = _source(ctx, name, settings)
            worked_out = _WORKED_OUT.get(name)
            value = worked_out(options) if worked_out is not None else options[name]
            yield _Line(name=max(parameter.opts, key=len), value=_shown(name, value), source=source)


def _source(ctx: click.Context, name: str, settings: dict[str, Setting]) -> str:
    source = ctx.get_parameter_source(name)
    if source is ParameterSource.COMMANDLINE:
        return "command line"
    if source is ParameterSource.ENVIRONMENT:
        return f"environment, NEXUDUS_IMPORT_{name.upper()}"
    if source is ParameterSource.DEFAULT_MAP and name in settings:
        return settings[name].place
    return "default"


def _shown(name: str, value: Any) -> str:
    """A value as it was given, without secrets; nothing where the option is not used."""
    if value is None or value == ():
        return ""
    if name in _TOLD_OUTSIDE:
        return _HIDDEN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join("=".join(_open_pair(*one)) if isinstance(one, tuple) else str(one) for one in value)
    return _without_password(str(value)) if name in {"ledger", "base_url"} else str(value)


def _open_pair(name: str, value: str) -> tuple[str, str]:
    """A field with its value; the value is hidden where the field is a secret, however it is spelt."""
    secrets = {_folded(secret) for secret in endpoints()[ENDPOINT_NAME].secrets}
    return name, _HIDDEN if _folded(name) in secrets else value


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _without_password(text: str) -> str:
    """A path as it is; of a URL nothing that may be a password: neither what stands before the host nor the query."""
    scheme, mark, rest = text.partition("://")
    if not mark:
        return text
    parts = urlsplit(f"any://{rest}")
    before, at, host = parts.netloc.rpartition("@")
    user = before.partition(":")[0]
    query = f"?{_HIDDEN}" if parts.query else ""
    return f"{scheme}://{user + ':' + _HIDDEN + at if at and ':' in before else before + at}{host}{parts.path}{query}"


def _credentials() -> Iterator[_Line]:
    for name in _CREDENTIALS:
        variable = f"NEXUDUS_{name}"
        if value := os.environ.get(variable):
            yield _Line(name=variable, value=value if name in _OPEN else _HIDDEN, source="environment")


def _kept(base_url: str) -> Iterator[_Line]:
    """What `login` kept for the target, if it kept something that can be read."""
    from pipeline.remote.sign_ins import default_sign_ins

    try:
        found = default_sign_ins().find(base_url.rstrip("/"))
    except ImportFailure as error:
        yield _Line(name="login", value=error.message, source="nexudus-import login")
        return
    if found is not None:
        yield _Line(name="login", value=found.user or f"a ready token {_HIDDEN}", source="nexudus-import login")
