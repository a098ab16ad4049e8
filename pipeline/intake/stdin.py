"""Standard input, kept in a file: it is read more than once, and `resume` needs it again."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.model.sources import Source


def path_of(source: str) -> Path:
    """The file behind a source; standard input is kept in one, since it is read more than once."""
    if source != "-":
        return Path(source)
    from pipeline.intake.stdin import keep

    return keep(sys.stdin.buffer)


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
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    descriptor, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(descriptor, "wb") as copy:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            copy.write(chunk)
    path = folder / digest.hexdigest()[:32]
    Path(name).replace(path)
    return path
