"""The question which sheet of a workbook is meant, where several could be and somebody can answer.

May import `printing`, `model` and `errors`; the intake only when sources are opened.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.printing import print_text
from pipeline.errors import SeveralSheets

if TYPE_CHECKING:
    from pipeline.intake.intake import Intake
    from pipeline.model.config import RunConfig
    from pipeline.model.sources import Source

_ALL = "all"


def can_answer(options: dict[str, Any]) -> bool:
    """Whether there is somebody to answer: a terminal, and no `--yes`."""
    return not options.get("yes") and sys.stdin.isatty() and sys.stderr.isatty()


def open_sources(sources: Sequence[Source], config: RunConfig, *, ask: bool) -> Intake:
    """Opens sources; where several sheets of a workbook could be meant, the answer counts like `--sheet`.

    Args:
        sources: The files.
        config: How they are read and checked.
        ask: Whether there is somebody to answer.

    Raises:
        SourceError: A source cannot be read, or lacks required columns.
        ConfigurationError: An option does not fit one, or nobody says which sheet is meant.
    """
    from pipeline.intake.intake import open_intake

    try:
        return open_intake(sources, config)
    except SeveralSheets as several:
        if not ask:
            raise
        sheets = _asked(several)
    return open_intake(sources, replace(config, read=replace(config.read, sheets=sheets)))


def _asked(several: SeveralSheets) -> tuple[str, ...]:
    print_text(several.message, err=True)
    answer: tuple[str, ...] = click.prompt(
        f"Which? (numbers or names with commas between them, or {_ALL})",
        value_proc=lambda text: _understood(text, several.sheets),
        err=True,
    )
    return answer


def _understood(text: str, sheets: dict[int, str]) -> tuple[str, ...]:
    """The names of the sheets that an answer means; a name comes before a number, and both before `all`."""
    if text.strip() in sheets.values():
        return (text.strip(),)
    return tuple(dict.fromkeys(name for part in text.split(",") for name in _meant(part.strip(), sheets)))


def _meant(part: str, sheets: dict[int, str]) -> list[str]:
    if part in sheets.values():
        return [part]
    if part.isdecimal() and int(part) in sheets:
        return [sheets[int(part)]]
    if part.lower() == _ALL:
        return list(sheets.values())
    raise click.UsageError(f"{part!r} is none of them.")
