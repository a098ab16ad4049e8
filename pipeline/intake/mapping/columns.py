"""From a source's columns to the endpoint's fields.

Headers match fields regardless of case, spaces, underscores and hyphens; `--set` gives a field one value for all
rows, `--default` where the cell is blank. What does not fit is found before any row is read.
May import `schemas`, `pipeline.model` and `pipeline.errors`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError
from pipeline.model.config import FieldValues
from pipeline.model.findings import FieldError
from pipeline.model.sources import REPORT_COLUMN

if TYPE_CHECKING:
    import pandas as pd

    from schemas.endpoint import Endpoint

_IGNORED_IN_NAMES = re.compile(r"[\s_\-]+")
_NEAREST_AT_LEAST = 60  # of 100; below that a suggestion misleads more than it helps


@dataclass(frozen=True, kw_only=True)
class ColumnPlan:
    """Where each field's text comes from.

    Attributes:
        columns: Field to the index of its column, in the endpoint's order.
        values: Constants and defaults by field.
        problems: What forbids reading this source at all, each a sentence.
        notices: What is odd about its columns, as findings about the header.
    """

    columns: Mapping[str, int]
    values: FieldValues
    problems: tuple[str, ...] = ()
    notices: tuple[FieldError, ...] = ()

    @property
    def fields(self) -> list[str]:
        """The fields that rows of this source have text for."""
        return list({**self.columns, **self.values.constants, **self.values.defaults})

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Picks, fills and trims the fields' text.

        Args:
            frame: n rows x source columns, all text.

        Returns:
            n rows x `fields`, all text (Arrow), named by field; blank is "".
        """
        import pandas as pd

        texts: dict[str, Any] = {name: frame[index].str.strip() for name, index in self.columns.items()}
        for name, value in self.values.defaults.items():
            texts[name] = texts[name].where(texts[name] != "", value) if name in texts else value
        texts.update(self.values.constants)
        return pd.DataFrame(texts, index=frame.index, dtype="string[pyarrow]")

    def cell_of(self, name: str) -> int | None:
        """Index of the column that a field's text comes from, unless a constant overrides it."""
        return None if name in self.values.constants else self.columns.get(name)


def folded(name: str) -> str:
    """A header or field name as it is compared."""
    return _IGNORED_IN_NAMES.sub("", name).casefold()


def names_fields(endpoint: Endpoint) -> Callable[[Sequence[str]], int]:
    """Counts how many different fields of the endpoint a row's cells name, as `plan_columns` would match them."""
    names = {folded(f.name) for f in endpoint.fields}
    return lambda cells: len(names.intersection(map(folded, cells)))


def field_values(
    endpoint: Endpoint, constants: Sequence[tuple[str, str]], defaults: Sequence[tuple[str, str]]
) -> FieldValues:
    """Checks the names in `--set` and `--default`.

    Raises:
        ConfigurationError: A name is no field, is given twice, or is a secret (whose value would end up in the
            shell's history and in the ledger).
    """
    return FieldValues(
        constants=_by_field(endpoint, "--set", constants), defaults=_by_field(endpoint, "--default", defaults)
    )


def _by_field(endpoint: Endpoint, option: str, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    by_folded = {folded(f.name): f for f in endpoint.fields}
    values: dict[str, str] = {}
    for name, value in pairs:
        found = by_folded.get(folded(name))
        if found is None:
            hint = _nearest(name, endpoint)
            advice = f"Did you mean {hint}?" if hint else "`nexudus-import fields` lists them."
            raise ConfigurationError(f"{option} {name}={value}: {name} is not a field.", advice=advice)
        if found.secret:
            advice = "Put it into a column of the source: an option stays in the shell's history."
            raise ConfigurationError(f"{option} {found.name}: is a secret.", advice=advice)
        if found.name in values:
            raise ConfigurationError(f"{option} {found.name}: is given twice.", advice="Give it once.")
        values[found.name] = value.strip()
    return values


def plan_columns(header: Sequence[str], endpoint: Endpoint, values: FieldValues) -> ColumnPlan:
    """Decides for each field where its text comes from.

    Args:
        header: The source's header cells.
        endpoint: Whose fields they are matched with.
        values: What the command line gives.

    Returns:
        A plan; one with `problems` must not be used.
    """
    by_folded = {folded(f.name): f.name for f in endpoint.fields}
    matches: dict[str, list[int]] = defaultdict(list)
    unknown: list[str] = []
    for index, name in enumerate(header):
        if folded(name) in by_folded:
            matches[by_folded[folded(name)]].append(index)
        elif name and name != REPORT_COLUMN:
            unknown.append(name)
    columns = {f.name: matches[f.name][0] for f in endpoint.fields if f.name in matches}
    return ColumnPlan(
        columns=columns,
        values=values,
        problems=tuple(_doubled(header, matches) + _missing(endpoint, columns, values)),
        notices=tuple(_unknown(name, endpoint) for name in unknown),
    )


def _doubled(header: Sequence[str], matches: Mapping[str, list[int]]) -> list[str]:
    return [
        f"{name} has {len(indexes)} columns ({', '.join(f'{header[i]!r} in column {i + 1}' for i in indexes)})"
        for name, indexes in matches.items()
        if len(indexes) > 1
    ]


def _missing(endpoint: Endpoint, columns: Mapping[str, int], values: FieldValues) -> list[str]:
    given = {*columns, *values.constants, *values.defaults}
    missing = [f.name for f in endpoint.fields if f.required and f.name not in given]
    if not missing:
        return []
    return [f"no column, --set or --default for the required {', '.join(missing)}"]


def _unknown(name: str, endpoint: Endpoint) -> FieldError:
    retired = {folded(r): hint for r, hint in endpoint.retired.items()}
    if folded(name) in retired:
        hint = retired[folded(name)]
        return FieldError(property_name=name, attempted_value=None, message=f"column is ignored: {hint}")
    nearest = _nearest(name, endpoint)
    hint = f"; the nearest is {nearest}" if nearest else ""
    return FieldError(
        property_name=name, attempted_value=None, message=f"column is ignored: no field has that name{hint}"
    )


def _nearest(name: str, endpoint: Endpoint) -> str | None:
    from rapidfuzz import fuzz, process

    names = {f.name: folded(f.name) for f in endpoint.fields}
    best = process.extractOne(folded(name), names, scorer=fuzz.WRatio, score_cutoff=_NEAREST_AT_LEAST)
    return str(best[2]) if best else None
