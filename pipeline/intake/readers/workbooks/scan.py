"""Streams the parts of a zipped workbook before fastexcel reads them: their size, and what it would pass over.

Constant memory. RE2 looks for a sieve at about a gigabyte a second; only a chunk in which that occurs is looked at
again for each of the patterns. May import nothing of the project but `package`.
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from zipfile import BadZipFile

from pipeline.errors import Code
from pipeline.intake.readers.workbooks.package import UnreadableError, locked, too_large

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zipfile import ZipFile, ZipInfo

_CHUNK_BYTES = 1 << 20
_OVERLAP_BYTES = 1 << 12
"""A chunk is looked at with the end of the one before, since what is looked for may lie across both."""

_EDGE_CHUNKS = 4
_UNREAD = re.compile(r"(^|/)(media|embeddings|Pictures|Thumbnails|Object [0-9]+|ObjectReplacements)/", re.IGNORECASE)
_ENCRYPTED_ENTRY = 0x1


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """What to look for in a part.

    Attributes:
        sieve: Occurs wherever one of the others does. A pattern with one beginning, such as a tag's, is looked for
            several times as fast as several patterns.
        named: The patterns, by their names.
    """

    sieve: str
    named: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What was seen of a part.

    Attributes:
        seen: The names of the patterns that occur in it.
        head: Its first bytes, at most a few megabytes.
        tail: Its last bytes, as many.
    """

    seen: frozenset[str]
    head: bytes
    tail: bytes


def read_parts(archive: ZipFile, max_unpacked: int) -> list[ZipInfo]:
    """The parts that hold cells, or say how to read them; pictures and the like are none.

    Args:
        archive: The workbook.
        max_unpacked: How many bytes they may unpack to, all together.

    Raises:
        UnreadableError: They would unpack to more, or are encrypted.
    """
    parts = [one for one in archive.infolist() if not one.is_dir() and not _UNREAD.search(one.filename)]
    if any(one.flag_bits & _ENCRYPTED_ENTRY for one in parts):
        raise locked()
    size = sum(one.file_size for one in parts)
    if size > max_unpacked:
        raise too_large(size, max_unpacked)
    return parts


def scan(archive: ZipFile, part: ZipInfo, patterns: Sequence[Patterns]) -> Scan:
    """Reads a part to its end.

    Raises:
        UnreadableError: It is damaged, or longer than the archive says.
    """
    seen: set[str] = set()
    head: list[bytes] = []
    tail: deque[bytes] = deque(maxlen=_EDGE_CHUNKS)
    before = b""
    try:
        with archive.open(part) as stream:
            for chunk in _chunks(stream):
                seen |= _seen(before + chunk, patterns, seen)
                before = chunk[-_OVERLAP_BYTES:]
                tail.append(chunk)
                if len(head) < _EDGE_CHUNKS:
                    head.append(chunk)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise damaged(str(error)) from error
    return Scan(seen=frozenset(seen), head=b"".join(head), tail=b"".join(tail))


def damaged(reason: str) -> UnreadableError:
    """What is said of a workbook that cannot be read."""
    return UnreadableError(Code.WORKBOOK_DAMAGED, f"is not a workbook that can be read ({reason})")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk


def _seen(chunk: bytes, patterns: Sequence[Patterns], known: set[str]) -> set[str]:
    """The names of those that occur, but for what is known to."""
    found: set[str] = set()
    for group in patterns:
        wanted = {name: pattern for name, pattern in group.named.items() if name not in known}
        if wanted and _occurs(chunk, group.sieve):
            found |= {name for name, pattern in wanted.items() if _occurs(chunk, pattern)}
    return found


def _occurs(chunk: bytes, pattern: str) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    return bool(pc.match_substring_regex(pa.array([chunk], pa.large_binary()), pattern)[0].as_py())
