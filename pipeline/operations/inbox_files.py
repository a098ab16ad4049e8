"""The files of an inbox: which are ready, which are still being written, and how one is taken away.

May import `errors` and `intake.sources`. Must know nothing of runs, Click or terminals.
"""

from __future__ import annotations

import errno
import glob
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from pipeline.errors import Code, ConfigurationError, SourceError
from pipeline.intake.sources import TABLE_SUFFIXES, check_named, matching, sha256_of, unreadable_source

_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart", ".opdownload", ".lock")
_HIDDEN = (".", "~$")


@dataclass(frozen=True, kw_only=True)
class FilesFound:
    """What an inbox holds at one moment.

    Attributes:
        ready: Files to take, in the order of their names.
        changing: Files that have changed a moment ago, and may still be written.
        no_tables: Files that are no tables by their names; nobody takes them.
        folders: Folders in a folder that was named; nobody looks into them.
        not_found: Places that do not exist or may not be looked into, beside others that do.
    """

    ready: Sequence[Path]
    changing: Sequence[Path]
    no_tables: Sequence[Path]
    folders: Sequence[Path] = ()
    not_found: Mapping[str, SourceError] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """Where files come in, and where they go.

    Attributes:
        places: Folders, patterns and files, as the person gave them.
        done_dir: Where a finished file goes.
        unchanged_s: For how long a file must have stood still to be taken.
    """

    places: Sequence[str]
    done_dir: Path
    unchanged_s: float

    @property
    def failed_dir(self) -> Path:
        """Where a file goes that cannot be imported as it is: `failed` beside the folder of finished ones."""
        return self.done_dir.parent / "failed"

    def look(self, now: float) -> FilesFound:
        """What is there.

        Args:
            now: Seconds since 1970.

        Raises:
            SourceError: None of the files and folders that were named exists and may be looked into.
            ConfigurationError: The name of one is empty.
        """
        check_named(self.places)
        ours = {self.done_dir.resolve(), self.failed_dir.resolve()}
        named, not_found = self._named()
        files = {p: place for p, place in named.items() if p.resolve().parent not in ours and not _is_unfinished(p)}
        tables = [path for path, place in files.items() if path.suffix.lower() in TABLE_SUFFIXES or _is_meant(place)]
        changing = [path for path in tables if self._is_changing(path, now)]
        return FilesFound(
            ready=[path for path in tables if path not in changing],
            changing=changing,
            no_tables=[path for path in files if path not in tables],
            folders=[path for place in self.places for path in _folders(place) if path.resolve() not in ours],
            not_found=not_found,
        )

    def _named(self) -> tuple[dict[Path, str], dict[str, SourceError]]:
        """Files with the place that names them, and the places that cannot be looked into, unless none can."""
        named: dict[Path, str] = {}
        not_found: dict[str, SourceError] = {}
        for place in self.places:
            try:
                named |= dict.fromkeys(_files(place), place)
            except SourceError as reason:
                not_found[place] = reason
        if len(not_found) == len(set(self.places)):
            raise next(iter(not_found.values()))
        return named, not_found

    def _is_changing(self, path: Path, now: float) -> bool:
        try:
            changed = path.stat().st_mtime
        except OSError:  # it has gone meanwhile, or says why when it is opened
            return False
        return abs(now - changed) < self.unchanged_s  # a clock that is ahead must not keep a file for ever

    @property
    def folders(self) -> list[Path]:
        """The folders in which its files lie, in one order for all processes."""
        return sorted({_folder_of(place).resolve() for place in self.places})

    def covers(self, path: Path) -> bool:
        """Whether a file of that path is, or was, one of this inbox."""
        return path.absolute().parent.resolve() in self.folders

    def own_folder_among(self) -> Path | None:
        """The folder of the inbox, if there is one, that files are taken to: what lies there is never taken."""
        inside = set(self.folders)
        return next((folder for folder in (self.done_dir, self.failed_dir) if folder.resolve() in inside), None)

    def prepare(self) -> None:
        """Makes the folders that files are taken to.

        Raises:
            ConfigurationError: They cannot be made or written: files would be imported and stay.
        """
        for folder in (self.done_dir, self.failed_dir):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                reason = f"cannot be made ({error.strerror})"
                raise ConfigurationError(Code.INBOX_FOLDER, f"{folder} {reason}.", folder=str(folder)) from error
            if not os.access(folder, os.W_OK | os.X_OK):
                raise ConfigurationError(Code.INBOX_FOLDER, f"{folder} may not be written.", folder=str(folder))


def default_done_dir(place: str) -> Path:
    """Where finished files go if nobody says so: `done` in the inbox."""
    return _folder_of(place) / "done"


def _folder_of(place: str) -> Path:
    try:
        return Path(place) if Path(place).is_dir() else Path(place).parent
    except OSError:  # it lies where this user may not look, which is told when it is looked for
        return Path(place).parent


def _folders(place: str) -> list[Path]:
    """The folders in a folder that was named, but for hidden ones."""
    try:
        inside = sorted(Path(place).iterdir()) if Path(place).is_dir() else []
    except OSError:  # told with its files
        return []
    return [path for path in inside if path.is_dir() and not path.name.startswith(_HIDDEN)]


def _files(place: str) -> list[Path]:
    with unreadable_source(place):
        return list(_files_of(place))


def _files_of(place: str) -> Iterator[Path]:
    if Path(place).is_dir():
        yield from sorted(path for path in Path(place).iterdir() if path.is_file())
    elif Path(place).exists():
        yield Path(place)
    elif glob.has_magic(place) and _has_folder(place):
        yield from matching(place)
    else:
        raise SourceError(Code.INBOX_NOT_FOUND, f"{place}: there is no such file or folder.", place=place)


def _has_folder(pattern: str) -> bool:
    """Whether the folder of a pattern exists: one that is misspelled must not look like an inbox without files."""
    folder = Path(pattern).parent
    return folder.is_dir() or glob.has_magic(str(folder))


def _is_unfinished(path: Path) -> bool:
    """Whether a name says that a program is still at work on the file, or that it is only such a program's mark."""
    return path.name.startswith(_HIDDEN) or path.suffix.lower() in _UNFINISHED


def _is_meant(place: str) -> bool:
    """Whether a person has named the file, or the ending of its name."""
    return not Path(place).is_dir() and Path(place).suffix not in {"", ".*"}


def is_unchanged(path: Path, sha256: str) -> bool:
    """Whether a file is still the one that was read."""
    try:
        return sha256_of(path) == sha256
    except OSError:
        return False


def take_away(path: Path, folder: Path, stamp: str) -> Path:
    """Moves a file into a folder under its own name, or, where there is one of that name, with a stamp in it.

    Args:
        path: The file.
        folder: Where to.
        stamp: What tells it from others of its name.

    Raises:
        OSError: It cannot be moved.
    """
    place = _reserved(folder, path.name, stamp)
    try:
        _move(path, place)
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    return place


def _reserved(folder: Path, name: str, stamp: str) -> Path:
    """An empty file of a name that was free, so that two processes never take the same one."""
    first, dot, rest = name.partition(".")
    names = (name if n == 0 else f"{first}.{stamp}{'' if n == 1 else f'-{n}'}{dot}{rest}" for n in count())
    for candidate in names:
        try:
            (folder / candidate).touch(exist_ok=False)
        except FileExistsError:
            continue
        return folder / candidate
    raise AssertionError  # names do not come to an end


def _move(path: Path, place: Path) -> None:
    try:
        path.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copy2(path, place)  # to another disk
        path.unlink()
