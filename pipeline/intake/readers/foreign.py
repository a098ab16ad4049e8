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
_EXPORT = Code.FOREIGN_DOCUMENT


def _begins(pattern: bytes) -> Callable[[bytes], object]:
    return re.compile(rb"(?:\xef\xbb\xbf)?\s*" + pattern, re.IGNORECASE).match


_OLE = b"\xd0\xcf\x11\xe0"
_KINDS: tuple[tuple[Callable[[bytes], object], str, Code], ...] = (
    (
        _begins(rb"<\?xml[^>]*>(?s:.){0,1000}urn:schemas-microsoft-com:office:spreadsheet"),
        "an XML spreadsheet",
        _SAVE_AGAIN,
    ),
    (_begins(rb"(?:<!doctype html|<html|<head|<meta|<body|<table|<style)"), "a web page", _SAVE_AGAIN),
    (_begins(rb"<\?xml|<[a-z][\w:.-]*(?:\s[^<>]*)?>"), "an XML document", _EXPORT),
    (_begins(rb"(?:\[\s*)?\{\s*(?:\"[^\"]*\"\s*:|\})"), "JSON", _EXPORT),
    (_begins(rb"%PDF-"), "a PDF document", _EXPORT),
    (_begins(rb"\{\\rtf"), "a text document (RTF)", _EXPORT),
    (_begins(rb"(?:7z\xbc\xaf\x27\x1c|Rar!\x1a\x07)"), "an archive", Code.FOREIGN_ARCHIVE),
    (_begins(rb"(?:\x89PNG\r\n|\xff\xd8\xff|GIF8)"), "a picture", _EXPORT),
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
    for is_kind, what, code in _KINDS:
        if is_kind(head):
            raise SourceError(code, f"{label}: is {what}, whatever its name says.", source=label, kind=what)


def is_text(head: bytes) -> bool:
    """Whether a file is text by its first bytes, whatever its name says."""
    if head.startswith(_WIDE_MARKS):
        return True
    return (
        len(head) > len(_OLE) and not head.startswith((b"PK\x03\x04", _OLE)) and head == head.translate(None, _BINARY)
    )
