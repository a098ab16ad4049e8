"""Measures speed and memory beside other tools, and prints Markdown.

python -m benchmarks [--rows N] [--rounds N] [--long] [--only NAME] [--write]
"""

import argparse
import compileall
import signal
import site
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.comparison import Compared, compare, say
from benchmarks.environments import ROOT
from benchmarks.faults import fault_section
from benchmarks.machine import machine_lines
from benchmarks.page import write_figures
from benchmarks.profiling import profile_section
from benchmarks.scale import WHOLE_ROWS, Scale, scale_of
from benchmarks.table import comparison_table, verdict_table
from benchmarks.targets import Verdict
from benchmarks.throttling import throttling_section
from benchmarks.works import LONG_WORKS, WORKS, Work

Section = tuple[str, list[Verdict]]
Part = Callable[[Scale, Path], Section]
_QUICK_ROWS = 1000
_INTERRUPTED = 130
_SMALL = (
    "**A small form of the benchmark**, which shows that every line of it works. Start-up weighs too much in it for "
    "its figures, and its verdicts, to mean anything."
)


def _compared(work: Work) -> Part:
    def part(scale: Scale, folder: Path) -> Section:
        comparison = work(scale, folder)
        compared: Compared = compare(comparison, scale)
        verdicts = [target.judge(compared.medians) for target in comparison.targets]
        return comparison_table(comparison, compared), verdicts

    return part


PARTS: dict[str, Part] = {
    **{name: _compared(work) for name, work in WORKS.items()},
    "throttling": throttling_section,
    "faults": fault_section,
    "profile": lambda scale, folder: (profile_section(scale, folder), []),
    **{name: _compared(work) for name, work in LONG_WORKS.items()},
}


def _main(arguments: Sequence[str]) -> None:
    options = _options(arguments)
    scale = scale_of(options.rows, options.rounds)
    names = options.only or [name for name in PARTS if options.long or name not in LONG_WORKS]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: no server is left behind
    _compile()
    sections, is_complete = _measured(names, scale)
    figures = _figures(scale, sections, arguments)
    print(figures)
    if not is_complete:
        sys.exit(_INTERRUPTED)
    if options.write:
        write_figures(figures)


def _measured(names: Sequence[str], scale: Scale) -> tuple[list[Section], bool]:
    """All parts in turn, and whether nobody has interrupted them; Ctrl-C keeps what there is."""
    sections: list[Section] = []
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            for name in names:
                sections.append(_section(name, scale, Path(folder)))  # noqa: PERF401 - kept when it is interrupted
    except KeyboardInterrupt:
        say("Interrupted; what was measured so far:")
        return sections, False
    return sections, True


def _section(name: str, scale: Scale, folder: Path) -> Section:
    """One part; what goes wrong in it is told in its place, and the others follow."""
    try:
        return PARTS[name](scale, folder)
    except Exception as error:  # noqa: BLE001 - hours of measuring must not be lost to one part
        say(f"{name}: {error!r}")
        return f"### {name}\n\nNot measured: {error!r}\n", []


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=WHOLE_ROWS, help="size of the import that all others follow from")
    parser.add_argument("--quick", dest="rows", action="store_const", const=_QUICK_ROWS, help="a small form of it all")
    parser.add_argument("--rounds", type=int, help="turns of each tool; medians are taken over them")
    parser.add_argument("--long", action="store_true", help="also the files of 1,000,000 and 10,000,000 rows")
    parser.add_argument("--only", action="append", choices=PARTS, metavar="NAME", help=f"one of: {', '.join(PARTS)}")
    parser.add_argument("--write", action="store_true", help="put the result into docs/performance.md")
    options = parser.parse_args(arguments)
    if options.write and (options.only or not scale_of(options.rows, None).is_whole):
        parser.error("--write is for the whole benchmark: not with --only, --quick or a small --rows")
    return options


def _compile() -> None:
    """Compiles what is not compiled, as an installation does, so that the first to start does not pay for it."""
    for folder in (ROOT / "pipeline", ROOT / "schemas", *map(Path, site.getsitepackages())):
        compileall.compile_dir(folder, quiet=2, workers=1)


def _figures(scale: Scale, sections: Sequence[Section], arguments: Sequence[str]) -> str:
    verdicts = [verdict for _, found in sections for verdict in found]
    command = " ".join(["make bench", *([f'ARGS="{" ".join(arguments)}"'] if arguments else [])])
    head = [f"`{command}`:\n\n{machine_lines()}", "### To reach", verdict_table(verdicts)]
    return "\n\n".join(([] if scale.is_whole else [_SMALL]) + head + [text.strip() for text, _ in sections])


if __name__ == "__main__":
    _main(sys.argv[1:])
