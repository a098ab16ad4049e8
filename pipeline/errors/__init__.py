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
        ErrorLimitReached      more rows failed, or failed alike, than was allowed
        QuotaExceeded          the budget is spent, and was not to be waited for
        SittingOver            the time that was given is over
        Occupied               another process takes the same inbox
        LedgerUnavailable      the ledger cannot be written (a full disk, a lost database)
        InvalidRows            all rows were required to be valid, and one is not       exit 3
      InternalError          a mistake in this program                                exit 1
        IllegalTransition      a row was about to take a status that may not follow

Each has a `code` of `codes.py`. A bad row is never an exception: it is an `Outcome`. May import nothing of the project.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from pipeline.errors.codes import Code
from pipeline.errors.exit_codes import EXIT_CODE_MEANINGS, ExitCode

__all__ = [
    "EXIT_CODE_MEANINGS",
    "Code",
    "ConfigurationError",
    "ErrorLimitReached",
    "ExitCode",
    "Fact",
    "IllegalTransition",
    "ImportFailure",
    "InternalError",
    "Interrupted",
    "InvalidRows",
    "LedgerUnavailable",
    "Occupied",
    "QuotaExceeded",
    "SeveralSheets",
    "SignInError",
    "SittingOver",
    "SourceError",
    "StoppedError",
    "TargetUnavailable",
    "WrongTarget",
    "facts_json",
    "stopped_json",
]

Fact: TypeAlias = "str | int | float | bool | Sequence[Fact] | Mapping[str, Fact] | None"
"""What JSON can hold; no path, no error."""


class ImportFailure(Exception):
    """Anything that ends a command with a message instead of a traceback.

    What to do next is for whoever shows it to say: the command line has `cli.hints`.

    Args:
        code: Which error it is.
        message: What happened and where, in one or two sentences that name no option and no command.
        facts: What the message is made of, and whatever else a hint or a program may want.
    """

    exit_code = ExitCode.DEFECT

    def __init__(self, code: Code, message: str, /, **facts: Fact) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.facts = facts

    def __reduce__(self) -> tuple[Any, ...]:
        """Travels between processes with all that it says."""
        return _rebuilt, (type(self), self.code, self.message, dict(self.facts))

    def as_json(self) -> dict[str, Any]:
        """Its code and facts for scripts, by the names that JSON has for them."""
        return {"Code": self.code.value, "Facts": facts_json(self.facts)}

    def kept(self) -> dict[str, Any]:
        """For the ledger; `from_kept` reads it back."""
        return {"Kind": type(self).__name__, "Code": self.code.value, "Message": self.message, "Facts": self.facts}

    @staticmethod
    def from_kept(found: Mapping[str, Any]) -> ImportFailure:
        """What `kept` wrote, as the same kind of failure; one that is not known any more is a stop."""
        kinds = {kind.__name__: kind for kind in _kinds(ImportFailure)}
        kind = kinds.get(found["Kind"], StoppedError)
        failure = kind.__new__(kind)
        ImportFailure.__init__(failure, _CODES[found["Code"]], found["Message"], **found["Facts"])
        return failure


_CODES = {code.value: code for code in Code}


def _kinds(kind: type[ImportFailure]) -> Iterator[type[ImportFailure]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)


def _rebuilt(kind: type[ImportFailure], code: Code, message: str, facts: dict[str, Fact]) -> ImportFailure:
    one = kind.__new__(kind)
    ImportFailure.__init__(one, code, message, **facts)
    return one


def stopped_json(reason: ImportFailure | None) -> dict[str, Any]:
    """Why a run or an undoing stopped early, for scripts; nulls where it did not."""
    told = reason.as_json() if reason is not None else {"Code": None, "Facts": None}
    return {"StoppedBecause": reason.message if reason is not None else None, **told}


def facts_json(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Facts by the names that JSON has for them: `run_id` is `RunId`."""
    return {"".join(part.capitalize() for part in name.split("_")): value for name, value in facts.items()}


class ConfigurationError(ImportFailure):
    """An option, a setting or the name of a run is wrong."""

    exit_code = ExitCode.USAGE


class SeveralSheets(ConfigurationError):
    """Several sheets of a workbook could be meant, and nothing says which.

    Args:
        label: The workbook.
        sheets: Their names, by their numbers among all its sheets.
    """

    def __init__(self, label: str, sheets: dict[int, str]) -> None:
        listed = ", ".join(f"{number} {name!r}" for number, name in sheets.items())
        message = f"{label}: several sheets could be meant: {listed}."
        named = {str(number): name for number, name in sheets.items()}
        super().__init__(Code.SEVERAL_SHEETS, message, source=label, sheets=named)
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
    """More rows could not be imported, or were refused alike, than was allowed."""


class QuotaExceeded(StoppedError):
    """The budget of calls is spent, and was not to be waited for."""


class SittingOver(StoppedError):
    """The time that was given is over."""


class Occupied(StoppedError):
    """Another process takes files from the same inbox, and was not to be waited for."""


class LedgerUnavailable(StoppedError):
    """The ledger cannot be written: what is not in it must not be sent."""


class ClusterUnavailable(StoppedError):
    """The machines that were to do the work cannot be reached, or have given it up."""


class InternalError(ImportFailure):
    """A mistake in this program, caught where a run can still end in good order."""


class IllegalTransition(InternalError):
    """A row was about to take a status that may not follow the one it has; the ledger refuses it."""


class InvalidRows(StoppedError):
    """All rows were required to be valid and one is not: nothing was sent."""

    exit_code = ExitCode.ROWS_REFUSED


def is_interruption(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an error: while modules are loaded, Python raises others because of it."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False
