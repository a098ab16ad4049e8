"""What the ledger's tests write with: one small book over an open ledger."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from pipeline.ledger import claims, entry, outcomes, runs
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.runs import StoredRun
from pipeline.ledger.tables import METADATA, RECORDS, ROWS
from pipeline.model.findings import CheckedBatch, FieldError
from pipeline.model.rows import Key, Outcome, Record, RowRef, Status
from pipeline.model.runs import Run, RunStatus
from pipeline.model.sources import Source, SourceHeader

KEY = ("BusinessId", "EmailAddress")
TARGET = "https://spaces.example/api/crm/emailaccounts"
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


class Book:
    """A ledger with short words for what tests do to it."""

    def __init__(self, location: str) -> None:
        self.location = location
        self.ledger = Ledger(location)

    def begin(
        self,
        name: str = "run-1",
        *labels: str,
        target: str = TARGET,
        notices: Mapping[int, tuple[FieldError, ...]] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> StoredRun:
        """Enters a run of sources of these labels."""
        named = enumerate(labels or ("accounts.csv",), start=1)
        run = Run(
            run_id=name,
            status=RunStatus.RUNNING,
            endpoint="emailaccounts",
            target=target,
            sources=tuple(
                Source(number=n, label=label, path=Path("folder") / label, sha256=f"{n:064}") for n, label in named
            ),
            started_on=NOON,
            report_dir=Path("reports") / name,
        )
        headers = {s.number: SourceHeader(row=s.number, notices=(notices or {}).get(s.number, ())) for s in run.sources}
        kept = {"endpoint": run.endpoint, **(config or {})}
        return self.ledger.write(lambda c: runs.begin(c, run, headers, kept))

    def batch(
        self,
        *emails: str | None,
        first: int = 2,
        source: int = 1,
        business: int | None = 1,
        errors: dict[int, list[FieldError]] | None = None,
        warnings: dict[int, list[FieldError]] | None = None,
    ) -> CheckedBatch:
        """A checked batch with one row for each address; each of them might repeat another."""
        typed = pd.DataFrame(
            {
                "BusinessId": pd.array([business] * len(emails), dtype="Int64"),
                "EmailAddress": pd.array(list(emails), dtype="string[pyarrow]"),
            }
        )
        numbers = list(range(first, first + len(emails)))
        return CheckedBatch(
            source=source,
            rows=numbers,
            typed=typed,
            errors=errors or {},
            warnings=warnings or {},
            key_fields=KEY,
            duplicates=frozenset(range(len(emails))),
        )

    def enter(self, run: StoredRun, batch: CheckedBatch, *, update: bool = False) -> list[entry.PendingRow]:
        """Enters a batch."""
        return self.ledger.write(lambda c: entry.enter(c, run, batch, update=update))

    def intend(self, run: StoredRun, *records: Record, at: float = 100.0) -> dict[RowRef, claims.KeyOwner | None]:
        """Notes the intent of rows."""
        return self.ledger.write(lambda c: claims.claim_rows(c, run, records, at))

    def conclude(self, run: StoredRun, *ended: tuple[Record, Outcome], at: float = 200.0) -> None:
        """Notes how rows ended."""
        self.ledger.write(lambda c: outcomes.record_outcomes(c, run, ended, at))

    def created(self, run: StoredRun, one: Record, remote_id: int) -> None:
        """Takes a row that was entered to its end."""
        self.intend(run, one)
        self.conclude(run, (one, Outcome(status=Status.CREATED, remote_id=remote_id)))

    def statuses(self, run: StoredRun) -> dict[tuple[int, int], str]:
        """Each row's status, by source and row."""
        with self.ledger.connection() as connection:
            found = connection.execute(sa.select(ROWS).where(ROWS.c.run_id == run.id)).all()
        return {(row.source, row.row): row.status for row in found}

    def row(self, run: StoredRun, row: int, source: int = 1) -> dict[str, Any]:
        """All that is kept of a row."""
        one = sa.and_(ROWS.c.run_id == run.id, ROWS.c.source == source, ROWS.c.row == row)
        with self.ledger.connection() as connection:
            return dict(connection.execute(sa.select(ROWS).where(one)).mappings().one())

    def claims(self) -> dict[tuple[int, str], tuple[int, int, int, int | None]]:
        """Who owns or claims which key: the run, the source, the row, and the record's Id."""
        with self.ledger.connection() as connection:
            found = connection.execute(sa.select(RECORDS)).all()
        return {tuple(json.loads(r.key)): (r.run_id, r.source, r.row, r.remote_id) for r in found}

    def everything(self) -> dict[str, Sequence[Any]]:
        """All tables as they stand."""
        with self.ledger.connection() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(sa.select(table)).all()))
                for table in METADATA.sorted_tables
            }

    def force(self, run: StoredRun, row: int, status: Status) -> None:
        """Puts a row into a status, however it got there."""
        one = sa.and_(ROWS.c.run_id == run.id, ROWS.c.row == row)
        self.ledger.write(lambda c: c.execute(sa.update(ROWS).where(one).values(status=status.value)))

    @staticmethod
    def record(row: int, email: str, *, source: int = 1, business: int = 1) -> Record:
        """A row on its way to the endpoint."""
        return Record(ref=RowRef(source=source, row=row), key=Key.of((business, email)), body=b'{"never": "kept"}')


@pytest.fixture
def new_book() -> type[Book]:
    """Opens a book anywhere."""
    return Book


@pytest.fixture
def book(location: str) -> Iterator[Book]:
    """A new ledger, in each of the databases in turn."""
    made = Book(location)
    yield made
    made.ledger.close()


@pytest.fixture
def unused_port() -> int:
    """A port of this machine at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
