"""Text that was damaged before it came here: read in a wrong encoding, letters lost, an error cell, codes.

It is sent as it stands, since only a person knows what was meant; but not without a word. May import
`arrow_text`, `said` and `model`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.intake.validation.arrow_text import holds_any, is_printable_ascii, positions_of
from pipeline.intake.validation.said import Said
from pipeline.model.finding_codes import FindingCode

_READ_AS = ("cp1252", "latin-1", "cp1251", "mac_roman", "cp850", "cp437")
"""What UTF-8 is taken for."""

_UNDEFINED = dict.fromkeys((0x81, 0x8D, 0x8F, 0x90, 0x9D, 0x98))
"""Bytes that some of them leave undefined, which are then read as control characters."""


def _signs(encoding: str, first: int, last: int) -> str:
    """A class of the signs that bytes are read as."""
    codes = (code for code in range(first, last + 1) if code not in _UNDEFINED)
    return f"[{re.escape(bytes(codes).decode(encoding))}{_CONTROLS}]"


_CONTROLS = "\x80-\x9f"
# A letter outside ASCII is two bytes or more in UTF-8, of which the others are below the first.
_DAMAGED = "|".join(_signs(one, 0xC2, 0xF4) + _signs(one, 0x80, 0xBF) for one in _READ_AS) + "|\ufffd"
_RUN = re.compile(r"[^\x00-\x7f]+")
# Letters of Europe and the Near East, then signs and the scripts of Asia, then pictures.
_LETTERS = re.compile(
    rb"(?:[\xc2-\xc5\xce-\xd1\xd7-\xd9][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2})+"
)
# As Excel and LibreOffice write error cells into text files, in English, German, French, Spanish and Italian.
_ERROR_TEXT = (
    r"^(#(N/A|NV|N/D|NA|REF!|BEZUG!|VALUE!|WERT!|VALEUR!|¡VALOR!|VALORE!|NAME\?|NOM\?|¿NOMBRE\?|NOME\?|DIV/0!|¡DIV/0!"
    r"|NULL!|NUL!|NUM!|ZAHL!|NOMBRE!|¡NUM!|RIF!|¡REF!|SPILL!|CALC!|GETTING_DATA)|Err:[0-9]{3}|#{3,})$"
)
_CODES = r"&#?\w+;|(%[89A-Fa-f][0-9A-Fa-f]){2}|\\u[0-9A-Fa-f]{4}|=\?[\w-]+\?[BbQq]\?"
_BEGINS_OF_CODES = b"&", b"%", b"\\u", b"=?"
# What programs write for letters that an encoding lacks: inside a word, or for a whole one. Links have some too.
_LOST = r"\pL\?+\pL|(^|\s)\?\?\?+(\s|$)|^\?[?\s]*\?$"
_LETTERS_LOST = (
    "has question marks where letters may have been lost: put in what was meant; CSV UTF-8 keeps all letters"
)
_LINK = re.compile(r"://|\?[\w.-]+=")
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]+|#[0-9]+|#[xX][0-9A-Fa-f]+);")
_ESCAPE = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")


def garbled(text: pa.Array) -> Iterator[tuple[int, Said]]:
    """Position and finding of each cell that was damaged.

    Args:
        text: n cells (Arrow); null where blank.
    """
    yield from _errors(text)
    yield from _written_in_codes(text)
    yield from _lost(text)
    if not is_printable_ascii(text):
        for position in positions_of(pc.match_substring_regex(text, _DAMAGED)):
            if message := _about(text[position].as_py()):
                yield position, (FindingCode.GARBLED, message)


def _errors(text: pa.Array) -> Iterator[tuple[int, Said]]:
    begins = pc.or_(pc.starts_with(text, "#"), pc.starts_with(text, "Err:"))
    if not pc.any(begins).as_py():
        return
    for position in positions_of(pc.and_(begins, pc.match_substring_regex(text, _ERROR_TEXT))):
        message = "is what a spreadsheet program writes for a cell in error"
        yield position, (FindingCode.ERROR_TEXT, message)


def _written_in_codes(text: pa.Array) -> Iterator[tuple[int, Said]]:
    if not holds_any(text, *_BEGINS_OF_CODES):
        return
    for position in positions_of(pc.match_substring_regex(text, _CODES)):
        written = text[position].as_py()
        meant = _decoded(written)
        if meant != written:
            message = f"is written in codes: probably meant {meant!r}"
            yield position, (FindingCode.WRITTEN_IN_CODES, message)


def _lost(text: pa.Array) -> Iterator[tuple[int, Said]]:
    if not holds_any(text, b"?"):
        return
    for position in positions_of(pc.match_substring_regex(text, _LOST)):
        if not _LINK.search(text[position].as_py()):
            yield position, (FindingCode.GARBLED, _LETTERS_LOST)


def _decoded(text: str) -> str:
    """The text without the codes of web pages, links, programs and the heads of mails."""
    text = _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)
    text = _ESCAPE.sub(lambda codes: _of_program(codes.group()), text)
    try:
        text = unquote(text, errors="strict") if "%" in text else text
        return str(make_header(decode_header(text))) if "=?" in text else text
    except (UnicodeError, LookupError, HeaderParseError):
        return text


def _of_program(codes: str) -> str:
    r"""What `\u00fc` and its like stand for; half a character stays as it is written."""
    meant = codes.encode().decode("unicode_escape").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return codes if "\ufffd" in meant else meant


def _about(text: str) -> str | None:
    if "\ufffd" in text:
        return "holds a sign in place of a letter that a program could not read (\ufffd): put in what was meant"
    meant = min((_read_again(text, encoding) for encoding in _READ_AS), key=len)  # letters become fewer
    if meant == text:
        return None
    return f"was read in a wrong encoding somewhere: probably meant {meant!r}"


def _read_again(text: str, encoding: str) -> str:
    """The text as it was before parts of it, which are UTF-8, were read in that encoding."""
    return _RUN.sub(lambda run: _as_utf_8(run.group(), encoding), text)


def _as_utf_8(run: str, encoding: str) -> str:
    content = _bytes(run, encoding)
    try:
        return content.decode() if _LETTERS.fullmatch(content) else run
    except UnicodeDecodeError:
        return run


def _bytes(run: str, encoding: str) -> bytes:
    """What was read as these signs; nothing where those are not the encoding's."""
    try:
        return run.encode(encoding)
    except UnicodeEncodeError:
        pass
    try:
        return b"".join(bytes([ord(sign)]) if ord(sign) in _UNDEFINED else sign.encode(encoding) for sign in run)
    except UnicodeEncodeError:
        return b""
