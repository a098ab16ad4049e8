"""Options from `nexudus-import.toml`: at its top for every run, in `[profiles.NAME]` for `--profile NAME`."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
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
    profiles = found.pop("profiles", {})
    if profile is not None and profile not in profiles:
        advice = f"It has: {', '.join(sorted(profiles)) or 'none'}."
        raise ConfigurationError(f"--profile {profile}: {chosen} has no such profile.", advice=advice)
    options = {name.replace("-", "_"): value for name, value in (found | profiles.get(profile, {})).items()}
    unknown = sorted(set(options) - set(known))
    if unknown:
        advice = "Its keys are the long options without the leading dashes; credentials go into the environment."
        raise ConfigurationError(f"{chosen}: {', '.join(unknown)}: no such option.", advice=advice)
    return options


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read ({error}).", advice="Check --config.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}.", advice="Correct that line.") from error
