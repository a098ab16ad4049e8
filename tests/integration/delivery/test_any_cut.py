"""Whatever the network does and wherever a process dies: run on until complete, and it ends as if nothing had happened.

A small file is imported into a target that lives in memory. Hypothesis draws what happens to each call and where the
process dies: before or after a request reaches the target, before or after a commit of the ledger. From then on
nothing of that process may be written or sent; another one resumes. Triggers in the ledger keep each row's history.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.intake.intake import open_intake
from pipeline.intake.sources import find_sources
from pipeline.ledger.ledger import Ledger
from pipeline.model.config import RunConfig
from pipeline.model.rows import TRANSITIONS, Status
from pipeline.model.runs import RunStatus
from pipeline.operations.connection import Connection
from pipeline.operations.history import history
from pipeline.operations.new_run import ReportDir
from pipeline.operations.report import report
from pipeline.operations.result import Result
from pipeline.operations.resume import resumable, resume
from pipeline.operations.run import run
from pipeline.operations.runtime import Runtime
from pipeline.remote.credentials import Credentials
from tests.support.cuts import Death, Process, counted_commits
from tests.support.doubles import Clock

BASE = "https://spaces.example"
START = 1_768_478_400.0
TIMEOUT_S, SETTLE_S = 30.0, 5.0

HEADER = (
    "BusinessId,DisplayName,EmailAddress,IncomingServer,IncomingServerPort,IncomingServerUsername,"
    "OutgoingServer,OutgoingServerPort,OutgoingServerUsername,LastMessageId,ErrorCount"
)
# Two businesses, a repeat, a row that validation refuses, one that the target refuses, one that exists there.
ROWS = (
    (1, "a@x.example"),
    (1, "b@x.example"),
    (2, "A@x.example"),
    (1, "B@X.example"),
    ("one", "invalid@x.example"),
    (2, "refused@x.example"),
    (1, "exists@x.example"),
    (2, "c@x.example"),
)
EXPECTED = {
    2: "created",
    3: "created",
    4: "created",
    5: "skipped",
    6: "invalid",
    7: "rejected",
    8: "skipped",
    9: "created",
}

POSTS = (
    "answered",
    "not connected",
    "throttled",
    "expired",
    "created, answer lost",
    "created, timed out",
    "created, broken answer",
    "created, server error",
    "created late, timed out",
    "nothing done, timed out",
    "nothing done, server error",
)
GETS = ("answered", "not connected", "timed out", "throttled", "expired", "server error", "broken answer")


@dataclass
class Target:
    """The endpoint in memory: creates, lists and reads records; outlives the processes."""

    clock: Clock
    ahead_s: float = 0.0
    posts: list[str] = field(default_factory=list)
    gets: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=lambda: {"t0"})
    records: dict[int, dict[str, object]] = field(default_factory=dict)
    late: list[tuple[float, dict[str, object]]] = field(default_factory=list)
    creations: Counter[tuple[int, str]] = field(default_factory=Counter)
    refreshed: int = 0

    def now(self) -> float:
        return self.clock.now() + self.ahead_s

    def create(self, body: dict[str, object], at: float | None = None) -> int:
        number = 1_000 + len(self.records)
        created = datetime.fromtimestamp(self.now() if at is None else at + self.ahead_s, UTC)
        self.records[number] = {**body, "Id": number, "CreatedOn": created.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        self.creations[int(str(body["BusinessId"])), str(body["EmailAddress"]).lower()] += 1
        return number

    def catch_up(self) -> None:
        """Does what it was still at work on when the client gave up waiting."""
        due = [one for one in self.late if one[0] <= self.clock.now()]
        self.late = [one for one in self.late if one[0] > self.clock.now()]
        for at, body in due:
            self.create(body, at)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.catch_up()
        if request.url.path == "/api/token":
            self.refreshed += 1
            self.tokens = {f"t{self.refreshed}"}
            return self.reply(200, {"access_token": f"t{self.refreshed}", "refresh_token": "r"})
        fates = self.posts if request.method == "POST" else self.gets
        fate = fates.pop(0) if fates else "answered"
        if fate == "not connected":
            raise httpx.ConnectError("refused", request=request)
        if fate == "throttled":
            return self.reply(409, None, {"Retry-After": "1"})
        if fate == "expired":
            self.tokens = set()
        if request.headers["authorization"].removeprefix("Bearer ") not in self.tokens:
            return self.reply(401, None)
        return self.created(request, fate) if request.method == "POST" else self.found(request, fate)

    def created(self, request: httpx.Request, fate: str) -> httpx.Response:
        body = json.loads(request.content)
        if str(body["EmailAddress"]).startswith("refused"):
            error = {"AttemptedValue": "x", "Message": "is refused", "PropertyName": "DisplayName"}
            return self.reply(400, {"Message": "no", "Value": None, "Errors": [error], "WasSuccessful": False})
        if fate == "created late, timed out":
            self.late.append((self.clock.now() + TIMEOUT_S + SETTLE_S / 2, body))
        if fate == "answered" or fate.startswith("created, "):
            number = self.create(body)
        if fate == "answered":
            return self.reply(200, {"Status": 200, "Value": {"Id": number}, "Errors": None, "WasSuccessful": True})
        return self.failed(request, fate)

    def found(self, request: httpx.Request, fate: str) -> httpx.Response:
        if fate != "answered":
            return self.failed(request, fate)
        query = request.url.params
        chosen = [
            {name: record[name] for name in ("Id", "BusinessId", "EmailAddress", "CreatedOn")}
            for record in self.records.values()
            if query.get("EmailAccount_Business", str(record["BusinessId"])) == str(record["BusinessId"])
            and query.get("EmailAccount_EmailAddress", "").lower() in str(record["EmailAddress"]).lower()
        ]
        page = int(query["page"])
        more = len(chosen) > 2 * page  # pages of two, so that there are several
        return self.reply(200, {"Records": chosen[2 * page - 2 : 2 * page], "HasNextPage": more})

    def failed(self, request: httpx.Request, fate: str) -> httpx.Response:
        if "timed out" in fate:
            self.clock.time += TIMEOUT_S
            raise httpx.ReadTimeout("slow", request=request)
        if "lost" in fate:
            raise httpx.ReadError("reset", request=request)
        return self.reply(500 if "server error" in fate else 200, None)

    def reply(self, status: int, body: object, headers: dict[str, str] | None = None) -> httpx.Response:
        date = format_datetime(datetime.fromtimestamp(self.now(), UTC), usegmt=True)
        content = b"" if body is None else json.dumps(body).encode()
        return httpx.Response(status, content=content, headers={"Date": date, **(headers or {})})


class Wire(httpx.AsyncBaseTransport):
    """A process's way to the target. What is on its way when the process dies may arrive or not."""

    def __init__(self, target: Target, process: Process, *, arrives: bool) -> None:
        self._target = target
        self._process = process
        self._arrives = arrives

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(2):
            await asyncio.sleep(0)
            if self._process.dead:
                if self._arrives:
                    self._arrives = False
                    self._target.answer(request)
                raise httpx.ConnectError("the process is dead", request=request)
        dies = self._process.before()
        self._target.clock.time += 0.01
        try:
            return self._target.answer(request)
        finally:
            if dies:
                self._process.die()


class Silence:
    """Watches nothing."""

    asks = previews = follows_rows = False

    def looking(self, _told: str) -> None: ...

    def confirm(self, _preview: object) -> bool:
        return True

    def begin(self, *_: object) -> None: ...

    def stands(self, *_: object) -> None: ...

    def read(self, *_: object) -> None: ...

    def row_ended(self, *_: object) -> None: ...

    def interrupted(self) -> None: ...

    def finish(self) -> None: ...


@dataclass
class Story:
    """A ledger, a target, and the processes that one after the other work on a run."""

    folder: Path
    target: Target
    config: RunConfig
    names: int = 0

    @property
    def ledger(self) -> str:
        return str(self.folder / "ledger.sqlite")

    def letters(self) -> str:
        self.names += 1
        return f"n{self.names}"

    def process(self, process: Process, *, arrives: bool = False) -> Result | None:
        """Lets a process work on the run; `None` where it died."""
        runtime = Runtime(
            now=self.target.clock.now,
            sleep=self.target.clock.sleep,
            letters=self.letters,
            open_transport=lambda *_: Wire(self.target, process, arrives=arrives),
            handle_signals=False,
        )
        credentials = Credentials(username="me@x.example", password="hunter2")
        connection = Connection(credentials=credentials, ledger=self.ledger, observer=Silence(), runtime=runtime)
        with counted_commits(process):
            try:
                return self.work(connection)
            except Death:
                return None

    def work(self, connection: Connection) -> Result:
        if resumable(self.ledger):
            return resume(None, connection)
        if history(self.ledger):  # it died when all was done but the reports
            return report(None, self.ledger, time.time())
        source = self.folder / "accounts.csv"
        intake = open_intake(find_sources(["accounts.csv"], [source]), self.config)
        return run(intake, ReportDir(folder=self.folder / "reports"), connection)

    def rows(self) -> dict[int, tuple[object, ...]]:
        return {
            row.row: (
                row.status,
                *(json.loads(row.key) if row.key else (None, None)),
                row.remote_id is not None,
                row.reason,
            )
            for row in self._select("SELECT * FROM rows")
        }

    def records(self) -> dict[tuple[int, str], int | None]:
        return {tuple(json.loads(r.key)): r.remote_id for r in self._select("SELECT * FROM records")}

    def histories(self) -> list[tuple[int, str | None, str]]:
        return [(h.row, h.before, h.after) for h in self._select("SELECT * FROM history ORDER BY n")]

    def _select(self, query: str) -> list[sa.Row]:
        engine = sa.create_engine(f"sqlite:///{self.ledger}")
        with engine.connect() as connection:
            found = connection.execute(sa.text(query)).all()
        engine.dispose()
        return list(found)


@pytest.fixture(autouse=True)
def _quiet(caplog):
    """asyncio logs each task that a process leaves behind when it dies."""
    caplog.set_level(logging.CRITICAL, logger="asyncio")


@pytest.fixture(scope="module")
def new_ledger(tmp_path_factory) -> Path:
    """An empty ledger that keeps the history of each row."""
    path = tmp_path_factory.mktemp("new") / "ledger.sqlite"
    ledger = Ledger(str(path))
    for statement in (
        "CREATE TABLE history (n INTEGER PRIMARY KEY, row INTEGER, before TEXT, after TEXT)",
        """CREATE TRIGGER entered AFTER INSERT ON "rows" BEGIN
             INSERT INTO history (row, after) VALUES (new."row", new.status); END""",
        """CREATE TRIGGER moved AFTER UPDATE OF status ON "rows" BEGIN
             INSERT INTO history (row, before, after) VALUES (new."row", old.status, new.status); END""",
    ):
        ledger.write(lambda c, statement=statement: c.execute(sa.text(statement)))
    ledger.close()
    return path


def new_story(new_ledger: Path, folder: Path, **options: object) -> Story:
    shutil.copy(new_ledger, folder / "ledger.sqlite")
    lines = [f"{b},Name,{e},imap.x.example,993,me,smtp.x.example,587,me,0,0" for b, e in ROWS]
    (folder / "accounts.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    target = Target(clock=Clock(START))
    target.create({"BusinessId": 1, "EmailAddress": "exists@x.example"}, START - 86_400)
    config = RunConfig(
        endpoint="emailaccounts",
        base_url=BASE,
        attempts=30,
        stop_after=0,
        timeout_s=TIMEOUT_S,
        settle_s=SETTLE_S,
        **options,
    )
    return Story(folder=folder, target=target, config=config)


def check(story: Story, result: Result) -> None:
    """The run ended as it would have if nothing had ever gone wrong."""
    assert result.run.status is RunStatus.COMPLETED
    assert result.summary.adds_up
    assert result.summary.rows_read == len(ROWS)
    rows = story.rows()
    assert {row: found[0] for row, found in rows.items()} == EXPECTED
    assert (rows[5][4], rows[8][4]) == ("repeats row 3", "exists at the target")
    created = {(row[1], row[2]) for row in rows.values() if row[0] == Status.CREATED.value}
    assert story.target.creations == Counter([*created, (1, "exists@x.example")])
    by_key = {(r["BusinessId"], str(r["EmailAddress"]).lower()): r["Id"] for r in story.target.records.values()}
    assert story.records() == {key: by_key[key] for key in created}


def check_histories(story: Story) -> None:
    """Each row was entered once, and moved only as the diagram says."""
    standing: dict[int, str] = {}
    for row, before, after in story.histories():
        if before is None:
            assert row not in standing
            assert after in {"unprocessed", "invalid"}
        else:
            assert standing[row] == before
            assert Status(after) in TRANSITIONS[Status(before)]
        standing[row] = after
    assert standing == EXPECTED


def check_report(folder: Path) -> None:
    report = json.loads((folder / "reports" / "report.json").read_text(encoding="utf-8"))
    summary = report["Summary"]
    assert summary["RowsRead"] == sum(summary[name] for name in summary if name not in {"RowsRead", "Warnings"})
    assert sorted(one["Row"] for name in ("Created", "Skipped", "Errors") for one in report[name]) == sorted(EXPECTED)


def test_an_uncut_run_ends_as_expected(new_ledger, tmp_path):
    story = new_story(new_ledger, tmp_path)
    result = story.process(Process())
    assert result is not None
    check(story, result)
    check_histories(story)
    check_report(tmp_path)


cuts = st.lists(st.builds(Process, dies_at=st.integers(1, 60), afterwards=st.booleans()), min_size=1, max_size=4)
common = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def expiring_once(posts, gets):
    """A call that is refused with a new token as well means that a role is missing: then rows end otherwise."""
    posts, gets = list(posts), list(gets)
    for fates in (posts, gets):
        for place in [n for n, fate in enumerate(fates) if fate == "expired"][
            0 if fates is gets and "expired" in posts else 1 :
        ]:
            fates[place] = "answered"
    return posts, gets


def ends_as_uncut(new_ledger, cuts, *, posts=(), gets=(), arrives=False, ahead_s=0.0, concurrency=3):
    with tempfile.TemporaryDirectory() as name:
        story = new_story(new_ledger, Path(name), concurrency=concurrency)
        story.target.posts, story.target.gets = expiring_once(posts, gets)
        story.target.ahead_s = ahead_s
        result = None
        for process in [*cuts, Process(), Process()]:
            found = story.process(process, arrives=arrives)
            result = found or result
            if found is not None and found.run.status is RunStatus.COMPLETED:
                break
        assert result is not None
        check(story, result)
        check_histories(story)
        check_report(story.folder)


@common
@given(cuts=cuts, arrives=st.booleans())
def test_a_run_that_is_cut_anywhere_ends_as_an_uncut_one(new_ledger, cuts, arrives):
    ends_as_uncut(new_ledger, cuts, arrives=arrives)


@common
@given(
    posts=st.lists(st.sampled_from(POSTS), max_size=12),
    gets=st.lists(st.sampled_from(GETS), max_size=8),
    ahead_s=st.sampled_from([0.0, 1_800.0, -1_800.0]),
    concurrency=st.integers(1, 5),
)
def test_a_run_over_any_network_ends_as_over_a_good_one(new_ledger, posts, gets, ahead_s, concurrency):
    ends_as_uncut(new_ledger, [], posts=posts, gets=gets, ahead_s=ahead_s, concurrency=concurrency)


@common
@given(
    cuts=cuts,
    posts=st.lists(st.sampled_from(POSTS), max_size=12),
    gets=st.lists(st.sampled_from(GETS), max_size=8),
    arrives=st.booleans(),
    ahead_s=st.sampled_from([0.0, 1_800.0, -1_800.0]),
    concurrency=st.integers(1, 5),
)
def test_a_run_that_is_cut_anywhere_over_any_network_ends_as_an_uncut_one(
    new_ledger, cuts, posts, gets, arrives, ahead_s, concurrency
):
    ends_as_uncut(
        new_ledger,
        cuts,
        posts=posts,
        gets=gets,
        arrives=arrives,
        ahead_s=ahead_s,
        concurrency=concurrency,
    )
