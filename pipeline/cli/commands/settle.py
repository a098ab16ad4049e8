"""`nexudus-import settle`: a person says what became of rows in doubt."""

from __future__ import annotations

import getpass
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import options as opt
from pipeline.cli.context import EXIT_CODES, known_ledger, output_options
from pipeline.cli.printing import print_json
from pipeline.cli.runtime import runtime
from pipeline.cli.typed_options import as_typed
from pipeline.model.counts import agreeing, counted
from pipeline.model.rows import MOST_ID

if TYPE_CHECKING:
    from pipeline.operations.settle import SettleResult


@click.command(context_settings=opt.CONTEXT, epilog=EXIT_CODES)
@click.argument("name", metavar="RUN")
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@click.option("--row", type=click.IntRange(1, MOST_ID), metavar="N", help="One row instead of a file.")
@click.option("--source", metavar="LABEL", help="The row's source, where the run has several.")
@click.option("--id", type=click.IntRange(1, MOST_ID), metavar="ID", help="The Id of the row's record.")
@click.option("--missing", is_flag=True, help="The row has no record: `resume` sends it.")
@opt.ledger_option
@opt.config_options
@opt.output_options
def settle(name: str, file: Path | None, row: int | None, source: str | None, **options: Any) -> None:
    """Settle rows in doubt that nobody could look up.

    FILE is the run's in_doubt.csv with its last column filled in: the Id of the row's record, or the word missing.
    """
    from pipeline.cli.console import Console
    from pipeline.operations.settle import settle_file, settle_row

    remote_id: int | None = options["id"]
    if row is None and (remote_id is not None or options["missing"] or source is not None):
        raise click.UsageError("--id, --missing and --source go with --row N.")
    if row is not None and (file is not None or (remote_id is not None) == options["missing"]):
        raise click.UsageError("Give --row N with either --id ID or --missing, and no FILE.")
    by = f"{getpass.getuser()}@{socket.gethostname()}"
    console = Console(output_options(options))
    location = known_ledger(options)
    if row is None:
        result = settle_file(name, file, location, by, runtime())
    else:
        result = settle_row(name, (row, source, remote_id), location, by, runtime())
    if options["json"]:
        settled = {"Created": result.created, "Missing": result.missing, "Left": result.left}
        print_json({"Run": result.run.as_json(), "Settled": settled})
        return
    still = f"{counted(result.in_doubt, 'row')} of the run {agreeing(result.in_doubt, 'is', 'are')} in doubt still"
    told = f"Settled: {result.created} created, {result.missing} missing; {result.left} say nothing yet"
    console.say(f"{told}; {still}." if result.in_doubt else f"{told}.")
    console.say(as_typed(_next_step(result, file)))


def _next_step(result: SettleResult, file: Path | None) -> str:
    if not (result.created or result.missing):
        from pipeline.reports.in_doubt_csv import FILE_NAME, MISSING

        path = file or result.run.report_dir / FILE_NAME
        what = f"the Id of each row's record, or the word {MISSING}"
        return f"Next: fill in the last column of {path} ({what}), and settle the run again."
    is_open = result.waiting or result.in_doubt
    return f"Next: `nexudus-import {'resume' if is_open else 'report'} {result.run.run_id}`."
