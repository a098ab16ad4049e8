"""Standard input, kept in a file: it is read more than once, and `resume` needs it again."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pipeline.errors import LedgerUnavailable
from pipeline.private_files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.model.sources import Source


@contextlib.contextmanager
def kept_standard_input(sources: Sequence[str]) -> Iterator[list[Path]]:
    """The files behind sources; `-`, standard input, is kept in one, since it is read more than once.

    The copy is removed where the command fails before there is a run to resume; `forget_standard_input` does it later.
    """
    paths = [keep(sys.stdin.buffer) if source == "-" else Path(source) for source in sources]
    try:
        yield paths
    except LedgerUnavailable:
        raise
    except BaseException:
        for source, path in zip(sources, paths, strict=True):
            if source == "-":
                path.unlink(missing_ok=True)
        raise


def forget_standard_input(sources: Sequence[Source]) -> None:
    """Removes the copy of standard input, which may hold secrets, once nothing will read it again."""
    for source in sources:
        if source.label == "-":
            source.path.unlink(missing_ok=True)


_CHUNK_BYTES = 1 << 20


def keep(stream: IO[bytes]) -> Path:
    """Copies a stream into a file that only its owner may read, named after its content.

    Args:
        stream: Standard input, read to its end.
    """
    from platformdirs import user_cache_path

    folder = user_cache_path("nexudus-import", appauthor=False) / "stdin"
    make_private_folder(folder)
    digest = hashlib.sha256()
    descriptor, name = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as copy:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
                copy.write(chunk)
        path = folder / digest.hexdigest()[:32]
        Path(name).replace(path)
    except BaseException:  # Ctrl-C too: what was read so far may hold secrets
        Path(name).unlink(missing_ok=True)
        raise
    return path
