"""What an import would do: all rows read and checked, and what is known already found, before anything is sent.

May import `intake`, `reports` and `model`. Must know nothing of Click or of terminals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.model.config import Existing
from pipeline.model.rows import RowRef, Status
from pipeline.operations.report_context import report_context
from pipeline.reports.problem_counter import ProblemCounter
from pipeline.reports.problems import Problems

if TYPE_CHECKING:
    from pipeline.intake.intake import Intake
    from pipeline.model.findings import CheckedBatch, FieldError
    from pipeline.model.rows import Key
    from pipeline.model.runs import Run

_MOST_ROWS_KEPT = 50_000
"""Of longer sources the batches and keys are not kept: they are checked again while they are sent."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What is known of an import before it begins.

    Attributes:
        rows: Rows that were read.
        invalid: Rows that validation refuses.
        repeated: Valid rows whose key an earlier row has.
        known: Rows whose record an earlier run has created.
        existing: Rows whose record exists at the target; `None` where that was not looked at.
        existing_keys: The folded keys of those.
        looks_later: Whether that is found on the way, while rows are sent.
        errors: Why rows are invalid, summed up.
        warnings: What is odd about cells, summed up.
        notices: What was guessed or passed over, by the label of its source.
        batches: The checked rows, where they are few enough to be kept.
        new: Keys that nobody knows yet, by the part of the target they are for; empty where they are too many.
    """

    rows: int = 0
    invalid: int = 0
    repeated: int = 0
    known: int = 0
    existing: int | None = None
    existing_keys: frozenset[str] = frozenset()
    looks_later: bool = False
    errors: Problems = field(default_factory=Problems)
    warnings: Problems = field(default_factory=Problems)
    notices: tuple[tuple[str, FieldError], ...] = ()
    batches: Sequence[CheckedBatch] | None = None
    new: Mapping[Any, Sequence[Key]] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """Rows that are to be sent, as far as that is known."""
        return self.rows - self.invalid - self.repeated - self.known - (self.existing or 0)

    @property
    def to_change(self) -> int:
        """Rows that are to be sent where records that exist are changed, too."""
        return self.rows - self.invalid - self.repeated

    def checked(self, intake: Intake) -> Generator[CheckedBatch, None, None]:
        """The checked rows: those that were kept, or else checked once more."""
        if self.batches is None:
            yield from intake.checked()
        else:
            yield from self.batches


def survey(intake: Intake, run: Run, known: Callable[[Sequence[str]], set[str]]) -> Survey:
    """Reads and checks all rows.

    Args:
        intake: The sources.
        run: The run that would begin.
        known: Those of some folded keys whose record an earlier run has created.

    Raises:
        SourceError: There is no row, or one cannot be read.
    """
    intake.demand_rows()
    counting = _Counting(intake, run, known)
    for batch in intake.checked():
        counting.take(batch)
    return counting.result()


class _Counting:
    """Counts while the batches pass by."""

    def __init__(self, intake: Intake, run: Run, known: Callable[[Sequence[str]], set[str]]) -> None:
        context = report_context(intake, run)
        self._intake = intake
        self._known_among = known
        self._partition = intake.endpoint.partition
        self._errors, self._warnings = ProblemCounter(context), ProblemCounter(context)
        self._rows = self._invalid = self._repeated = self._known = 0
        self._batches: list[CheckedBatch] = []
        self._seen: set[str] = set()
        self._new: dict[Any, list[Key]] = defaultdict(list)

    def take(self, batch: CheckedBatch) -> None:
        self._rows += len(batch.rows)
        self._invalid += len(batch.errors)
        for counter, status, found in (
            (self._errors, Status.INVALID, batch.errors),
            (self._warnings, Status.UNPROCESSED, batch.warnings),
        ):
            for position, findings in found.items():
                ref = RowRef(source=batch.source, row=batch.rows[position])
                counter.count(ref, status, [one.with_code() for one in findings])
        self._take_keys(batch)
        if self._rows <= _MOST_ROWS_KEPT:
            self._batches.append(batch)

    def _take_keys(self, batch: CheckedBatch) -> None:
        keys = {p: key for p, key in enumerate(batch.keys) if key is not None and p not in batch.errors}
        firsts = {p: key for p, key in keys.items() if not self._repeats(p, key, batch)}
        self._repeated += len(keys) - len(firsts)
        known = self._known_among([key.folded for key in firsts.values()])
        self._known += sum(key.folded in known for key in firsts.values())
        if self._rows > _MOST_ROWS_KEPT:
            return
        parts = batch.typed[self._partition].tolist()
        for position, key in firsts.items():
            if key.folded not in known:
                self._new[parts[position]].append(key)

    def _repeats(self, position: int, key: Key, batch: CheckedBatch) -> bool:
        """Whether an earlier valid row has the key; of very long sources, whether any earlier row has."""
        if self._rows > _MOST_ROWS_KEPT:
            return position in batch.duplicates
        if position in batch.duplicates and key.folded in self._seen:
            return True
        self._seen.add(key.folded)
        return False

    def result(self) -> Survey:
        is_kept = self._rows <= _MOST_ROWS_KEPT
        return Survey(
            rows=self._rows,
            invalid=self._invalid,
            repeated=self._repeated,
            known=self._known,
            looks_later=self._intake.config.existing is not Existing.IGNORE,
            errors=self._errors.problems(),
            warnings=self._warnings.problems(),
            notices=tuple((s.source.label, n) for s in self._intake.sources for n in s.plan.notices),
            batches=self._batches if is_kept else None,
            new=self._new if is_kept else {},
        )
