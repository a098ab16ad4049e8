"""Readers: one module per family of files, found by their functions `accepts` and `open_table`.

They may import `pipeline.model` and `pipeline.errors`; pandas and the parsers only when a file is opened.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import cast

from pipeline.intake.readers.base import Format
from pipeline.intake.readers.foreign import is_text, refuse_foreign
from pipeline.intake.readers.header import NamesFields, names_none
from pipeline.model.config import ReadOptions
from pipeline.model.sources import Source, Table

_HEAD_BYTES = 4096


def formats() -> list[Format]:
    """The modules that read files, the most particular first."""
    modules = [import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    return sorted((cast("Format", m) for m in modules if hasattr(m, "open_table")), key=lambda f: f.PRIORITY)


def open_table(source: Source, options: ReadOptions, names_fields: NamesFields = names_none) -> Table:
    """Opens a source with the first reader that accepts it.

    Args:
        source: The file.
        options: How the person wants it read.
        names_fields: Counts the fields that a row names; tells the header from title lines above it.

    Raises:
        SourceError: It cannot be read, or holds no header.
        ConfigurationError: An option does not fit it.
    """
    with source.path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    refuse_foreign(source.path, source.label, head)
    # Text that is called .xls is still text.
    seen_as = source.path.with_suffix(".txt") if is_text(head) else source.path
    reader = next(f for f in formats() if f.accepts(seen_as, head))
    return reader.open_table(source.path, source.label, options, names_fields)
