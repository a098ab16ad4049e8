"""The entry: `nexudus-import` and `python -m pipeline`.

Makes sure that `schemas` is the one that belongs to this program before anything imports it. May import everything, but
only once signals are handled; nothing imports it. Must know nothing of commands.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.errors import ImportFailure

_STOPPED = 5
"""`ExitCode.STOPPED`, which a third signal cannot wait to be loaded."""

_OURS = Path(__file__).resolve().parents[1]
_LOOK_FOR_GARBAGE_AFTER = (20_000, 20, 20)
"""Objects, and rounds of that: libraries and rows make many objects that stay, and few that hold each other up.

Python's own 700, 10 and 10 go through all that stays for next to nothing, which takes a tenth of a run.
"""


def main() -> None:
    """Starts the command line, or says which file keeps it from starting."""
    _open_what_is_closed()
    interrupting = _Interrupting()
    _handle_signals_by(interrupting)
    sys.unraisablehook = interrupting.missed
    # Python's last steps put the system's own handlers back, which would end us by the signal; this comes before them.
    atexit.register(_handle_signals_by, signal.SIG_IGN)
    try:
        _start_or_refuse()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
        _keep_to(code)
        if interrupting.signals:
            _exit_now(code)
        raise


def _open_what_is_closed() -> None:
    """A scheduler may start us without a stream (`>&-`): what is said there goes nowhere, and nothing is to be read.

    In order, so that each takes the number that is free, and no file of ours gets what is printed.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open to the end


def _start_or_refuse() -> None:
    try:
        _check_not_in_the_way("schemas")
        _start()
    except (Exception, KeyboardInterrupt) as error:
        refusal = _as_failure(error)
        if refusal is None:
            raise
        _refuse(refusal)


def _as_failure(error: BaseException) -> ImportFailure | None:
    """What there is to say instead of a traceback; `None` where there is nothing."""
    from pipeline.errors import Code, ImportFailure, Interrupted, is_interruption

    if isinstance(error, ImportFailure):
        return error
    if is_interruption(error):
        return Interrupted(Code.INTERRUPTED, "Stopped.")
    if isinstance(error, OSError):
        from pipeline.cli.printing import lost_page

        return lost_page(error)
    return None


def _refuse(error: ImportFailure) -> None:
    from pipeline.cli.hints import error_object, explained

    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(error_object(error), ensure_ascii=False, indent=1) + "\n")
    sys.stderr.write(f"{explained(error)}\n")
    raise SystemExit(int(error.exit_code)) from None


class _Interrupting:
    """Ends what is done outside of a run: Ctrl-C, and a scheduler's SIGTERM alike.

    The first signal does so at once, a second finds that under way, a third does not wait for it.

    Attributes:
        signals: How many there were.
    """

    signals: int

    def __init__(self) -> None:
        self.signals = 0

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.signals += 1
        if self.signals == 1:
            raise KeyboardInterrupt
        if self.signals > 2:
            with contextlib.suppress(OSError):  # whoever reads it may have gone
                os.write(2, b"Stopped.\n")
            os._exit(_STOPPED)

    def missed(self, unraisable: sys.UnraisableHookArgs) -> None:
        """A signal that struck where nothing can be raised ended nothing: it is as if it had not come."""
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            self.signals = 0
        else:
            sys.__unraisablehook__(unraisable)


def _exit_now(code: int) -> None:
    """Ends as Python does, but with this code.

    Where Ctrl-C struck code that is made at run time, such as a dataclass's, Python would end us by the signal,
    whatever was made of it since.
    """
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no other way to what is registered there
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # whoever read it has gone
            stream.flush()
    os._exit(code)


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
    from pipeline.errors import Code, ConfigurationError

    message = f"{spec.origin} is in the way: it has the name of a part of nexudus-import, and Python finds it first."
    raise ConfigurationError(Code.NAME_IN_THE_WAY, message, path=spec.origin)


def _start() -> None:
    gc.set_threshold(*_LOOK_FOR_GARBAGE_AFTER)
    try:
        from pipeline.cli.main import main as command
    except ImportError as error:
        from pipeline.errors import Code, InternalError

        message = f"nexudus-import is not installed completely: {error}."
        raise InternalError(Code.INSTALLATION_INCOMPLETE, message, reason=str(error)) from error
    command()


if __name__ == "__main__":
    main()
