"""Files found, named, hashed, and compared with what an earlier run read.

May import `readers`, `model` and `errors`; must know nothing of fields or rules.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import Code, ConfigurationError, SourceError
from pipeline.model.runs import Run
from pipeline.model.sources import STANDARD_INPUT, Source

_log = logging.getLogger(__name__)


def find_sources(labels: Sequence[str], paths: Sequence[Path]) -> list[Source]:
    """Names the files of a run; a folder or a pattern stands for the files in it.

    Raises:
        SourceError: One cannot be read, or a folder or pattern holds none.
        ConfigurationError: One is named twice: each of its rows would be there twice; or the name of one is empty.
    """
    check_named(labels)
    seen: dict[Path, str] = {}
    named = [one for label, path in zip(labels, paths, strict=True) for one in _files(label, path)]
    for label, path in named:
        if path.resolve() in seen:
            other = seen[path.resolve()]
            raise ConfigurationError(Code.SOURCE_TWICE, f"{label} is the same file as {other}.", sources=[other, label])
        seen[path.resolve()] = label
    return [identify(n, label, path) for n, (label, path) in enumerate(named, start=1)]


def check_named(labels: Sequence[str]) -> None:
    """Raises where a name is empty, which would stand for the folder that one is in.

    Raises:
        ConfigurationError: One is.
    """
    if not all(label.strip() for label in labels):
        raise ConfigurationError(Code.SOURCE_UNNAMED, "The name of a source is empty.")


TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".txt", ".gz", ".zip", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})


@contextlib.contextmanager
def unreadable_source(label: str) -> Iterator[None]:
    """Tells what the system refuses meanwhile as a source that cannot be read.

    Raises:
        SourceError: It cannot be read.
    """
    try:
        yield
    except OSError as error:
        raise _unreadable(label, error) from error


def _unreadable(label: str, error: OSError) -> SourceError:
    message, reason = f"{label}: cannot be read ({error.strerror}).", error.strerror
    return SourceError(Code.SOURCE_UNREADABLE, message, source=label, reason=reason)


def matching(pattern: str) -> list[Path]:
    """The files that a pattern stands for, in the order of their names.

    Raises:
        OSError: Its folder may not be looked into, which a search by itself takes for one without files.
    """
    folder = Path(pattern).parent
    if not glob.has_magic(str(folder)) and folder.is_dir():
        os.scandir(folder).close()
    return [Path(one) for one in sorted(glob.glob(pattern)) if Path(one).is_file()]  # noqa: PTH207 - as typed


def _files(label: str, path: Path) -> list[tuple[str, Path]]:
    """The files that a source stands for, with what to call each, in the order of their names."""
    with unreadable_source(label):
        return _files_of(label, path)


def _files_of(label: str, path: Path) -> list[tuple[str, Path]]:
    if path.is_dir():
        return _files_in(label, path)
    if path.exists() or not glob.has_magic(label):
        return [(label, path)]
    found = matching(label)
    if not found:
        raise SourceError(Code.SOURCE_NOT_FOUND, f"{label}: no file has such a name.", source=label)
    return [(str(one), one) for one in found]


def _files_in(label: str, folder: Path) -> list[tuple[str, Path]]:
    inside = sorted(one for one in folder.iterdir() if not one.name.startswith((".", "~$")))
    found = [one for one in inside if one.is_file() and one.suffix.lower() in TABLE_SUFFIXES]
    if not found:
        message = f"{label}: is a folder without a file that can be read."
        raise SourceError(Code.FOLDER_WITHOUT_TABLES, message, source=label)
    left_out = [one.name for one in inside if one not in found]
    if left_out:
        _log.warning("%s: not read, since they are no tables by their names: %s.", label, ", ".join(left_out))
    return [(str(Path(label) / one.name), one) for one in found]


def identify(number: int, label: str, path: Path) -> Source:
    """Names a file as one of a run's sources.

    Raises:
        SourceError: It is missing, a folder, unreadable or empty.
    """
    try:
        if path.stat().st_size == 0:
            raise SourceError(Code.SOURCE_EMPTY, f"{label}: the file is empty.", source=label)
        return Source(number=number, label=label, path=path.absolute(), sha256=sha256_of(path))
    except FileNotFoundError:
        raise SourceError(Code.SOURCE_NOT_FOUND, f"{label}: there is no such file.", source=label) from None
    except IsADirectoryError:
        raise SourceError(Code.SOURCE_IS_FOLDER, f"{label}: is a folder, not a file.", source=label) from None
    except OSError as error:
        raise _unreadable(label, error) from error


_CHUNK_BYTES = 1 << 20


def sha256_of(path: Path) -> str:
    """SHA-256 of the file's bytes, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def unchanged_sources(run: Run, moved: Sequence[Path] = ()) -> list[Source]:
    """The sources of a run, as they are now.

    Args:
        run: The run.
        moved: Where some of them are now; known again by their content.

    Raises:
        SourceError: One is missing or has changed since.
    """
    found = {identify(0, str(path), path).sha256: path for path in moved}
    strangers = [str(path) for sha256, path in found.items() if sha256 not in {s.sha256 for s in run.sources}]
    if strangers:
        message = f"{', '.join(strangers)}: is not what run {run.run_id} read."
        raise SourceError(
            Code.SOURCE_NOT_OF_RUN, message, run_id=run.run_id, sources=strangers, first_source=strangers[0]
        )
    try:
        now = [replace(identify(s.number, s.label, found.get(s.sha256, s.path)), part=s.part) for s in run.sources]
    except SourceError as error:
        if error.code is Code.SOURCE_NOT_FOUND and error.facts["source"] == STANDARD_INPUT:
            message = f"{STANDARD_INPUT}: what run {run.run_id} read from standard input is no longer kept."
            raise SourceError(Code.STANDARD_INPUT_GONE, message, run_id=run.run_id) from error
        raise SourceError(error.code, error.message, **error.facts, run_id=run.run_id) from error
    changed = [then.label for then, one in zip(run.sources, now, strict=True) if then.sha256 != one.sha256]
    if changed:
        message = f"{', '.join(changed)}: has changed since run {run.run_id} read it."
        raise SourceError(Code.SOURCE_CHANGED, message, run_id=run.run_id, sources=changed)
    return now
