"""Which of the encodings that are not Unicode a text is in: charset-normalizer's guess, made fit for lists.

A list of names is too short for statistics alone, so candidates are first told apart by what no person writes: words of
two scripts, capitals inside them, signs between letters, letters that no one language has together, characters so rare
that dictionaries list them last. May import nothing of the project.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatches

MULTI_BYTE: Mapping[str, tuple[range, ...]] = {
    "cp932": (range(0x82, 0x84), range(0x88, 0x98)),
    "euc_jp": (range(0xA4, 0xA6), range(0xB0, 0xD0)),
    "gb18030": (range(0xB0, 0xD8),),
    "big5": (range(0xA4, 0xC7),),
    "cp949": (range(0xB0, 0xC9),),
}
"""Encodings of two bytes a character, and the first bytes of the characters that are in common use."""

_CANDIDATES: Mapping[str, float] = {
    "cp1252": 0.0,
    "cp1250": 0.0,
    "cp1251": 0.0,
    "cp1253": 0.0,
    "cp1254": 0.0,
    "cp1255": 0.0,
    "cp1256": 0.0,
    "cp1257": 0.1,
    "iso8859_15": 0.1,
    "iso8859_2": 0.1,
    "iso8859_7": 0.2,
    "koi8_r": 0.2,
    "koi8_u": 0.3,
    "cp850": 0.2,
    "cp852": 0.2,
    "cp866": 0.2,
    "mac_roman": 0.2,
    "mac_latin2": 1.0,
    "mac_cyrillic": 1.0,
    "iso8859_5": 1.0,
    # Nearly every byte is a letter of Thai, so that any text can pass for it.
    "cp874": 1.0,
    **dict.fromkeys(MULTI_BYTE, 0.0),
}
"""What is tried, and how much it counts against each that few programs write it."""

_ALPHABETS = tuple(
    frozenset(letters)
    for letters in (
        "áéíóúüñ",  # Spanish
        "áàâãçéêíóôõúü",  # Portuguese
        "àâæçéèêëîïôœùûüÿ",  # French
        "àèéìîòóù",  # Italian
        "äöüß",  # German
        "áéíóúýðþæö",  # Icelandic
        "åäöéæøü",  # Nordic
        "àéèíïóòúüç",  # Catalan
        "éëèêïöüáóíú",  # Dutch
        "ąćęłńóśźż",  # Polish
        "áčďéěíňóřšťúůýž",  # Czech
        "áäčďéíĺľňóôŕšťúýž",  # Slovak
        "áéíóöőúüű",  # Hungarian
        "ăâîșşțţ",  # Romanian
        "čćđšž",  # Croatian
        "çğıİöşüâî",  # Turkish
        "ąčęėįšųūž",  # Lithuanian
        "āčēģīķļņšūž",  # Latvian
        "äöõüšž",  # Estonian
    )
)
_PUNCTUATION = frozenset("«»‹›“”„‘’‚–—…·•")  # noqa: RUF001 - as people write them
_SIGNS = frozenset("€£§©®™°№")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_WORD = re.compile(r"[^\W\d_]+")
_UNLIKELY = re.compile(r"œ(?![ui])|ñ\b|\w[ÐÞ]\w", re.IGNORECASE)
_NEVER_FIRST = re.compile(r"[ъыь]", re.IGNORECASE)
_CJK = frozenset({"CJK", "HIRAGANA", "KATAKANA"})


def guess(sample: bytes) -> list[str]:
    """The encodings that a text may be in, the most likely first; none where it is no text.

    Args:
        sample: Whole lines of it, as many as possible of those that are not ASCII.
    """
    from charset_normalizer import from_bytes

    if _BINARY.search(sample):
        return []
    ranks = _ranks(from_bytes(sample, cp_isolation=list(_CANDIDATES)))
    costs = {name: cost for name in _CANDIDATES if (cost := _cost(sample, name)) is not None}
    return sorted(costs, key=lambda name: (costs[name], _group(name), ranks.get(name, len(ranks))))


def _ranks(matches: CharsetMatches) -> dict[str, int]:
    """Where charset-normalizer puts each encoding; those that give the same text share their place."""
    return {name: rank for rank, match in enumerate(matches) for name in match.could_be_from_charset}


def _group(name: str) -> int:
    """Of readings as likely as one another, Windows-1252 comes first, then one byte a character."""
    return 0 if name == "cp1252" else 1 + (name in MULTI_BYTE)


def _cost(sample: bytes, name: str) -> float | None:
    """How unlikely it is that a person wrote what the sample says in that encoding; `None` where it says nothing."""
    try:
        text = sample.decode(name)
    except UnicodeDecodeError:
        return None
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    of_words = sum(map(_cost_of_word, words)) + _cost_of_all(words)
    return _CANDIDATES[name] + of_words + sum(_costs_of_signs(text)) + _rare(text, name)


def _cost_of_all(words: Sequence[str]) -> float:
    """What counts against a list that no one language explains, or with one case of Greek or Cyrillic letters."""
    signs = [sign for sign in "".join(words) if not sign.isascii()]
    latin = {sign.lower()[0] for sign in signs if _script(sign) == "LATIN"} - {"i"}  # which is İ in lower case
    others = "".join(sign for sign in signs if _script(sign) != "LATIN")
    languages = 0.0 if any(latin <= alphabet for alphabet in _ALPHABETS) else 0.5
    return languages + (1.0 if others.islower() or others.isupper() else 0.0)


def _cost_of_word(word: str) -> float:
    scripts = {_script(sign) for sign in word}
    if scripts <= _CJK:
        return 0.0
    mixed = 2.0 if len(scripts) > 1 else 0.0
    capitals = sum(2.0 for a, b in pairwise(word) if a.islower() and b.isupper() and not (a + b).isascii())
    own = _cost_of_latin(word) if scripts == {"LATIN"} else 2.0 * bool(_NEVER_FIRST.match(word))
    return mixed + capitals + own


def _cost_of_latin(word: str) -> float:
    letters = {sign for sign in word.lower() if sign.isalpha() and not sign.isascii()}
    alone = 0.0 if any(letters <= alphabet for alphabet in _ALPHABETS) else 2.0
    accented = sum(not sign.isascii() for sign in word)
    crowded = 1.0 if len(word) > 2 and accented * 2 > len(word) else 0.0
    return alone + crowded + len(_UNLIKELY.findall(word))


def _costs_of_signs(text: str) -> Iterator[float]:
    for before, sign, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if sign.isascii() or sign in _PUNCTUATION or (sign.isalnum() and _script(sign) != "THAI"):
            continue
        if _script(sign) == "THAI":  # whose vowels are signs, but stand in no other word
            yield 2.0 * ((before + after).isascii() and (before + after).strip() != "")
        elif unicodedata.category(sign)[0] == "C":
            yield 5.0
        elif before.isalpha() or after.isalpha():
            yield 2.0
        elif sign not in _SIGNS:
            yield 1.0


def _rare(text: str, name: str) -> float:
    """Half-width kana, and characters of an encoding of two bytes that stand in its later half."""
    common = MULTI_BYTE.get(name, ())
    cost = 0.0
    for sign in text:
        if "\uff61" <= sign <= "\uff9f":
            cost += 1.5
        elif common and sign.isalpha() and not sign.isascii():
            cost += not any(sign.encode(name)[0] in one for one in common)
    return cost


@cache
def _script(sign: str) -> str:
    return unicodedata.name(sign, "?").split()[0].removesuffix("-UNIFIED")


def different_readings(cell: bytes, encodings: Sequence[str]) -> dict[str, str]:
    """Of several encodings, those that make different texts of a cell, with the texts."""
    found: dict[str, str] = {}
    for name in encodings:
        text = cell.decode(name, "replace")
        if text not in found.values():
            found[name] = text
    return found
