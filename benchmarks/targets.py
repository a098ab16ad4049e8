"""What is to be reached, as a ratio to another tool or as a bound, and whether it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.measure import Measured


class Quantity(StrEnum):
    """What is compared; the value is the attribute of `Measured`."""

    WALL = "wall_s"
    CPU = "cpu_s"
    MEMORY = "peak_mb"

    def of(self, measured: Measured) -> float:
        """This quantity of a measurement."""
        return float(getattr(measured, self.value))


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a target stands.

    Attributes:
        work: what is done.
        words: the target.
        reached: what was measured, in the target's own terms; or why nothing was.
        met: whether that is enough; None if it cannot be said.
    """

    work: str
    words: str
    reached: str
    met: bool | None


@dataclass(frozen=True, kw_only=True)
class Target:
    """A bound on ours: at most `limit` times the least of what the others take, or of `base` where none is named.

    Attributes:
        work: what is done.
        words: the target as a person says it.
        ours: our contender.
        limit: the bound, as a factor.
        quantity: what is bounded.
        others: the contenders that it is relative to; the best of them counts.
        base: what one is, without others: 1, or the time that nobody can go below.
        as_speed: whether the ratio is told as "so many times as fast".
        unit: what follows the number of a ratio to `base`.
    """

    work: str
    words: str
    ours: str
    limit: float
    quantity: Quantity = Quantity.WALL
    others: tuple[str, ...] = ()
    base: float = 1
    as_speed: bool = False
    unit: str = ""

    def judge(self, medians: Mapping[str, Measured]) -> Verdict:
        """Compares medians; those that were not measured are absent."""
        theirs = [self.quantity.of(medians[name]) for name in self.others if name in medians]
        if self.ours not in medians:
            return _not_measured(self, self.ours)
        if self.others and not theirs:
            return _not_measured(self, " and ".join(self.others))
        ratio = self.quantity.of(medians[self.ours]) / min(theirs, default=self.base)
        return Verdict(work=self.work, words=self.words, reached=self._told(ratio), met=ratio <= self.limit)

    def _told(self, ratio: float) -> str:
        if self.as_speed:
            return f"{1 / ratio:.2f} times as fast"
        return f"{ratio:.2f}{self.unit}" if ratio < 100 else f"{ratio:,.0f}{self.unit}"


@dataclass(frozen=True, kw_only=True)
class Growth:
    """A bound on how memory grows with the length of a file.

    Attributes:
        work: what is done.
        words: the target as a person says it.
        ours: the contender that reads the longer file.
        shorter: the contender that reads the shorter one.
        rows: by how many rows they differ.
        limit_bytes: what a row may add.
    """

    work: str
    words: str
    ours: str
    shorter: str
    rows: int
    limit_bytes: float

    def judge(self, medians: Mapping[str, Measured]) -> Verdict:
        """Compares the peaks; without one of them there is nothing to say."""
        missing = next((name for name in (self.ours, self.shorter) if name not in medians), "")
        if missing:
            return _not_measured(self, missing)
        grown = medians[self.ours].peak_mb - medians[self.shorter].peak_mb
        each = grown * 1_000_000 / self.rows
        reached = f"{each:.1f} bytes a row"
        return Verdict(work=self.work, words=self.words, reached=reached, met=each <= self.limit_bytes)


def _not_measured(target: Target | Growth, what: str) -> Verdict:
    return Verdict(work=target.work, words=target.words, reached=f"not measured: {what}", met=None)
