"""The figures of the day in docs/performance.md, between two marks."""

from pathlib import Path

from benchmarks.environments import ROOT

PAGE = ROOT / "docs" / "performance.md"
_BEGIN, _END = "<!-- figures: written by the benchmark, not by hand -->\n", "<!-- end of figures -->\n"


def with_figures(page: str, figures: str) -> str:
    """The page with other figures, all else as it was.

    Raises:
        ValueError: The page has not both marks, once each and in this order.
    """
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end) or _BEGIN in after or _END in after:
        raise ValueError("docs/performance.md lacks the marks that its figures stand between")
    return f"{before}{_BEGIN}\n{figures.strip()}\n\n{_END}{after}"


def write_figures(figures: str, page: Path = PAGE) -> None:
    """Puts figures into the page."""
    page.write_text(with_figures(page.read_text(encoding="utf-8"), figures), encoding="utf-8")
