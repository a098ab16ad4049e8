"""Speed and memory of whole imports, side by side with the obvious script, in one run on one machine.

    python benchmarks/throughput.py [--rows 20000] [--validate-rows 1000000]

Only ratios within one run mean anything: machines are shared. Everything is on: validation, ledger, reports.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

_HERE = Path(__file__).parent
_PORT = 8099
_URL = f"http://127.0.0.1:{_PORT}"
_HEADER = [
    "BusinessId",
    "DisplayName",
    "EmailAddress",
    "IncomingServer",
    "IncomingServerPort",
    "IncomingServerUsername",
    "OutgoingServer",
    "OutgoingServerPort",
    "OutgoingServerUsername",
    "LastMessageId",
    "ErrorCount",
    "Active",
    "IncomingServerType",
    "IncomingServerSSL",
    "DeleteMessageSettings",
    "LastCheckTime",
]


def _write_source(path: Path, rows: int) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_HEADER)
        for i in range(rows):
            name = f"user{i}"
            cells = [1000 + i % 20, f"Support {i}", f"{name}@example.com", "imap.example.com", 993, name]
            cells += ["smtp.example.com", 587, name, 0, 0, "true", 1, "yes", 1, "2026-01-02T03:04:05Z"]
            writer.writerow(cells)


@contextmanager
def _server():
    process = subprocess.Popen([sys.executable, _HERE / "instant_server.py", str(_PORT)])
    time.sleep(1.0)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _measure(title: str, rows: int, command: list[object], folder: Path) -> float:
    environment = {**os.environ, "NEXUDUS_TOKEN": "x", "NEXUDUS_IMPORT_LEDGER": str(folder / f"{time.time_ns()}.db")}
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    peak_mb = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    print(f"{title:<42} {rows:>9,} rows {seconds:>8.2f} s {rows / seconds:>9,.0f}/s {peak_mb:>7,.0f} MB  exit {code}")
    return seconds


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--validate-rows", type=int, default=1_000_000)
    options = parser.parse_args()
    importer = [Path(sys.executable).with_name("nexudus-import")]
    quiet = ["--quiet", "--no-progress"]
    with tempfile.TemporaryDirectory() as name, _server():
        folder = Path(name)
        source, long_source = folder / "source.csv", folder / "long.csv"
        _write_source(source, options.rows)
        _write_source(long_source, options.validate_rows)
        target = f"{_URL}/api/crm/emailaccounts"
        script = [sys.executable, _HERE.resolve() / "obvious_script.py", source, target]
        obvious = _measure("the obvious script, 32 in flight", options.rows, script, folder)
        run = [*importer, "run", source, "--base-url", _URL, "--limits", "none", "--concurrency", 32, *quiet]
        ours = _measure("nexudus-import run, 32 in flight", options.rows, run, folder)
        _measure("nexudus-import validate", options.validate_rows, [*importer, "validate", long_source, *quiet], folder)
        _measure("nexudus-import --help", 1, [*importer, "--help"], folder)
        print(f"\n{obvious / ours:.1f} times as fast as the obvious script")


if __name__ == "__main__":
    _main()
