"""The entry: `nexudus-import` and `python -m pipeline`.

Makes sure that `schemas` is the one that belongs to this program before anything imports it. May import everything;
nothing imports it. Must know nothing of commands.
"""

from __future__ import annotations

import atexit
import gc
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from pipeline.cli.hints import error_object, explained
from pipeline.errors import Code, ConfigurationError, ExitCode, ImportFailure, InternalError, Interrupted

_OURS = Path(__file__).resolve().parents[1]
_LOOK_FOR_GARBAGE_AFTER = (20_000, 20, 20)
"""Objects, and rounds of that: libraries and rows make many objects that stay, and few that hold each other up.

Python's own 700, 10 and 10 go through all that stays for next to nothing, which takes a tenth of a run.
"""


def main() -> None:
    """Starts the command line, or says which file keeps it from starting."""
    _handle_signals_by(_Interrupting())
    # Python's last steps put the system's own handlers back, which would end us by the signal; this comes before them.
    atexit.register(_handle_signals_by, signal.SIG_IGN)
    try:
        try:
            _check_not_in_the_way("schemas")
            _start()
        except ImportFailure as error:
            _refuse(error)
        except KeyboardInterrupt:
            _refuse(Interrupted(Code.INTERRUPTED, "Stopped."))
    except SystemExit as ended:
        _keep_to(ended.code if isinstance(ended.code, int) else ExitCode.OK)
        raise


def _refuse(error: ImportFailure) -> None:
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(error_object(error), ensure_ascii=False, indent=1) + "\n")
    sys.stderr.write(f"{explained(error)}\n")
    raise SystemExit(int(error.exit_code)) from None


class _Interrupting:
    """Ends what is done outside of a run: Ctrl-C, and a scheduler's SIGTERM alike.

    The first signal does so at once, a second finds that under way, a third does not wait for it.
    """

    def __init__(self) -> None:
        self._signals = 0

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1
        if self._signals == 1:
            raise KeyboardInterrupt
        if self._signals > 2:
            os._exit(int(ExitCode.STOPPED))


def _keep_to(code: int) -> None:
    """All has been said: a signal that comes while Python takes itself down ends it, and does not change the code."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        os._exit(code)

    _handle_signals_by(leave)


def _handle_signals_by(handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


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
