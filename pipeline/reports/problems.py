"""Findings summed up: of thousands of refused rows the few causes, how often, where first, and how to mend each.

What `reports.problem_counter` counts; one and the same for the terminal, `--json` and `report.html`.
May import `pipeline.model`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.model.rows import Status


@dataclass(frozen=True, kw_only=True)
class ProblemRow:
    """A row that has a problem.

    Attributes:
        row: Its number.
        source: Its source's label.
        value: The text that was found wrong, if any; cut where it is long.
    """

    row: int
    source: str
    value: str | None

    def as_json(self) -> dict[str, Any]:
        """`{"Row", "Source", "AttemptedValue"}`."""
        return {"Row": self.row, "Source": self.source, "AttemptedValue": self.value}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Findings of one kind.

    Attributes:
        status: How their rows ended.
        property_name: The field.
        columns: What its columns are called in the sources of the first rows.
        code: Of what kind the findings are; `None` where the target gave no more than a message.
        message: What is wrong; `…` stands for what differs from row to row.
        count: How many findings there are.
        values: The most frequent values with their numbers.
        more_values: Whether there are others.
        rows: The first rows.
        advice: How to mend it.
    """

    status: Status
    property_name: str | None
    columns: tuple[str, ...]
    code: str | None
    message: str
    count: int
    values: tuple[tuple[str, int], ...]
    more_values: bool
    rows: tuple[ProblemRow, ...]
    advice: str

    def as_json(self) -> dict[str, Any]:
        """For scripts; `AttemptedValue` is there if all findings share it."""
        shared = len(self.values) == 1 and not self.more_values and self.values[0][1] == self.count
        return {
            "PropertyName": self.property_name,
            "Columns": list(self.columns),
            "Code": self.code,
            "Message": self.message,
            "AttemptedValue": self.values[0][0] if shared else None,
            "Count": self.count,
            "FirstRows": [row.as_json() for row in self.rows],
            "Advice": self.advice,
        }


@dataclass(frozen=True, kw_only=True)
class Problems:
    """What is wrong in a run, the most frequent first.

    Attributes:
        shown: The kinds that are worth a line each.
        more_kinds: How many more there are, as far as they were told apart.
        more_findings: How many findings those are.
    """

    shown: tuple[Problem, ...] = ()
    more_kinds: int = 0
    more_findings: int = 0

    @property
    def kinds(self) -> int:
        """How many kinds there are in all."""
        return len(self.shown) + self.more_kinds

    @property
    def findings(self) -> int:
        """How many findings there are in all."""
        return sum(problem.count for problem in self.shown) + self.more_findings

    def as_json(self) -> dict[str, Any]:
        """The keys that `--json` has for them."""
        more = {"Kinds": self.more_kinds, "Errors": self.more_findings}
        return {"Problems": [problem.as_json() for problem in self.shown], "MoreProblems": more}
