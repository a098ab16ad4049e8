"""Rows as they were read, with all that is needed to check them anywhere: in another process, on another machine.

What only the whole run knows, which rows repeat the key of an earlier one, travels with them.
May import `mapping`, `model` and `schemas`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.intake.validation.conversion import convert
from pipeline.intake.validation.duplicates import DuplicateKeys
from pipeline.intake.validation.invisible import take_off
from pipeline.intake.validation.validator import Validator

if TYPE_CHECKING:
    from pipeline.intake.mapping.plan import ColumnPlan
    from pipeline.model.findings import CheckedBatch
    from pipeline.model.sources import RowBatch
    from schemas.endpoint import Endpoint


@dataclass(frozen=True, kw_only=True, repr=False)
class TextBatch:
    """A batch before it is checked. Its `repr` shows none of its cells, since it may be logged by who carries it.

    Attributes:
        source: The source's number.
        plan: Where each field's text comes from.
        batch: n rows of text.
        repeats: Position and message of each row whose key an earlier row of the run has.
    """

    source: int
    plan: ColumnPlan
    batch: RowBatch
    repeats: Mapping[int, str]

    def __repr__(self) -> str:
        return f"<rows {self.first_row}-{self.batch.rows[-1]} of source {self.source}>"

    @property
    def first_row(self) -> int:
        """The number of its first row."""
        return self.batch.rows[0]

    def checked(self, endpoint: Endpoint, *, strict: bool) -> CheckedBatch:
        """The batch, converted and checked; the same wherever that is done.

        Args:
            endpoint: Whose rules apply.
            strict: Warnings refuse the row.
        """
        return Validator(endpoint, {}, strict=strict).check(self.source, self.plan, self.batch, self.repeats)


class RepeatScan:
    """Finds the rows that repeat a key, by the columns of the key alone.

    Args:
        endpoint: Whose key it is.
        labels: What the person called each source, by its number.
    """

    def __init__(self, endpoint: Endpoint, labels: Mapping[int, str]) -> None:
        self._endpoint = endpoint
        self._duplicates = DuplicateKeys(endpoint.key, labels)

    def find(self, source: int, plan: ColumnPlan, batch: RowBatch) -> dict[int, str]:
        """Position and message of each row whose key an earlier row had.

        Args:
            source: The batch's source.
            plan: Where each field's text comes from.
            batch: n rows of text.
        """
        of_key = plan.only(self._endpoint.key)
        frame, _ = take_off(self._endpoint, of_key, batch.frame)
        typed = pd.DataFrame(dict(self._converted(of_key, of_key.apply(frame))), copy=False)
        unreadable = {defect.position for defect in batch.defects if defect.column is None and not defect.warning}
        return dict(self._duplicates.find(source, batch.rows, typed, unreadable))

    def _converted(self, plan: ColumnPlan, text: pd.DataFrame) -> Iterator[tuple[str, object]]:
        for name in text.columns:
            transformed = name in plan.mapping.transforms
            yield name, convert(self._endpoint.field(name), text[name], transformed=transformed).values


def parts(batch: RowBatch, most: int) -> Iterator[RowBatch]:
    """A batch in parts of so many rows at most."""
    for begin in range(0, len(batch.rows), most):
        end = begin + most
        defects = tuple(replace(d, position=d.position - begin) for d in batch.defects if begin <= d.position < end)
        frame = batch.frame.iloc[begin:end].reset_index(drop=True)
        yield replace(batch, rows=batch.rows[begin:end], frame=frame, defects=defects)
