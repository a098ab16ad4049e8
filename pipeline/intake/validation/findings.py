"""Gathers the findings of a batch: each cell refused at most once, secrets kept out.

May import `mapping`, `notes`, `readers.shown`, `model` and `schemas`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.intake.readers.shown import shortened
from pipeline.intake.validation.notes import find_header_lines, find_notes
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import REDACTED, FieldError

if TYPE_CHECKING:
    from pipeline.intake.mapping.plan import ColumnPlan
    from pipeline.model.findings import Findings
    from pipeline.model.sources import Defect, RowBatch
    from schemas.endpoint import Endpoint


class FindingCollector:
    """Gathers findings so that each cell is refused at most once, and secrets stay out of them.

    Args:
        endpoint: Whose fields they are about.
        plan: Where each field's text comes from.
        frame: n rows x source columns.
        text: n rows x fields, as the plan makes them.
        strict: Warnings are errors.
    """

    def __init__(
        self, endpoint: Endpoint, plan: ColumnPlan, frame: pd.DataFrame, text: pd.DataFrame, *, strict: bool
    ) -> None:
        self._plan = plan
        self._frame = frame
        self._text = text
        self._strict = strict
        self._secrets = endpoint.secrets
        self._order = {f.name: i for i, f in enumerate(endpoint.fields)}
        self._refused: set[tuple[int, str]] = set()
        self.unreadable: set[int] = set()
        self._errors: dict[int, list[FieldError]] = defaultdict(list)
        self._warnings: dict[int, list[FieldError]] = defaultdict(list)

    def defects(self, batch: RowBatch) -> None:
        """Takes over what the reader found; of cells, only those that a field's text comes from."""
        fields = {index: name for name, index in self._plan.cells}
        for defect in batch.defects:
            if defect.column is None and defect.warning:
                self._warn_of_row(defect)
            elif defect.column is None:
                self.unreadable.add(defect.position)
                self._errors[defect.position] = [
                    FieldError(property_name=None, attempted_value=None, message=defect.message, code=defect.code)
                ]
            elif defect.column in fields:
                self.add(defect.position, fields[defect.column], defect.code, defect.message, warning=defect.warning)

    def _warn_of_row(self, defect: Defect) -> None:
        finding = FieldError(property_name=None, attempted_value=defect.value, message=defect.message, code=defect.code)
        (self._errors if self._strict else self._warnings)[defect.position].append(finding)

    def add(self, position: int, name: str, code: FindingCode, message: str, *, warning: bool = False) -> None:
        """A finding about a cell, unless it was refused already: what is no integer is not out of range as well."""
        if position in self.unreadable or (position, name) in self._refused:
            return
        value = self._cell(position, name) or None
        attempted = REDACTED if value and name in self._secrets else value
        finding = FieldError(property_name=name, attempted_value=attempted, message=message, code=code)
        (self._warnings if warning and not self._strict else self._errors)[position].append(finding)
        if not warning:
            self._refused.add((position, name))

    def tell_notes(self, endpoint: Endpoint) -> None:
        """One finding, in place of one for each field that it lacks, for every row that is plainly none."""
        for position, text in find_notes(endpoint, self._plan, self._frame, self._errors, self._warnings):
            message = f"looks like a note ({shortened(text)!r}), not like a row: delete it, or fill in the rest"
            self._tell_instead(position, FindingCode.FOOTNOTE, message)
        for position in find_header_lines(endpoint, self._plan, self._frame, self._errors):
            message = "looks like a second line of the header, not like a row: delete it"
            self._tell_instead(position, FindingCode.SECOND_HEADER, message)

    def _tell_instead(self, position: int, code: FindingCode, message: str) -> None:
        """One finding about a row, in place of all others."""
        self.unreadable.add(position)
        self._warnings.pop(position, None)
        self._errors[position] = [FieldError(property_name=None, attempted_value=None, message=message, code=code)]

    def _cell(self, position: int, name: str) -> str:
        """The cell as it stands in the source; what a default or a template gives where that is blank."""
        if self._plan.changes(name) and len(cells := self._plan.cells_of(name)) == 1:
            return str(self._frame.at[position, cells[0]]).strip() or str(self._text.at[position, name])
        return str(self._text.at[position, name])

    def result(self) -> tuple[Findings, Findings]:
        """Errors and warnings by position, each row's in the endpoint's order of fields."""
        for by_position in (self._errors, self._warnings):
            for found in by_position.values():
                found.sort(key=lambda f: self._order.get(f.property_name or "", -1))
        return dict(self._errors), dict(self._warnings)
