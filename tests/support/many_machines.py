"""Imports of several processes and a Dask cluster through one ledger in PostgreSQL, killed and started again.

Each is a real process. What it has to do is said once; whoever finds it dead starts it again, as a person or a
schedule would: a run that has begun is resumed, one that has not is begun anew.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipeline.sandbox.server import SandboxServer
from pipeline.sandbox.store import Store, utc_now
from tests.support.doubles import ShiftedTime
from tests.support.harness import Desk, Ended, Process

_PATIENCE_S = 900.0


@dataclass
class SharedDesk(Desk):
    """A desk whose ledger is a database that others share.

    Attributes:
        url: The ledger's.
    """

    url: str = ""

    @property
    def runs(self) -> list[str]:
        """Names of the ledger's runs, in the order in which they began."""
        with closing_engine(self.url) as engine:
            if not sa.inspect(engine).has_table("runs"):
                return []
        return [name for (name,) in self._asked("SELECT name FROM runs ORDER BY id")]

    def run_of(self, label: str) -> str | None:
        """The run that a source is part of."""
        if not self.runs:
            return None
        query = "SELECT name FROM runs JOIN sources ON sources.run_id = runs.id WHERE label = ?"
        found = self._asked(query, label)
        return str(found[0][0]) if found else None

    def _asked(self, query: str, *parameters: str) -> list[Any]:
        numbered = query.replace("?", ":p0")
        with closing_engine(self.url) as engine, engine.connect() as connection:
            named = {f"p{n}": value for n, value in enumerate(parameters)}
            return [tuple(row) for row in connection.execute(sa.text(numbered), named)]


@contextmanager
def closing_engine(url: str) -> Iterator[sa.Engine]:
    """An engine that keeps no connection."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def shared_desk(folder: Path, url: str, **server: Any) -> Iterator[tuple[SharedDesk, list[float]]]:
    """A desk on a shared ledger, with a server of its own; and when its records were created, in seconds since 1970."""
    folder.mkdir(parents=True, exist_ok=True)
    born: list[float] = []

    def noting() -> datetime:
        now = utc_now()
        born.append(now.timestamp())
        return now

    store = _NotingStore(noting)
    with (
        SandboxServer(store=store, **server) as running,
        closing(SharedDesk(folder, running, ShiftedTime(), url=url)) as opened,
    ):
        yield opened, store.born


class _NotingStore(Store):
    """Knows to the microsecond when each record was created."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now=now)
        self.born: list[float] = []

    def create(self, *args: Any, **kwargs: Any) -> Any:
        """Creates a record."""
        self.born.append(time.time())
        return super().create(*args, **kwargs)


# -- processes that are killed and started again -----------------------------------------------------------------


@dataclass
class Import:
    """One source, imported to its end by as many processes as it takes.

    Attributes:
        desk: Where.
        label: The source.
        options: Of `run`.
        engine: Of `run` and `resume`.
    """

    desk: SharedDesk
    label: str
    options: Sequence[str]
    engine: Sequence[str] = ()
    process: Process | None = None
    ended: Ended | None = None
    kills: int = 0

    @property
    def report(self) -> str:
        """The folder of its reports."""
        return Path(self.label).stem

    def keep_going(self) -> None:
        """Starts it, starts it again where it was killed or has to wait, or takes its end."""
        if self.ended is not None or (self.process is not None and self.process.lives):
            return
        if self.process is not None:
            left = self.process.wait()
            if left.code in {0, 3, 4} or (left.code == 2 and "is complete" in left.err):
                self.ended = left if left.code != 2 else self._reported()
                return
            if left.code not in {2, 5, -9}:
                raise AssertionError(f"{self.label} ended unexpectedly: {left}")
        self.process = self._started()

    def _started(self) -> Process:
        run = self.desk.run_of(self.label)
        ledger = {"ledger": self.desk.url}
        if run is not None:
            return self.desk.start("resume", run, *self.engine, "--no-progress", **ledger)
        options = [*self.options, *self.engine]
        return self.desk.start_run(self.label, report=self.report, options=options, **ledger)

    def _reported(self) -> Ended:
        run = self.desk.run_of(self.label)
        assert run is not None
        return self.desk.start("report", run, ledger=self.desk.url).wait()

    def told(self) -> str:
        """How it stands, for a test that waits in vain."""
        said = self.process.stderr.read_text()[-500:] if self.process is not None else ""
        return f"{self.label}: ended {self.ended}, said {said}"

    def kill(self) -> bool:
        """`kill -9`, where it is at work."""
        if self.ended is not None or self.process is None or not self.process.lives:
            return False
        self.process.kill()
        self.kills += 1
        return True


@dataclass
class DaskProcess:
    """A scheduler or a worker of Dask, as somebody who runs a cluster starts it."""

    command: Sequence[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    popen: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def keep_going(self) -> None:
        """Starts it where it is not there."""
        if self.popen is not None and self.popen.poll() is None:
            return
        with self.log.open("ab") as output:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                env={**os.environ, **self.environment},
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self) -> bool:
        """`kill -9`."""
        if self.popen is None or self.popen.poll() is not None:
            return False
        self.popen.kill()
        self.popen.wait()
        self.kills += 1
        return True


@contextmanager
def dask_cluster(folder: Path, workers: int, environment: dict[str, str]) -> Iterator[tuple[str, list[DaskProcess]]]:
    """A scheduler and its workers, each a process; yields its address and the workers."""
    file = folder / "scheduler.json"
    on_loopback = ("--host", "127.0.0.1", "--no-dashboard")
    scheduler = DaskProcess(
        ["distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", str(file), *on_loopback],
        folder / "scheduler.log",
        {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "50"},
    )
    scheduler.keep_going()
    deadline = time.monotonic() + 120
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < deadline, (folder / "scheduler.log").read_text()
        time.sleep(0.05)
    address = str(json.loads(file.read_text())["address"])
    started = [
        DaskProcess(
            ["distributed.cli.dask_worker", address, "--nthreads", "2", "--no-nanny", *on_loopback],
            folder / f"worker-{number}.log",
            {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"} | environment,  # it can freeze Python before 3.11.9
        )
        for number in range(workers)
    ]
    try:
        for worker in started:
            worker.keep_going()
        yield address, started
    finally:
        for process in (*started, scheduler):
            process.kill()


def until_all_have_ended(
    imports: Sequence[Import],
    workers: Sequence[DaskProcess],
    chance: random.Random,
    *,
    kills: int,
    every: Callable[[], bool],
) -> int:
    """Kills one after the other at random, starts again what is dead, until all imports have ended.

    Args:
        imports: What has to end.
        workers: Of the cluster that one of them is sent by.
        chance: Chooses who is killed.
        kills: How many are killed.
        every: Says whether it is time for the next.

    Returns:
        How many were killed.
    """
    done, deadline = 0, time.monotonic() + _PATIENCE_S
    while not all(one.ended for one in imports):
        assert time.monotonic() < deadline, [one.told() for one in imports]
        for one in (*workers, *imports):
            one.keep_going()
        if done < kills and every():
            done += chance.choice([*imports, *workers]).kill()
        time.sleep(0.05)
    return done
