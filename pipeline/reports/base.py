"""What every report writer offers, and what it is given."""

from __future__ import annotations

import csv
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.model.findings import envelope
from pipeline.model.printable import is_printable, printable
from pipeline.model.rows import Status
from pipeline.private_files import open_private

if TYPE_CHECKING:
    from pipeline.errors import ImportFailure
    from pipeline.model.config import RunConfig
    from pipeline.model.json_types import Json
    from pipeline.model.rows import RowResult
    from pipeline.model.runs import Run, Summary
    from pipeline.model.sources import SheetPlace, Source, SourceHeader, Table
    from pipeline.model.waits import Stretch
    from pipeline.reports.problems import Problems
    from schemas.endpoint import Endpoint

REFUSED = frozenset({Status.INVALID, Status.REJECTED, Status.FAILED})
"""Rows that did not make it and can be corrected."""

EVERY_STATUS = frozenset(Status)
"""Any row at all."""

UNSETTLED = frozenset({Status.IN_DOUBT, Status.UNPROCESSED})
"""Rows that `resume` takes up."""

_DEFAULT_MESSAGES = {
    Status.UNPROCESSED: "the run stopped before its turn; `nexudus-import resume` takes it up",
    Status.IN_DOUBT: "sent, but the run ended before an answer came; `nexudus-import resume` looks it up",
}
_FORMULA = re.compile(r"^\s*[=+\-@\t\r]")
_BEGINS_A_FORMULA = re.compile(r"^[^\S\n]*[=+\-@\t\r]", re.MULTILINE)
_NUMBER = re.compile(r"^[+-]?[0-9]+([.,][0-9]+)*$")


@dataclass(frozen=True, kw_only=True)
class ReportContext:
    """What a writer may need.

    Attributes:
        folder: Where its files go.
        run: The run, as it began.
        headers: What is known of each source's header, by the source's number.
        columns: What each source calls a field's column, by the source's number and the field.
        places: Indexes of the columns that a field's text comes from, by the source's number and the field.
        sheets: Where a source stands in a workbook, by its number; text files have no part in it.
        open_source: Opens a source of the run again.
        config: What the run was asked to do.
        endpoint: Whose records the rows are.
        is_check: Whether the rows were only checked: then those that are unprocessed are valid.
        stopped_because: Why the run stopped early, where that is known.
        stretches: When the run waited or was throttled.
        ledger: Where the run is kept, if a command about it has to say so.
    """

    folder: Path
    run: Run
    headers: Mapping[int, SourceHeader]
    columns: Mapping[int, Mapping[str, str]]
    open_source: Callable[[Source], Table]
    config: RunConfig
    endpoint: Endpoint
    places: Mapping[int, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)
    sheets: Mapping[int, SheetPlace] = field(default_factory=dict)
    is_check: bool = False
    stopped_because: ImportFailure | None = None
    stretches: Sequence[Stretch] = ()
    ledger: str | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """The fields of the endpoint's key."""
        return self.endpoint.key

    def command(self, *words: str) -> str:
        """A command about the run, as it can be typed anywhere."""
        return " ".join(["nexudus-import", as_typed(words), *self.ledger_option])

    @property
    def ledger_option(self) -> list[str]:
        """What a command needs to find the run's ledger, as it is typed; nothing where that is the usual one."""
        return ["--ledger", as_typed([self.ledger])] if self.ledger else []


def as_typed(words: Iterable[str]) -> str:
    """Words of a command as they are typed: quoted as the machine's own command line wants it."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """What is known once all rows have passed.

    Attributes:
        run: The run, as it ended.
        summary: How its rows ended.
        problems: Why rows did not make it, summed up.
    """

    run: Run
    summary: Summary
    problems: Problems


class Writer(Protocol):
    """Writes one report; given every row that it takes in order, once."""

    def row(self, end: RowResult) -> None:
        """Takes a row."""
        ...

    def close(self, conclusion: Conclusion) -> Iterable[Path]:
        """Finishes its files, knowing how the run ended, and returns those that are worth a look."""
        ...


class Report(Protocol):
    """A module in this package that writes one report.

    Attributes:
        ORDER: Where it stands in the list that the person is shown.
        TAKES: How the rows stand that it is given.
    """

    ORDER: int
    TAKES: Collection[Status]

    @staticmethod
    def open_writer(context: ReportContext) -> Writer:
        """Begins the report."""
        ...


def response_of(end: RowResult) -> Mapping[str, Json]:
    """Why a row is not created, as the documented 400 body."""
    return end.response or envelope([], _DEFAULT_MESSAGES.get(end.status, end.reason or ""))


def errors_of(end: RowResult) -> list[Mapping[str, Any]]:
    """The single errors of a row; one without a property where only a message is known."""
    response = response_of(end)
    errors = response.get("Errors")
    if isinstance(errors, list) and errors:
        return [e for e in errors if isinstance(e, Mapping)]
    return [{"PropertyName": None, "AttemptedValue": None, "Message": response.get("Message")}]


class CsvFile:
    """A CSV file that spreadsheet programs open as it is meant: UTF-8 with a mark, and nothing in it acts.

    Args:
        path: Where it goes.
        header: Its first row.
    """

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path = path
        self._stream = open_private(path, "utf-8-sig")
        self._csv = csv.writer(self._stream)
        self._csv.writerow(header)
        self._empty = True

    def write(self, cells: Iterable[object]) -> None:
        """Adds a row; `None` becomes blank."""
        self._empty = False
        texts = ["" if cell is None else str(cell) for cell in cells]
        if not _is_plain("\n".join(texts)):  # nearly all rows are, and one look is cheaper than one for each cell
            texts = [escape_formula(printable(text)) for text in texts]
        self._csv.writerow(texts)

    def close(self) -> list[Path]:
        """Closes the file; returns it if there is anything in it."""
        self._stream.close()
        return [] if self._empty else [self.path]

    def close_or_drop(self) -> list[Path]:
        """Closes the file, and removes it if there is nothing in it."""
        written = self.close()
        if not written:
            self.path.unlink(missing_ok=True)
        return written


def _is_plain(lines: str) -> bool:
    """Whether nothing in some lines can be a formula or act as a command, nor in what stands on one of them."""
    return is_printable(lines) and not _BEGINS_A_FORMULA.search(lines)


def escape_formula(text: str) -> str:
    """Text that a spreadsheet program will not run as a formula; plain numbers stay as they are."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text
