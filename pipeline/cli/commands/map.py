"""`nexudus-import map`: proposes a mapping file for foreign headers and values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli import run_config
from pipeline.cli.context import output_options
from pipeline.errors import Code, ConfigurationError
from pipeline.intake.stdin import kept_standard_input

if TYPE_CHECKING:
    from pipeline.model.sources import Source

_EPILOG = (
    "\b\nExit codes:\n"
    "  0  written; every required field has a column or a value\n"
    "  2  usage or configuration, also where the file is there already\n"
    "  3  written, but a required field has neither column nor value yet\n"
    "  6  the source cannot be read"
)


@click.command(name="map", context_settings=opt.CONTEXT, epilog=_EPILOG)
@click.argument("source", metavar="SOURCE")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where the mapping goes.  [default: the source's name + .mapping.toml]",
)
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@click.option("--yes", "-y", is_flag=True, help="Take only what is sure, without asking.")
@opt.format_options
@opt.value_options
@opt.config_options
@opt.output_options
def map_command(source: str, **options: Any) -> None:
    """Propose a mapping file for a source that nobody made for this endpoint.

    Looks at headers and at the values of all rows, in English, German, French, Spanish, Portuguese, Italian and Dutch;
    asks about what is doubtful on a terminal.
    """
    from pipeline.cli.map_console import MapConsole
    from pipeline.operations.map import map_source, mapping_exists

    output = output_options(options)
    console = MapConsole(output)
    path = _path(source, options["output"])
    if _exists(path) and not options["force"]:
        raise mapping_exists(path)
    config = run_config.build_run_config({**options, "mapping": None, "strict": False, "limit": None}, [source])
    with kept_standard_input([source]) as paths:
        found = _single(source, paths)
        ask = console.ask if output.ask else None
        result = map_source(found, config, path, ask=ask, force=options["force"])
    console.mapped(source, result)
    raise click.exceptions.Exit(int(result.exit_code))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # where this user may not look, which is told when the source is read or the mapping written
        return False


def _path(source: str, output: Path | None) -> Path:
    if output is not None:
        return output
    if source == "-":
        raise ConfigurationError(Code.FILE_UNNAMED, "map - : the file has no name.")
    return Path(f"{source}.mapping.toml")


def _single(source: str, paths: Any) -> Source:
    from pipeline.intake.sources import find_sources

    found = find_sources([source], paths)
    if len(found) != 1:
        message = f"{source}: stands for {len(found)} files."
        raise ConfigurationError(Code.SEVERAL_FILES, message, source=source, files=len(found))
    return found[0]
