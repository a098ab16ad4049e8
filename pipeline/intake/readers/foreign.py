"""Files that are not what their name says: told by their content, and refused in words that a person knows.

A web page or an XML spreadsheet opens in a spreadsheet program whatever it is called, so its name proves nothing.
May import `errors`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import Code, SourceError

_SAVE_AGAIN = Code.FOREIGN_SPREADSHEET
_UNPACK = Code.FOREIGN_ARCHIVE
_EXPORT = Code.FOREIGN_DOCUMENT


# Comments before what tells a kind have one end each: with several, a match that fails would try all of them together.
def _begins(pattern: bytes) -> Callable[[bytes], object]:
    return re.compile(rb"(?:\xef\xbb\xbf)?\s*" + pattern, re.IGNORECASE).match


_OLE = b"\xd0\xcf\x11\xe0"
_KINDS: tuple[tuple[Callable[[bytes], object], str, Code], ...] = (
    (
        _begins(rb"<\?xml[^>]*>(?s:.){0,1000}urn:schemas-microsoft-com:office:spreadsheet"),
        "an XML spreadsheet",
        _SAVE_AGAIN,
    ),
    (
        _begins(
            rb"(?:<!--(?:[^-]|-(?!->))*-->\s*)*"
            rb"<(?:!doctype html|html|head|meta|body|table|style|script|title|br|b|p|div|pre|font|center|h1)\b"
        ),
        "a web page",
        _SAVE_AGAIN,
    ),
    # A page in one file, as Excel and browsers save it.
    (
        _begins(rb"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,5}(?:X-Document-Type: Work|Snapshot-Content-Location: )"),
        "a web page",
        _SAVE_AGAIN,
    ),
    (_begins(rb"<\?xml|<!|<[a-z][\w:.-]*(?:\s[^<>]*)?>"), "an XML document", _EXPORT),
    (_begins(rb"(?:\[\s*)?\{\s*(?:\"[^\"]*\"\s*:|\})|\[\s*\[\s*[\"0-9]"), "JSON", _EXPORT),
    (_begins(rb"%PDF-"), "a PDF document", _EXPORT),
    (_begins(rb"\{\\rtf"), "a text document (RTF)", _EXPORT),
    (_begins(rb"(?:7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|(?s:.){257}ustar)"), "an archive", _UNPACK),
    (_begins(rb"(?:BZh[1-9]1AY&SY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18)"), "a compressed file", _UNPACK),
    (_begins(rb"(?:\x89PNG\r\n|\xff\xd8\xff|GIF8)"), "a picture", _EXPORT),
    (_begins(rb"(?:PAR1|ORC\x0a|FEA1|Obj\x01)"), "a table of a data store (Parquet or the like)", _EXPORT),
    (_begins(rb"(?:SQLite format 3\0|\0\x01\0\0Standard (?:Jet|ACE) DB)"), "a database", _EXPORT),
    # dBase and FoxPro: a version, a date, counts of rows and bytes that end in zeros.
    (_begins(rb"[\x02\x03\x30-\x32\x83\x8b\xf5](?s:.)[\x01-\x0c][\x01-\x1f](?s:.{3})\0"), "a database", _EXPORT),
    (_begins(rb"BEGIN:(?:VCARD|VCALENDAR)\b"), "a file of contacts or appointments", _EXPORT),
    (_begins(rb"(?:version: *1\s+|#[^\n]*\n\s*)*dn:{1,2} *\S"), "an export of a directory (LDIF)", _EXPORT),
    (
        _begins(rb"(?:(?:From|To|Subject|Date|Received|Return-Path|MIME-Version): [^\n]*\n){2}"),
        "a mail message",
        _EXPORT,
    ),
    (
        _begins(
            rb"(?:(?:--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/;?)\s*)*"
            rb"(?:(?:create table|insert into|drop table|lock tables|set names|begin transaction)\b|copy [\w.\"]+ *\("
            rb"|set \w+_\w+ *=|pragma \w+|use [\[`]?\w+[\]`]?\s*(?:;|\n\s*go\b))"
        ),
        "a dump of a database (SQL)",
        _EXPORT,
    ),
    (_begins(rb"(?:ID;P\w*;[NE]\b|TABLE\r?\n0,1\r?\n)"), "a spreadsheet in an old exchange format", _SAVE_AGAIN),
    (_begins(rb"---\r?\n[\w ]+:"), "YAML", _EXPORT),
)
_TEXT_CONTROLS = b"\t\n\r\x0b\x0c\x1a"
_BINARY = bytes(byte for byte in range(32) if byte not in _TEXT_CONTROLS)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def refuse_foreign(path: Path, label: str, head: bytes) -> None:
    """Refuses what is no table.

    Args:
        path: The file.
        label: What the person called it.
        head: Its first bytes.

    Raises:
        SourceError: It is a web page, a document or another file that holds no rows as they are read here.
    """
    if path.name.startswith("~$"):
        message = f"{label}: is a mark that a spreadsheet program has a file open, not the file."
        raise SourceError(Code.OPEN_FILE_MARK, message, source=label)
    if head and not head.strip(b"\0"):
        message = f"{label}: holds zeros only: the program that wrote it did not finish."
        raise SourceError(Code.FILE_OF_ZEROS, message, source=label)
    if head.startswith(_WIDE_MARKS):
        head = head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    for is_kind, what, code in _KINDS:
        if is_kind(head):
            raise SourceError(code, f"{label}: is {what}, whatever its name says.", source=label, kind=what)


def is_text(head: bytes) -> bool:
    """Whether a file is text by its first bytes, whatever its name says."""
    if head.startswith(_WIDE_MARKS):
        return True
    return len(head) > len(_OLE) and not is_package(head) and head == head.translate(None, _BINARY)


def is_package(head: bytes) -> bool:
    """Whether a file is an archive or a document of an office program, by its first bytes."""
    return head.startswith((b"PK\x03\x04", _OLE))
