"""What the process tells scripts as it ends. May import nothing of the project."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells scripts. Documented in the README and in `--help`."""

    OK = 0
    DEFECT = 1
    USAGE = 2
    ROWS_REFUSED = 3
    IN_DOUBT = 4
    STOPPED = 5
    SOURCE = 6
    SIGN_IN = 7


EXIT_CODE_MEANINGS = {
    ExitCode.OK: "every row created, updated or skipped",
    ExitCode.DEFECT: "unexpected error (a defect; the message says how to report it)",
    ExitCode.USAGE: "usage or configuration",
    ExitCode.ROWS_REFUSED: "finished; some rows invalid, rejected or failed",
    ExitCode.IN_DOUBT: "finished; some rows in doubt",
    ExitCode.STOPPED: "stopped early; can be resumed (interrupted, quota, target down, too many errors)",
    ExitCode.SOURCE: "a source cannot be read, or lacks required columns",
    ExitCode.SIGN_IN: "not signed in, or the user lacks a role",
}
