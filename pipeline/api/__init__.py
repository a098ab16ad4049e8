"""What programs import: the operations as functions, with one configuration and plain results.

May import `operations`, `intake`, `remote`'s credentials and URLs, `sandbox` and what is below them. Must know nothing
of Click or of terminals: it asks nothing, prints nothing and handles no signals. `pipeline` hands on its names.
"""

from pipeline.api.checking import Finding, Validation, validate_rows
from pipeline.api.config import ImportConfig
from pipeline.api.history import PastRun, read_run, runs
from pipeline.api.importing import ImportRun, import_rows, resume_run
from pipeline.errors import (
    Code,
    ConfigurationError,
    ErrorLimitReached,
    ExitCode,
    ImportFailure,
    InternalError,
    Interrupted,
    InvalidRows,
    LedgerUnavailable,
    Occupied,
    QuotaExceeded,
    SignInError,
    SittingOver,
    SourceError,
    StoppedError,
    TargetUnavailable,
    WrongTarget,
)
from pipeline.model.config import Existing, MaxErrors, ReadOptions
from pipeline.model.finding_codes import FindingCode
from pipeline.model.rows import Change, Key, RowRef, RowResult, Status
from pipeline.model.runs import Run, RunStatus, Summary
from pipeline.operations.result import Result
from pipeline.remote.credentials import Credentials
from pipeline.sandbox import SandboxServer
from schemas.endpoint import RateLimit, Scope

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
