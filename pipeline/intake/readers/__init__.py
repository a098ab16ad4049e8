"""Readers: one module per family of files, found by their functions `accepts` and `open_tables`.

They may import `pipeline.model` and `pipeline.errors`; pandas and the parsers only when a file is opened.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module
from typing import cast

from pipeline.errors import Code, SourceError
from pipeline.intake.readers.base import Format
from pipeline.intake.readers.blocks import GZIP_MAGIC, READ_ERRORS, opened
from pipeline.intake.readers.foreign import is_package, refuse_foreign
from pipeline.intake.readers.header import NamesFields, names_none
from pipeline.model.config import ReadOptions
from pipeline.model.sources import Source, Table

_HEAD_BYTES = 4096


def formats() -> list[Format]:
    """The modules that read files, the most particular first."""
    modules = [import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    return sorted((cast("Format", m) for m in modules if hasattr(m, "open_tables")), key=lambda f: f.PRIORITY)


def open_tables(source: Source, options: ReadOptions, names_fields: NamesFields = names_none) -> Sequence[Table]:
    """Opens a source with the first reader that accepts it.

    Args:
        source: A file, or one table of it.
        options: How to read it.
        names_fields: Counts the fields that a row names; tells the header from title lines above it.

    Returns:
        The tables that are to be read, at least one.

    Raises:
        SourceError: It cannot be read, or holds no header.
        ConfigurationError: An option does not fit it.
    """
    with source.path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    refuse_foreign(source.path, source.label, head)
    if head.startswith(GZIP_MAGIC):
        _refuse_foreign_inside(source)
    reader = next(f for f in formats() if f.accepts(source.path, head))
    return reader.open_tables(source, options, names_fields)


def _refuse_foreign_inside(source: Source) -> None:
    """Refuses a compressed file of something else than text; one that is damaged is left to its reader."""
    try:
        with opened(source.path) as stream:
            head = stream.read(_HEAD_BYTES)
    except READ_ERRORS:
        return
    label = f"{source.label} (unpacked)"
    refuse_foreign(source.path, label, head)
    if is_package(head) or head.startswith(GZIP_MAGIC):
        kind = "a workbook or an archive" if is_package(head) else "compressed twice"
        raise SourceError(Code.FOREIGN_ARCHIVE, f"{label}: is {kind}.", source=source.label, kind=kind)


def open_table(source: Source, options: ReadOptions, names_fields: NamesFields = names_none) -> Table:
    """Opens a source that is one table.

    Raises:
        SourceError: It cannot be read, or holds no header.
        ConfigurationError: An option does not fit it.
    """
    (table,) = open_tables(source, options, names_fields)
    return table
