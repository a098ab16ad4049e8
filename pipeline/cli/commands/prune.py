"""`nexudus-import runs prune`: forgets rows and reports of old runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli.context import known_ledger, output_options
from pipeline.cli.hints.operations import PRUNED_ALL_THE_SAME
from pipeline.cli.parameters import Span
from pipeline.cli.printing import print_json, print_text
from pipeline.cli.runtime import runtime
from pipeline.model.counts import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.operations.prune import Pruned


@click.command(context_settings=opt.CONTEXT)
@click.option("--older-than", type=Span(), required=True, metavar="TIME", help="Runs that began so long ago: 90d.")
@click.option("--unfinished", is_flag=True, help="Also runs that could be resumed, unless a row is in doubt.")
@click.option("--dry-run", is_flag=True, help="Forget nothing; say what would be.")
@opt.ledger_option
@opt.config_options
@opt.output_options
def prune(older_than: float, unfinished: bool, dry_run: bool, **options: Any) -> None:
    """Forget rows and reports of old runs, but not what they created: that is still skipped.

    A run that is forgotten can no longer be shown row by row, reported or undone.
    """
    from pipeline.operations.prune import prune

    output_options(options)
    before = runtime().now() - older_than
    found = prune(known_ledger(options), before, unfinished=unfinished, dry_run=dry_run)
    if options["json"]:
        print_json({"DryRun": dry_run, "Runs": [one.as_json() for one in found]})
    elif not options["quiet"]:
        _show(found, dry_run)


def _what(one: Pruned) -> str:
    return f"{counted(one.rows, 'row')} in the ledger, {counted(one.reports, 'file')} of reports"


def _show(found: Sequence[Pruned], dry_run: bool) -> None:
    for one in found:
        if one.kept_because is not None:
            print_text(f"{one.run_id} is kept: {one.kept_because}{PRUNED_ALL_THE_SAME.get(one.kept_because.name, '')}")
            continue
        verb = "would be forgotten" if dry_run else "is forgotten"
        print_text(f"{one.run_id} {verb}: {_what(one)}")
    if not found:
        print_text("There is no run that old.")
