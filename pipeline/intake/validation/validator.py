"""Every finding about every cell of a batch, in one pass: none hidden, none twice, no cap.

The way of a cell: the reader's defects, then conversion (`convert`), then Pandera's checks on typed columns.
A cell that an earlier step refused is not judged again by a later one.
May import `schemas`, `mapping`, `convert` and `model`; knows nothing of ledgers or networks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pandera.pandas as pandera

from pipeline.intake.validation.conversion import convert
from pipeline.intake.validation.duplicates import RepeatedKeys
from pipeline.model.rows import REDACTED, FieldError
from schemas.rules import REQUIRED, error_schema, warning_schema

if TYPE_CHECKING:
    from pipeline.intake.mapping.columns import ColumnPlan
    from pipeline.model.rows import RowBatch
    from schemas.endpoint import Endpoint

_BLANK = "is blank; newer pages of the documentation require it"

Findings = dict[int, list[FieldError]]
"""Position in the batch to what was found there, in the endpoint's order of fields."""


@dataclass(frozen=True, kw_only=True)
class CheckedBatch:
    """A batch after validation.

    Attributes:
        source: The source's number.
        rows: n row numbers.
        typed: n rows x the fields that the source gives, typed as in `schemas.rules.DTYPES`.
        errors: What forbids a row, by position; rows without any may be sent.
        warnings: What is odd about a row, by position.
        repeated: Positions of rows whose key an earlier row of the run has.
    """

    source: int
    rows: list[int]
    typed: pd.DataFrame
    errors: Findings
    warnings: Findings
    repeated: frozenset[int] = frozenset()

    @property
    def valid(self) -> list[int]:
        """Positions of the rows that may be sent."""
        return [p for p in range(len(self.rows)) if p not in self.errors]


class Validator:
    """Checks the batches of one run, in order: a repeated key is found across all of them.

    Args:
        endpoint: Whose rules apply.
        labels: What the person called each source, by its number.
        strict: Warnings refuse the row.
    """

    def __init__(self, endpoint: Endpoint, labels: Mapping[int, str], *, strict: bool = False) -> None:
        self._endpoint = endpoint
        self._strict = strict
        self._rules = ((error_schema(endpoint), REQUIRED), (warning_schema(endpoint), _BLANK))
        self._repeats = RepeatedKeys(endpoint.key, labels)

    def check(self, source: int, plan: ColumnPlan, batch: RowBatch) -> CheckedBatch:
        """Converts and checks a batch.

        Args:
            source: The number of the source it comes from.
            plan: Where each field's text comes from.
            batch: n rows of text.
        """
        text = plan.apply(batch.frame)
        findings = _Collector(self._endpoint, text, self._strict)
        findings.defects(plan, batch)
        typed = pd.DataFrame({name: self._convert(name, text, findings) for name in text.columns}, copy=False)
        for severity, (schema, blank) in enumerate(self._rules):
            for position, name, message in _failures(schema, typed, blank):
                findings.add(position, name, message, warning=bool(severity))
        repeated = dict(self._repeats.find(source, batch.rows, typed, findings.unreadable))
        for position, message in repeated.items():
            findings.add(position, self._endpoint.key[1], message, warning=True)
        errors, warnings = findings.result()
        return CheckedBatch(
            source=source,
            rows=batch.rows,
            typed=typed,
            errors=errors,
            warnings=warnings,
            repeated=frozenset(repeated),
        )

    def _convert(self, name: str, text: pd.DataFrame, findings: _Collector) -> object:
        converted = convert(self._endpoint.field(name), text[name])
        for position, message in converted.failures.items():
            findings.add(position, name, message)
        for position, message in converted.doubts.items():
            findings.add(position, name, message, warning=True)
        return converted.values


def _failures(schema: pandera.DataFrameSchema, typed: pd.DataFrame, blank: str) -> Iterable[tuple[int, str, str]]:
    """Position, field and message of each cell that fails a check of the schema."""
    try:
        schema.validate(typed, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        for position, name, check in zip(cases["index"], cases["column"], cases["check"], strict=True):
            yield int(position), str(name), blank if check == "not_nullable" else str(check)


class _Collector:
    """Gathers findings so that each cell is refused at most once, and secrets stay out of them."""

    def __init__(self, endpoint: Endpoint, text: pd.DataFrame, strict: bool) -> None:
        self._text = text
        self._strict = strict
        self._secrets = endpoint.secrets
        self._order = {f.name: i for i, f in enumerate(endpoint.fields)}
        self._refused: set[tuple[int, str]] = set()
        self.unreadable: set[int] = set()
        self._errors: dict[int, list[FieldError]] = defaultdict(list)
        self._warnings: dict[int, list[FieldError]] = defaultdict(list)

    def defects(self, plan: ColumnPlan, batch: RowBatch) -> None:
        """Takes over what the reader found; of cells, only those that a field's text comes from."""
        fields = {plan.cell_of(name): name for name in plan.columns}
        fields.pop(None, None)
        for defect in batch.defects:
            if defect.column is None:
                self.unreadable.add(defect.position)
                self._errors[defect.position] = [
                    FieldError(property_name=None, attempted_value=None, message=defect.message)
                ]
            elif defect.column in fields:
                self.add(defect.position, fields[defect.column], defect.message)

    def add(self, position: int, name: str, message: str, *, warning: bool = False) -> None:
        """A finding about a cell, unless it was refused already: what is no integer is not out of range as well."""
        if position in self.unreadable or (position, name) in self._refused:
            return
        value = str(self._text.at[position, name]) or None
        attempted = REDACTED if value and name in self._secrets else value
        finding = FieldError(property_name=name, attempted_value=attempted, message=message)
        (self._warnings if warning and not self._strict else self._errors)[position].append(finding)
        if not warning:
            self._refused.add((position, name))

    def result(self) -> tuple[Findings, Findings]:
        """Errors and warnings by position, each row's in the endpoint's order of fields."""
        for by_position in (self._errors, self._warnings):
            for found in by_position.values():
                found.sort(key=lambda f: self._order.get(f.property_name or "", -1))
        return dict(self._errors), dict(self._warnings)
