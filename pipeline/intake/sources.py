"""Files found, named, hashed, and compared with what an earlier run read.

May import `readers`, `model` and `errors`; must know nothing of fields or rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import ConfigurationError, SourceError
from pipeline.model.runs import Run
from pipeline.model.sources import Source


def find_sources(labels: Sequence[str], paths: Sequence[Path]) -> list[Source]:
    """Names the files of a run.

    Raises:
        SourceError: One cannot be read.
        ConfigurationError: One is named twice: each of its rows would be there twice.
    """
    seen: dict[Path, str] = {}
    for label, path in zip(labels, paths, strict=True):
        if path.resolve() in seen:
            raise ConfigurationError(f"{label} is the same file as {seen[path.resolve()]}.", advice="Name it once.")
        seen[path.resolve()] = label
    return [identify(n, label, path) for n, (label, path) in enumerate(zip(labels, paths, strict=True), start=1)]


def identify(number: int, label: str, path: Path) -> Source:
    """Names a file as one of a run's sources.

    Raises:
        SourceError: It is missing, a folder, unreadable or empty.
    """
    try:
        if path.stat().st_size == 0:
            raise SourceError(f"{label}: the file is empty.", advice="Export it again, with a header row and rows.")
        return Source(number=number, label=label, path=path.absolute(), sha256=sha256_of(path))
    except FileNotFoundError:
        advice = "Check the spelling and the folder you are in."
        raise SourceError(f"{label}: there is no such file.", advice=advice) from None
    except IsADirectoryError:
        raise SourceError(f"{label}: is a folder, not a file.", advice="Name the files in it.") from None
    except OSError as error:
        raise SourceError(f"{label}: cannot be read ({error.strerror}).", advice="Check its permissions.") from error


_CHUNK_BYTES = 1 << 20


def sha256_of(path: Path) -> str:
    """SHA-256 of the file's bytes, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def unchanged_sources(run: Run) -> list[Source]:
    """The sources of a run, as they are now.

    Raises:
        SourceError: One is missing or has changed since.
    """
    now = [identify(s.number, s.label, s.path) for s in run.sources]
    changed = [then.label for then, one in zip(run.sources, now, strict=True) if then.sha256 != one.sha256]
    if changed:
        advice = (
            "Restore it; or run the changed file as a new import: rows that this run has created are skipped, "
            f"and `nexudus-import report {run.run_id}` says how its rows stand."
        )
        raise SourceError(f"{', '.join(changed)}: has changed since run {run.run_id} read it.", advice=advice)
    return now
