"""What a header of any system means: the ideas in its words, and how likely it is for each field.

May import `schemas` and `mapping.names`; must know nothing of values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline.intake.mapping.names import folded, words_of
from pipeline.intake.mapping.proposal import SURE

if TYPE_CHECKING:
    from schemas.endpoint import Endpoint
    from schemas.words.vocabulary import Vocabulary, Wording

_LONGEST_PHRASE = 4
_SHORTEST_PART = 3
_LINKS = ("s", "en", "e", "-", "")
_ALIKE = 85
UNKNOWN_WORD = "?"
"""Stands for a word that no idea is known of."""


def ideas_in(header: str, vocabulary: Vocabulary) -> list[str]:
    """The ideas behind a header's words; words that join others have none."""
    words = [word for word in words_of(header) if not word.isdigit()]
    ideas: list[str] = []
    while words:
        size = next(
            (n for n in range(min(_LONGEST_PHRASE, len(words)), 0, -1) if " ".join(words[:n]) in vocabulary.ideas), 0
        )
        ideas += [vocabulary.ideas[" ".join(words[:size])]] if size else _of_word(words[0], vocabulary.ideas)
        words = words[size or 1 :]
    return [idea for idea in ideas if idea]


def _of_word(word: str, ideas: Mapping[str, str]) -> list[str]:
    """The ideas of a word that is put together from others, or mistyped."""
    parts = _parts(word, ideas)
    if parts:
        return [ideas[part] for part in parts]
    from rapidfuzz import fuzz, process

    near = process.extractOne(word, [one for one in ideas if len(one) > _SHORTEST_PART], scorer=fuzz.ratio)
    return [ideas[near[0]]] if near and near[1] >= _ALIKE else [UNKNOWN_WORD]


def _parts(word: str, ideas: Mapping[str, str]) -> list[str]:
    """The words that a compound is made of: `posteingang`, `server` of `posteingangsserver`."""
    if ideas.get(word):
        return [word]
    for end in range(len(word) - 1, _SHORTEST_PART - 1, -1):
        if not ideas.get(word[:end]):
            continue
        for link in _LINKS:
            rest = word[end:].removeprefix(link)
            if (not link or word[end:].startswith(link)) and (found := _parts(rest, ideas)):
                return [word[:end], *found]
    return []


def name_scores(ideas: Sequence[str], vocabulary: Vocabulary) -> dict[str, float]:
    """How likely a header with these ideas is for each field, from 0 to 1; fields that it cannot mean are left out."""
    scores = {
        name: max((_score(ideas, one) for one in wordings), default=0.0)
        for name, wordings in vocabulary.wordings.items()
    }
    return {name: score for name, score in scores.items() if score}


def _score(ideas: Sequence[str], wording: Wording) -> float:
    has = set(ideas) - {UNKNOWN_WORD}
    if not wording.says <= has:
        return 0.0
    fit = len(wording.says) + len(wording.may_say & has)
    strange = len(has - wording.says - wording.may_say) + ideas.count(UNKNOWN_WORD) / 2
    return wording.share * fit / (fit + strange)


def understood_fields(endpoint: Endpoint, vocabulary: Vocabulary) -> Callable[[Sequence[str]], int]:
    """Counts how many different fields a row's cells surely mean: tells the header of a foreign file from its rows."""
    names = {folded(f.name): f.name for f in endpoint.fields}

    def meant(cells: Sequence[str]) -> Iterator[str]:
        for cell in cells:
            if folded(cell) in names:
                yield names[folded(cell)]
            elif cell and len(cell) < 60:
                scores = name_scores(ideas_in(cell, vocabulary), vocabulary)
                yield from (name for name, score in scores.items() if score >= SURE)

    return lambda cells: len(set(meant(cells)))
