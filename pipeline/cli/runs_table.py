"""The table of runs, in as many columns as fit: an id is never cut, the target goes first.

Who works on a run, or did last, is a column where several machines share the ledger.

May import `model` and `operations`' results. Knows neither rich nor Click.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.model.durations import moment_in_words
from pipeline.model.rows import Status
from pipeline.model.runs import RunStatus

if TYPE_CHECKING:
    from pipeline.model.standing import Standing
    from pipeline.operations.result import Result

_GAP = 2
_SEVERAL = 2
_LEAST_SOURCES = 12
"""So much of the sources is worth a column: the rest of a cell stands below it."""

_FIRST_TO_GO = ("target", "sources", "by", "created", "rows")


def runs_table(results: Sequence[Result], width: int) -> tuple[list[str], list[list[str]]]:
    """The header and the lines of a table of runs.

    Args:
        results: The runs.
        width: How many characters fit into a line.
    """
    columns: dict[str, Callable[[Result], str]] = {
        "run": lambda r: r.run.run_id,
        "status": lambda r: r.run.status.value,
        "target": lambda r: r.run.target,
        "rows": lambda r: f"{r.summary.rows_read:,}",
        "created": _created,
        "by": _by,
        "sources": lambda r: ", ".join(source.label for source in r.run.sources),
    }
    if len({result.run.host for result in results if result.run.host is not None}) < _SEVERAL:
        del columns["by"]
    cells = {name: [name, *map(cell, results)] for name, cell in columns.items()}
    for name in _FIRST_TO_GO:
        if _needed(cells) <= width:
            break
        cells.pop(name, None)
    return list(cells), [list(line) for line in zip(*(column[1:] for column in cells.values()), strict=True)]


def _needed(cells: dict[str, list[str]]) -> int:
    widths = {name: max(map(len, column)) for name, column in cells.items()}
    if "sources" in widths:
        widths["sources"] = min(widths["sources"], _LEAST_SOURCES)
    return sum(widths.values()) + _GAP * (len(widths) - 1)


def _by(result: Result) -> str:
    return f"{result.run.host}:{result.run.process}" if result.run.host is not None else ""


def _created(result: Result) -> str:
    undone = f" ({result.undone_finally:,} undone)" if result.undone_finally else ""
    return f"{result.summary.count(Status.CREATED):,}{undone}"


def resume_command(result: Result) -> str:
    """What takes a run up."""
    return f"`nexudus-import resume {result.run.run_id}`"


def standing_lines(result: Result, now: float) -> Iterator[str]:
    """How a run in another process stands; of one that was cut off, until when it was heard of.

    Args:
        result: The run.
        now: Seconds since 1970.
    """
    run, standing = result.run, result.standing
    if run.status is RunStatus.RUNNING:
        figures = "; ".join(_figures(standing, now)) if standing is not None else "it has just begun"
        by = f" in process {run.process} of {run.host}" if run.host is not None else ""
        yield f"{run.run_id} is at work{by}: {figures}."
    elif run.status is RunStatus.CRASHED and result.can_be_resumed:
        heard = f" after {_moment(standing.at, now)}" if standing is not None else ""
        yield f"{run.run_id} was cut off{heard} (killed, or its ledger was away): {resume_command(result)} takes it up."


def _figures(standing: Standing, now: float) -> Iterator[str]:
    of = f" of {standing.total:,}" if standing.total is not None else ""
    yield f"{standing.done:,}{of} rows at {_moment(standing.at, now)}"
    yield from standing_words(standing, now)
    if standing.wait is not None:
        yield f"waiting since {_moment(standing.wait.began_at, now)}"


def standing_words(standing: Standing, now: float) -> Iterator[str]:
    """Rate, end and wait, each labelled, and what one may do while a wait is long.

    Args:
        standing: How a run stands.
        now: Seconds since 1970.
    """
    yield from standing.in_words(now)
    if standing.wait is not None and standing.wait.is_long:
        yield "Ctrl-C and `resume` are safe"


def _moment(seconds: float, now: float) -> str:
    return moment_in_words(datetime.fromtimestamp(seconds, UTC), datetime.fromtimestamp(now, UTC))
