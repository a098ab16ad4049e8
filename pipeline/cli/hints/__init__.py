"""An error as the command line tells it: its message, and what to do next there.

What to do next stands, by the error's code, in the module here that is named like the room in which it is raised, and
nowhere else. A text is filled in from the error's facts; of several, the first whose facts are all known is used. May
import `errors` and `cli.typed_options`.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

from pipeline.cli.hints import cli, delivery, intake, ledger, operations, remote, reports
from pipeline.cli.typed_options import as_typed
from pipeline.errors import Code, Fact, ImportFailure, facts_json

_ROOMS = (cli, operations, intake, delivery, reports, remote, ledger)
HINTS = {code: texts for room in _ROOMS for code, texts in room.HINTS.items()}


def hint_of(error: ImportFailure) -> str:
    """What to do next; empty where nothing can be said."""
    return hint_for(error.code, error.facts)


def hint_for(code: Code | None, facts: Mapping[str, Fact]) -> str:
    """What to do next about what has this code and these facts."""
    if code is None:
        return ""
    shown = {name: _shown(value) for name, value in facts.items() if value not in (None, "", [], {})}
    known = (one.format(**shown) for one in texts_of(code) if placeholders(one) <= shown.keys())
    return as_typed(next(known, ""))


def texts_of(code: Code) -> tuple[str, ...]:
    """The hint's texts; the first whose facts are all known is used."""
    texts = HINTS.get(code, ())
    return (texts,) if isinstance(texts, str) else texts


def placeholders(text: str) -> set[str]:
    """The facts that a text is filled in from."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def explained(error: ImportFailure) -> str:
    """An error and its hint, as they are printed: each on lines of its own."""
    return f"{error.message}\n{hint_of(error)}".strip()


def in_a_line(error: ImportFailure) -> str:
    """An error and its hint for whoever is told at the end."""
    return " ".join(f"{error.message} {hint_of(error)}".split("\n")).strip()


def error_object(error: ImportFailure) -> dict[str, Any]:
    """An error for scripts."""
    return {"Error": error.message, **coded(error.code, error.facts), "ExitCode": int(error.exit_code)}


def coded(code: Code | None, facts: Mapping[str, Fact]) -> dict[str, Any]:
    """What stands beside a message for scripts."""
    name = code.value if code is not None else None
    return {"Code": name, "Facts": facts_json(facts), "Advice": hint_for(code, facts)}


def _shown(value: Fact) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {one!r}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
