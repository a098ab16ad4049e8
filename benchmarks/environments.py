"""A virtual environment for each peer, made once and kept in a folder that git does not see.

What cannot be installed is no error of the benchmark: it is a reason that stands in the peer's row.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".bench"
_INSTALL_LIMIT_S = 600
_PYENV = Path.home() / ".pyenv" / "versions"
_NEWEST_MINOR = 14


class Unavailable(Exception):
    """A peer cannot be had on this machine; the message is why."""


def environment(name: str, requirements: Sequence[str], oldest: tuple[int, int] | None = None) -> Path:
    """The folder of a peer's programs, installed if need be.

    Args:
        name: the peer's, for the folder.
        requirements: what to install, as pip takes it; names without a version get the one that we have pinned.
        oldest: the oldest Python that the peer runs on, if ours may be too old.

    Raises:
        Unavailable: There is no such Python, or it cannot be installed.
    """
    digest = hashlib.sha256("\n".join(requirements).encode()).hexdigest()[:8]
    folder = CACHE / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}-{digest}"
    if not (folder / "installed").exists():
        _install(folder, requirements, python_of(oldest))
        (folder / "installed").touch()
    return folder / "bin"


def _install(folder: Path, requirements: Sequence[str], python: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _call([python, "-m", "venv", folder])
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _call([*pip, *_pins(requirements), *requirements])


def _pins(requirements: Sequence[str]) -> list[object]:
    """Our own pins where a peer names packages only; one with a version of its own may need others than we do."""
    named_only = not any("==" in requirement for requirement in requirements)
    return ["--constraint", ROOT / "constraints.txt"] if named_only else []


def _call(argv: Iterable[object]) -> None:
    command = [str(part) for part in argv]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"cannot be installed in {_INSTALL_LIMIT_S} s") from None
    if done.returncode:
        raise Unavailable(f"cannot be installed: {_reason(done.stderr or done.stdout)}")


def _reason(output: str) -> str:
    lines = [line.removeprefix("ERROR: ").strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given"


def python_of(oldest: tuple[int, int] | None) -> Path:
    """Our own Python if it is new enough, else the first that this machine has.

    Raises:
        Unavailable: It has none.
    """
    if oldest is None or sys.version_info[:2] >= oldest:
        return Path(sys.executable)
    major, first = oldest
    for minor in range(first, _NEWEST_MINOR + 1):
        found = _python_called(f"{major}.{minor}")
        if found:
            return found
    raise Unavailable(f"needs Python {major}.{first} or later, which this machine does not have")


def _python_called(version: str) -> Path | None:
    """A Python that starts: on the search path a name may be that of a launcher without one behind it."""
    named = shutil.which(f"python{version}")
    places = [Path(named)] if named else []
    places += sorted(_PYENV.glob(f"{version}.*/bin/python"))
    return next((place for place in places if _starts(place)), None)


def _starts(python: Path) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0
