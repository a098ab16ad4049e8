"""Why a run could not do what was asked, grouped by what the person has to do next.

    ImportFailure
      ConfigurationError     an option, a setting or a run's name is wrong            exit 2
        SeveralSheets          a workbook has several sheets that could be meant
      SourceError            a source cannot be read, or lacks required columns       exit 6
      SignInError            not signed in, or the user lacks a role                  exit 7
      StoppedError           the run stopped early and can be resumed                 exit 5
        Interrupted            Ctrl-C or SIGTERM
        TargetUnavailable      the target does not answer
        WrongTarget            something other than the endpoint answers
        ErrorLimitReached      --stop-after or --max-errors was reached
        QuotaExceeded          the budget is spent and --on-quota is stop
        SittingOver            the time given with --until or --for is over
        Occupied               another process takes the same inbox
        LedgerUnavailable      the ledger cannot be written (a full disk, a lost database)
        InvalidRows            --require-valid was asked for, and a row is invalid      exit 3
      InternalError          a mistake in this program                                exit 1
        IllegalTransition      a row was about to take a status that may not follow

A bad row is never an exception: it is an `Outcome`. May import nothing of the project.
"""

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


class ImportFailure(Exception):
    """Anything that ends a command with a message instead of a traceback.

    Args:
        message: What happened and where, in one or two sentences.
        advice: What to do next.
    """

    exit_code = ExitCode.DEFECT

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class ConfigurationError(ImportFailure):
    """An option, a setting or the name of a run is wrong."""

    exit_code = ExitCode.USAGE


class SeveralSheets(ConfigurationError):
    """Several sheets of a workbook could be meant, and no option says which.

    Args:
        label: The workbook.
        sheets: Their names, by their numbers among all its sheets.
    """

    def __init__(self, label: str, sheets: dict[int, str]) -> None:
        listed = ", ".join(f"{number} {name!r}" for number, name in sheets.items())
        advice = "Say which with --sheet NAME, which may be given more than once, or take them all with --sheet all."
        super().__init__(f"{label}: several sheets could be meant: {listed}.", advice=advice)
        self.sheets = sheets


class SourceError(ImportFailure):
    """A source cannot be read, or lacks required columns."""

    exit_code = ExitCode.SOURCE


class SignInError(ImportFailure):
    """No credentials, refused credentials, or a role that the user lacks."""

    exit_code = ExitCode.SIGN_IN


class StoppedError(ImportFailure):
    """The run stopped before its end; nothing is lost, and `resume` goes on."""

    exit_code = ExitCode.STOPPED


class Interrupted(StoppedError):
    """Ctrl-C or SIGTERM."""


class TargetUnavailable(StoppedError):
    """The target cannot be reached, or keeps throttling without letting a row through."""


class WrongTarget(StoppedError):
    """What answers is not the endpoint: another path, a redirect, a login page."""


class ErrorLimitReached(StoppedError):
    """`--stop-after` or `--max-errors` was reached."""


class QuotaExceeded(StoppedError):
    """The budget of calls is spent and `--on-quota stop` was asked for."""


class SittingOver(StoppedError):
    """The time given with `--until` or `--for` is over."""


class Occupied(StoppedError):
    """Another process takes files from the same inbox, and `--lock exit` was asked for."""


class LedgerUnavailable(StoppedError):
    """The ledger cannot be written: what is not in it must not be sent."""


class InternalError(ImportFailure):
    """A mistake in this program, caught where a run can still end in good order."""


class IllegalTransition(InternalError):
    """A row was about to take a status that may not follow the one it has; the ledger refuses it."""


class InvalidRows(StoppedError):
    """`--require-valid` was asked for and a row is invalid: nothing was sent."""

    exit_code = ExitCode.ROWS_REFUSED
