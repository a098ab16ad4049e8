"""One command, measured from outside: wall time, CPU time and memory of it and all its descendants."""

import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.memory import PeakMemory

_MB = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one command cost, or the median of several.

    Attributes:
        wall_s: from its start to its end.
        cpu_s: user and system time, of descendants too where their parents waited for them.
        peak_mb: the most memory at one time, in MB (millions of bytes).
        code: its exit code; None if it was ended from outside.
        said: the last line that it wrote.
        requests: how many requests the server answered meanwhile; None if there was no server.
        rounds: how many measurements this is the median of.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    code: int | None
    said: str = ""
    requests: int | None = None
    rounds: int = 1


def measure(argv: Sequence[object], environment: Mapping[str, str], folder: Path, limit_s: float) -> Measured:
    """Runs a command in a folder, and ends it with all that it started once its time is up.

    Raises:
        OSError: It cannot be started.
    """
    output = folder / "output.txt"
    with output.open("wb") as stream:
        start = time.perf_counter()
        process = _started(argv, environment, folder, stream.fileno())
        with PeakMemory(process.pid) as peak, _ended_after(limit_s, process.pid) as expired:
            _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return Measured(
        wall_s=wall_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_mb=(peak.bytes or _ru_maxrss_bytes(usage.ru_maxrss)) / _MB,
        code=None if expired.is_set() else process.returncode,
        said=_last_line(output),
    )


def _started(
    argv: Sequence[object], environment: Mapping[str, str], folder: Path, output: int
) -> subprocess.Popen[bytes]:
    """A process in a session of its own, so that it can be ended with its descendants and asks no terminal."""
    return subprocess.Popen(
        [str(part) for part in argv],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


@contextmanager
def _ended_after(limit_s: float, group: int) -> Iterator[threading.Event]:
    expired = threading.Event()

    def end() -> None:
        expired.set()
        with suppress(ProcessLookupError):  # it ended by itself in this moment
            os.killpg(group, signal.SIGKILL)

    timer = threading.Timer(limit_s, end)
    timer.start()
    try:
        yield expired
    except BaseException:
        end()  # whoever was to wait for it is gone
        raise
    finally:
        timer.cancel()


def _ru_maxrss_bytes(maxrss: int) -> int:
    return maxrss if sys.platform == "darwin" else maxrss * 1024


def _last_line(output: Path) -> str:
    lines = output.read_text(encoding="utf-8", errors="replace").split("\n")
    filled = [line.strip() for line in lines if line.strip()]
    return filled[-1] if filled else ""


def median(measurements: Sequence[Measured]) -> Measured:
    """The median of each quantity; the rest is that of the last measurement."""
    last = measurements[-1]
    return Measured(
        wall_s=statistics.median(m.wall_s for m in measurements),
        cpu_s=statistics.median(m.cpu_s for m in measurements),
        peak_mb=statistics.median(m.peak_mb for m in measurements),
        code=last.code,
        said=last.said,
        requests=last.requests,
        rounds=len(measurements),
    )
