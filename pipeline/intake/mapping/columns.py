"""From a source's header to a plan: where each field's text comes from, and what is odd about the columns.

Headers match fields regardless of case, spaces, underscores and hyphens; a mapping says the rest. What does not fit
is found before any row is read.
May import `schemas`, `pipeline.model` and `mapping`'s other modules.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.intake.mapping.headers import ideas_in, name_scores
from pipeline.intake.mapping.names import folded, likely, nearest
from pipeline.intake.mapping.plan import ColumnPlan, Pieces
from pipeline.intake.mapping.proposal import SURE
from pipeline.intake.mapping.templates import Column, columns_in, pieces_of
from pipeline.intake.readers.shown import shortened
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import FieldError
from pipeline.model.sources import REPORT_COLUMNS
from schemas.words import vocabulary_of

if TYPE_CHECKING:
    from pipeline.model.mapping import ColumnChoice, FieldMapping
    from schemas.endpoint import Endpoint

_SHOWN_COLUMNS = 20


def names_fields(endpoint: Endpoint, mapping: FieldMapping) -> Callable[[Sequence[str]], int]:
    """Counts how many different fields of the endpoint a row's cells name, as `plan_columns` would match them."""
    names = {folded(f.name) for f in endpoint.fields} | set(map(folded, _headers_of(mapping)))
    return lambda cells: len(names.intersection(map(folded, cells)))


def _headers_of(mapping: FieldMapping) -> list[str]:
    in_templates = [one for template in mapping.templates.values() for one in columns_in(pieces_of(template.text))]
    return [choice.header for choice in mapping.columns] + in_templates


def plan_columns(header: Sequence[str], endpoint: Endpoint, mapping: FieldMapping) -> ColumnPlan:
    """Decides for each field where its text comes from.

    Args:
        header: The source's header cells.
        endpoint: Whose fields they are matched with.
        mapping: What the person has said.

    Returns:
        A plan; one with `problems` or `mistakes` must not be used.
    """
    matching = _Matching(header=header, endpoint=endpoint, mapping=mapping)
    columns = {f.name: matching.found[f.name][0] for f in endpoint.fields if f.name in matching.found}
    return ColumnPlan(
        columns=columns,
        templates=matching.templates,
        mapping=mapping,
        problems=(*matching.doubled(), *matching.missing()),
        mistakes=tuple(matching.mistakes),
        notices=(*matching.taken_first(), *matching.overruled(), *matching.not_imported()),
    )


@dataclass(kw_only=True)
class _Matching:
    """The columns of one source, matched with fields: by what the person said, then by their headers."""

    header: Sequence[str]
    endpoint: Endpoint
    mapping: FieldMapping
    found: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    templates: dict[str, Pieces] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    _unknown: list[str] = field(default_factory=list)
    _first_of_several: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        places: dict[str, list[int]] = defaultdict(list)
        for index, name in enumerate(self.header):
            places[folded(name)].append(index)
        settled = {index for choice in self.mapping.columns for index in self._chosen(choice, places)}
        settled |= self._put_together(places)
        by_folded = {folded(f.name): f.name for f in self.endpoint.fields}
        for index, name in enumerate(self.header):
            if index in settled or not name or name in REPORT_COLUMNS:
                continue
            if folded(name) in by_folded:
                self.found[by_folded[folded(name)]].append(index)
            else:
                self._unknown.append(name)

    def _chosen(self, choice: ColumnChoice, places: Mapping[str, list[int]]) -> list[int]:
        indexes = places.get(folded(choice.header), [])
        if not indexes and choice.field:  # a column to be left out is as good as left out
            self.mistakes.append(no_such_column(choice.place, choice.header, self.header))
        elif choice.field:
            self.found[choice.field] += indexes
        return indexes

    def _put_together(self, places: Mapping[str, list[int]]) -> set[int]:
        """Finds the columns of the templates; those that are not named for a field are in use by that."""
        used: set[int] = set()
        named = {folded(f.name) for f in self.endpoint.fields}
        for name, template in self.mapping.templates.items():
            pieces = pieces_of(template.text)
            missing = [one for one in columns_in(pieces) if folded(one) not in places]
            self.mistakes += [no_such_column(template.place, one, self.header) for one in missing]
            if not missing:
                self._first_of_several += _several(template.place, pieces, places)
                self.templates[name] = tuple(
                    places[folded(one.header)][0] if isinstance(one, Column) else one for one in pieces
                )
                used |= {index for one in columns_in(pieces) for index in places[folded(one)][:1]}
        return {index for index in used if folded(self.header[index]) not in named}

    def doubled(self) -> Iterator[str]:
        """The fields that have several columns, or one beside a template."""
        for name, indexes in self.found.items():
            columns = ", ".join(f"{self.header[i]!r} in column {i + 1}" for i in indexes)
            if len(indexes) > 1:
                yield f"{name} has {len(indexes)} columns ({columns})"
            elif name in self.mapping.templates:
                yield f"{name} has a template ({self.mapping.templates[name].place}) and a column ({columns})"

    def missing(self) -> Iterator[str]:
        """The required fields that nothing is given for, with the unused columns that fit."""
        missing = [f.name for f in self.endpoint.fields if f.required and f.name not in self._given]
        if missing:
            fits = {hint: name for name in reversed(self._unknown) if (hint := self._hint(name) or self._meant(name))}
            named = [f"{name} ({fits[name]!r} fits)" if name in fits else name for name in missing]
            yield f"no column and no value for the required {', '.join(named)}"

    def _meant(self, name: str) -> str | None:
        """The field that a column of another system or language is named for."""
        vocabulary = vocabulary_of(self.endpoint.name)
        scores = name_scores(ideas_in(name, vocabulary), vocabulary)
        return max(scores, key=lambda field: scores[field]) if max(scores.values(), default=0) >= SURE else None

    @property
    def _given(self) -> Collection[str]:
        return {*self.found, *self.mapping.templates, *self.mapping.constants, *self.mapping.defaults}

    def taken_first(self) -> Iterator[FieldError]:
        """A notice for each template whose column stands several times: only the first is taken."""
        for message in self._first_of_several:
            code = FindingCode.COLUMNS_NOT_IMPORTED
            yield FieldError(property_name=None, attempted_value=None, message=message, code=code)

    def overruled(self) -> Iterator[FieldError]:
        """A notice for columns whose fields have a value for all rows: what stands in them goes nowhere."""
        columns = [index for name, at in self.found.items() if name in self.mapping.constants for index in at]
        names = [repr(shortened(self.header[index])) for index in columns]
        if names:
            message = (
                f"Not imported, since all rows are given a value in its place: {', '.join(names)}; "
                "a default would stand for blank cells only"
            )
            code = FindingCode.COLUMNS_NOT_IMPORTED
            yield FieldError(property_name=None, attempted_value=None, message=message, code=code)

    def not_imported(self) -> Iterator[FieldError]:
        """One notice that lists the columns that are no fields, those with a hint first where there are many."""
        if not self._unknown:
            return
        times = Counter(self._unknown)
        hints = {name: ", ".join(filter(None, (self._remark(name), _columns(n)))) for name, n in times.items()}
        names = list(hints)
        if len(names) > _SHOWN_COLUMNS:
            names.sort(key=lambda name: not hints[name])
        shown = [f"{shortened(name)} ({hints[name]})" if hints[name] else shortened(name) for name in names]
        more = f" and {len(names) - _SHOWN_COLUMNS} more" if len(names) > _SHOWN_COLUMNS else ""
        message = f"Not imported: {', '.join(shown[:_SHOWN_COLUMNS])}{more}"
        yield FieldError(
            property_name=None,
            attempted_value=", ".join(self._unknown) if more else None,
            message=message,
            code=FindingCode.COLUMNS_NOT_IMPORTED,
        )

    def _remark(self, name: str) -> str:
        retired = {folded(r): hint for r, hint in self.endpoint.retired.items()}
        hint = self._hint(name)
        return retired.get(folded(name)) or (f"{hint}?" if hint else "")

    def _hint(self, name: str) -> str | None:
        """The field that a column is likely meant for, unless that has its own."""
        if folded(name) in map(folded, self.endpoint.retired):
            return None
        found = likely(name, [f.name for f in self.endpoint.fields])
        return None if found in self._given else found


def _columns(count: int) -> str:
    return f"{count} columns" if count > 1 else ""


def _several(place: str, pieces: Sequence[str | Column], places: Mapping[str, list[int]]) -> Iterator[str]:
    """A sentence for each header of a template that several columns have."""
    for header in dict.fromkeys(columns_in(pieces)):
        indexes = places[folded(header)]
        if len(indexes) > 1:
            listed = ", ".join(str(index + 1) for index in indexes)
            yield f"{place}: {header!r} stands in columns {listed}; the first is taken"


def no_such_column(place: str, name: str, header: Sequence[str]) -> str:
    """The sentence about a column that a source does not have."""
    found = nearest(name, [one for one in header if one])
    return f"{place}: there is no column {name!r}" + (f"; the nearest is {found!r}" if found else "")
