"""Real imports against a sandbox: a process is started, signalled, killed, resumed, and judged by what it leaves.

The judge believes nobody: it compares the source's rows, `report.json`, the ledger's tables and the server's own
records with one another.
"""

from __future__ import annotations

import contextlib
import csv
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.sandbox.server import SandboxServer
from pipeline.sandbox.store import Store, utc_now
from tests.support.doubles import ShiftedTime

POST = "POST /api/crm/emailaccounts"
LIST = "GET /api/crm/emailaccounts"
TOKEN = "POST /api/token"

Account = Mapping[str, Any]
"""A row of a source: the endpoint's fields, as JSON would have them."""

_PATIENCE_S = 90.0
_OPTIONS = ("--limits", "none", "--settle", "0.05", "--max-lag", "0.3", "--timeout", "2", "--no-progress")
_STATUSES = {"created": "Created", "updated": "Updated", "skipped": "Skipped"}


# -- sources -----------------------------------------------------------------------------------------------------


def account(number: int, **updater: Any) -> Account:
    """An account whose every text, and so every record made of it, tells which one it is."""
    name = f"Desk.{number:05}@cowork.example"
    return {
        "BusinessId": 120001 + number % 2,
        "DisplayName": f"Desk {number}",
        "EmailAddress": name,
        "IncomingServer": f"imap{number}.cowork.example",
        "IncomingServerPort": 1 + number % 60_000,
        "IncomingServerUsername": f"in {number}",
        "OutgoingServer": f"smtp{number}.cowork.example",
        "OutgoingServerPort": 2 + number % 60_000,
        "OutgoingServerUsername": f"out {number}",
        "LastMessageId": number,
        "ErrorCount": number % 3,
        "Active": number % 2 == 0,
        "IncomingServerType": 1,
        "DeleteMessageSettings": 1 + number % 3,
        "ReplyToEmail": f"reply.{number:05}@cowork.example",
    } | updater


def accounts(count: int, first: int = 1) -> list[Account]:
    """So many accounts, from that number on."""
    return [account(number) for number in range(first, first + count)]


def _cell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key(row: Mapping[str, Any]) -> tuple[int, str]:
    return row["BusinessId"], str(row["EmailAddress"]).lower()


# -- processes ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a process left: its exit code (negative: the signal that killed it) and what it said."""

    code: int
    out: str
    err: str


@dataclass
class Process:
    """A running import."""

    popen: subprocess.Popen[bytes]
    stdout: Path
    stderr: Path

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return self.popen.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal, to this process only."""
        self.popen.send_signal(number)

    def kill(self) -> None:
        """`kill -9`, and waits until the system has taken it away."""
        self.popen.kill()
        self.popen.wait()

    def wait(self) -> Ended:
        """Waits for its end."""
        try:
            code = self.popen.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return Ended(code=code, out=self.stdout.read_text(), err=self.stderr.read_text())


def until(condition: Callable[[], bool], process: Process | None = None) -> bool:
    """Waits for a condition; returns whether it came before the process ended."""
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        if process is not None and not process.lives:
            return condition()
        if time.monotonic() > deadline:
            raise TimeoutError("the condition did not come")
        time.sleep(0.001)
    return True


@dataclass
class Desk:
    """A folder with a ledger and sources, a server, and the person who imports.

    Attributes:
        folder: Where everything is.
        server: The target.
        dates: What its records are dated by.
        credentials: What the environment says of the person.
        sources: The rows of each source, by its label.
        there_before: Ids of records that no run is to answer for.
    """

    folder: Path
    server: SandboxServer
    dates: ShiftedTime
    credentials: Mapping[str, str] = field(default_factory=lambda: {"NEXUDUS_TOKEN": "sandbox-token"})
    sources: dict[str, Sequence[Account]] = field(default_factory=dict)
    there_before: set[int] = field(default_factory=set)
    _processes: list[Process] = field(default_factory=list)

    def source(self, rows: Sequence[Account], label: str = "accounts.csv") -> str:
        """Writes a source; returns its label."""
        with (self.folder / label).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(rows[0])
            writer.writerows([_cell(value) for value in row.values()] for row in rows)
        self.sources[label] = rows
        return label

    def calls_of_dead_processes(self) -> int:
        """How many calls the server has counted once it has read all that processes sent before they were killed."""
        # What is sent now is read after it, or at the latest together with it: the second time all of it is counted.
        for _ in range(2):
            with contextlib.closing(http.client.HTTPConnection(urlsplit(self.server.base_url).netloc)) as connection:
                connection.request("GET", "/api/crm/emailaccounts")
                connection.getresponse().read()
        return self.server.calls.total()

    def put(self, row: Account) -> int:
        """Creates a record at the target an hour ago, without any run; returns its Id."""
        with self.dates.shifted(-timedelta(hours=1)):
            record_id = self.server.store.create(row)["Id"]
        assert isinstance(record_id, int)
        self.there_before.add(record_id)
        return record_id

    def start(
        self, command: str, *arguments: str, before: Callable[[], None] | None = None, ledger: str = "ledger.db"
    ) -> Process:
        """Starts the program in the folder, with no terminal.

        Args:
            command: Such as `run`.
            arguments: What follows it.
            before: Called in the new process before the program.
            ledger: Where its ledger is.
        """
        stdout, stderr = (self.folder / f"{len(self._processes)}.{name}" for name in ("out", "err"))
        environment = {**os.environ, **self.credentials, "PYTHONWARNINGS": "error::ResourceWarning"}
        with stdout.open("wb") as out, stderr.open("wb") as err:
            popen = subprocess.Popen(
                [sys.executable, "-m", "pipeline", command, *arguments, "--ledger", ledger],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                preexec_fn=before,  # noqa: PLW1509 - the test's process is the only one that does this
                start_new_session=True,
            )
        self._processes.append(Process(popen, stdout, stderr))
        return self._processes[-1]

    def close(self) -> None:
        """Ends what a test that failed has left running."""
        for process in self._processes:
            if process.lives:
                process.kill()

    def start_run(self, *sources: str, report: str = "report", options: Sequence[str] = (), **how: Any) -> Process:
        """Starts an import of sources of this folder."""
        target = ("--base-url", self.server.base_url, "--report-dir", report)
        return self.start("run", *sources, *_OPTIONS, *target, *options, **how)

    def run(self, *sources: str, report: str = "report", options: Sequence[str] = (), **how: Any) -> Ended:
        """Imports sources of this folder."""
        return self.start_run(*sources, report=report, options=options, **how).wait()

    def resume(self, name: str = "--last", **how: Any) -> Ended:
        """Takes a run up where it stopped."""
        return self.start("resume", name, **how).wait()

    @property
    def runs(self) -> list[str]:
        """Names of the ledger's runs, in the order in which they began."""
        if not (self.folder / "ledger.db").exists():
            return []
        if not self._asked("SELECT 1 FROM sqlite_master WHERE name = 'runs'"):
            return []
        return [name for (name,) in self._asked("SELECT name FROM runs ORDER BY id")]

    def report(self, report: str = "report") -> dict[str, Any]:
        """A run's `report.json`."""
        found: dict[str, Any] = json.loads((self.folder / report / "report.json").read_text(encoding="utf-8"))
        return found

    # -- judging -------------------------------------------------------------------------------------------------

    def judge(self, ended: Ended, *sources: str, report: str = "report") -> Verdict:
        """Compares the report of a run, the ledger and the server with the rows of its sources.

        Args:
            ended: The run's last process.
            sources: Labels of its sources; by default all there are.
            report: The folder of its reports.
        """
        assert (self.folder / report / "report.json").exists(), f"no report: {ended}"
        found = self.report(report)
        rows = {
            (label, number): row
            for label in sources or self.sources
            for number, row in enumerate(self.sources[label], start=2)
        }
        broken = [
            *_unequal_counts(found, rows),
            *_rows_not_once(found, rows),
            *self._wrong_records(found, rows),
            *self._wrong_ledger(found),
            *self._wrong_server(),
        ]
        counts = {name: count for name, count in found["Summary"].items() if count and name != "RowsRead"}
        return Verdict(
            code=ended.code,
            run=found["Run"]["Status"],
            counts=counts,
            broken=tuple(broken),
            said=ended.out + ended.err,
        )

    def _wrong_records(self, found: Mapping[str, Any], rows: Mapping[tuple[str, int], Account]) -> Iterator[str]:
        """A created row whose record is missing, is another's, or has other values than the row."""
        by_id = {record["Id"]: record for record in self.server.store.records()}
        for entry in found["Created"]:
            row, record = rows.get((entry["Source"], entry["Row"]), {}), by_id.get(entry["Id"])
            where = f"row {entry['Row']} of {entry['Source']}"
            if record is None:
                yield f"{where}: there is no record {entry['Id']}"
            elif entry["Id"] in self.there_before:
                yield f"{where}: record {entry['Id']} was there before"
            elif any(record[name] != value for name, value in row.items()):
                yield f"{where}: record {entry['Id']} differs from it"
            elif entry["Key"] != {name: row[name] for name in ("BusinessId", "EmailAddress")}:
                yield f"{where}: is reported with the key {entry['Key']}"
        for entry in found["Updated"]:
            row, record = rows.get((entry["Source"], entry["Row"]), {}), by_id.get(entry["Id"], {})
            if any(record.get(name) != value for name, value in row.items()):
                yield f"row {entry['Row']} of {entry['Source']}: record {entry['Id']} was not brought up to date"
        twice = [i for i, times in Counter(entry["Id"] for entry in found["Created"]).items() if times > 1]
        yield from (f"record {record_id} is reported for several rows" for record_id in twice)

    def _wrong_ledger(self, found: Mapping[str, Any]) -> Iterator[str]:
        """A row that the ledger has otherwise than the report."""
        query = (
            "SELECT label, rows.row, rows.status, remote_id FROM rows JOIN runs ON runs.id = rows.run_id "
            "JOIN sources ON sources.run_id = rows.run_id AND number = source WHERE name = ?"
        )
        in_ledger = {
            (label, row): (status, record_id if status in _STATUSES else None)
            for label, row, status, record_id in self._asked(query, found["Run"]["RunId"])
        }
        reported = dict(_reported(found))
        for place in sorted(in_ledger.keys() | reported.keys()):
            if in_ledger.get(place) != reported.get(place):
                yield f"{place}: {in_ledger.get(place)} in the ledger, {reported.get(place)} in the report"

    def _wrong_server(self) -> Iterator[str]:
        """A record that is there twice, or for which no row of the ledger answers."""
        new = [r for r in self.server.store.records() if r["Id"] not in self.there_before]
        for key, times in Counter(_key(record) for record in new).items():
            if times > 1:
                yield f"DUPLICATE: {key} was created {times} times"
        created = dict(self._asked("SELECT remote_id, 1 FROM rows WHERE status = 'created'"))
        # A killed run that nobody has resumed yet has its rows in doubt as `sending`.
        query = "SELECT key FROM rows WHERE status IN ('in_doubt', 'sending')"
        doubtful = {tuple(json.loads(key)) for (key,) in self._asked(query)}
        for record in new:
            if record["Id"] not in created and _key(record) not in doubtful:
                yield f"LOST: record {record['Id']} ({_key(record)}) is nobody's"
        owned = {i for (i,) in self._asked("SELECT remote_id FROM records WHERE remote_id IS NOT NULL")}
        yield from (f"record {i} is not owned by the row that created it" for i in created.keys() ^ owned)

    def _asked(self, query: str, *parameters: str) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.folder / 'ledger.db'}?mode=ro", uri=True)) as connection:
            return connection.execute(query, parameters).fetchall()


@contextmanager
def desk(folder: Path, **server: Any) -> Iterator[Desk]:
    """A desk with a server of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    dates = ShiftedTime(server.get("now", utc_now))
    with SandboxServer(store=Store(now=dates), **server) as running, closing(Desk(folder, running, dates)) as opened:
        yield opened


# -- verdicts ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a run ended, and everything that breaks the promise.

    Attributes:
        code: The exit code.
        run: The run's status.
        counts: The report's summary, without what is 0.
        broken: What contradicts what.
        said: What the process said, to be shown where a verdict is not the expected one.
    """

    code: int
    run: str
    counts: Mapping[str, int]
    broken: tuple[str, ...] = ()
    said: str = field(default="", compare=False)


def kept(code: int = 0, run: str = "completed", **counts: int) -> Verdict:
    """The verdict on a run that kept the promise, with the summary's counts that are not 0."""
    return Verdict(code=code, run=run, counts={name: count for name, count in counts.items() if count})


def _reported(found: Mapping[str, Any]) -> Iterator[tuple[tuple[str, int], tuple[str, int | None]]]:
    for status, section in _STATUSES.items():
        yield from (((e["Source"], e["Row"]), (status, e["Id"])) for e in found[section])
    yield from (((e["Source"], e["Row"]), (e["Status"], None)) for e in found["Errors"])


def _unequal_counts(found: Mapping[str, Any], rows: Mapping[tuple[str, int], Account]) -> Iterator[str]:
    summary = {name: count for name, count in found["Summary"].items() if name != "Warnings"}
    if summary.pop("RowsRead") != len(rows):
        yield f"{found['Summary']['RowsRead']} rows read, not {len(rows)}"
    if sum(summary.values()) != len(rows):
        yield f"{summary} does not add up to {len(rows)}"
    listed = Counter("".join(w.title() for w in status.split("_")) for _, (status, _) in _reported(found))
    if listed != Counter({name: count for name, count in summary.items() if count}):
        yield f"{summary} in the summary, {dict(listed)} in the lists"
    by_source = {source["Path"]: source["Rows"] for source in found["Run"]["Sources"]}
    if by_source != Counter(label for label, _ in rows):
        yield f"{by_source} rows by source"


def _rows_not_once(found: Mapping[str, Any], rows: Mapping[tuple[str, int], Account]) -> Iterator[str]:
    times = Counter(place for place, _ in _reported(found))
    for place in sorted(times.keys() | rows.keys()):
        if times[place] != 1 or place not in rows:
            yield f"{place} is reported {times[place]} times"
