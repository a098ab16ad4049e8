"""Every finding about every cell of a batch, in one pass: none hidden, none twice, no cap.

The way of a cell: the reader's defects, then characters that cannot be seen (`take_off`), then conversion
(`convert`), then Pandera's checks on typed columns, then what all of them say of a row that is none (`find_notes`).
A cell that an earlier step refused is not judged again by a later one.
May import `schemas`, `mapping`, `convert` and `model`; knows nothing of ledgers or networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.intake.validation.addresses import address_hint
from pipeline.intake.validation.conversion import convert
from pipeline.intake.validation.duplicates import DuplicateKeys
from pipeline.intake.validation.findings import FindingCollector
from pipeline.intake.validation.invisible import has_invisible, take_off
from pipeline.intake.validation.rule_checks import RuleChecks
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import CheckedBatch
from schemas.endpoint import Shape
from schemas.rules import REQUIRED, error_schema, out_of_range, warning_schema

if TYPE_CHECKING:
    from pipeline.intake.mapping.plan import ColumnPlan
    from pipeline.model.sources import RowBatch
    from schemas.endpoint import Endpoint

_BLANK = "is blank; newer pages of the documentation require it"
_BLANKS = {REQUIRED: FindingCode.REQUIRED, _BLANK: FindingCode.BLANK}
_BY_SHAPE: dict[Shape | None, FindingCode] = {
    Shape.EMAIL: FindingCode.NOT_AN_ADDRESS,
    Shape.PORT: FindingCode.NOT_A_PORT,
}


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
        errors, warnings = RuleChecks(error_schema(endpoint)), RuleChecks(warning_schema(endpoint))
        self._rules = ((errors, REQUIRED), (warnings, _BLANK))
        self._duplicates = DuplicateKeys(endpoint.key, labels)

    def check(
        self, source: int, plan: ColumnPlan, batch: RowBatch, repeats: Mapping[int, str] | None = None
    ) -> CheckedBatch:
        """Converts and checks a batch.

        Args:
            source: The number of the source it comes from.
            plan: Where each field's text comes from.
            batch: n rows of text.
            repeats: Position and message of each row whose key an earlier row has, where that is known already.
        """
        frame, unseen = take_off(self._endpoint, plan, batch.frame)
        text = plan.apply(frame)
        findings = FindingCollector(self._endpoint, plan, frame, text, strict=self._strict)
        findings.defects(batch)
        for one in unseen:
            if one.code is FindingCode.INVISIBLE_INSIDE and not has_invisible(str(text.at[one.position, one.name])):
                continue  # a transform has taken them out
            findings.add(one.position, one.name, one.code, one.message, warning=one.warning)
        typed = pd.DataFrame({name: self._convert(name, plan, text, findings) for name in text.columns}, copy=False)
        for severity, (rules, blank) in enumerate(self._rules):
            for position, name, broken in rules.broken(typed):
                message = broken or blank
                hint, code = self._hint(typed, position, name), self._code(name, message)
                findings.add(position, name, code, f"{message}{hint}", warning=bool(severity))
        findings.tell_notes(self._endpoint)
        duplicates = repeats
        if duplicates is None:
            duplicates = dict(self._duplicates.find(source, batch.rows, typed, findings.unreadable))
        for position, message in duplicates.items():
            findings.add(position, self._endpoint.key[-1], FindingCode.REPEATED_KEY, message, warning=True)
        errors, warnings = findings.result()
        return CheckedBatch(
            source=source,
            rows=batch.rows,
            typed=typed,
            errors=errors,
            warnings=warnings,
            key_fields=self._endpoint.key,
            duplicates=frozenset(duplicates),
        )

    def _code(self, name: str, message: str) -> FindingCode:
        """The kind of a rule that was broken; of each severity a field has at most one beside that for blanks."""
        field = self._endpoint.field(name)
        if message in _BLANKS:
            return _BLANKS[message]
        if message == out_of_range(field):
            return FindingCode.OUT_OF_RANGE
        return _BY_SHAPE.get(field.shape, FindingCode.UNLISTED_VALUE)

    def _hint(self, typed: pd.DataFrame, position: int, name: str) -> str:
        """What was probably meant, where a message can say so."""
        if self._endpoint.field(name).shape is not Shape.EMAIL:
            return ""
        value = typed.at[position, name]
        return address_hint(value) if isinstance(value, str) else ""

    def _convert(self, name: str, plan: ColumnPlan, text: pd.DataFrame, findings: FindingCollector) -> object:
        converted = convert(self._endpoint.field(name), text[name], transformed=name in plan.mapping.transforms)
        for position, said in converted.failures.items():
            findings.add(position, name, *said)
        for position, said in converted.doubts.items():
            findings.add(position, name, *said, warning=True)
        return converted.values
