"""The SQL of runs: when they began, what they read, how they stand."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.errors import Code, ImportFailure
from pipeline.ledger.database import insert_new
from pipeline.ledger.tables import LISTED, ROWS, RUNS, SOURCES, SPENDING, STRETCHES, TARGETS
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import FieldError
from pipeline.model.rows import Status
from pipeline.model.runs import Run, RunStatus
from pipeline.model.sources import Source, SourceHeader
from pipeline.model.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class StoredRun:
    """A run with what the ledger alone knows of it.

    Attributes:
        id: The number that its rows bear.
        target_id: The number of its target.
        run: What reports say of it.
        config: The options it was begun with, to resume it by.
        standing: How it stood when it was last heard of, if it was at work since.
        stopped_because: Why it came to an early end, if it did.
    """

    id: int
    target_id: int
    run: Run
    config: Mapping[str, Any]
    standing: Standing | None = None
    stopped_because: ImportFailure | None = None

    @property
    def is_into_sandbox(self) -> bool:
        """Whether its target was an embedded sandbox, which has gone with its process."""
        return bool(self.config.get("target_name"))


def begin(
    connection: sa.Connection, run: Run, headers: Mapping[int, SourceHeader], config: Mapping[str, Any]
) -> StoredRun:
    """Enters a new run."""
    target_id = _target_id(connection, run.target)
    values = {
        "name": run.run_id,
        "target_id": target_id,
        "status": run.status.value,
        "config": json.dumps({**config, "endpoint": run.endpoint}),
        "report_dir": str(run.report_dir),
        "started_at": run.started_on.timestamp(),
    }
    run_id = connection.execute(sa.insert(RUNS).values(values).returning(RUNS.c.id)).scalar_one()
    for source in run.sources:
        header = headers[source.number]
        connection.execute(
            sa.insert(SOURCES).values(
                run_id=run_id,
                number=source.number,
                label=source.label,
                path=str(source.path),
                part=source.part,
                sha256=source.sha256,
                header_row=header.row,
                notices=json.dumps([n.with_code() for n in header.notices]),
            )
        )
    return StoredRun(id=run_id, target_id=target_id, run=run, config=config)


def _target_id(connection: sa.Connection, url: str) -> int:
    find = sa.select(TARGETS.c.id).where(TARGETS.c.url == url)
    found = connection.execute(find).scalar()
    if found is None:
        # Another process may enter it between the two statements: its row is as good as ours.
        connection.execute(insert_new(connection.dialect.name, TARGETS), {"url": url})
        found = connection.execute(find).scalar_one()
    return int(found)


def note_start(connection: sa.Connection, url: str, at: float, code: int) -> None:
    """Notes how a start of a schedule ended for a target."""
    its_row = TARGETS.c.id == _target_id(connection, url)
    connection.execute(sa.update(TARGETS).where(its_row).values(start_at=at, start_code=code))


def note_calls(connection: sa.Connection, url: str, calls: Sequence[tuple[float, bool]]) -> None:
    """Counts calls to a target that no run made: the moment of each, and whether it changed something."""
    target_id = _target_id(connection, url)
    values = [{"target_id": target_id, "at": at, "modifying": modifying} for at, modifying in calls]
    connection.execute(sa.insert(SPENDING), values)


def last_start(connection: sa.Connection) -> tuple[float, int] | None:
    """When a start of a schedule last ended, for whichever target, and with which exit code."""
    noted = sa.select(TARGETS.c.start_at, TARGETS.c.start_code).where(TARGETS.c.start_at.is_not(None))
    found = connection.execute(noted.order_by(TARGETS.c.start_at.desc()).limit(1)).one_or_none()
    return (found.start_at, found.start_code) if found is not None else None


def forget(connection: sa.Connection, run_id: int) -> None:
    """Takes back that a run was begun, with all that was noted of it."""
    for table in (LISTED, ROWS, STRETCHES, SOURCES):
        connection.execute(sa.delete(table).where(table.c.run_id == run_id))
    connection.execute(sa.delete(RUNS).where(RUNS.c.id == run_id))


def set_status(
    connection: sa.Connection,
    run_id: int,
    status: RunStatus,
    finished_at: float | None,
    reason: ImportFailure | None = None,
) -> None:
    """Notes how a run stands.

    Args:
        connection: A transaction.
        run_id: The run.
        status: How it stands.
        finished_at: When it ended, if it did.
        reason: Why it came to an early end, if it did.
    """
    values = {
        "status": status.value,
        "finished_at": finished_at,
        "reported_at": None,
        "standing": None,
        "stopped_because": json.dumps(reason.kept()) if reason is not None else None,
    }
    connection.execute(sa.update(RUNS).where(RUNS.c.id == run_id).values(values))


def set_worker(connection: sa.Connection, run_id: int, host: str, process: int) -> None:
    """Notes which process of which machine works on a run."""
    connection.execute(sa.update(RUNS).where(RUNS.c.id == run_id).values(host=host, process=process))


def set_reported(connection: sa.Connection, run_id: int, at: float) -> None:
    """Notes that the reports of a run's end are written."""
    connection.execute(sa.update(RUNS).where(RUNS.c.id == run_id).values(reported_at=at))


_IS_OPEN = ROWS.c.status.in_([Status.IN_DOUBT.value, Status.UNPROCESSED.value, Status.SENDING.value])


def count_ended(connection: sa.Connection, run_id: int) -> int:
    """How many rows of a run have their end."""
    return _count(connection, run_id, ~_IS_OPEN)


def count_with(connection: sa.Connection, run_id: int, statuses: Collection[Status]) -> int:
    """How many rows of a run have one of these statuses."""
    return _count(connection, run_id, ROWS.c.status.in_([status.value for status in statuses]))


def _count(connection: sa.Connection, run_id: int, which: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(ROWS).where(ROWS.c.run_id == run_id, which)
    return int(connection.execute(query).scalar_one())


def move_sources(connection: sa.Connection, run_id: int, paths: Mapping[int, str]) -> None:
    """Notes where the sources of a run are now, by their numbers."""
    for number, path in paths.items():
        place = sa.and_(SOURCES.c.run_id == run_id, SOURCES.c.number == number)
        connection.execute(sa.update(SOURCES).where(place).values(path=path))


def find(connection: sa.Connection, name: str) -> list[StoredRun]:
    """The run of that name, or else those whose names begin so."""
    exact = listing(connection, sa.select(RUNS).where(RUNS.c.name == name))
    return exact or listing(connection, sa.select(RUNS).where(RUNS.c.name.startswith(name, autoescape=True)))


def latest(connection: sa.Connection) -> StoredRun | None:
    """The run that began last; not one to which nobody has said yes."""
    begun = sa.select(RUNS).where(RUNS.c.status != RunStatus.UNCONFIRMED.value)
    found = listing(connection, begun.order_by(RUNS.c.id.desc()).limit(1))
    return found[0] if found else None


def unfinished(connection: sa.Connection) -> list[StoredRun]:
    """Runs that `resume` can take up, the oldest first.

    They were stopped, interrupted or killed, have rows that are in doubt or taken up again, or lack their reports. Not
    those that were to send nothing unless all rows are valid: what is mended in their source makes another run. Nor
    those that were killed before anybody has said yes.
    """
    is_open = ROWS.c.status.in_([Status.IN_DOUBT.value, Status.UNPROCESSED.value])
    has_open = sa.exists().where(ROWS.c.run_id == RUNS.c.id, is_open)
    open_end = sa.or_(RUNS.c.status != RunStatus.COMPLETED.value, has_open, RUNS.c.reported_at.is_(None))
    is_kept = RUNS.c.status.not_in([RunStatus.PRUNED.value, RunStatus.UNCONFIRMED.value])
    found = listing(connection, sa.select(RUNS).where(open_end, is_kept).order_by(RUNS.c.id))
    return [run for run in found if run.stopped_because is None or run.stopped_because.code is not Code.ROWS_INVALID]


def listing(connection: sa.Connection, query: sa.Select[Any] | None = None) -> list[StoredRun]:
    """Runs with their sources, by default all, the newest first."""
    query = query if query is not None else sa.select(RUNS).order_by(RUNS.c.id.desc())
    found = connection.execute(query).mappings().all()
    urls = dict(connection.execute(sa.select(TARGETS.c.id, TARGETS.c.url)).all())
    return [_run(connection, row, urls[row["target_id"]]) for row in found]


def _run(connection: sa.Connection, row: sa.RowMapping, target: str) -> StoredRun:
    sources = connection.execute(
        sa.select(SOURCES).where(SOURCES.c.run_id == row["id"]).order_by(SOURCES.c.number)
    ).mappings()
    config = json.loads(row["config"])
    run = Run(
        run_id=row["name"],
        status=RunStatus(row["status"]),
        endpoint=config["endpoint"],
        target=target,
        sources=tuple(
            Source(number=s["number"], label=s["label"], path=Path(s["path"]), sha256=s["sha256"], part=s["part"])
            for s in sources
        ),
        started_on=_moment(row["started_at"]),
        finished_on=_moment(row["finished_at"]) if row["finished_at"] else None,
        report_dir=Path(row["report_dir"]),
        host=row["host"],
        process=row["process"],
    )
    standing, reason = row["standing"], row["stopped_because"]
    return StoredRun(
        id=row["id"],
        target_id=row["target_id"],
        run=run,
        config=config,
        standing=Standing.from_json(json.loads(standing)) if standing else None,
        stopped_because=ImportFailure.from_kept(json.loads(reason)) if reason else None,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def headers(connection: sa.Connection, run_id: int) -> dict[int, SourceHeader]:
    """The header of each of a run's sources, by the source's number."""
    found = connection.execute(sa.select(SOURCES).where(SOURCES.c.run_id == run_id)).mappings()
    return {
        s["number"]: SourceHeader(row=s["header_row"], notices=tuple(_notice(n) for n in json.loads(s["notices"])))
        for s in found
    }


def _notice(found: Mapping[str, Any]) -> FieldError:
    return FieldError(
        property_name=found["PropertyName"],
        attempted_value=found["AttemptedValue"],
        message=found["Message"],
        code=FindingCode(found["Code"]),
    )


def with_counts(connection: sa.Connection, found: StoredRun) -> StoredRun:
    """The run with the number of rows that each of its sources had."""
    query = sa.select(ROWS.c.source, sa.func.count()).where(ROWS.c.run_id == found.id).group_by(ROWS.c.source)
    counts: dict[int, int] = dict(connection.execute(query).all())
    return replace(found, run=replace(found.run, rows_by_source=counts))
