"""A machine with an inbox, a ledger and a nightly schedule, in virtual time; a target in memory; and what goes wrong.

The machine's clock can be set; the target's goes right.
"""

from __future__ import annotations

import csv
import gc
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from pipeline.operations.runtime import Runtime
from pipeline.operations.virtual_time import VirtualTime
from pipeline.sandbox.accounts import DEFAULT_USERS, Tokens
from pipeline.sandbox.api import Sandbox
from pipeline.sandbox.faults import FaultPlan, Faults
from pipeline.sandbox.in_process import InProcessTransport
from pipeline.sandbox.store import Store
from tests.support.command_line import call
from tests.support.cuts import Process, counted_commits

BASE_URL = "https://spaces.example"
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What goes wrong in one night.

    Attributes:
        down_after: From so many calls on the target cannot be reached.
        faults: What goes wrong at the target.
        clock: At which call the machine's clock is set, and by how many seconds.
        dies_at: At which commit the process dies.
        afterwards: Whether that commit is made.
    """

    down_after: int | None = None
    faults: Faults = Faults()  # noqa: RUF009 - frozen
    clock: tuple[int, float] | None = None
    dies_at: int | None = None
    afterwards: bool = False


NONE = Trouble()


@dataclass(frozen=True, kw_only=True)
class Night:
    """What a start of the schedule left.

    Attributes:
        code: Its exit code; `None` if it died.
        said: What it printed.
        created: How many records the target got.
        struck: What the faults did.
    """

    code: int | None
    said: str
    created: int
    struck: Mapping[str, int]


class Wire(httpx.AsyncBaseTransport):
    """The way to the target in one night, and what goes wrong on it."""

    def __init__(self, machine: Machine, trouble: Trouble, process: Process) -> None:
        self._inner = InProcessTransport(machine.sandbox)
        self._machine = machine
        self._trouble = trouble
        self._process = process
        self._calls = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._calls += 1
        if self._trouble.clock is not None and self._calls == self._trouble.clock[0]:
            self._machine.clock.set_clock(self._trouble.clock[1])
        is_down = self._trouble.down_after is not None and self._calls > self._trouble.down_after
        if is_down or self._process.dead:
            raise httpx.ConnectError("no route to host", request=request)
        if request.method == "POST" and self._trouble.clock is None:
            self._machine.posts.append(self._machine.true_time())
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass
class Machine:
    """A machine on which the schedule runs.

    Attributes:
        start: The first day, by the machine's zone.
        at: The time of day at which the schedule starts.
        limits: What the target allows: so many changing calls in so many seconds.
        posts: True moments at which creating calls left, but for nights in which the clock jumps: then the target
            alone knows how many came in a minute, and throttles what is too much.
        came_in: Every file that came in whole, with its rows; a name may come again.
    """

    start: date
    at: tuple[int, int] = (2, 30)
    limits: tuple[tuple[int, float], ...] = ((10, 60), (40, 86_400))
    posts: list[float] = field(default_factory=list)
    came_in: list[tuple[str, Rows]] = field(default_factory=list)
    _names: int = 0

    def __post_init__(self) -> None:
        self._begin = time.mktime((*self.start.timetuple()[:3], 12, 0, 0, 0, 0, -1))
        self.clock = VirtualTime(self._begin)
        self.sandbox = Sandbox(
            store=Store(now=self._target_time),
            tokens=Tokens(DEFAULT_USERS, now=self._target_time),
            plan=FaultPlan(Faults()),
            now=self._target_time,
        )
        Path("inbox").mkdir()
        tables = (f"[[limit]]\ncalls = {calls}\nseconds = {seconds}\n" for calls, seconds in self.limits)
        Path("limits.toml").write_text("\n".join(tables), encoding="utf-8")

    def true_time(self) -> float:
        """Seconds since 1970, whatever the machine's clock says."""
        return self._begin + self.clock.passed_s

    def _target_time(self) -> datetime:
        return datetime.fromtimestamp(self.true_time(), UTC)

    # -- days ------------------------------------------------------------------------------------------------

    def comes_in(self, name: str, rows: Rows, *, ago_s: float = 3_600.0, unfinished: int = 0) -> None:
        """A file comes into the inbox.

        Args:
            name: Its name.
            rows: All its rows.
            ago_s: When it was last written.
            unfinished: So many of its rows are not there yet.
        """
        self.came_in += [] if unfinished else [(name, rows)]
        with (Path("inbox") / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows[: len(rows) - unfinished])
        self._date(name, ago_s)

    def comes_in_broken(self, name: str, content: bytes) -> None:
        """A file comes in that is no table."""
        (Path("inbox") / name).write_bytes(content)
        self._date(name, 3_600.0)

    def _date(self, name: str, ago_s: float) -> None:
        written = self.clock.now() - ago_s
        os.utime(Path("inbox") / name, (written, written))

    def until_night(self) -> None:
        """Lets the day pass, until the clock shows the time at which the schedule starts."""
        now = self.clock.now()
        today = datetime.fromtimestamp(now)  # noqa: DTZ006 - by the machine's zone
        moments = (self._at(today + timedelta(days=days)) for days in (0, 1))
        self.clock.passed_s += next(moment for moment in moments if moment > now) - now

    def _at(self, day: date) -> float:
        return time.mktime((*day.timetuple()[:3], *self.at, 0, 0, 0, -1))

    # -- nights ----------------------------------------------------------------------------------------------

    def night(self, trouble: Trouble = NONE) -> Night:
        """Starts the schedule's command once, as cron does."""
        process = Process(dies_at=trouble.dies_at, afterwards=trouble.afterwards)
        before = len(self.sandbox.store)
        self.sandbox.injected.clear()
        self.sandbox.plan = FaultPlan(replace(trouble.faults, limits=self.limits))
        runtime = Runtime(
            now=self.clock.now,
            run=self.clock.run,
            letters=self._letters,
            open_transport=lambda *_: Wire(self, trouble, process),
            handle_signals=False,
        )
        options = ("--base-url", BASE_URL, "--limits", "limits.toml", "--until", "06:00", "--quiet")
        with counted_commits(process) if trouble.dies_at else nullcontext():
            ended = call("nightly", "inbox", *options, runtime=runtime)
        gc.collect()  # what a dead process leaves is told of now, and not in the midst of another test
        return Night(
            code=None if process.dead else ended.exit_code,
            said=ended.output,
            created=len(self.sandbox.store) - before,
            struck=dict(self.sandbox.injected),
        )

    def _letters(self) -> str:
        self._names += 1
        return f"n{self._names:03}"
