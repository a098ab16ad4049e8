"""Options from `nexudus-import.toml`: at its top for every run, in `[profiles.NAME]` for `--profile NAME`.

And what looks like one in the environment, but is none.

May import `intake.mapping`'s lines of keys and `errors`. Must know nothing of Click.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import Code, ConfigurationError

DEFAULT_FILE = Path("nexudus-import.toml")
_ALIKE = 75
"""Of 100; a mistyped name is above it, one of something else below."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The value of an option in the configuration file.

    Attributes:
        value: As TOML has it.
        place: The file, the line and the profile, in words.
    """

    value: Any
    place: str


def read_config(path: Path | None, profile: str | None, known: Collection[str]) -> dict[str, Setting]:
    """Options by their long names without dashes in front, `-` and `_` alike.

    Args:
        path: The file; by default `nexudus-import.toml` in this folder, if there is one.
        profile: Which profile's options come on top.
        known: Names of the options that may stand in it, with `_`.

    Raises:
        ConfigurationError: It cannot be read, or holds something that is no option.
    """
    chosen = path or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    if chosen is None:
        if profile is not None:
            message = f"--profile {profile}: there is no configuration file."
            raise ConfigurationError(Code.CONFIG_FILE_MISSING, message, profile=profile, expected=str(DEFAULT_FILE))
        return {}
    return _Reader(chosen).settings(profile, known)


def check_environment(environment: Collection[str], prefix: str, known: Collection[str]) -> None:
    """Refuses a variable whose name is mistyped; one that is like no option's is somebody else's.

    Args:
        environment: Names of variables.
        prefix: What those of options begin with.
        known: Names of the options, with `_`.

    Raises:
        ConfigurationError: There is one: what it was meant to set would not be set.
    """
    for variable in sorted(environment):
        name = variable[len(prefix) :].lower()
        if not variable.upper().startswith(prefix) or (nearest := _nearest(name, known)) is None:
            continue
        meant = f"{prefix}{nearest.upper()}"
        if variable == meant:
            continue
        message = f"{variable} in the environment is no option's; the nearest is {meant}."
        raise ConfigurationError(Code.VARIABLE_UNKNOWN, message, variable=variable, nearest=meant)


def _nearest(name: str, known: Collection[str]) -> str | None:
    """The option that may have been meant."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(name, sorted(known), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return found[0] if found else None


class _Reader:
    """One file while it is read.

    Args:
        path: The file.

    Raises:
        ConfigurationError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        from pipeline.intake.mapping.key_lines import KeyLines

        text = _text_of(path)
        self._path = path
        self._top = _parsed(path, text)
        self._lines = KeyLines(text)
        self._profiles = self._checked_profiles(self._top.pop("profiles", {}))

    def settings(self, profile: str | None, known: Collection[str]) -> dict[str, Setting]:
        """The options of the file, with those of a profile on top."""
        if profile is not None and profile not in self._profiles:
            message, profiles = f"--profile {profile}: {self._path} has no such profile.", sorted(self._profiles)
            raise ConfigurationError(Code.PROFILE_UNKNOWN, message, profile=profile, profiles=profiles)
        tables: list[str | None] = [None, *self._profiles]
        # Of every profile: one that is not used now is used some night.
        found = sorted(mistake for name in tables for mistake in self._mistakes(name, known))
        mistakes = [told for _, told in found]
        if mistakes:
            message, path = "\n".join(mistakes), str(self._path)
            raise ConfigurationError(Code.CONFIG_FILE_INVALID, message, path=path, mistakes=mistakes)
        # By their folded names, so that a profile's base-url stands in for base_url.
        used = [None] if profile is None else [None, profile]
        return {_folded(name): one for table in used for name, one in self._of(table)}

    def _of(self, profile: str | None) -> Iterator[tuple[str, Setting]]:
        for name, value in self._table(profile).items():
            yield name, Setting(value=value, place=self._place(profile, name))

    def _table(self, profile: str | None) -> Mapping[str, Any]:
        return self._top if profile is None else self._profiles[profile]

    def _mistakes(self, profile: str | None, known: Collection[str]) -> Iterator[tuple[int, str]]:
        """What is no option, with its line, place and the option that may have been meant."""
        for name in self._table(profile):
            if _folded(name) not in known:
                nearest = _nearest(_folded(name), known)
                meant = f"; the nearest is {nearest.replace('_', '-')}" if nearest else ""
                yield self._line(profile, name), f"{self._place(profile, name)}: {name}: no such option{meant}."

    def _line(self, profile: str | None, name: str) -> int:
        return self._lines.line_of((name,) if profile is None else ("profiles", profile, name))

    def _place(self, profile: str | None, name: str) -> str:
        inside = "" if profile is None else f" [profiles.{profile}]"
        return f"{self._path}, line {self._line(profile, name)}{inside}"

    def _checked_profiles(self, found: Any) -> dict[str, Mapping[str, Any]]:
        named = {"profiles": found} if not isinstance(found, dict) else {f"profiles.{n}": p for n, p in found.items()}
        for name, options in named.items():
            if not isinstance(options, dict):
                line = self._lines.line_of(tuple(name.split(".", 1)))
                message = f"{self._path}, line {line}: {name}: is not a table of options."
                raise ConfigurationError(Code.PROFILE_NO_TABLE, message, path=str(self._path), line=line)
        return dict(found)


def _folded(name: str) -> str:
    return name.replace("-", "_")


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"{path}: cannot be read ({reason})."
        raise ConfigurationError(Code.CONFIG_FILE_UNREADABLE, message, path=str(path), reason=reason) from error


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(Code.CONFIG_FILE_SYNTAX, f"{path}: {error}.", path=str(path)) from error
