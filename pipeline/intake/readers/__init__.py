"""Readers: one module per family of files, found by their functions `accepts` and `open_table`.

They may import `pipeline.model` and `pipeline.errors`; pandas and the parsers only when a file is opened.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, cast

from pipeline.errors import SourceError
from pipeline.intake.readers.base import Format, Table, sha256_of
from pipeline.model.rows import ReadOptions, Source

if TYPE_CHECKING:
    from pathlib import Path

_HEAD_BYTES = 4096


def formats() -> list[Format]:
    """The modules that read files, the most particular first."""
    modules = [import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    return sorted((cast("Format", m) for m in modules if hasattr(m, "open_table")), key=lambda f: f.PRIORITY)


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


def open_table(source: Source, options: ReadOptions) -> Table:
    """Opens a source with the first reader that accepts it.

    Raises:
        SourceError: It cannot be read, or holds no header.
        ConfigurationError: An option does not fit it.
    """
    with source.path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    reader = next(f for f in formats() if f.accepts(source.path, head))
    return reader.open_table(source.path, source.label, options)
