"""Names compared word by word: which field a header is likely to mean, which name a slip of the pen is nearest to.

May import `schemas` and rapidfuzz; must know nothing of columns or values.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from functools import cache

# Blanks and signs between words, what cannot be seen; at the ends a colon, the star of a required field, a comment's #.
_IGNORED_IN_NAMES = re.compile(r"[\s_\-\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+|[\s*:]+$|^[\s*#]+")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_]+")
_ONE_WORD = re.compile(r"\be[-\s]mail|user[-\s]?name", re.IGNORECASE)  # however they are written
_WORDS_ALIKE = 80  # of 100: one wrong, missing or swapped letter in a word of five
_NAMES_ALIKE = 85
_LEAST_WITH_A_SLIP = 5  # letters; among shorter names one letter off is another name
_LIKELY = 0.4  # of 1; below that a suggestion misleads more than it helps
_AS_LIKELY = 0.85  # of the best; what comes so near to it is as likely


def folded(name: str) -> str:
    """A header or field name as it is compared."""
    plain = name if name.isascii() else unicodedata.normalize("NFKC", name)
    return _IGNORED_IN_NAMES.sub("", plain).casefold()


@cache
def words_of(name: str) -> tuple[str, ...]:
    """The words of a header or field name: `IncomingServerSSL` as `incoming server ssl`, without accents."""
    plain = unicodedata.normalize("NFKD", name).replace("ß", "ss")
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return tuple(word.lower() for word in _WORD.findall(_ONE_WORD.sub(_as_one_word, letters)))


def likely(name: str, candidates: Collection[str]) -> str | None:
    """The candidate that a name most likely means; `None` where none is likely, or two are equally so.

    Words count for more, the fewer candidates have them: `SSL` says more about a field than `Server`. One that is a
    single slip away is meant, whatever else is alike: `IncommingServerSSL` is not `IncomingServer`.
    """
    slips = [candidate for candidate in candidates if _is_a_slip(name, candidate)]
    if len(slips) == 1:
        return slips[0]
    scores = {candidate: _score(name, candidate, _weights(tuple(candidates))) for candidate in candidates}
    best = max(scores, key=lambda candidate: scores[candidate], default=None)
    if best is None or scores[best] < _LIKELY:
        return None
    return best if sum(score >= scores[best] * _AS_LIKELY for score in scores.values()) == 1 else None


def _is_a_slip(name: str, candidate: str) -> bool:
    """Whether one letter is wrong, missing, doubled or has changed places with the next."""
    from rapidfuzz.distance import OSA

    typed, meant = folded(name), folded(candidate)
    return len(meant) >= _LEAST_WITH_A_SLIP and OSA.distance(typed, meant, score_cutoff=1) <= 1


def _as_one_word(found: re.Match[str]) -> str:
    return re.sub(r"[-\s]", "", found[0]).capitalize()


def nearest(name: str, candidates: Collection[str]) -> str | None:
    """The candidate that a mistyped name is nearest to, by its words or by its letters."""
    from rapidfuzz import fuzz, process

    found = likely(name, candidates)
    if found is not None:
        return found
    by_letters = process.extractOne(name, candidates, scorer=fuzz.ratio, processor=folded, score_cutoff=60)
    return str(by_letters[0]) if by_letters else None


@cache
def _weights(candidates: tuple[str, ...]) -> Mapping[str, float]:
    counts = Counter(word for candidate in candidates for word in set(words_of(candidate)))
    return {word: 1 / count for word, count in counts.items()}


def _score(name: str, candidate: str, weights: Mapping[str, float]) -> float:
    """Weight of the words that both have, as a share of all their words' weight."""
    from rapidfuzz import fuzz

    ratio = fuzz.ratio(folded(name), folded(candidate))
    own, theirs = set(words_of(name)), set(words_of(candidate))
    pairs = [(w, t) for w in own for t in theirs if w == t or fuzz.ratio(w, t) >= _WORDS_ALIKE]
    shared = sum(weights[t] for t in {t for _, t in pairs})
    others = sum(weights[t] for t in theirs) - shared + sum(weights.get(w, 1.0) for w in own - {w for w, _ in pairs})
    by_words = shared / (shared + others) if pairs else 0.0
    return max(by_words, ratio / 100 if ratio >= _NAMES_ALIKE else 0.0)
