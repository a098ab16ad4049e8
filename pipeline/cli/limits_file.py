"""`--limits FILE`: the rate limits of a target that has others than the documented ones.

May import `schemas.endpoint` and `errors`. Must know nothing of Click.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import Code, ConfigurationError
from schemas.endpoint import RateLimit, Scope

_KEYS = ("calls", "seconds", "scope")
_HEADER = re.compile(r"\s*\[\[\s*limit\s*\]\]")


def read_limits_file(path: Path) -> tuple[RateLimit, ...]:
    """Limits from a TOML file: `[[limit]]` with `calls`, `seconds` and `scope` ("modifying" or "all").

    Raises:
        ConfigurationError: It cannot be read, or holds something else; each mistake with its line.
    """
    text = _text_of(path)
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(Code.LIMITS_FILE_SYNTAX, f"--limits {path}: {error}.", path=str(path)) from error
    tables = found.get("limit")
    if set(found) != {"limit"} or not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        others = ", ".join(sorted(set(found) - {"limit"}))
        told = f"{others}: only [[limit]] may stand in it" if others else "holds no [[limit]]"
        raise _invalid(path, [told], ":")
    lines = _lines(text)
    mistakes = [told for number, one in enumerate(tables) for told in _mistakes(one, *lines[number : number + 1])]
    if mistakes:
        raise _invalid(path, mistakes, ",")
    return tuple(_limit(one) for one in tables)


def _invalid(path: Path, mistakes: list[str], then: str) -> ConfigurationError:
    told = "\n".join(f"--limits {path}{then} {mistake}." for mistake in mistakes)
    return ConfigurationError(Code.LIMITS_FILE_INVALID, told, path=str(path), mistakes=mistakes)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        is_missing = isinstance(error, OSError)
        reason = "is neither documented nor none, nor a file that can be read" if is_missing else "is not UTF-8 text"
        raise ConfigurationError(Code.LIMITS_FILE_UNREADABLE, f"--limits {path}: {reason}.", path=str(path)) from error


def _lines(text: str) -> list[dict[str, int]]:
    """The lines of each `[[limit]]` and of its keys; the header's own under no name."""
    found: list[dict[str, int]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if _HEADER.match(line):
            found.append({"": number})
        elif found and "=" in line:
            found[-1].setdefault(line.partition("=")[0].strip().strip("\"'"), number)
    return found


def _mistakes(one: dict[str, Any], lines: dict[str, int] | None = None) -> Iterator[str]:
    """What is wrong with one limit, each with its line."""
    known = lines or {}

    def at(name: str) -> str:
        return f"line {known.get(name, known.get('', 1))}: {name}"

    yield from (f"{at(name)}: there is no such key; there are {', '.join(_KEYS)}" for name in one if name not in _KEYS)
    for name in ("calls", "seconds"):
        if name not in one:
            yield f"{at(name)} is missing"
        elif not _is_positive(one[name], whole=name == "calls"):
            yield f"{at(name)}: is no {'whole ' if name == 'calls' else ''}number above 0"
    if one.get("scope", "modifying") not in {scope.value for scope in Scope}:
        yield f"{at('scope')}: is neither {' nor '.join(repr(scope.value) for scope in Scope)}"


def _is_positive(value: object, *, whole: bool) -> bool:
    is_number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    return is_number and isinstance(value, int | float) and 0 < value < math.inf


def _limit(one: dict[str, Any]) -> RateLimit:
    scope = Scope(one.get("scope", Scope.MODIFYING.value))
    return RateLimit(calls=one["calls"], seconds=float(one["seconds"]), scope=scope)
