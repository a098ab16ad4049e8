"""What rows can come from: files, DataFrames, and both together.

May import `intake` and `model`; pandas only when rows are asked for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pipeline.errors import Code, ConfigurationError
from pipeline.intake.frames import keep_frame
from pipeline.intake.kept import removed_unless_begun
from pipeline.intake.sources import find_sources

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.model.sources import Source

Rows: TypeAlias = "str | Path | pd.DataFrame | Mapping[str, pd.DataFrame] | Sequence[str | Path | pd.DataFrame]"
"""Files (a folder or a pattern stands for those in it), DataFrames, or DataFrames by what reports call them."""

_LABEL = "DataFrame"


@dataclass(frozen=True, kw_only=True)
class KeptSources:
    """The sources of a run.

    Attributes:
        sources: All of them.
        files: What those are called that are files.
    """

    sources: Sequence[Source]
    files: Sequence[str]


@contextlib.contextmanager
def kept_sources(rows: Rows, has_begun: Callable[[], bool] = lambda: False) -> Iterator[KeptSources]:
    """Finds the files and keeps the DataFrames among what rows come from.

    Args:
        rows: What was asked for.
        has_begun: Whether there is a run, which needs its DataFrames again to be resumed.

    Raises:
        SourceError: One cannot be read.
        ConfigurationError: There is nothing to read, or a file is named twice.
    """
    named = _named(rows)
    if not named:
        raise ConfigurationError(Code.NOTHING_TO_IMPORT, "There is nothing to import: neither a file nor a DataFrame.")
    paths: list[Path] = []
    with contextlib.ExitStack() as kept:
        for label, one in named:
            if not isinstance(one, Path):
                one = keep_frame(label, one)  # noqa: PLW2901 - the frame itself is not needed any more
                kept.enter_context(removed_unless_begun([one], has_begun))
            paths.append(one)
        files = [label for label, one in named if isinstance(one, Path)]
        yield KeptSources(sources=find_sources([label for label, _ in named], paths), files=files)


def _named(rows: Rows) -> list[tuple[str, Path | pd.DataFrame]]:
    """Each file and DataFrame with what to call it; DataFrames without names are numbered from the second on."""
    if isinstance(rows, Mapping):
        return [(name, _checked(frame)) for name, frame in rows.items()]
    found: list[tuple[str, Path | pd.DataFrame]] = []
    frames = 0
    for one in rows if isinstance(rows, list | tuple) else [rows]:
        if isinstance(one, str | Path):
            found.append((str(one), Path(one)))
        else:
            frames += 1
            found.append((_LABEL if frames == 1 else f"{_LABEL} {frames}", _checked(one)))
    return found


def _checked(frame: object) -> pd.DataFrame:
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        return frame
    kind = type(frame).__name__
    message = f"A {kind} is neither a path nor a pandas DataFrame, nor a list of them."
    raise ConfigurationError(Code.NOT_A_SOURCE, message, kind=kind)
