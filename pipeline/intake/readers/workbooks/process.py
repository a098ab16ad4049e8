"""Runs the process that reads a workbook, and says in words a person knows how it ended where it gave no result.

May import `extract`, `package`, `scan` and `spool`; knows nothing of fastexcel.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any

from pipeline.errors import Code
from pipeline.intake.readers.workbooks import spool
from pipeline.intake.readers.workbooks.package import UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)

_MODULE = "pipeline.intake.readers.workbooks.extraction"
_SECONDS_AT_LEAST = 120
_BYTES_PER_SECOND = 1 << 20
"""A tenth of what a slow machine reads."""


def extracted(
    path: Path, max_unpacked: int, seconds_at_least: float = _SECONDS_AT_LEAST
) -> tuple[IO[bytes], dict[str, Any]]:
    """Reads a workbook in a process of its own.

    Args:
        path: The workbook.
        max_unpacked: How many bytes it may unpack to.
        seconds_at_least: How long the process may take, however small the file is.

    Returns:
        The spool, a file without a name that is gone when it is closed, and its index.

    Raises:
        UnreadableError: The workbook cannot be read.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is handed on
    try:
        index = _run(path, max_unpacked, seconds_at_least, file)
    except BaseException:
        file.close()
        raise
    return file, index


def _run(path: Path, max_unpacked: int, seconds_at_least: float, file: IO[bytes]) -> dict[str, Any]:
    request = json.dumps({"path": str(path), "max_unpacked": max_unpacked})
    command = [sys.executable, "-P", "-W", "ignore", "-m", _MODULE, request]
    with subprocess.Popen(  # noqa: S603 - this interpreter and our own module
        command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE, env=_environment()
    ) as process:
        _import_beside()
        said = _wait(process, seconds_at_least + path.stat().st_size // _BYTES_PER_SECOND)
    _log.debug("Reading %s ended with %s: %s", path.name, process.returncode, said.decode(errors="replace"))
    index = spool.read_index(file)
    if index is None:
        what = "is not a workbook that can be read (it is damaged, or too large to hold)"
        raise UnreadableError(Code.WORKBOOK_DAMAGED, what)
    if "what" in index:
        raise UnreadableError(Code[index["code"]], index["what"], **index["facts"])
    return index


def _environment() -> dict[str, str]:
    """This process's own, so that the other one finds the same modules."""
    paths = [one or os.getcwd() for one in sys.path]  # noqa: PTH109 - "" in sys.path means just this
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _import_beside() -> None:
    """Loads what the rows will need next, which takes as long as a middling workbook, while the other process works."""
    for name in ("pandas", "pandera.pandas"):
        import_module(name)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    try:
        return process.communicate(timeout=seconds)[1]
    except BaseException as error:
        process.kill()
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            what = f"could not be read within {seconds:.0f} seconds"
            raise UnreadableError(Code.WORKBOOK_DAMAGED, what) from None
        raise
