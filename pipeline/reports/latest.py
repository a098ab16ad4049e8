"""`reports/latest`: where the reports of the newest run are, for a person who does not want to look for its name.

May import `pipeline.model`. A convenience: nothing that goes wrong here may fail a run.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model.runs import Run

NAME = "latest"
_CHECK = "validate-"

_log = logging.getLogger(__name__)


def point_to(run: Run) -> None:
    """Lets `latest` lead to the run's folder, if that is one of its own and no newer run has been there.

    Folders that a person has named (`--report-dir`) get no neighbour that nobody asked for.
    """
    folder = run.report_dir
    link = folder.parent / NAME
    if folder.name != run.run_id or not _may_be_replaced(link, folder):
        return
    fresh = link.with_name(f".{NAME}-{run.run_id}")
    try:
        fresh.symlink_to(folder.name, target_is_directory=True)
        fresh.replace(link)
    except OSError as error:  # such as Windows without the right to make links
        _log.debug("%s was not made: %s", link, error)
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def _may_be_replaced(link: Path, folder: Path) -> bool:
    if not link.is_symlink():
        return not link.exists()
    return _began(link.readlink().name) <= _began(folder.name)


def _began(name: str) -> str:
    """When a run began, as its name says it."""
    return name.removeprefix(_CHECK)
