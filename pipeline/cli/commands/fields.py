"""`nexudus-import fields`: the endpoint's fields, as a table or for programs."""

from __future__ import annotations

from typing import Any

import click

from pipeline.cli import options as opt
from pipeline.cli.printing import print_json
from pipeline.model.config import ENDPOINT_NAME
from schemas import endpoints


@click.command(context_settings=opt.CONTEXT)
@click.option(
    "--format",
    type=click.Choice(["table", "json", "json-schema"]),
    default="table",
    show_default=True,
    help="How to print them.",
)
@opt.json_option
def fields(**options: Any) -> None:
    """List the endpoint's fields: names, types, which are required, what to put in and where to find it.

    `json` has the words of the documentation page, the others ours; `template` makes a file to fill in.
    """
    from schemas.describe import as_json, as_json_schema, explanation

    endpoint = endpoints()[ENDPOINT_NAME]
    form = "json" if options["json"] and options["format"] == "table" else options["format"]
    if form != "table":
        print_json(as_json(endpoint) if form == "json" else as_json_schema(endpoint))
        return
    from pipeline.cli.console import Console, OutputOptions

    lines = [[f.name, f.type.value, "required" if f.required else "", explanation(f)] for f in endpoint.fields]
    Console(OutputOptions()).table(["field", "type", "", "description"], lines)
