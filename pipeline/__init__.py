"""The way of the rows: intake, delivery, remote and ledger, reports; and the names that programs import.

`operations` knows all of them, `cli` alone knows Click; data flows one way. See `docs/architecture.md` and, for the
names below, `docs/python.md`. They are loaded when they are asked for: to import this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.api import (
        Change,
        Code,
        ConfigurationError,
        Credentials,
        ErrorLimitReached,
        Existing,
        ExitCode,
        Finding,
        FindingCode,
        ImportConfig,
        ImportFailure,
        ImportRun,
        InternalError,
        Interrupted,
        InvalidRows,
        Key,
        LedgerUnavailable,
        MaxErrors,
        Occupied,
        PastRun,
        QuotaExceeded,
        RateLimit,
        ReadOptions,
        Result,
        RowRef,
        RowResult,
        Run,
        RunStatus,
        SandboxServer,
        Scope,
        SignInError,
        SittingOver,
        SourceError,
        Status,
        StoppedError,
        Summary,
        TargetUnavailable,
        Validation,
        WrongTarget,
        import_rows,
        read_run,
        resume_run,
        runs,
        validate_rows,
    )

__all__ = [
    "Change",
    "Code",
    "ConfigurationError",
    "Credentials",
    "ErrorLimitReached",
    "Existing",
    "ExitCode",
    "Finding",
    "FindingCode",
    "ImportConfig",
    "ImportFailure",
    "ImportRun",
    "InternalError",
    "Interrupted",
    "InvalidRows",
    "Key",
    "LedgerUnavailable",
    "MaxErrors",
    "Occupied",
    "PastRun",
    "QuotaExceeded",
    "RateLimit",
    "ReadOptions",
    "Result",
    "RowRef",
    "RowResult",
    "Run",
    "RunStatus",
    "SandboxServer",
    "Scope",
    "SignInError",
    "SittingOver",
    "SourceError",
    "Status",
    "StoppedError",
    "Summary",
    "TargetUnavailable",
    "Validation",
    "WrongTarget",
    "import_rows",
    "read_run",
    "resume_run",
    "runs",
    "validate_rows",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("pipeline.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
