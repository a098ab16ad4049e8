"""Measurements and verdicts as Markdown."""

from collections.abc import Sequence

from benchmarks.comparison import Compared, Comparison
from benchmarks.measure import Measured
from benchmarks.targets import Verdict

_LONGEST_WORDS = 100


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1) -> str:
    """A table whose first columns are text and whose others are figures, set to the right."""
    rule = [*["---"] * texts, *["--:"] * (len(header) - texts)]
    lines = [header, rule, *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def comparison_table(comparison: Comparison, compared: Compared) -> str:
    """One comparison: each contender with its medians, or with the reason why it has none."""
    header = ["tool", *_columns(comparison)]
    first = compared.medians.get(comparison.contenders[0].name) if comparison.has_ratios else None
    rows = [
        _line(one.name, comparison, compared.medians[one.name], first)
        for one in comparison.contenders
        if one.name in compared.medians
    ]
    rows += [[name, shortened(why), *[""] * (len(header) - 2)] for name, why in compared.troubles.items()]
    return f"### {comparison.title}\n\n{markdown(header, rows)}\n" + (
        f"\n{comparison.note}\n" if comparison.note else ""
    )


def _columns(comparison: Comparison) -> list[str]:
    sent = ["requests"] if comparison.serving else ["says"]
    quantities = ["wall", "CPU", "memory"]
    if comparison.has_ratios:
        quantities = [column for quantity in quantities for column in (quantity, "/ ours")]
    return [*quantities, "rounds", *sent]


def _line(name: str, comparison: Comparison, measured: Measured, first: Measured | None) -> list[str]:
    figures = [
        (seconds(measured.wall_s), "wall_s"),
        (seconds(measured.cpu_s), "cpu_s"),
        (megabytes(measured.peak_mb), "peak_mb"),
    ]
    cells = [name]
    for figure, quantity in figures:
        cells.append(figure)
        if comparison.has_ratios:
            cells.append(_ratio(getattr(measured, quantity), getattr(first, quantity) if first else None))
    last = f"{measured.requests:,}" if measured.requests is not None else shortened(measured.said)
    return [*cells, str(measured.rounds), last]


def _ratio(theirs: float, ours: float | None) -> str:
    return f"{theirs / ours:.2f}" if ours else "-"


def verdict_table(verdicts: Sequence[Verdict]) -> str:
    """Each target with what was reached."""
    said = {True: "met", False: "**missed**", None: "-"}
    rows = [[one.work, one.words, one.reached, said[one.met]] for one in verdicts]
    return markdown(["work", "to reach", "reached", ""], rows, texts=4)


def seconds(value: float) -> str:
    """A time, with as many digits as can be believed."""
    return f"{value:.2f} s" if value < 10 else f"{value:,.1f} s"


def megabytes(value: float) -> str:
    """An amount of memory."""
    return f"{value:,.0f} MB"


def shortened(words: str) -> str:
    """What a tool said, short enough for a cell."""
    return words if len(words) <= _LONGEST_WORDS else words[: _LONGEST_WORDS - 1] + "…"
