"""What kind of file something is, told by its content: a workbook, and of which format, or some other document.

May import `blocks`: it is used on both sides of the process that reads workbooks.
"""

from __future__ import annotations

import re
import zipfile
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.errors import Code, Fact
from pipeline.intake.readers.blocks import ARCHIVE_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".xlt", ".ods", ".ots"})

ZIP_MAGIC = b"PK"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Excel 2 to 4 wrote the bare records: a beginning-of-file record of their version.
_BARE_BIFF = re.compile(rb"\A\x09(\x00\x04\x00|\x02\x06\x00|\x04\x06\x00)")

# How the names of the parts of an office document begin, as they stand in the first entry of a damaged one.
_OFFICE_PARTS = (
    "[Content_Types].xml",
    "_rels/",
    "docProps/",
    "xl/",
    "word/",
    "ppt/",
    "mimetype",
    "content.xml",
    "META-INF/",
    "Index/",
)
_ZIP_NAME_AT = 30
DAMAGE_ERRORS = (*ARCHIVE_ERRORS, ValueError)
"""What looking into a damaged workbook may end in."""

_MANIFEST = "META-INF/manifest.xml"


class Kind(StrEnum):
    """The formats of workbooks."""

    XLSX = "xlsx"
    XLSB = "xlsb"
    ODS = "ods"
    XLS = "xls"


class UnreadableError(Exception):
    """A file holds no sheet that can be read.

    Args:
        code: Which error it is.
        what: A sentence's end about the file, such as "is a Word document, not a workbook".
        facts: What a hint may want.
    """

    def __init__(self, code: Code, what: str, /, **facts: Fact) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.facts = facts


def is_office_document(path: Path, head: bytes) -> bool:
    """Whether a file is a workbook or another office document, whatever its name; a zip of other files is none.

    Args:
        path: Where it is.
        head: Its first bytes.
    """
    if head.startswith(OLE_MAGIC) or _BARE_BIFF.match(head):
        return True
    if not head.startswith(ZIP_MAGIC):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith(_OFFICE_PARTS) for name in _plain(archive.namelist()))
    except DAMAGE_ERRORS:
        first = head[_ZIP_NAME_AT:].decode("latin-1").replace("\\", "/")
        return first.startswith(_OFFICE_PARTS) or path.suffix.lower() in SUFFIXES


def kind_of(path: Path) -> Kind:
    """The format of a workbook.

    Raises:
        UnreadableError: It is none.
    """
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(ZIP_MAGIC):
        with zipfile.ZipFile(path) as archive:
            return _zipped_kind(archive)
    if head.startswith(OLE_MAGIC):
        return _compound_kind(path.read_bytes())
    raise UnreadableError(Code.WORKBOOK_TOO_OLD, "is a workbook of Excel 4 or older, which cannot be read")


def _plain(names: Iterable[str]) -> set[str]:
    return {name.replace("\\", "/").lstrip("/") for name in names}


def _zipped_kind(archive: zipfile.ZipFile) -> Kind:
    names = _plain(archive.namelist())
    if "xl/workbook.bin" in names:
        return Kind.XLSB
    if any(name.startswith("xl/") for name in names):
        return Kind.XLSX
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise _other("a Word document" if any(n.startswith("word/") for n in names) else "a PowerPoint presentation")
    if any(name.endswith(".iwa") for name in names):
        what = "is a document of Apple's Numbers, Pages or Keynote, which cannot be read"
        raise UnreadableError(Code.APPLE_DOCUMENT, what)
    if "content.xml" in names:
        return _open_document_kind(archive)
    raise UnreadableError(Code.WORKBOOK_DAMAGED, "is not a workbook that can be read (it holds no sheets)")


def _open_document_kind(archive: zipfile.ZipFile) -> Kind:
    declared = archive.read("mimetype").decode("latin-1").strip() if "mimetype" in archive.namelist() else ""
    if declared and "spreadsheet" not in declared:
        kinds = {"text": "a text document", "presentation": "a presentation", "graphics": "a drawing"}
        name = declared.rpartition(".")[2].partition("-")[0]
        raise _other(f"{kinds.get(name, 'another document')} of LibreOffice or OpenOffice")
    if _MANIFEST in archive.namelist() and b"encryption-data" in archive.read(_MANIFEST):
        raise locked()
    return Kind.ODS


def _other(what: str) -> UnreadableError:
    return UnreadableError(Code.OFFICE_DOCUMENT, f"is {what}, not a workbook", kind=what)


def locked() -> UnreadableError:
    """What is said of a workbook that wants a password."""
    return UnreadableError(Code.WORKBOOK_LOCKED, "the workbook is protected by a password")


def too_large(size: int, max_unpacked: int) -> UnreadableError:
    """What is said of a file that would unpack to more bytes than are allowed."""
    what = f"would unpack to {_megabytes(size)}, above the {_megabytes(max_unpacked)} allowed"
    megabytes = -(-size // 1_000_000)
    return UnreadableError(Code.UNPACKS_TOO_LARGE, what, size_bytes=size, megabytes=megabytes)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB"


def _compound_kind(content: bytes) -> Kind:
    """The kind of an OLE compound file, which holds named streams as a folder holds files."""
    if _has_stream(content, "EncryptedPackage"):
        raise locked()
    if _has_stream(content, "Workbook") or _has_stream(content, "Book"):
        if _is_encrypted_biff(content):
            raise locked()
        return Kind.XLS
    if _has_stream(content, "WordDocument"):
        raise _other("a Word document")
    if _has_stream(content, "PowerPoint Document"):
        raise _other("a PowerPoint presentation")
    if _has_stream(content, "__properties_version1.0"):
        raise _other("an Outlook message")
    what = "is not a workbook that can be read (it is a file of some other program, or damaged)"
    raise UnreadableError(Code.WORKBOOK_DAMAGED, what)


def _has_stream(content: bytes, name: str) -> bool:
    """Whether the directory has an entry of that name: its text, padded to 64 bytes, then its length and its type."""
    text = name.encode("utf-16-le") + b"\0\0"
    entry = text.ljust(64, b"\0") + len(text).to_bytes(2, "little") + b"\2"
    return entry in content


_BIFF8 = b"\x09\x08\x10\x00\x00\x06\x05\x00"
_FILE_PASSWORD = 0x2F
_RECORDS_BEFORE_PASSWORD = 3


def _is_encrypted_biff(content: bytes) -> bool:
    """Whether one of the workbook's first records says that those behind it are encrypted."""
    at = content.find(_BIFF8)
    for _ in range(_RECORDS_BEFORE_PASSWORD):
        size = int.from_bytes(content[at + 2 : at + 4], "little")
        at += 4 + size
        if int.from_bytes(content[at : at + 2], "little") == _FILE_PASSWORD:
            return True
    return False
