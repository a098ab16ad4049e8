"""Runs our program and writes down where its CPU time went: by the module that each thread was in when it spent it.

    python -m benchmarks.sampled OUTPUT COMMAND...

Reads each thread's own CPU clock every few milliseconds and books what it has spent since on where the thread is now.
That sees all threads, counts no waiting, and hardly slows the program, where a tracing profiler sees one thread and
doubles the price of small functions. Native threads of libraries have no frames; they are the rest to the process's.
"""

import atexit
import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

_EVERY_S = 0.004


class Sampler:
    """Samples this process from a thread, until it is told to stop."""

    def __init__(self) -> None:
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._clocks: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> dict[str, float]:
        """The CPU seconds by place, `native threads` among them."""
        self._sample()
        self._over.set()
        self._thread.join()
        own = self._clocks.pop(self._thread.ident or 0, 0)
        rest = time.process_time() - own - sum(self._spent.values())
        return {**self._spent, "native threads": max(rest, 0)}

    def _watch(self) -> None:
        while not self._over.wait(_EVERY_S):
            self._sample()
        self._clocks[threading.get_ident()] = time.thread_time()

    def _sample(self) -> None:
        # A thread whose frame is here is alive for as long as nobody else gets the interpreter.
        for thread, frame in sys._current_frames().items():  # noqa: SLF001 - documented, for this
            if thread != self._thread.ident:
                now = time.clock_gettime(time.pthread_getcpuclockid(thread))
                since = now - self._clocks.get(thread, 0)
                if since > 0:
                    self._spent[place_of(frame)] += since
                self._clocks[thread] = now


def place_of(frame: FrameType | None) -> str:
    """Where a thread is: the innermost frame that is not of the standard library, or the library's own module."""
    files = [_normal(one.f_code.co_filename) for one in _outward(frame)]
    if any(name.startswith("<frozen importlib") for name in files):
        return "imports"
    return next(filter(None, map(_place, files)), "standard library")


def _outward(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _normal(filename: str) -> str:
    return filename.replace("\\", "/")


def _place(filename: str) -> str:
    """The room or library of a file; nothing for what counts with its caller."""
    if "/site-packages/" in filename:
        return filename.rsplit("/site-packages/", 1)[1].split("/", maxsplit=1)[0].removesuffix(".py")
    for ours in ("pipeline", "schemas"):
        if f"/{ours}/" in filename:
            inside = filename.rsplit(f"/{ours}/", 1)[1].split("/")
            return f"{ours}.{inside[0].removesuffix('.py')}" if ours == "pipeline" else ours
    return "asyncio" if "/asyncio/" in filename else ""


def _main() -> None:
    output = Path(sys.argv[1]).resolve()
    sys.argv = ["nexudus-import", *sys.argv[2:]]
    sampler = Sampler()
    sampler.start()
    atexit.register(lambda: output.write_text(json.dumps(sampler.stop())))
    from pipeline.__main__ import main

    main()


if __name__ == "__main__":
    _main()
