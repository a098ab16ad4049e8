"""A `.zip` that holds tables of text, which are read without being unpacked onto the disk.

Each file in it that names fields is a table of its own; the others are mentioned.
May import `delimited`, `archive_members` and `header`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.errors import Code, ConfigurationError
from pipeline.intake.readers import delimited
from pipeline.intake.readers.archive_members import Members, members_of
from pipeline.intake.readers.header import NamesFields
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import Notice

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.intake.readers.delimited import DelimitedTable
    from pipeline.model.config import ReadOptions
    from pipeline.model.sources import Source

PRIORITY = 20
"""Asked after workbooks, most of which are archives too."""

ALL = "all"
_SHOWN = 5
_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
"""How archives begin, with files and without."""


def accepts(_path: Path, head: bytes) -> bool:
    """Every archive, whatever its name."""
    return head.startswith(_MAGICS)


def open_tables(source: Source, options: ReadOptions, names_fields: NamesFields) -> list[DelimitedTable]:
    """Opens the tables of text in it.

    Raises:
        SourceError: It holds none, or something else only; or more than can be meant.
        ConfigurationError: An option does not fit a text file, or there is no such file in it.
    """
    found = members_of(source, options.max_unpacked)
    if not found.texts:
        raise found.refusal
    options, wanted = replace(options, sheets=()), options.sheets
    if not found.several:
        _one_of(source, found.texts, wanted)
        return delimited.open_tables(source, options, names_fields)
    if source.part is not None:
        return [delimited.open_text(source.path, source.label, options, names_fields, source.part)]
    return _several(source, found, options, names_fields, wanted)


def _one_of(source: Source, names: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The files that a person named, by name or by number."""
    chosen: list[str] = []
    for one in wanted:
        by_number = one.isdecimal() and one.isascii() and 1 <= int(one) <= len(names)
        if one not in names and not by_number and one.lower() != ALL:
            listed = ", ".join(f"{n} {name!r}" for n, name in enumerate(names, start=1))
            message = f"{source.label}: holds no file {one!r}."
            raise ConfigurationError(Code.SHEET_UNKNOWN, message, source=source.label, sheet=one, sheets=listed)
        more = [one] if one in names else [names[int(one) - 1]] if by_number else names
        chosen += [name for name in more if name not in chosen]
    return chosen


def _several(
    source: Source, found: Members, options: ReadOptions, names_fields: NamesFields, wanted: Sequence[str]
) -> list[DelimitedTable]:
    chosen = _one_of(source, found.texts, wanted)
    tables = [
        delimited.open_text(source.path, f"{source.label}/{name}", options, names_fields, name)
        for name in chosen or found.texts
    ]
    plain = [one for one in tables if one.layout.found.plain]
    if not wanted and plain:
        tables = plain
    left_out = [name for name in found.names if name not in {one.part for one in tables}]
    if left_out:
        notice = Notice(
            code=FindingCode.FILES_LEFT_OUT, message=f"not imported: {_listed(left_out)}", asked_for=bool(wanted)
        )
        tables[0] = replace(tables[0], notices=(notice, *tables[0].notices))
    return tables


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more files"
