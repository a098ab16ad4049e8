"""`settle`: a person says what became of rows in doubt that nobody could look up.

May import `ledger`, `model`, the report that it reads, and `operations` that find and lock a run. Needs no network.
"""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError, Fact, SourceError
from pipeline.ledger.ledger import Ledger
from pipeline.model.rows import MOST_ID, RowRef, Settlement, Status
from pipeline.operations.connection import busy, locked
from pipeline.operations.history import find_run
from pipeline.reports.base import escape_formula
from pipeline.reports.in_doubt_csv import FILE_NAME, MISSING, SETTLE_COLUMN

if TYPE_CHECKING:
    from pipeline.model.runs import Run
    from pipeline.operations.runtime import Runtime

_ROW = "Row"
_MOST_DIGITS = len(str(MOST_ID))


@dataclass(frozen=True, kw_only=True)
class SettleResult:
    """What was settled.

    Attributes:
        run: The run.
        created: Rows whose record is known now.
        missing: Rows that were never created, and are sent by the next `resume`.
        left: Lines of the file that say nothing yet.
        in_doubt: Rows of the run that are in doubt all the same.
        waiting: Rows of the run that wait for `resume`.
    """

    run: Run
    created: int
    missing: int
    left: int
    in_doubt: int
    waiting: int


def settle_row(
    name: str, settlement: tuple[int, str | None, int | None], ledger_location: str, by: str, runtime: Runtime
) -> SettleResult:
    """Settles one row.

    Args:
        name: The run's name.
        settlement: The row's number, its source's label where there are several, and its record's Id or `None`.
        ledger_location: A path or a URL.
        by: Who says so.
        runtime: The time.

    Raises:
        ConfigurationError: There is no such run or row, it is not in doubt, or the Id belongs to another row.
    """
    row, label, remote_id = settlement
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        run = find_run(ledger, name).run
        ref = RowRef(source=_source_number(run, label), row=row)
        return _settled(ledger, name, [Settlement(ref=ref, remote_id=remote_id)], by, runtime, left=0)


def settle_file(name: str, path: Path | None, ledger_location: str, by: str, runtime: Runtime) -> SettleResult:
    """Settles the rows of a filled in `in_doubt.csv`; lines that say nothing are left as they are.

    Args:
        name: The run's name.
        path: The file; by default the one among the run's reports.
        ledger_location: A path or a URL.
        by: Who says so.
        runtime: The time.

    Raises:
        ConfigurationError: There is no such run, a row is not in doubt, or an Id belongs to another row.
        SourceError: The file cannot be read, or a line of it cannot be understood.
    """
    with contextlib.closing(Ledger(ledger_location)) as ledger:
        run = find_run(ledger, name).run
        file = path or run.report_dir / FILE_NAME
        if path is None and not file.exists():
            message = f"Run {run.run_id} has no {file}: none of its rows was in doubt when its reports were written."
            raise SourceError(
                Code.SETTLEMENTS_UNREADABLE, message, path=str(file), reason="there is none", expected=FILE_NAME
            )
        found, left = _read(file, run)
        return _settled(ledger, name, found, by, runtime, left=left)


def _settled(
    ledger: Ledger, name: str, settlements: Sequence[Settlement], by: str, runtime: Runtime, *, left: int
) -> SettleResult:
    run = find_run(ledger, name)
    if not ledger.is_free(run.run.run_id):
        raise busy(run.run.run_id)
    with locked(ledger, run.run.run_id):
        ledger.settle(run, settlements, by, runtime.now())
    with ledger.snapshot() as snapshot:
        run = snapshot.with_counts(run)
        in_doubt, waiting = (snapshot.count_with(run, [one]) for one in (Status.IN_DOUBT, Status.UNPROCESSED))
    created = sum(s.remote_id is not None for s in settlements)
    return SettleResult(
        run=run.run,
        created=created,
        missing=len(settlements) - created,
        left=left,
        in_doubt=in_doubt,
        waiting=waiting,
    )


def _read(path: Path, run: Run) -> tuple[list[Settlement], int]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = list(_lines(path, stream, run))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)) from error
    return [line for line in lines if line is not None], lines.count(None)


def _unreadable(path: Path, reason: str) -> SourceError:
    facts = {"path": str(path), "reason": reason, "expected": FILE_NAME}
    return SourceError(Code.SETTLEMENTS_UNREADABLE, f"{path}: cannot be read ({reason}).", **facts)


def _is_number(text: str) -> bool:
    """Whether it can be the number of a row or an Id."""
    return text.isdecimal() and len(text) <= _MOST_DIGITS and 0 < int(text) <= MOST_ID


def _lines(path: Path, stream: Iterator[str], run: Run) -> Iterator[Settlement | None]:
    text = list(stream)
    delimiter = ";" if text and text[0].count(";") > text[0].count(",") else ","
    table = csv.DictReader(text, delimiter=delimiter)
    lacking = [column for column in (_ROW, SETTLE_COLUMN) if column not in (table.fieldnames or ())]
    if lacking:
        raise _unreadable(path, f"it has no column {' and no column '.join(lacking)}")
    for number, line in enumerate(table, start=2):
        said = (line[SETTLE_COLUMN] or "").strip()
        if not said:
            yield None
            continue
        row = (line[_ROW] or "").strip()
        if not _is_number(row) or not (said.lower() == MISSING or _is_number(said)):
            message = f"{path}, line {number}: {said!r} says neither for row {row or '?'}."
            facts: dict[str, Fact] = {"path": str(path), "line": number, "column": SETTLE_COLUMN, "missing": MISSING}
            raise SourceError(Code.SETTLEMENT_UNCLEAR, message, **facts)
        ref = RowRef(source=_source_number(run, line.get("Source")), row=int(row))
        yield Settlement(ref=ref, remote_id=None if said.lower() == MISSING else int(said))


def _source_number(run: Run, label: str | None) -> int:
    if label is None and len(run.sources) == 1:
        return run.sources[0].number
    for source in run.sources:
        if label in {source.label, escape_formula(source.label)}:
            return source.number
    message = f"Run {run.run_id} has no source {label or 'without a name'}."
    labels = [source.label for source in run.sources]
    raise ConfigurationError(Code.SETTLEMENT_SOURCE, message, run_id=run.run_id, source=label, sources=labels)
