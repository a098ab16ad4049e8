"""What a source's columns hold: their different values and how often each occurs.

May import `pipeline.model` and pyarrow; must know nothing of fields.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.model.sources import RowBatch

_MOST_VALUES = 20_000
_JUDGED_BY = 500
_SAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """The values of a column.

    Attributes:
        header: Its header.
        counts: Value, trimmed, to how often it occurs, in the order in which they come; no blanks. Values that come
            after the first 20,000 different ones are left out.
    """

    header: str
    counts: Mapping[str, int]

    def share(self, fits: Callable[[str], bool]) -> float | None:
        """The share of the rows whose value fits, judged by the first values; `None` where all are blank."""
        looked_at = list(islice(self.counts.items(), _JUDGED_BY))
        total = sum(count for _, count in looked_at)
        return sum(count for value, count in looked_at if fits(value)) / total if total else None

    @property
    def samples(self) -> list[str]:
        """The first different values."""
        return list(self.counts)[:_SAMPLES]


def profiled(header: Sequence[str], batches: Iterable[RowBatch]) -> tuple[list[ColumnProfile], int]:
    """Counts the values of each column, and the rows."""
    import pyarrow as pa
    import pyarrow.compute as pc

    counters: list[Counter[str]] = [Counter() for _ in header]
    rows = 0
    for batch in batches:
        rows += len(batch.rows)
        for counter, name in zip(counters, batch.frame.columns, strict=True):
            text = pc.utf8_trim_whitespace(pa.array(batch.frame[name], pa.large_string()))
            for one in pc.value_counts(text):
                value, count = one["values"].as_py(), one["counts"].as_py()
                if value and (value in counter or len(counter) < _MOST_VALUES):
                    counter[value] += count
    columns = [ColumnProfile(header=one, counts=dict(counts)) for one, counts in zip(header, counters, strict=True)]
    return columns, rows
