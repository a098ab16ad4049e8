"""Where ledger and reports go when nobody says so: with a terminal, without one, and where there is no home.

May import `errors`, `model` and `operations.new_run`. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from pipeline.errors import Code, ConfigurationError
from pipeline.model.places import from_anywhere, is_url, may_be_told
from pipeline.operations.new_run import REPORTS, ReportDir


def default_ledger() -> str:
    """The ledger in the user's data folder.

    Raises:
        ConfigurationError: Nothing says where the user's data are.
    """
    folder = _user_folder()
    if folder is None:
        message = "There is no place for the ledger: this user has no home folder."
        raise ConfigurationError(Code.LEDGER_HOMELESS, message)
    return str(folder / "ledger.db")


def ledger_to_name(location: str) -> str | None:
    """A ledger as commands have to name it; `None` where it is the usual one, or where it must not be told."""
    with contextlib.suppress(ConfigurationError):
        if location == default_ledger():
            return None
    return from_anywhere(location) if may_be_told(location) else None


def report_dir(named: Path | None, ledger: str | None, *, attended: bool) -> ReportDir:
    """Where a run's reports go.

    Without a terminal and without --report-dir they must not end up wherever a scheduler happens to start the program:
    from `/`, or from a folder that cannot be written, they go to the user's data folder; without a home, beside the
    ledger.

    Args:
        named: The folder that a person named, if any.
        ledger: The ledger that a person named, if any.
        attended: Whether somebody sits at a terminal, who is told rather than second-guessed.

    Raises:
        ConfigurationError: Nothing says where the user's data are.
    """
    if named is not None or attended or _can_be_written(REPORTS.absolute()):
        return ReportDir(folder=named)
    folders = (_user_folder(), _folder_of(ledger))
    folder = next((one for one in folders if one is not None and _can_be_made(one)), None)
    if folder is None:
        here = str(Path.cwd())
        message = f"There is no place for reports: {here} cannot be used."
        raise ConfigurationError(Code.REPORTS_HOMELESS, message, folder=here)
    return ReportDir(parent=folder / "reports")


def _can_be_written(folder: Path) -> bool:
    if folder.parent == Path(folder.anchor):
        return False
    return _is_open(folder if folder.exists() else folder.parent)


def _can_be_made(folder: Path) -> bool:
    """Whether this user may write into a folder, or make it: of a user of a service the home need not exist."""
    return _is_open(next(one for one in (folder, *folder.parents) if one.exists()))


def _is_open(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _user_folder() -> Path | None:
    """The user's data folder; `None` where the system knows no home."""
    from platformdirs import user_data_path

    folder = user_data_path("nexudus-import", appauthor=False)
    return folder if folder.is_absolute() else None


def _folder_of(ledger: str | None) -> Path | None:
    """The folder of a ledger that is a file."""
    return Path(ledger).absolute().parent if ledger and not is_url(ledger) else None
