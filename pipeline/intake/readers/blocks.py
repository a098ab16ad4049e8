"""A text file as blocks of UTF-8 that end where a row does, in constant memory.

Where a block's quotation marks keep to RFC 4180, numpy finds the end of its last row at once. May import `records`.
"""

from __future__ import annotations

import codecs
import gzip
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, cast

from pipeline.intake.readers.records import Dialect

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGIC = b"PK\x03\x04"
_ADDED = re.compile(r"(^|/)(__MACOSX/|\.(?!\.?/)|Thumbs\.db$)")  # by programs, unasked
UTF_8 = frozenset({"utf-8", "utf-8-sig"})


READ_ERRORS = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError)
"""What reading a damaged file, or one compressed in an unknown way, may end in."""


ARCHIVE_ERRORS = (*READ_ERRORS, struct.error, UnicodeDecodeError, RuntimeError)
"""What looking into a damaged archive may end in."""


def opened(path: Path, member: str | None = None) -> IO[bytes]:
    """The file's bytes, decompressed; of an archive, those of a file in it: of that name, else the first."""
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic.startswith(GZIP_MAGIC):
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if magic == _ZIP_MAGIC:
        with zipfile.ZipFile(path) as archive:
            return archive.open(member or members(path)[0])
    return path.open("rb")


def members(path: Path) -> list[zipfile.ZipInfo]:
    """The files that a person put into an archive; of several of one name the last, which unpacking leaves."""
    with zipfile.ZipFile(path) as archive:
        found = {one.filename: one for one in archive.infolist() if one.filename and not one.is_dir()}
        return [one for one in found.values() if not _ADDED.search(one.filename)]


def decoder(encoding: str) -> codecs.IncrementalDecoder:
    """Makes text of a file's bytes; those that a UTF-8 file should not have stay in it, and so does its mark."""
    if encoding in UTF_8:
        return codecs.getincrementaldecoder("utf-8")("surrogateescape")
    # Other encodings are tried throughout beforehand; UTF-16 and its kin are known by their mark only.
    return codecs.getincrementaldecoder(encoding)("replace")


def chunks(path: Path, encoding: str, offset: int, size_bytes: int, member: str | None = None) -> Iterator[bytes]:
    """The file's text as UTF-8, from an offset in that; bytes that a UTF-8 file should not have stay in it."""
    decode = decoder(encoding).decode
    with opened(path, member) as stream:
        while chunk := stream.read(size_bytes):
            text = chunk if encoding in UTF_8 else decode(chunk).encode()
            skipped = min(offset, len(text))
            offset -= skipped
            yield text[skipped:] if skipped else text


def last_row_end(text: bytes, dialect: Dialect, *, whole: bool) -> int | None:
    """Where the last row of a block ends.

    Args:
        text: Begins with a row.
        dialect: Its delimiter and quotation mark, each one byte.
        whole: Whether the text ends where the file does.

    Returns:
        Bytes; 0 where no row ends. `None` where a quotation mark stands where RFC 4180 has none.
    """
    import numpy as np

    if dialect.quote.encode() not in text:
        return len(text) if whole else _behind_last_line(text)
    signs = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(signs == ord(dialect.quote))
    if not _are_regular(signs, quotes, dialect) or (whole and len(quotes) % 2):
        return None
    return len(text) if whole else _behind_last_line_outside(signs, quotes)


def _behind_last_line(text: bytes) -> int:
    # A carriage return at the very end may have a line feed to come.
    return max(text.rfind(b"\n"), text.rfind(b"\r", 0, len(text) - 1)) + 1


def _are_regular(signs: NDArray[np.uint8], quotes: NDArray[np.int64], dialect: Dialect) -> bool:
    """Whether each quoted cell begins and ends at the edge of a cell, and has only doubled quotation marks inside.

    Counted from the beginning of a row, every other quotation mark opens; inside a cell a doubled one closes and opens
    again at once.
    """
    import numpy as np

    edge = np.zeros(256, np.bool_)
    edge[[ord(sign) for sign in (dialect.delimiter, dialect.quote, "\r", "\n")]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    opening, closing = opening[opening > 0], closing[closing < len(signs) - 1]
    return bool(edge[signs[opening - 1]].all() and edge[signs[closing + 1]].all())


def _behind_last_line_outside(signs: NDArray[np.uint8], quotes: NDArray[np.int64]) -> int:
    import numpy as np

    last = -1
    for sign, known in ((ord("\n"), signs), (ord("\r"), signs[:-1])):
        ends = np.flatnonzero(known == sign)
        outside = ends[np.searchsorted(quotes, ends) % 2 == 0]
        last = max([last, *outside[-1:].tolist()])
    return last + 1
