"""Options from `nexudus-import.toml`: at its top for every run, in `[profiles.NAME]` for `--profile NAME`."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigurationError

DEFAULT_FILE = Path("nexudus-import.toml")


def read_config(path: Path | None, profile: str | None, known: Collection[str]) -> dict[str, Any]:
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
            advice = f"Write {DEFAULT_FILE}, or name the file with --config."
            raise ConfigurationError(f"--profile {profile}: there is no configuration file.", advice=advice)
        return {}
    found = _parsed(chosen)
    profiles = _profiles(chosen, found.pop("profiles", {}))
    if profile is not None and profile not in profiles:
        advice = f"It has: {', '.join(sorted(profiles)) or 'none'}."
        raise ConfigurationError(f"--profile {profile}: {chosen} has no such profile.", advice=advice)
    for options in (found, *profiles.values()):  # of every profile: one that is not used now is used some night
        _refuse_unknown(chosen, options, known)
    # By their folded names, so that a profile's base-url stands in for base_url.
    return {
        n.replace("-", "_"): value for part in (found, profiles.get(profile or "", {})) for n, value in part.items()
    }


def _profiles(path: Path, found: Any) -> Mapping[str, Mapping[str, Any]]:
    named = {"profiles": found} if not isinstance(found, dict) else {f"profiles.{n}": p for n, p in found.items()}
    for name, options in named.items():
        if not isinstance(options, dict):
            advice = "Write [profiles.NAME] on a line of its own, and the profile's options below it."
            raise ConfigurationError(f"{path}: {name}: is not a table of options.", advice=advice)
    return dict(found)


def _refuse_unknown(path: Path, options: Mapping[str, Any], known: Collection[str]) -> None:
    unknown = sorted(name for name in options if name.replace("-", "_") not in known)
    if unknown:
        advice = "Its keys are the long options without the leading dashes; credentials go into the environment."
        raise ConfigurationError(f"{path}: {', '.join(unknown)}: no such option.", advice=advice)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError(f"{path}: cannot be read ({reason}).", advice="Check --config.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}.", advice="Correct that line.") from error
