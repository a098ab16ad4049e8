"""The entry: `nexudus-import` and `python -m pipeline`.

Makes sure that `schemas` is the one that belongs to this program before anything imports it. May import everything;
nothing imports it. Must know nothing of commands.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

from pipeline.errors import ConfigurationError, ImportFailure, InternalError

_OURS = Path(__file__).resolve().parents[1]


def main() -> None:
    """Starts the command line, or says which file keeps it from starting."""
    try:
        _check_not_in_the_way("schemas")
        _start()
    except ImportFailure as error:
        if "--json" in sys.argv:
            told = {"Error": error.message, "Advice": error.advice, "ExitCode": int(error.exit_code)}
            sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
        sys.stderr.write(f"{error.message}\n{error.advice}\n")
        raise SystemExit(int(error.exit_code)) from None


def _check_not_in_the_way(name: str) -> None:
    """Looks where Python would find a package of ours, without running what it finds.

    Raises:
        ConfigurationError: Something of the same name comes first on Python's path.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None or Path(spec.origin).resolve().is_relative_to(_OURS / name):
        return
    advice = (
        "Rename it, or start nexudus-import from another folder and without PYTHONPATH: as the installed command "
        "it does not look into the folder you are in."
    )
    raise ConfigurationError(
        f"{spec.origin} is in the way: it has the name of a part of nexudus-import, and Python finds it first.",
        advice=advice,
    )


def _start() -> None:
    try:
        from pipeline.cli.main import main as command
    except ImportError as error:
        advice = "Install it again, in an environment of its own: see the README."
        raise InternalError(f"nexudus-import is not installed completely: {error}.", advice=advice) from error
    command()


if __name__ == "__main__":
    main()
