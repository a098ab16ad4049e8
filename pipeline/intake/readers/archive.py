"""A `.zip` that holds one table of text, which is read without being unpacked onto the disk.

May import `blocks`, `delimited`, `foreign` and `workbooks.package`.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import Code, SourceError
from pipeline.intake.readers import delimited
from pipeline.intake.readers.blocks import ARCHIVE_ERRORS, members, opened
from pipeline.intake.readers.foreign import is_text, refuse_foreign
from pipeline.intake.readers.header import NamesFields
from pipeline.intake.readers.workbooks.package import too_large

if TYPE_CHECKING:
    from pipeline.model.config import ReadOptions
    from pipeline.model.sources import Source

PRIORITY = 20
"""Asked after workbooks, most of which are archives too."""

_HEAD_BYTES = 4096
_SHOWN_MEMBERS = 5
_MAGIC = b"PK\x03\x04"


def accepts(_path: Path, head: bytes) -> bool:
    """Every archive, whatever its name."""
    return head.startswith(_MAGIC)


def open_tables(source: Source, options: ReadOptions, names_fields: NamesFields) -> list[delimited.DelimitedTable]:
    """Opens the one table of text in it.

    Raises:
        SourceError: It holds none or several, or something else; or more than can be meant.
        ConfigurationError: An option does not fit a text file.
    """
    path, label = source.path, source.label
    found = _members(path, label)
    if len(found) != 1:
        shown = ", ".join(member.filename for member in found[:_SHOWN_MEMBERS])
        more = ", …" if len(found) > _SHOWN_MEMBERS else ""
        holds = f"{len(found)} files ({shown}{more})" if found else "no file"
        message = f"{label}: is an archive with {holds}."
        raise SourceError(Code.ARCHIVE_NOT_ONE_FILE, message, source=label, files=len(found))
    _refuse_unfit(path, label, found[0], options.max_unpacked)
    return delimited.open_tables(source, options, names_fields)


def _members(path: Path, label: str) -> list[zipfile.ZipInfo]:
    try:
        return members(path)
    except ARCHIVE_ERRORS as error:
        raise _damaged(label, error) from error


def _damaged(label: str, error: Exception) -> SourceError:
    return SourceError(Code.ARCHIVE_DAMAGED, f"{label}: cannot be read ({error}).", source=label, reason=str(error))


def _refuse_unfit(path: Path, label: str, member: zipfile.ZipInfo, max_unpacked: int) -> None:
    if member.flag_bits & 1:
        raise SourceError(Code.ARCHIVE_LOCKED, f"{label}: the archive is protected by a password.", source=label)
    if member.file_size > max_unpacked:
        error = too_large(member.file_size, max_unpacked)
        raise SourceError(error.code, f"{label}: {error.what}.", source=label, **error.facts)
    try:
        with opened(path) as stream:
            head = stream.read(_HEAD_BYTES)
    except ARCHIVE_ERRORS as error:
        raise _damaged(label, error) from error
    refuse_foreign(Path(member.filename), f"{label} ({member.filename})", head)
    if head and not is_text(head.ljust(5)):
        message = f"{label}: holds {member.filename}, which is not text."
        raise SourceError(Code.ARCHIVE_NOT_TEXT, message, source=label, member=member.filename)
