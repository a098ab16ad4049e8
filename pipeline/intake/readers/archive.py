"""A `.zip` that holds one table of text, which is read without being unpacked onto the disk.

May import `blocks`, `delimited` and `foreign`.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import SourceError
from pipeline.intake.readers import delimited
from pipeline.intake.readers.blocks import ARCHIVE_ERRORS, members, opened
from pipeline.intake.readers.foreign import is_text, refuse_foreign
from pipeline.intake.readers.header import NamesFields

if TYPE_CHECKING:
    from pipeline.model.config import ReadOptions

PRIORITY = 5
"""Asked before workbooks, most of which are archives too."""

MAX_UNPACKED_BYTES = 1 << 30
"""More than this in a small file is a trap rather than a table."""

_HEAD_BYTES = 4096
_SHOWN_MEMBERS = 5
_MAGIC = b"PK\x03\x04"
_OFFICE_PARTS = frozenset({"[Content_Types].xml", "content.xml", "mimetype"})


def accepts(path: Path, head: bytes) -> bool:
    """Every archive that is no workbook."""
    if not head.startswith(_MAGIC):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except ARCHIVE_ERRORS:
        return False
    return not _OFFICE_PARTS.intersection(names) and not any(name.startswith("xl/") for name in names)


def open_table(path: Path, label: str, options: ReadOptions, names_fields: NamesFields) -> delimited.DelimitedTable:
    """Opens the one table of text in it.

    Raises:
        SourceError: It holds none or several, or something else; or more than can be meant.
        ConfigurationError: An option does not fit a text file.
    """
    found = members(path)
    if len(found) != 1:
        shown = ", ".join(member.filename for member in found[:_SHOWN_MEMBERS])
        more = ", …" if len(found) > _SHOWN_MEMBERS else ""
        holds = f"{len(found)} files ({shown}{more})" if found else "no file"
        raise SourceError(f"{label}: is an archive with {holds}.", advice="Unpack it and name the files to import.")
    _refuse_unfit(path, label, found[0])
    return delimited.open_table(path, label, options, names_fields)


def _refuse_unfit(path: Path, label: str, member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 1:
        raise SourceError(
            f"{label}: the archive is protected by a password.", advice="Unpack it and name the file in it."
        )
    if member.file_size > MAX_UNPACKED_BYTES:
        message = f"{label}: unpacks to {member.file_size:,} bytes; at most {MAX_UNPACKED_BYTES:,} are read."
        raise SourceError(message, advice="Unpack it, and name the file in it if it is what you meant.")
    try:
        with opened(path) as stream:
            head = stream.read(_HEAD_BYTES)
    except ARCHIVE_ERRORS as error:
        advice = "Check that the file is complete."
        raise SourceError(f"{label}: cannot be read ({error}).", advice=advice) from error
    refuse_foreign(Path(member.filename), f"{label} ({member.filename})", head)
    if head and not is_text(head.ljust(5)):
        message = f"{label}: holds {member.filename}, which is not text."
        raise SourceError(message, advice="Unpack it and name the file in it.")
