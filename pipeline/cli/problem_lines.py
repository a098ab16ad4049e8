"""A run's problems in lines for a terminal. Knows neither rich nor Click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.counts import counted
from pipeline.reports.display import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.reports.problems import Problem, Problems

_VALUE_WIDTH = 40
_MESSAGE_WIDTH = 160


def problem_lines(problems: Problems) -> Iterator[str]:
    """What is wrong, the most frequent kind first, each with its advice on a line of its own."""
    yield from _lines(problems, "What to fix", "error")


def warning_lines(warnings: Problems) -> Iterator[str]:
    """What is odd, the most frequent kind first."""
    yield from _lines(warnings, "What is odd", "warning")


def _lines(problems: Problems, title: str, noun: str) -> Iterator[str]:
    if problems.shown:
        yield f"{title} ({counted(problems.findings, noun)} of {counted(problems.kinds, 'kind')}):"
    for problem in problems.shown:
        yield f"{problem.count:>7,}  {_what(problem)}{_values(problem)} ({_where(problem)})"
        if problem.advice:
            yield f"{'':9}{shown(problem.advice, _MESSAGE_WIDTH)}"
    if problems.more_kinds:
        yield f"{'':9}and {counted(problems.more_kinds, 'more kind')}, {counted(problems.more_findings, noun)}"


def _what(problem: Problem) -> str:
    message = shown(problem.message, _MESSAGE_WIDTH)
    return f"{shown(problem.property_name, _VALUE_WIDTH)}: {message}" if problem.property_name else message


def _values(problem: Problem) -> str:
    values = ", ".join(f'"{shown(value, _VALUE_WIDTH)}"' for value, _ in problem.values)
    more = ", …" if problem.more_values else ""
    return f": {values}{more}" if values else ""


def _where(problem: Problem) -> str:
    sources = dict.fromkeys(row.source for row in problem.rows)
    numbers = [f"{row.source} {row.row}" if len(sources) > 1 else f"{row.row}" for row in problem.rows]
    more = " …" if problem.count > len(numbers) else ""
    return f"row{'' if problem.count == 1 else 's'} {shown(', '.join(numbers), _MESSAGE_WIDTH)}{more}"
