"""`nexudus-import ledger`: the ledger itself; `ledger copy` moves it to another database."""

from __future__ import annotations

from typing import Any

import click

from pipeline.cli import options as opt
from pipeline.cli.context import output_options
from pipeline.cli.printing import print_json, print_text
from pipeline.model.counts import counted

_SHOWN = {"runs": "run", "rows": "row", "records": "record", "spending": "spent call"}


@click.group(context_settings=opt.CONTEXT)
def ledger() -> None:
    """Move the ledger of runs and rows to another database."""


@ledger.command(context_settings=opt.CONTEXT)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@opt.config_options
@opt.output_options
def copy(source: str, target: str, **options: Any) -> None:
    """Copy a ledger into a new one, such as a file into PostgreSQL; FROM keeps all that it has.

    FROM and TO are paths, or URLs such as postgresql+psycopg://user@host/name (a password is best left to PGPASSWORD or
    ~/.pgpass). TO must be new or empty, and no import may be at work on FROM; one of an older version is brought to
    this one first. Everything is copied in one transaction and compared; then give --ledger TO to each command, and
    keep FROM out of the way: it knows nothing of what is created from now on.
    """
    from pipeline.operations.copy_ledger import copy_ledger

    output_options(options)
    copied = copy_ledger(source, target)
    if options["json"]:
        print_json(copied.as_json())
    elif not options["quiet"]:
        told = ", ".join(counted(copied.tables[name], word) for name, word in _SHOWN.items())
        print_text(f"Copied and compared: {told}.")
