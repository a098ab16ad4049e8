"""In which encoding a text file is: by its mark or its pattern of bytes where it is Unicode, else by a guess.

A file that is UTF-8 for the most part stays so; rows of it that are not are named one by one. May import `charset`,
`blocks` and the model of a source.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO

from pipeline.errors import Code, ConfigurationError
from pipeline.intake.readers.charset import MULTI_BYTE, different_readings, guess
from pipeline.intake.readers.shown import shortened
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import Notice

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    *((b"+/v" + sign, "utf-7") for sign in (b"8", b"9", b"+", b"/")),
)
_ESCAPED = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_2"))
"""Encodings of seven bits, by the sequences with which they leave ASCII."""

_WIDE = {"utf-32-le": (0,), "utf-32-be": (3,), "utf-16-le": (0, 2), "utf-16-be": (1, 3)}
"""Where in four bytes an ASCII letter stands; the others are zero."""

_CHUNK_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 15
_LONGEST_LINE = 1 << 16
_SHOWN_READINGS = 3
_NAMES = {
    "cp932": "shift-jis (cp932)",
    "cp949": "euc-kr (cp949)",
    "koi8_r": "koi8-r",
    "koi8_u": "koi8-u",
    "euc_jp": "euc-jp",
}
_NAMES |= {f"iso8859_{n}": f"iso-8859-{n}" for n in (2, 5, 7, 15)}


@dataclass(frozen=True, kw_only=True, slots=True)
class TextEncoding:
    """How a file's bytes are text.

    Attributes:
        name: Python's name of the encoding.
        others: The encoding of rows that are not UTF-8 in a file that is; `None` where their bytes mean nothing.
        alternatives: Where it is a guess, what else it may be, the most likely first.
        sample: Where it is a guess, a line that shows it.
    """

    name: str
    others: str | None = None
    alternatives: tuple[str, ...] = ()
    sample: bytes = b""

    def readable(self, cells: Sequence[str]) -> tuple[str, ...]:
        """A row's cells without bytes that are not UTF-8, as the file's own rows are read."""
        cells = tuple(map(joined_halves, cells))
        if not any(map(has_bad_bytes, cells)):
            return cells
        foreign = self.others if not is_torn("\n".join(cells)) else None
        return tuple(decoded(cell, foreign) if foreign else visible(cell) for cell in cells)

    def notices(self, delimiter: str) -> tuple[Notice, ...]:
        """What to say about a guess, with a cell that it was made for."""
        if not self.sample:
            return ()
        guessed = self.others or self.name
        cells = self.sample.replace(b"\n", delimiter.encode()).split(delimiter.encode())
        cell = next((one for one in cells if not one.isascii()), self.sample).strip(b"\"' ")
        readings = different_readings(cell, (guessed, *self.alternatives))
        text = readings.pop(guessed)
        others = [f"{shown_name(n)} {shortened(t)!r}" for n, t in list(readings.items())[:_SHOWN_READINGS]]
        also = f" (as {', '.join(others)})" if others else ""
        what = "rows that are not UTF-8 are" if self.others else "the file is"
        message = f"{what} read as {shown_name(guessed)}, a guess: {shortened(text)!r}{also}; another can be given"
        return (Notice(code=FindingCode.ENCODING, message=message, value=text),)


def shown_name(encoding: str) -> str:
    """An encoding's name as a person knows it, which a person may give too where it is one word."""
    return _NAMES.get(encoding, encoding.replace("cp125", "windows-125"))


_OF_HOSTS = frozenset({"idna", "punycode"})
"""Encodings of the names of hosts, which no file is in."""


def known_encoding(name: str) -> str:
    """Python's name of an encoding.

    Raises:
        ConfigurationError: Python has no such encoding.
    """
    try:
        "".encode(name)  # a codec may also turn text into text or bytes into bytes; those are no encodings
        found = codecs.lookup(name).name
    except (LookupError, UnicodeError):
        found = ""
    if not found or found in _OF_HOSTS:
        raise ConfigurationError(Code.ENCODING_UNKNOWN, f"There is no encoding {name}.", encoding=name)
    return found


def find_encoding(stream: IO[bytes]) -> TextEncoding | None:
    """Unicode by its mark, by its zeros, or because it is UTF-8 throughout; else a guess; `None` for what is no text.

    Reads the whole stream where only that can tell.
    """
    head = stream.read(_CHUNK_BYTES)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark) and encoding != "utf-8-sig":
            return TextEncoding(name=encoding)
    wide = _wide(head[:4096])
    if wide:
        return TextEncoding(name=wide)
    for sign, encoding in (*_ESCAPED, (b"", "utf-8")):
        stream.seek(0)
        if sign in head and undecodable_at(stream, encoding) is None:
            return TextEncoding(name=encoding)
    stream.seek(0)
    return _guessed(stream)


def _wide(head: bytes) -> str | None:
    head = head.rstrip(b"\0")  # where a machine died, the rest of a block of any text is zeros
    quarter = len(head) // 4
    zeros = [head[i::4].count(0) * 2 > quarter > 0 for i in range(4)]
    for encoding, letters in _WIDE.items():
        if all(zeros[i] != (i in letters) for i in range(4)):
            return encoding
    even, odd = head[::2].count(0), head[1::2].count(0)  # few of its letters may be ASCII, but its delimiters are
    if max(even, odd) > len(head) // 8:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def undecodable_at(stream: IO[bytes], encoding: str) -> int | None:
    """Offset of the first byte that the encoding cannot read, `None` where there is none. Reads the whole stream."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    while True:
        chunk = stream.read(_CHUNK_BYTES)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            kept_from_before = len(error.object) - len(chunk)
            return done - kept_from_before + error.start
        except UnicodeError:  # UTF-16 without the mark that says which of the two it is
            return done
        if not chunk:
            return None
        done += len(chunk)


@dataclass
class _Survey:
    """What the lines of a file that is not UTF-8 throughout are like."""

    letters: int = 0
    bad_bytes: int = 0
    good_lines: int = 0
    sample: bytes = b""


def _guessed(stream: IO[bytes]) -> TextEncoding | None:
    survey = _surveyed(stream)
    names = guess(survey.sample)
    mostly_utf_8 = survey.letters >= survey.bad_bytes > 0
    if not survey.sample:  # all that is wrong are torn letters in lines that are UTF-8 otherwise
        return TextEncoding(name="utf-8")
    if mostly_utf_8 or (survey.good_lines and names and names[0] not in MULTI_BYTE):
        found = TextEncoding(name="utf-8", others=names[0] if names else None)
        return replace(found, alternatives=tuple(names[1:]), sample=survey.sample if names else b"")
    for name in names:
        stream.seek(0)
        if undecodable_at(stream, name) is None:
            rest = tuple(other for other in names if other != name)
            return TextEncoding(name=name, alternatives=rest, sample=survey.sample)
    return None


def _surveyed(stream: IO[bytes]) -> _Survey:
    survey = _Survey()
    torn = b""
    for line in _lines(stream):
        if line.isascii():
            continue
        text = joined_halves(line.decode("utf-8", "surrogateescape"))
        bad = len(_BAD.findall(text))
        survey.bad_bytes += bad
        survey.letters += sum(not sign.isascii() for sign in text) - bad
        survey.good_lines += not bad
        if bad and len(survey.sample) < _SAMPLE_BYTES and not is_torn(text):
            survey.sample += line + b"\n"
        elif bad and len(torn) < _SAMPLE_BYTES:
            torn += line + b"\n"
    if survey.letters < survey.bad_bytes:  # what looks like letters of UTF-8 is so by accident
        survey.sample = (survey.sample + torn)[:_SAMPLE_BYTES].rpartition(b"\n")[0]
    return survey


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(_CHUNK_BYTES):
        lines = (rest + chunk).splitlines()
        rest = lines.pop() if len(lines) > 1 or len(rest) < _LONGEST_LINE else b""
        yield from lines
    yield rest


_BAD = re.compile("[\udc80-\udcff]")
_HALVES = re.compile("\udced[\udca0-\udcaf][\udc80-\udcbf]\udced[\udcb0-\udcbf][\udc80-\udcbf]")
_TORN = re.compile("[a-z][\udcc2\udcc3]")


def is_torn(text: str) -> bool:
    """Whether a text with bytes that are not UTF-8 is UTF-8 all the same: a letter of it was cut.

    Args:
        text: Decoded with `surrogateescape`.
    """
    # In other encodings the bytes that begin UTF-8's western letters are capitals, which follow no small letter.
    return bool(_TORN.search(text)) or any(sign > "\x7f" and not _BAD.match(sign) for sign in text)


def has_bad_bytes(text: str) -> bool:
    """Whether a text that was decoded with `surrogateescape` holds bytes that are not UTF-8."""
    return not text.isascii() and bool(_BAD.search(text))


def joined_halves(text: str) -> str:
    """The text with characters beyond U+FFFF that were written as two halves (CESU-8, as Java and Oracle do)."""
    return _HALVES.sub(_joined, text)


def _joined(halves: re.Match[str]) -> str:
    wide = halves.group().encode("utf-8", "surrogateescape").decode("utf-8", "surrogatepass")
    return wide.encode("utf-16", "surrogatepass").decode("utf-16")


def visible(text: str) -> str:
    r"""The text with its bytes that are not UTF-8 as `\xc3`."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def decoded(text: str, encoding: str) -> str:
    """What the text's bytes are in another encoding."""
    return text.encode("utf-8", "surrogateescape").decode(encoding, "backslashreplace")
