"""The entry: `nexudus-import` and `python -m pipeline`.

Makes sure that `schemas` is the one that belongs to this program before anything imports it. May import everything;
nothing imports it. Must know nothing of commands.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import sys
from pathlib import Path

from pipeline.cli.hints import error_object, explained
from pipeline.errors import Code, ConfigurationError, ImportFailure, InternalError

_OURS = Path(__file__).resolve().parents[1]
_LOOK_FOR_GARBAGE_AFTER = (20_000, 20, 20)
"""Objects, and rounds of that: libraries and rows make many objects that stay, and few that hold each other up.

Python's own 700, 10 and 10 go through all that stays for next to nothing, which takes a tenth of a run.
"""


def main() -> None:
    """Starts the command line, or says which file keeps it from starting."""
    try:
        _check_not_in_the_way("schemas")
        _start()
    except ImportFailure as error:
        if "--json" in sys.argv:
            sys.stdout.write(json.dumps(error_object(error), ensure_ascii=False, indent=1) + "\n")
        sys.stderr.write(f"{explained(error)}\n")
        raise SystemExit(int(error.exit_code)) from None


def _check_not_in_the_way(name: str) -> None:
    """Looks where Python would find a package of ours, without running what it finds.

    Raises:
        ConfigurationError: Something of the same name comes first on Python's path.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None or Path(spec.origin).resolve().is_relative_to(_OURS / name):
        return
    message = f"{spec.origin} is in the way: it has the name of a part of nexudus-import, and Python finds it first."
    raise ConfigurationError(Code.NAME_IN_THE_WAY, message, path=spec.origin)


def _start() -> None:
    gc.set_threshold(*_LOOK_FOR_GARBAGE_AFTER)
    try:
        from pipeline.cli.main import main as command
    except ImportError as error:
        message = f"nexudus-import is not installed completely: {error}."
        raise InternalError(Code.INSTALLATION_INCOMPLETE, message, reason=str(error)) from error
    command()


if __name__ == "__main__":
    main()
