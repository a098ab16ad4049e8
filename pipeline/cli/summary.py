"""How the rows of a run ended: as a table with colours, and as JSON for scripts. Knows rich, not Click."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from pipeline.errors import stopped_json
from pipeline.model.printable import printable
from pipeline.model.rows import Status
from pipeline.model.runs import REPORTED

if TYPE_CHECKING:
    from pipeline.operations.result import Result

VALID = "valid"
"""What `validate` calls the rows that only wait."""

_COLOURS = {
    Status.CREATED: "green",
    Status.UPDATED: "green",
    Status.SKIPPED: "cyan",
    Status.INVALID: "red",
    Status.REJECTED: "red",
    Status.FAILED: "red",
    Status.IN_DOUBT: "magenta",
    Status.UNPROCESSED: "yellow",
}
_VALID_COLOUR = "green"


def result_json(result: Result) -> dict[str, Any]:
    """How a command ended, for scripts."""
    return {
        "Run": result.run.as_json(),
        **({"Standing": result.standing.as_json()} if result.standing else {}),
        "Summary": result.summary.as_json(),
        **({"Undone": {u.value.title(): count for u, count in result.undone.items()}} if result.undone else {}),
        "Reports": [str(path) for path in result.reports],
        **(result.problems.as_json() if result.problems else {}),
        **stopped_json(result.reason),
        "ExitCode": int(result.exit_code),
    }


def summary_table(result: Result, unprocessed: str) -> Table:
    """The counts of a run.

    Args:
        result: How it ended.
        unprocessed: What rows are called that only wait.
    """
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    table.add_column()
    for count, words in _lines(result, unprocessed):
        table.add_row(count, words)
    return table


def _lines(result: Result, unprocessed: str) -> Iterator[tuple[str, str]]:
    run, summary = result.run, result.summary
    rows = "row" if summary.rows_read == 1 else "rows"
    yield f"{summary.rows_read:,}", f"{rows} read ({plain(run.run_id)}, {run.status.value})"
    for status in REPORTED:
        if count := summary.count(status):
            word = unprocessed if status is Status.UNPROCESSED else status.value.replace("_", " ")
            colour = _VALID_COLOUR if word == VALID else _COLOURS[status]
            yield f"[{colour}]{count:,}", f"[{colour}]{word}"
    if result.undone_finally:
        yield f"{result.undone_finally:,}", "of its records undone since"
    if summary.warnings:
        yield f"{summary.warnings:,}", f"warning{'' if summary.warnings == 1 else 's'} (in warnings.csv)"


def plain(text: str) -> str:
    """Text of a file or a server as a cell of a table: nothing in it acts."""
    return escape(printable(text))
