"""The command line under test: called in this process, or as one of its own; and sources for it to read."""

import csv
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from pipeline.cli.main import main
from pipeline.operations.runtime import Runtime
from tests.support.factories import account, accounts  # noqa: F401 - tests of commands take their rows from here
from tests.support.local_server import serving

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_data"
ACCOUNTS = SAMPLES / "accounts.csv"
TOKEN = "sandbox-token"
LEGACY_VALUES = ("--set", "LastMessageId=0", "--set", "ErrorCount=0")
_PATIENCE_S = 100


def call(
    *args: object,
    given: bytes | None = None,
    token: str | None = TOKEN,
    runtime: Runtime | None = None,
    **environment: str,
) -> Result:
    """Calls a command in this process, in a world of the test's making if it gives one.

    Other keywords are environment variables.
    """
    env = {"NEXUDUS_TOKEN": token, **environment}
    return CliRunner().invoke(main, [str(arg) for arg in args], input=given, env=env, obj=runtime)


def run_into(server: Any, *args: object, **how: Any) -> Result:
    """`run` into a sandbox, as fast as it can and with reports in `out`."""
    options = (
        "--base-url",
        server.base_url,
        "--limits",
        "none",
        "--settle",
        "0.05",
        "--max-lag",
        "0.2",
        "--report-dir",
        "out",
    )
    return call("run", *args, *options, **how)


def started(*args: object, given: bytes | None = None, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Calls a command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, args)],
        input=given,
        capture_output=True,
        timeout=_PATIENCE_S,
        env=process_environment(**environment),
        check=False,
    )


def process_environment(**updater: str) -> dict[str, str]:
    """The environment of a process that finds the program."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **updater}


def on_terminal(*args: object, answers: Mapping[str, str] | None = None, **environment: str) -> tuple[int, str]:
    """Calls a command on a pseudo-terminal.

    Args:
        *args: Its arguments.
        answers: What is typed once a text has appeared.
        **environment: Environment variables.

    Returns:
        Its exit code, and all that the terminal showed.
    """
    import pty  # not on Windows, where tests of terminals are skipped

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pipeline", *map(str, args)]
    env = process_environment(**{"TERM": "xterm", "COLUMNS": "100", **environment})
    # Without a session of its own it would ask for passwords on the terminal that the tests were started from.
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True)
    os.close(theirs)
    try:
        shown = _converse(ours, dict(answers or {}))
        return process.wait(_PATIENCE_S), shown
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _converse(terminal: int, answers: dict[str, str]) -> str:
    shown = b""
    while select.select([terminal], [], [], _PATIENCE_S)[0]:
        try:
            read = os.read(terminal, 65536)
        except OSError:  # what Linux says of a terminal whose other side is closed
            break
        if not read:
            break
        shown += read
        for text in [text for text in answers if text.encode() in shown]:
            os.write(terminal, answers.pop(text).encode() + b"\n")
    return shown.decode()


def write_csv(name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A source in the working folder."""
    path = Path(name)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(column for row in rows for column in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_csv(path: str | Path, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    """All cells of a CSV file."""
    with Path(path).open(newline="", encoding=encoding) as stream:
        return list(csv.reader(stream, delimiter=delimiter))


def report_in(folder: str | Path = "out") -> dict[str, Any]:
    """The report in a folder."""
    found: dict[str, Any] = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
    return found


def result_of(called: Result) -> Any:
    """The result that a command printed as JSON, and nothing else but what is odd about its sources."""
    found = json.loads(called.stdout)
    is_odd = isinstance(found, dict) and found.get("Summary", {}).get("Warnings")
    assert is_odd or called.stderr == ""
    return found


def by_key(server: Any) -> list[dict[str, Any]]:
    """The records of a sandbox, in the order of their keys."""
    return sorted(server.store.records(), key=lambda record: (record["BusinessId"], record["EmailAddress"]))


def summary(**counts: int) -> dict[str, int]:
    """A report's `Summary` with these counts, and 0 for the others."""
    names = ("RowsRead", "Created", "Updated", "Skipped", "Invalid", "Rejected", "Failed", "InDoubt", "Unprocessed")
    return dict.fromkeys((*names, "Warnings"), 0) | counts


@dataclass
class Stub:
    """A target that answers every POST alike and lists nothing."""

    status: int
    answer: Any
    base_url: str = ""
    bodies: list[bytes] = field(default_factory=list)


@contextmanager
def stub(status: int, answer: Any) -> Iterator[Stub]:
    """Serves a stub; `answer` is JSON, or a function from the body that was posted to the text of the answer."""
    found = Stub(status=status, answer=answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.bodies.append(body)
            text = answer(body.decode()) if callable(answer) else json.dumps(answer)
            self._send(found.status, text)

        def do_GET(self) -> None:
            self._send(200, json.dumps({"Records": [], "TotalItems": 0, "TotalPages": 0, "HasNextPage": False}))

        def _send(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

    with serving(Handler) as place:
        found.base_url = f"http://{place}"
        yield found
