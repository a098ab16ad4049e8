"""Proposes a mapping from a source's headers and values.

May import `schemas`, `pipeline.model` and `mapping`'s other modules; must know nothing of terminals.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pipeline.intake.mapping import value_kinds as kinds
from pipeline.intake.mapping.headers import UNKNOWN_WORD, ideas_in, name_scores
from pipeline.intake.mapping.names import folded
from pipeline.intake.mapping.proposal import SURE, FieldProposal, Proposal
from pipeline.model.sources import REPORT_COLUMNS
from schemas.endpoint import FALSE_WORDS, TRUE_WORDS, Field, FieldType, Shape

if TYPE_CHECKING:
    from pipeline.intake.mapping.profile import ColumnProfile
    from pipeline.model.mapping import FieldMapping
    from schemas.endpoint import Endpoint
    from schemas.words.vocabulary import Vocabulary

_WORTH_ASKING = 0.4
_WORTH_ASKING_IF_SHARED = 0.6
_ENOUGH, _TOO_FEW = 0.8, 0.5
_UNFIT = 0.3  # what a name is worth whose values are of another kind
_RIVALS_WITHIN = 0.05
_SURE_BY_PAIR = 0.8
_AT_MOST = 0.99  # only the field's own name is certain
_MOST_TRANSLATIONS = 50


@dataclass(frozen=True, kw_only=True)
class Proposer:
    """Proposes mappings to one endpoint.

    Attributes:
        endpoint: The endpoint.
        vocabulary: How other systems name its fields and values.
        given: What the person has said already.
    """

    endpoint: Endpoint
    vocabulary: Vocabulary
    given: FieldMapping

    def propose(self, columns: Sequence[ColumnProfile], rows: int) -> Proposal:
        """The best column for each field."""
        chosen = self._assigned(columns)
        found = {name: self._with_values(self.endpoint.field(name), columns[i], c) for name, (i, c) in chosen.items()}
        found |= {
            name: self._with_values(self.endpoint.field(name), columns[i], _WORTH_ASKING_IF_SHARED, shared=True)
            for name, i in self._shared(columns, chosen)
            if name not in {*found, *self._given_fields}
        }
        used = {index for index, _ in chosen.values()} | {
            i for i, one in enumerate(columns) if folded(one.header) in self._given_headers
        }
        unused = [
            c.header for i, c in enumerate(columns) if i not in used and c.header and c.header not in REPORT_COLUMNS
        ]
        given = {*self._given_fields, *found}
        return Proposal(
            fields=tuple(found[f.name] for f in self.endpoint.fields if f.name in found),
            missing=tuple(f.name for f in self.endpoint.fields if f.required and f.name not in given),
            left_out=tuple(unused),
            rows=rows,
        )

    @property
    def _given_fields(self) -> Collection[str]:
        filled = {*self.given.constants, *self.given.templates}
        return {*filled, *self.given.defaults} | {one.field for one in self.given.columns if one.field}

    @property
    def _given_headers(self) -> Collection[str]:
        return {folded(one.header) for one in self.given.columns if not one.field}

    def _assigned(self, columns: Sequence[ColumnProfile]) -> dict[str, tuple[int, float]]:
        """Field to column and confidence: the surest first, each column and field once."""
        pairs = sorted(self._pairs(columns), key=lambda pair: -pair[0])
        chosen: dict[str, tuple[int, float]] = {}
        taken: set[int] = set()
        for confidence, name, index in pairs:
            if name in chosen or index in taken or confidence < _WORTH_ASKING:
                continue
            rivals = [c for c, n, i in pairs if (n == name) != (i == index) and n not in chosen and i not in taken]
            close = any(confidence < 1 and abs(confidence - rival) <= _RIVALS_WITHIN for rival in rivals)
            chosen[name] = (index, min(confidence, 0.7) if close else confidence)
            taken.add(index)
        return {name: (index, self._by_pair(name, confidence, chosen)) for name, (index, confidence) in chosen.items()}

    def _shared(
        self, columns: Sequence[ColumnProfile], chosen: Mapping[str, tuple[int, float]]
    ) -> Iterator[tuple[str, int]]:
        """Fields whose counterpart has a column that says nothing of which of the two it is for: one login for both."""
        for name, other in self.vocabulary.pairs.items():
            index, _ = chosen.get(name, (None, 0.0))
            if index is None or self.endpoint.field(name).shape is Shape.PORT:
                continue
            if {"{", "}"} & set(columns[index].header):  # no template can name it
                continue
            ideas = ideas_in(columns[index].header, self.vocabulary)
            if not {"in", "out"} & {*ideas, *self._hinted(ideas, columns[index])}:
                yield other, index

    def _by_pair(self, name: str, confidence: float, chosen: Mapping[str, tuple[int, float]]) -> float:
        """A name that may mean either of two fields is sure where the other one has a column that is sure."""
        _, other = chosen.get(self.vocabulary.pairs.get(name, ""), (0, 0.0))
        return max(confidence, _SURE_BY_PAIR) if other >= SURE else confidence

    def _pairs(self, columns: Sequence[ColumnProfile]) -> Iterator[tuple[float, str, int]]:
        fields = {folded(f.name): f for f in self.endpoint.fields if f.name not in {*self.given.constants}}
        chosen = {folded(one.header): one.field for one in self.given.columns}
        for index, column in enumerate(columns):
            header = folded(column.header)
            if header in chosen:
                if chosen[header]:
                    yield 1.0, chosen[header], index
            elif header in fields:
                yield 1.0, fields[header].name, index
            elif column.header and column.header not in REPORT_COLUMNS:
                for name, score in self._scores(column).items():
                    if name not in self.given.constants and name not in chosen.values():
                        yield score, name, index

    def _scores(self, column: ColumnProfile) -> dict[str, float]:
        """How sure a column is for each field, by its header and its values."""
        ideas = ideas_in(column.header, self.vocabulary)
        if not {"in", "out"} & set(ideas):
            ideas = [*ideas, *self._hinted(ideas, column)]
        scores = name_scores(ideas, self.vocabulary)
        return {name: min(score * _fitness(self.endpoint.field(name), column, self.vocabulary), _AT_MOST)
                for name, score in scores.items()}  # fmt: skip

    def _hinted(self, ideas: Sequence[str], column: ColumnProfile) -> list[str]:
        """The idea that a column's values have where its header leaves it open: 993 is a port of incoming mail."""
        if not ({"server", "port", UNKNOWN_WORD} & set(ideas)):
            return []
        for idea, beginnings in self.vocabulary.hints.items():
            share = column.share(partial(_begins, beginnings))
            if share is not None and share >= _ENOUGH:
                return [idea]
        return []

    def _with_values(
        self, field: Field, column: ColumnProfile, confidence: float, *, shared: bool = False
    ) -> FieldProposal:
        transforms, sure = _transforms(field, column)
        translations, unknown = _translations(field, column, self.vocabulary)
        told = [*translations, *unknown]
        return FieldProposal(
            name=field.name,
            header=column.header,
            confidence=confidence,
            named=folded(column.header) == folded(field.name),
            shared=shared,
            secret=field.secret,
            samples=() if field.secret else tuple(column.samples),
            transforms=transforms,
            form_sure=sure,
            translations=translations,
            unknown=tuple(unknown),
            counts={value: column.counts[value] for value in told},
        )


def _begins(beginnings: Collection[str], value: str) -> bool:
    words = tuple(one for one in beginnings if not one.isdigit())
    return value.lower().startswith(words) or value in beginnings


def _fitness(field: Field, column: ColumnProfile, vocabulary: Vocabulary) -> float:
    """What a name is worth given the values: all where they are of the field's kind, little where they are not."""
    share = column.share(lambda value: _is_of(field, value, vocabulary))
    if share is None or share >= _ENOUGH:
        return 1.0
    return _UNFIT if share < _TOO_FEW else share


def _is_of(field: Field, value: str, vocabulary: Vocabulary) -> bool:
    if field.shape in _KINDS:
        return _KINDS[field.shape](value)
    if field.type is FieldType.BOOLEAN:
        return kinds.is_boolean(value)
    if field.choices:
        return kinds.integer_in(value) is not None or value.lower() in _known_values(field, vocabulary)
    return field.type is FieldType.STRING or kinds.integer_in(value) is not None


_KINDS = {
    Shape.EMAIL: kinds.is_email,
    Shape.HOST: kinds.is_host,
    Shape.PORT: kinds.is_port,
    Shape.DATE_TIME: kinds.is_date,
}


def _known_values(field: Field, vocabulary: Vocabulary) -> Mapping[str, str]:
    own = {name.lower(): name for name in field.choices}
    return {**vocabulary.values.get(field.name, {}), **own}


def _transforms(field: Field, column: ColumnProfile) -> tuple[tuple[str, ...], bool]:
    """What the values need, as TOML writes it, and whether that is sure."""
    if field.shape is Shape.EMAIL and any(map(kinds.is_wrapped_email, column.counts)):
        return ('"address"',), True
    if field.shape is Shape.DATE_TIME:
        forms, sure = kinds.date_forms(column.counts)
        return tuple(f'{{ date = "{form}" }}' for form in forms), sure
    if field.type is not FieldType.INTEGER or field.choices:
        return (), True
    if any(map(kinds.is_grouped, column.counts)):
        return ('"decimal_comma"',), True
    if any(map(kinds.is_comma_grouped, column.counts)):
        return ('{ regex = ",", replace = "" }',), True
    return (), True


def _translations(
    field: Field, column: ColumnProfile, vocabulary: Vocabulary
) -> tuple[Mapping[str, str], Sequence[str]]:
    """The values that need a translation and have one, the most frequent first; and those that have none."""
    if field.type is FieldType.BOOLEAN:
        known: Mapping[str, str] = kinds.BOOLEAN_WORDS
        plain = {*TRUE_WORDS, *FALSE_WORDS}
    elif field.choices:
        known, plain = _known_values(field, vocabulary), {name.lower() for name in field.choices}
    else:
        return {}, ()
    odd = [value for value in column.counts if value.lower() not in plain and kinds.integer_in(value) is None]
    odd.sort(key=lambda value: -column.counts[value])
    translations: dict[str, str] = {}
    for value in odd:
        if value.lower() in known and value.lower() not in {one.lower() for one in translations}:
            translations[value] = known[value.lower()]
    return translations, [value for value in odd if value.lower() not in known][:_MOST_TRANSLATIONS]
