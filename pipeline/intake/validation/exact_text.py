"""Addresses and hosts that are surely a slip though they can be sent: letters that only look right, hosts with more.

May import `schemas`, `arrow_text`, `said` and `model`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.intake.validation.arrow_text import is_printable_ascii, positions_of
from pipeline.intake.validation.said import Said
from pipeline.model.finding_codes import FindingCode
from schemas.endpoint import Shape

_NOT_OF_A_HOST = r"[\s/@,;<>()\\]|:[0-9]+$"
_AROUND_HOSTS = re.compile(r"^[a-z]+://|[/:].*$|\s*\(.*\)$", re.IGNORECASE)
_HOST = re.compile(r"[^\s/@:,;<>()\\]+(\.[^\s/@:,;<>()\\]+)+")
_ADDRESS = re.compile(r"[0-9a-f:.]*:[0-9a-f:.]*|\[.*\]", re.IGNORECASE)  # of IPv6
_PART = re.compile(r"[^@.]+")
_MIXED = (frozenset({"LATIN", "CYRILLIC"}), frozenset({"LATIN", "GREEK"}))


def doubtful(shape: Shape | None, text: pa.Array) -> Iterator[tuple[int, Said]]:
    """Position and finding of each cell that is surely a slip.

    Args:
        shape: What the cells are; of those that are no address and no host nothing is said.
        text: n cells (Arrow); null where blank.
    """
    if shape is Shape.HOST:
        yield from _found(
            positions_of(pc.match_substring_regex(text, _NOT_OF_A_HOST)), text, FindingCode.NOT_A_HOST, _about_host
        )
    if shape in {Shape.HOST, Shape.EMAIL} and not is_printable_ascii(text):
        yield from _found(
            positions_of(pc.match_substring_regex(text, r"[^\x00-\x7f]")), text, FindingCode.LOOK_ALIKE, _about_letters
        )


def _found(
    positions: list[int], text: pa.Array, code: FindingCode, about: Callable[[str], str | None]
) -> Iterator[tuple[int, Said]]:
    for position in positions:
        if message := about(text[position].as_py()):
            yield position, (code, message)


def _about_host(text: str) -> str | None:
    if _ADDRESS.fullmatch(text):
        return None
    meant = _AROUND_HOSTS.sub("", _AROUND_HOSTS.sub("", text))
    hint = f": probably meant {meant}" if meant != text and _HOST.fullmatch(meant) else ""
    return f"does not look like a host{hint}"


def _about_letters(text: str) -> str | None:
    usual = unicodedata.normalize("NFC", text)
    if usual != text:
        return f"has accents apart from their letters, which is another text than {usual!r} though it looks the same"
    narrow = unicodedata.normalize("NFKC", text)
    if narrow != text:
        return f"has letters of another width or form: probably meant {narrow}"
    mixed = next((part for part in _PART.findall(text) if _scripts(part) in _MIXED), None)
    return f"mixes letters of two scripts that look alike in {mixed!r}" if mixed else None


def _scripts(part: str) -> frozenset[str]:
    return frozenset(unicodedata.name(sign, "?").split()[0] for sign in part if sign.isalpha())
