"""`nexudus-import logout`: forgets what `login` kept."""

from __future__ import annotations

from typing import Any

import click

from pipeline.cli import options as opt
from pipeline.cli.context import output_options
from pipeline.cli.printing import print_json


@click.command(context_settings=opt.CONTEXT)
@opt.base_url_option
@opt.config_options
@opt.output_options
def logout(**options: Any) -> None:
    """Forget the sign-in to a target.

    The target offers no call that ends a token: one that somebody has copied works until it expires.
    """
    from pipeline.cli.console import Console
    from pipeline.operations.sign_in import sign_out
    from pipeline.remote.sign_ins import default_sign_ins
    from pipeline.remote.urls import checked_base_url

    console = Console(output_options(options))
    base_url = checked_base_url(options["base_url"])
    was_there = sign_out(base_url, default_sign_ins())
    if options["json"]:
        print_json({"Target": base_url, "WasSignedIn": was_there})
    elif not options["quiet"]:
        said = "The sign-in to {} is forgotten." if was_there else "There was no sign-in to {}."
        console.say(said.format(base_url))
