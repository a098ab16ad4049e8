"""Copies of sources that are no files of the person's: standard input and DataFrames, which `resume` reads again.

They may hold secrets: only their owner may read them, and each is removed once nothing will read it again.
May import `private_files`, `model` and `errors`.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pipeline.errors import LedgerUnavailable
from pipeline.private_files import make_private_folder

if TYPE_CHECKING:
    from pipeline.model.sources import Source

_FOLDER = "kept"


def _folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("nexudus-import", appauthor=False) / _FOLDER


@contextlib.contextmanager
def new_copy(suffix: str = "") -> Iterator[tuple[Path, IO[bytes]]]:
    """A new file to write a source into; removed where that fails, by Ctrl-C too.

    Each source has a file of its own, even if another is the same to the last byte: one run must not remove what
    another one still needs.

    Args:
        suffix: How its name ends.
    """
    folder = _folder()
    make_private_folder(folder)
    descriptor, name = tempfile.mkstemp(dir=folder, suffix=suffix)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield path, stream
    except BaseException:  # what was written so far may hold secrets
        path.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def removed_unless_begun(paths: Sequence[Path], has_begun: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Removes copies when something fails before there is a run that could be resumed; `forget_copies` does it later.

    Args:
        paths: The copies.
        has_begun: Whether there is a run. Where the ledger was lost there is one in any case, and its rows are
            somewhere between here and the target.
    """
    try:
        yield
    except LedgerUnavailable:
        raise
    except BaseException:
        if not has_begun():
            for path in paths:
                path.unlink(missing_ok=True)
        raise


def forget_copies(sources: Sequence[Source]) -> None:
    """Removes the copies among some sources, once nothing will read them again; a person's own files stay."""
    folder = _folder().absolute()
    for source in sources:
        if source.path.parent == folder:
            source.path.unlink(missing_ok=True)
