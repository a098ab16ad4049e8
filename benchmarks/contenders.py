"""What is compared: a command for a job, and why there may be none. Ours stand here, those of others in `peers`."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

TOKEN = "sandbox-token"
OURS = "nexudus-import"
_PROGRAM = Path(sys.executable).with_name("nexudus-import")
_QUIET = ("--quiet", "--no-progress")  # one line, of anything but 0


@dataclass(frozen=True, kw_only=True)
class Job:
    """What one command is to do.

    Attributes:
        source: the file that is read.
        folder: an empty folder that the command works in.
        rows: how many rows the file has.
        base_url: the server, if rows are sent.
        in_flight: how many calls at a time.
    """

    source: Path
    folder: Path
    rows: int
    base_url: str = ""
    in_flight: int = 32

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"{self.base_url}/api/crm/emailaccounts"


Argv = Callable[[Job], Sequence[object]]


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One row of a table.

    Attributes:
        name: the tool, as the table has it.
        argv: its command for a job.
        codes: the exit codes with which it has done what was asked.
        at_most: how many rounds it is worth waiting for, if that is fewer than the others take.
        missing: why it cannot be measured here.
    """

    name: str
    argv: Argv
    codes: frozenset[int] = frozenset({0})
    at_most: int | None = None
    missing: str = ""


def environment_of(job: Job) -> dict[str, str]:
    """The environment of every contender: nothing of the person's settings, no proxy, a ledger of its own.

    No `PYTHONDONTWRITEBYTECODE` either: it would make every start compile what an installation has compiled.

    The variables of dlt keep it from telling its makers, and from writing into the home folder.
    """
    inherited = {name: value for name, value in os.environ.items() if not _is_personal(name)}
    return {
        **inherited,
        "NEXUDUS_TOKEN": TOKEN,
        "NEXUDUS_IMPORT_LEDGER": str(job.folder / "ledger.db"),
        "XDG_DATA_HOME": str(job.folder / "data"),
        "DLT_DATA_DIR": str(job.folder / "dlt"),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "NO_COLOR": "1",
    }


def _is_personal(name: str) -> bool:
    return name.upper().startswith(("NEXUDUS", "PYTHON")) or name.lower().endswith("_proxy")


def our_run(*options: object, name: str = f"{OURS} run") -> Contender:
    """Our import, with everything on: validation, ledger, look for what exists, all reports."""

    def argv(job: Job) -> list[object]:
        target = ["--base-url", job.base_url, "--limits", "none", "--concurrency", job.in_flight]
        return [_PROGRAM, "run", job.source, *target, *_QUIET, *options]

    return Contender(name=name, argv=argv)


def our_validate(*options: object, code: int = 0, name: str = f"{OURS} validate") -> Contender:
    """Our check with all reports; 3 is its exit code where rows are bad."""
    return Contender(
        name=name,
        argv=lambda job: [_PROGRAM, "validate", job.source, *_QUIET, *options],
        codes=frozenset({code}),
    )


def our_help() -> Contender:
    """Our help, which is all start-up."""
    return Contender(name=f"{OURS} --help", argv=lambda _: [_PROGRAM, "--help"])
