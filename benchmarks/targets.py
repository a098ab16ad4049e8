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


def judge(target: Target, medians: Mapping[str, Measured]) -> Verdict:
    """Compares medians with a target; those that were not measured are absent."""
    missing = _missing(target, medians)
    if missing:
        return Verdict(work=target.work, words=target.words, reached=f"not measured: {missing}", met=None)
    least = min((target.quantity.of(medians[name]) for name in target.others if name in medians), default=target.base)
    ratio = target.quantity.of(medians[target.ours]) / least
    return Verdict(work=target.work, words=target.words, reached=_told(target, ratio), met=ratio <= target.limit)


def _missing(target: Target, medians: Mapping[str, Measured]) -> str:
    """The name without which there is nothing to compare, or nothing."""
    if target.ours not in medians:
        return target.ours
    return "" if not target.others or medians.keys() & set(target.others) else " and ".join(target.others)


def _told(target: Target, ratio: float) -> str:
    if target.as_speed:
        return f"{1 / ratio:.2f} times as fast"
    return f"{ratio:.2f}{target.unit}"
