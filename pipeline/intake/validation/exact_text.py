"""Addresses, hosts and user names that are surely a slip though they can be sent.

Letters that only look right, signs that no mailbox and no host has, what stands around them.
May import `schemas`, `addresses`, `arrow_text`, `hosts`, `said` and `model`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.intake.validation.addresses import ODD_ADDRESS, address_hint, is_address
from pipeline.intake.validation.arrow_text import is_printable_ascii, positions_of
from pipeline.intake.validation.hosts import ODD_HOST, host_hint, is_host
from pipeline.intake.validation.said import Said
from pipeline.model.finding_codes import FindingCode
from schemas.endpoint import Shape
from schemas.rules import NOT_AN_ADDRESS

_LINK = r"^(?i:mailto):"
_PART = re.compile(r"[^@.]+")
_MIXED = (frozenset({"LATIN", "CYRILLIC"}), frozenset({"LATIN", "GREEK"}))


def doubtful(shape: Shape | None, text: pa.Array) -> Iterator[tuple[int, Said]]:
    """Position and finding of each cell that is surely a slip; of two findings the latter says more.

    Args:
        shape: What the cells are; only of addresses, hosts and user names something is said.
        text: n cells (Arrow); null where blank.
    """
    if shape in {Shape.HOST, Shape.EMAIL} and not is_printable_ascii(text):
        yield from _found(text, r"[^\x00-\x7f]", FindingCode.LOOK_ALIKE, _about_letters)
    if shape is Shape.HOST:
        yield from _found(text, ODD_HOST, FindingCode.NOT_A_HOST, _about_host)
    elif shape is Shape.EMAIL:
        yield from _found(text, ODD_ADDRESS, FindingCode.NOT_AN_ADDRESS, _about_address)
    elif shape is Shape.USER_NAME:
        yield from _found(text, _LINK, FindingCode.WRITTEN_IN_CODES, _about_link)


def _found(
    text: pa.Array, pattern: str, code: FindingCode, about: Callable[[str], str | None]
) -> Iterator[tuple[int, Said]]:
    """Position and finding of the cells that a pattern finds and that there is something to say about."""
    for position in positions_of(pc.match_substring_regex(text, pattern)):
        if message := about(text[position].as_py()):
            yield position, (code, message)


@lru_cache(maxsize=1024)  # many rows have the same few
def _about_host(text: str) -> str | None:
    return None if is_host(text) else f"does not look like a host{host_hint(text)}"


def _about_address(text: str) -> str | None:
    """Nothing of what has no address's form: the rules of the schema say that."""
    return f"{NOT_AN_ADDRESS}{address_hint(text)}" if is_address(text) else None


def _about_link(text: str) -> str:
    return f"is written as a link{address_hint(text)}"


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
