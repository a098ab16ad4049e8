"""Where our own time goes, by room and library, as a table."""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.comparison import Comparison, fresh_folder, job_of, say, server_of
from benchmarks.contenders import environment_of
from benchmarks.environments import ROOT
from benchmarks.measure import measure
from benchmarks.scale import Scale
from benchmarks.table import markdown, seconds
from benchmarks.works import instant, validate

_LEAST_SHARE = 0.01
_NATIVE = "native threads"
_WORDS = {_NATIVE: "native threads of libraries (parsers, the network)", "imports": "imports, at start-up"}


def profile_section(scale: Scale, folder: Path) -> str:
    """A table for an import and one for a check."""
    return f"{_profile(instant(scale, folder), scale)}\n{_profile(validate(scale, folder), scale)}"


def _profile(comparison: Comparison, scale: Scale) -> str:
    title = f"Where the CPU time goes: {comparison.title}"
    say(title)
    with fresh_folder(comparison.source.parent) as folder:
        spent, trouble = _sampled(comparison, folder, scale.limit_s)
    return f"### {title}\n\n{profile_table(spent) if spent else trouble}\n"


def _sampled(comparison: Comparison, folder: Path, limit_s: float) -> tuple[Mapping[str, float], str]:
    """CPU seconds by place; where there are none, why."""
    output = folder / "spent.json"
    with server_of(comparison) as server:
        job = replace(job_of(comparison, server), folder=folder)
        command = [sys.executable, "-m", "benchmarks.sampled", output, *list(comparison.contenders[0].argv(job))[1:]]
        measured = measure(command, {**environment_of(job), "PYTHONPATH": str(ROOT)}, folder, limit_s)
    if not output.exists():
        return {}, f"not done: {measured.said}"
    return json.loads(output.read_text()), ""


def profile_table(spent: Mapping[str, float]) -> str:
    """CPU seconds by place, the most first; what is less than a hundredth of them is one line."""
    total = sum(spent.values())
    large = {place: used for place, used in spent.items() if used >= _LEAST_SHARE * total}
    rows = [[_WORDS.get(place, place), f"{used / total:.0%}", seconds(used)] for place, used in _by_size(large)]
    rest = total - sum(large.values())
    rows += [["others", f"{rest / total:.0%}", seconds(rest)]] if rest else []
    return markdown(["room or library", "share", "CPU"], rows)


def _by_size(spent: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(spent.items(), key=lambda item: -item[1])
