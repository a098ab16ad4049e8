"""What to do next about runs, their inbox and whoever is told of them. May import `resuming` and `errors`."""

from __future__ import annotations

from pipeline.cli.hints.resuming import RESUME
from pipeline.errors import Code

_SHOW = "`nexudus-import show {run_id}` tells more."
_ANOTHER_REPORT_DIR = "Give another --report-dir."

HINTS: dict[Code, str | tuple[str, ...]] = {
    # The program itself.
    Code.COUNTS_DIFFER: "Please report it, with the version.",
    Code.STOPPED_ON_REQUEST: f"{RESUME}.",
    Code.REPORTS_CUT_OFF: "`nexudus-import report {run_id}` writes them.",
    # Settings.
    Code.CHANGES_UNREHEARSED: (
        "Leave --rehearse or --existing update out; --dry-run looks at the target without changing anything."
    ),
    # Signing in.
    Code.USER_CONTRADICTED: (
        "Set NEXUDUS_PASSWORD too, or leave NEXUDUS_USERNAME out, or sign in anew with `nexudus-import login`."
    ),
    Code.PASSWORD_MISTYPED: "Try again.",
    Code.SIGN_IN_NOT_KEPT: "Make room, or give credentials in the environment.",
    Code.ROLE_LACKED: "Have it given by an administrator of the account.",
    Code.UNDO_ROLE_MISSING: "Give the user the role, or renew the token where it has expired; then undo the run again.",
    # Sources.
    Code.SEVERAL_TABLES: "Name one of them with --sheet.",
    # Runs and their reports.
    Code.RUN_NOT_FOUND: "`nexudus-import runs` lists them.",
    Code.RUN_AMBIGUOUS: "`nexudus-import runs` lists them.",
    Code.RUN_BUSY: "Wait for it, or stop it first.",
    Code.RUN_COMPLETE: "Its reports are in {report_dir}; `nexudus-import report {run_id}` writes them again.",
    Code.RUN_PRUNED: "What it created is still known, and skipped when it is imported again.",
    Code.RUN_OF_SANDBOX: "To try it, start `nexudus-import sandbox` and run with --base-url.",
    Code.REPORTS_OVER_SOURCE: _ANOTHER_REPORT_DIR,
    Code.REPORTS_FOLDER: _ANOTHER_REPORT_DIR,
    Code.REPORTS_HOMELESS: "Name a folder with --report-dir, or set HOME or XDG_DATA_HOME.",
    Code.REPORTS_NOT_REMOVED: "Let this user write there, then prune again.",
    # Rows in doubt, settled by a person.
    Code.SETTLEMENTS_UNREADABLE: "Give the {expected} of the run, filled in and saved as CSV (UTF-8).",
    Code.SETTLEMENT_UNCLEAR: "The column {column} takes the record's Id, or the word {missing}.",
    Code.SETTLEMENT_SOURCE: "It has: {sources}. --source names one.",
    # The ledger.
    Code.LEDGER_HOMELESS: "Name the ledger with --ledger, or set HOME or XDG_DATA_HOME.",
    Code.ENGINE_NOT_INSTALLED: "Install nexudus-import[dask,postgresql], or leave --engine out.",
    Code.ENGINE_NEEDS_POSTGRESQL: (
        "Name a database with --ledger postgresql+psycopg://…; `nexudus-import ledger copy` moves a file there."
    ),
    Code.ENGINE_OUT_OF_REACH: "Leave --scheduler out, so that the workers are on this machine.",
    Code.CLUSTER_UNREACHABLE: f"Check --scheduler and its workers; then {RESUME}.",
    Code.CLUSTER_BROKEN: f"See the workers' logs; then {RESUME}.",
    Code.WORKER_DIFFERS: f"Install the same nexudus-import[dask,postgresql] on each worker; then {RESUME}.",
    Code.LEDGER_MISSING: "Check the first of the two names.",
    # Why a run stopped early.
    Code.TARGET_ELSEWHERE: "Check --base-url, and what stands between here and there.",
    Code.SITTING_OVER: f"{RESUME}.",
    Code.DECLINED: (
        "Run {resumed} stands as it did; --yes goes ahead without asking.",
        "There is nothing to resume; --yes goes ahead without asking.",
    ),
    Code.UNDO_DECLINED: "--yes goes ahead without asking.",
    Code.UNDO_UNANSWERED: "Undo the run again when it is back: what is undone stays undone.",
    Code.ROWS_INVALID: (
        "Correct them in the source and import all of it again; or leave --require-valid out to send the valid ones."
    ),
    # The inbox.
    Code.INBOX_NOT_FOUND: "Check the inbox that was named.",
    Code.INBOX_BUSY: "The next start takes what is left; --lock wait waits instead.",
    Code.INBOX_FOLDER: "Give another --done-dir; `failed` stands beside it.",
    Code.INBOX_FILE_STAYS: ("Let this user write both folders. Until then each start finds its rows, and skips them."),
    # Who is told.
    Code.NOTIFY_MISSING: "Install nexudus-import with it: '.[notify]' in place of '.'.",
    Code.NOTIFY_URL: (
        "Check --notify against the list of Apprise's URLs; it is not repeated here, since it may hold a secret."
    ),
    Code.HEARTBEAT_URL: (
        "Give --heartbeat the address that the service shows; it is not repeated here, since it is a secret."
    ),
    Code.PROGRAM_UNREADABLE: "Close in --on-finish what was opened.",
    Code.PROGRAM_MISSING: "Give --on-finish one, or leave the option out.",
    Code.METRICS_MISSING: "Install nexudus-import with it: '.[metrics]' in place of '.'.",
    # What a look at the newest run finds.
    Code.RUN_UNFINISHED: _SHOW,
    Code.NOT_LOOKED_UP: "Give the same command again when the target lists; with --existing ignore it does without.",
    Code.START_WENT_WRONG: "Its log says why; files that could not be imported are in `failed`, with the reason.",
    Code.ROWS_REFUSED: _SHOW,
    Code.ROWS_IN_DOUBT: _SHOW,
    # What `check` finds beside these.
    Code.EVERY_CALL_REFUSED: (
        "Sign in again with `nexudus-import login`, and unset NEXUDUS_TOKEN, which comes before it; else have the user "
        "given EmailAccount roles."
    ),
    Code.PROBE_CREATED: "Delete that record there, and use --read-only.",
    Code.CLOCK_IMPLAUSIBLE: "Set the clock of this machine, if it is the wrong one.",
    Code.CLOCK_APART: (
        "Runs cope with that; an authenticator's codes from this machine may be refused. Set its clock."
    ),
    Code.BUDGET_EMPTY: "The next call is due in {wait}; a run waits by itself, unless --on-quota is stop.",
    Code.CHECKED_ROWS_INVALID: "`nexudus-import validate` with the same file and options lists everything.",
}
PRUNED_ALL_THE_SAME = {"IN_DOUBT": ": `resume` or `settle` it first", "OPEN": "; --unfinished forgets it"}
"""What to do about a run that is kept, by the name of the reason; stands right behind it."""
