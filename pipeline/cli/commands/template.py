"""`nexudus-import template`: an empty CSV file or workbook to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli.printing import print_json, print_text
from pipeline.model.config import ENDPOINT_NAME
from schemas import endpoints

if TYPE_CHECKING:
    from schemas.endpoint import Endpoint


@click.command(context_settings=opt.CONTEXT)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    default=Path(f"{ENDPOINT_NAME}.xlsx"),
    show_default=True,
    help="Where it goes: a workbook (.xlsx), or CSV (.csv).",
)
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@opt.json_option
def template(output: Path, *, force: bool, **options: Any) -> None:
    """Write an empty file with a column for each field, to fill in and give to `run`.

    The workbook has notes on its headers, drop-down lists, checks of numbers, and a sheet with instructions; required
    columns are dark.
    """
    from pipeline.intake.template import write_template

    endpoint = endpoints()[ENDPOINT_NAME]
    write_template(endpoint, output, force=force)
    required = sum(f.required for f in endpoint.fields)
    if options["json"]:
        print_json({"File": str(output), "Fields": len(endpoint.fields), "Required": required})
    else:
        print_text(_next_steps(endpoint, output, required))


def _next_steps(endpoint: Endpoint, output: Path, required: int) -> str:
    return (
        f"{output}: a column for each of {len(endpoint.fields)} fields, {required} of them required.\n"
        f"Next: fill in a row for each {endpoint.label}, then `nexudus-import validate {output}`."
    )
