"""Counts findings while the rows of a run pass by, so that of thousands of refused rows a few causes are left.

Its memory does not grow with the run. May import `reports.base`, `reports.display`, `reports.problems` and `model`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from pipeline.model.rows import Status
from pipeline.reports.base import REFUSED, errors_of
from pipeline.reports.display import cut, text_of
from pipeline.reports.problems import Problem, ProblemRow, Problems
from schemas.endpoint import FieldType

if TYPE_CHECKING:
    from pipeline.model.rows import RowRef, RowResult
    from pipeline.reports.base import ReportContext

MOST_PROBLEMS = 10
"""Kinds that are shown; the others are counted."""

_MOST_ROWS = 5
_MOST_VALUES = 3
_MOST_KINDS_KEPT = 500
_MOST_VALUES_KEPT = 20
_MOST_TEXT_KEPT = 200
# What differs from row to row in messages that say the same: quoted values, addresses, numbers.
_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|\S+@\S+|\d+")
_BLANK = "…"


@dataclass(frozen=True)
class _Kind:
    status: Status
    property_name: str | None
    code: str | None
    template: str


@dataclass(kw_only=True)
class _Findings:
    """Findings of one kind, as they are counted."""

    message: str
    count: int = 0
    rows: list[ProblemRow] = field(default_factory=list)
    numbers_of_sources: set[int] = field(default_factory=set)
    values: Counter[str] = field(default_factory=Counter)
    more_values: bool = False

    def add(self, row: ProblemRow, source: int, message: str, template: str) -> None:
        self.count += 1
        if message != self.message:
            self.message = template
        if len(self.rows) < _MOST_ROWS:
            self.rows.append(row)
            self.numbers_of_sources.add(source)
        if row.value is None:
            return
        if row.value in self.values or len(self.values) < _MOST_VALUES_KEPT:
            self.values[row.value] += 1
        else:
            self.more_values = True


class ProblemCounter:
    """Counts findings while the rows of a run pass by.

    Args:
        context: The run.
    """

    def __init__(self, context: ReportContext) -> None:
        self._context = context
        self._kinds: dict[_Kind, _Findings] = {}
        self._untold = 0

    def row(self, end: RowResult) -> None:
        """Counts the errors of a row that did not make it."""
        if end.status in REFUSED:
            found = zip_longest(errors_of(end), end.codes)
            self.count(end.ref, end.status, [{**error, "Code": code} for error, code in found])

    def count(self, ref: RowRef, status: Status, findings: Iterable[Mapping[str, Any]]) -> None:
        """Counts findings about a row, each in the documented form of an error with its code beside it.

        Args:
            ref: The row.
            status: Findings of different statuses are of different kinds.
            findings: What was found.
        """
        for finding in findings:
            value = text_of(finding.get("AttemptedValue"))
            message = cut(str(finding.get("Message") or ""), _MOST_TEXT_KEPT)
            name = text_of(finding.get("PropertyName"))
            kind = _Kind(status, _kept(name), finding.get("Code"), _template(message, value))
            self._count(kind, ref, message, _kept(value))

    def _count(self, kind: _Kind, ref: RowRef, message: str, value: str | None) -> None:
        if kind not in self._kinds:
            if len(self._kinds) == _MOST_KINDS_KEPT:
                self._untold += 1
                return
            self._kinds[kind] = _Findings(message=message)
        row = ProblemRow(row=ref.row, source=self._context.run.label_of(ref.source), value=value)
        self._kinds[kind].add(row, ref.source, message, kind.template)

    def problems(self) -> Problems:
        """What was counted so far."""
        ordered = sorted(self._kinds.items(), key=lambda item: -item[1].count)
        more = [found.count for _, found in ordered[MOST_PROBLEMS:]]
        return Problems(
            shown=tuple(self._problem(kind, found) for kind, found in ordered[:MOST_PROBLEMS]),
            more_kinds=len(more) + (self._untold > 0),
            more_findings=sum(more) + self._untold,
        )

    def _problem(self, kind: _Kind, found: _Findings) -> Problem:
        name = kind.property_name
        by_source = [self._context.columns.get(n, {}) for n in sorted(found.numbers_of_sources)]
        columns = tuple(dict.fromkeys(names[name] for names in by_source if name in names)) if name else ()
        return Problem(
            status=kind.status,
            property_name=name,
            columns=columns,
            code=kind.code,
            message=found.message,
            count=found.count,
            values=tuple(found.values.most_common(_MOST_VALUES)),
            more_values=found.more_values or len(found.values) > _MOST_VALUES,
            rows=tuple(found.rows),
            advice=self._advice(kind, columns, blank=not found.values),
        )

    def _advice(self, kind: _Kind, columns: Sequence[str], *, blank: bool) -> str:
        name = kind.property_name
        if kind.status is Status.INVALID:
            return _advice_for_invalid(name, _quoted(columns), blank=blank, fillable=name in self._fillable)
        if kind.status in REFUSED:
            return _advice_for_refused(kind.status, _quoted(columns), self._again(kind.status))
        return ""

    @property
    def _fillable(self) -> set[str]:
        """Fields of which one value may well do for all rows: a flag or a number, but no name or address."""
        fields = self._context.endpoint.fields
        return {field.name for field in fields if field.type is not FieldType.STRING and not field.secret}

    def _again(self, status: Status) -> str | None:
        """The command that sends such rows once more, unless the target has gone with the run."""
        run = self._context.run
        if run.target.startswith("sandbox:"):
            return None
        return f"`{self._context.command('resume', run.run_id, '--retry', status.value)}` sends these rows once more"


def _kept(text: str | None) -> str | None:
    return cut(text, _MOST_TEXT_KEPT) if text else text


def _template(message: str, value: str | None) -> str:
    """The message without what is particular to its row."""
    if value and len(value) > 1:
        message = message.replace(value, _BLANK)
    return _PARTICULAR.sub(_BLANK, message)


def _quoted(columns: Sequence[str]) -> str:
    return " and ".join(f'"{column}"' for column in columns)


def _advice_for_refused(status: Status, where: str, again: str | None) -> str:
    if status is Status.FAILED:
        return f"{again}." if again else "Run the source again: rows that were created are skipped."
    correct = f"Correct the column {where}" if where else "Correct these rows"
    return f"{correct}; if the cause was at the target and is mended, {again}." if again else f"{correct}."


def _advice_for_invalid(name: str | None, where: str, *, blank: bool, fillable: bool) -> str:
    if name is None:
        return "Correct these rows in the source."
    if not where:
        return f"The value comes from --set or --default: correct it there, or give {name} a column."
    if not blank:
        return f"Correct the column {where}."
    default = f"; or give all blank cells one value with --default {name}=VALUE" if fillable else ""
    return f"Fill in the column {where}{default}."
