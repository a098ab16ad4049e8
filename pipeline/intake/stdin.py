"""Standard input, kept in a file: it is read more than once, and `resume` needs it again.

May import `kept` and `model`.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pipeline.intake.kept import new_copy, removed_unless_begun
from pipeline.model.sources import STANDARD_INPUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@contextlib.contextmanager
def kept_standard_input(sources: Sequence[str]) -> Iterator[list[Path]]:
    """The files behind sources; `-`, standard input, is kept in one, since it is read more than once.

    The copy is removed where the command fails before there is a run to resume.
    """
    paths = [keep(sys.stdin.buffer) if source == STANDARD_INPUT else Path(source) for source in sources]
    with removed_unless_begun([path for source, path in zip(sources, paths, strict=True) if source == STANDARD_INPUT]):
        yield paths


def keep(stream: IO[bytes]) -> Path:
    """Copies a stream into a file that only its owner may read.

    Args:
        stream: Standard input, read to its end.
    """
    with new_copy() as (path, copy):
        shutil.copyfileobj(stream, copy)
    return path
