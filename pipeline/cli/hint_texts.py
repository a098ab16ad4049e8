"""What to do next on the command line, by the code of an error: the only place that says so.

A text is filled in from the error's facts. Of several, the first whose facts are all known is used.
May import `errors`.
"""

from __future__ import annotations

from pipeline.errors import Code

_RESUME = "`nexudus-import resume --last` goes on from here"
_SAVE_AGAIN = "Open it in a spreadsheet program and save it again, as .xlsx or CSV."
_HOW_TO_SIGN_IN = (
    "Sign in with `nexudus-import login`; or set NEXUDUS_TOKEN, NEXUDUS_TOKEN_FILE, or NEXUDUS_USERNAME and "
    "NEXUDUS_PASSWORD; or try --sandbox."
)
_LIMITS = 'Each limit is [[limit]] with calls = 60, seconds = 60 and, if it counts all calls, scope = "all".'
_SHOW = "`nexudus-import show {run_id}` tells more."
_ANOTHER_REPORT_DIR = "Give another --report-dir."


def _or_moved(text: str) -> tuple[str, ...]:
    """What to do about a source; one of a run that is taken up may have moved since."""
    return f"{text} If it has moved since run {{run_id}} read it, `--source PATH` names its new place.", text


def _and_emergency_report(text: str) -> tuple[str, ...]:
    return f"{text} {{emergency_report}} lists how rows ended in this process, with their Ids.", text


PROGRAM: dict[Code, str | tuple[str, ...]] = {
    Code.DEFECT: "Run it again with --verbose and report the traceback, without the data. Nothing sent is lost.",
    Code.ROW_DEFECT: (
        "Please report it: --verbose logs the traceback. Nothing is lost: `nexudus-import resume --last`."
    ),
    Code.COUNTS_DIFFER: "Please report it, with the version.",
    Code.ILLEGAL_TRANSITION: "Please report it, with the version.",
    Code.INSTALLATION_INCOMPLETE: "Install it again, in an environment of its own: see the README.",
    Code.NAME_IN_THE_WAY: (
        "Rename it, or start nexudus-import from another folder and without PYTHONPATH: as the installed command "
        "it does not look into the folder you are in."
    ),
    Code.USAGE: "See --help.",
    Code.INTERRUPTED: "Nothing more is sent; `nexudus-import runs` shows what can be resumed.",
}
SETTINGS: dict[Code, str | tuple[str, ...]] = {
    Code.BASE_URL_INVALID: "Try https://spaces.nexudus.com",
    Code.BASE_URL_UNSAFE: "Use https://; plain http is accepted for this machine only.",
    Code.BASE_URL_WITH_PASSWORD: "Credentials go into the environment: see `nexudus-import run --help`.",
    Code.PROXY_INVALID: "Check {variable}.",
    Code.CERTIFICATES_INVALID: "Correct {variable}, or leave it out to trust this machine's certificates.",
    Code.CONFIG_FILE_MISSING: "Write {expected}, or name the file with --config.",
    Code.CONFIG_FILE_UNREADABLE: "Check --config.",
    Code.CONFIG_FILE_SYNTAX: "Correct that line.",
    Code.CONFIG_FILE_INVALID: (
        "Its keys are the long options without the leading dashes; credentials go into the environment."
    ),
    Code.PROFILE_UNKNOWN: ("It has: {profiles}.", "It has: none."),
    Code.PROFILE_NO_TABLE: "Write [profiles.NAME] on a line of its own, and the profile's options below it.",
    Code.SETTING_UNFIT: "See --help of the command for what it takes.",
    Code.SETTING_NOT_BOOLEAN: "Write true or false.",
    Code.LIMITS_FILE_UNREADABLE: f"Give documented, none, or a TOML file. {_LIMITS}",
    Code.LIMITS_FILE_SYNTAX: f"Correct that line. {_LIMITS}",
    Code.LIMITS_FILE_INVALID: _LIMITS,
    Code.CHANGES_UNREHEARSED: (
        "Leave --rehearse or --existing update out; --dry-run looks at the target without changing anything."
    ),
    Code.SANDBOX_NOT_LOCAL: "Use 127.0.0.1.",
    Code.PORT_UNAVAILABLE: "Choose another --port, or 0 for any free one.",
}
SIGNING_IN: dict[Code, str | tuple[str, ...]] = {
    Code.HALF_A_SIGN_IN: "Set {lacking} too, or sign in with `nexudus-import login`.",
    Code.NOT_SIGNED_IN: _HOW_TO_SIGN_IN,
    Code.NOBODY_TO_ASK: ("Set NEXUDUS_USERNAME and NEXUDUS_PASSWORD (and NEXUDUS_TOTP), or call it on a terminal."),
    Code.AUTH_UNKNOWN: "Leave NEXUDUS_AUTH out for token.",
    Code.USER_CONTRADICTED: (
        "Set NEXUDUS_PASSWORD too, or leave NEXUDUS_USERNAME out, or sign in anew with `nexudus-import login`."
    ),
    Code.TOKEN_INVALID: _HOW_TO_SIGN_IN,
    Code.TOKEN_FILE_EMPTY: _HOW_TO_SIGN_IN,
    Code.TOKEN_FILE_UNREADABLE: "NEXUDUS_TOKEN_FILE holds the path of a file, not the token itself.",
    Code.PASSWORD_WRONG: "Check NEXUDUS_USERNAME and NEXUDUS_PASSWORD.",
    Code.PASSWORD_MISTYPED: "Try again.",
    Code.PASSWORD_OUTDATED: "Sign in to the website once, and change it.",
    Code.TOTP_NEEDED: "Set NEXUDUS_TOTP to the current code, or sign in once with `nexudus-import login`.",
    Code.TOTP_WRONG: (
        "Take the code that the authenticator shows now; if it never fits, set the clock of this machine or of the "
        "phone."
    ),
    Code.SIGN_IN_REFUSED: _HOW_TO_SIGN_IN,
    Code.SIGN_IN_UNSUPPORTED: "Check --base-url.",
    Code.SIGN_IN_UNAVAILABLE: "Try again later.",
    Code.SIGN_IN_NO_TOKEN: "Check --base-url: what answers there may be no token endpoint.",
    Code.SIGN_IN_EXPIRED: ("Sign in again with `nexudus-import login`; a run is then taken up with `resume --last`."),
    Code.SIGN_IN_BUSY: "Wait for it, or end it; then try again.",
    Code.SIGN_IN_NOT_KEPT: "Make room, or give credentials in the environment.",
    Code.SIGN_IN_UNREADABLE: "Delete the file, then sign in again with `nexudus-import login`.",
    Code.SIGN_IN_FOLDER: "Make the folder writable, or give credentials in the environment.",
    Code.KEYRING_STUCK: (
        "Unlock the keyring and try again, or delete the entry nexudus-import in the system's own program."
    ),
    Code.USER_REFUSED: ("The token is wrong or has expired, or the user lacks the role {role}. Then resume the run."),
    Code.ROLE_MISSING: "The user lacks the role {role}. Have it given, then resume the run.",
    Code.ROLE_LACKED: "Have it given by an administrator of the account.",
    Code.UNDO_ROLE_MISSING: "Give the user the role, then undo the run again.",
}
SOURCES: dict[Code, str | tuple[str, ...]] = {
    Code.SOURCE_UNNAMED: "Name a file, a folder or a pattern; in a script, check that the variable has a value.",
    Code.SOURCE_NOT_FOUND: _or_moved("Check the spelling and the folder you are in."),
    Code.SOURCE_UNREADABLE: _or_moved("Check its permissions."),
    Code.STANDARD_INPUT_GONE: (
        "Standard input cannot be read again: save the same text as a file, and name that with --source PATH."
    ),
    Code.SOURCE_BROKEN_OFF: "Check that the file is complete and that you may read it.",
    Code.SOURCE_EMPTY: _or_moved("Export it again, with a header row and rows."),
    Code.SOURCE_IS_FOLDER: _or_moved("Name the files in it."),
    Code.SOURCE_TWICE: "Name it once.",
    Code.SOURCE_CHANGED: (
        "Restore it; or run the changed file as a new import: rows that this run has created are skipped, and "
        "`nexudus-import report {run_id}` says how its rows stand."
    ),
    Code.SOURCE_NOT_OF_RUN: "Give the file as it was; or import it with `nexudus-import run {first_source}`.",
    Code.SEVERAL_FILES: "Name one of them.",
    Code.FOLDER_WITHOUT_TABLES: "Name the files themselves, or another folder.",
    Code.NO_ROWS: (
        'Take that sheet with --sheet "{sheet}", or add rows below the header.',
        "Add rows below the header, or check --sheet and --header-row.",
    ),
    Code.HEADER_NOT_FOUND: "The first row must name the columns; --header-row N tells where they stand.",
    Code.SHEET_HEADER_NOT_FOUND: "A row must name the columns; --sheet and --header-row tell where it stands.",
    Code.OPTION_UNFIT: "Leave --{option} out.",
    Code.DELIMITER_UNFIT: "Give --delimiter one ASCII character other than a quotation mark, or the word tab.",
    Code.ENCODING_UNKNOWN: (
        "Leave --encoding out to have it found, or name one such as utf-8, utf-16 or windows-1252."
    ),
    Code.ENCODING_WRONG: "Say which it is with --encoding, or save the file as CSV UTF-8.",
    Code.ENCODING_NOT_FOUND: "Export it again as CSV UTF-8; if it is text, say in which encoding with --encoding.",
    Code.FOREIGN_DOCUMENT: "Export the table as .xlsx or CSV UTF-8.",
    Code.FOREIGN_SPREADSHEET: "Open it in a spreadsheet program and save it as .xlsx or CSV UTF-8.",
    Code.FOREIGN_ARCHIVE: "Unpack it and name the files in it.",
    Code.FOREIGN_ARROW: "Read it into a pandas DataFrame and import that, or export it as .xlsx or CSV UTF-8.",
    Code.OPEN_FILE_MARK: "Close the file in the spreadsheet program, and name the file itself, without ~$.",
    Code.ARCHIVE_NOT_ONE_FILE: "Unpack it and name the files to import.",
    Code.FILE_OF_ZEROS: "Copy or export it again.",
    Code.ARCHIVE_DAMAGED: "Check that the file is complete.",
    Code.ARCHIVE_LOCKED: "Unpack it and name the file in it.",
    Code.ARCHIVE_NOT_TEXT: "Unpack it and name the file in it.",
    Code.UNPACKS_TOO_LARGE: (
        "If you trust it, allow it with --max-unpacked {megabytes}MB; else save the rows as a new file."
    ),
    Code.WORKBOOK_FALSE: "Open it in a spreadsheet program and save it again, or export it as CSV UTF-8.",
    Code.WORKBOOK_DAMAGED: _SAVE_AGAIN,
    Code.WORKBOOK_LOCKED: "Save a copy without a password.",
    Code.WORKBOOK_TOO_OLD: "Open it in a spreadsheet program and save it as .xlsx.",
    Code.WORKBOOK_FAR_CELL: (
        "Delete what stands in {cells}, far from the table, and save it again; or save the rows as CSV."
    ),
    Code.WORKBOOK_WITHOUT_SHEETS: "Save it again with the rows in a sheet.",
    Code.OFFICE_DOCUMENT: "Copy the table in it into a workbook, or save it as CSV.",
    Code.APPLE_DOCUMENT: "Export it from there as Excel or CSV.",
    Code.SHEET_UNKNOWN: "It has: {sheets}.",
    Code.SHEET_DAMAGED: "Open the workbook in a spreadsheet program and save it again, as .xlsx or CSV.",
    Code.SEVERAL_SHEETS: (
        "Say which with --sheet NAME, which may be given more than once, or take them all with --sheet all."
    ),
    Code.SEVERAL_TABLES: "Name one of them with --sheet.",
}
COLUMNS: dict[Code, str | tuple[str, ...]] = {
    Code.COLUMNS_MISSING: (
        'Take that sheet with --sheet "{sheet}"; or name the columns with --map "HEADER=FIELD".',
        (
            'Rename the columns, or name them with --map "HEADER=FIELD"; or give the fields a value with --set '
            "FIELD=VALUE or --default FIELD=VALUE. `nexudus-import map` proposes a mapping for columns of another "
            "system."
        ),
    ),
    Code.COLUMNS_UNKNOWN: ("Name the columns as the source does; upper and lower case, spaces, _ and - do not matter."),
    Code.GUESS_REFUSED: (
        "Say it with --encoding, --header-row or --sheet, mend the file, or leave out --strict; "
        '--map "HEADER=" leaves a column out on purpose.'
    ),
    Code.FIELD_UNKNOWN: (
        "Did you mean {nearest}?",
        '`nexudus-import fields` lists them; --map "{header}=", with nothing behind the sign, leaves the column out.',
        "`nexudus-import fields` lists them.",
    ),
    Code.FIELD_TWICE: "Give it one column; a mapping file's [templates] put several together.",
    Code.GIVEN_TWICE: "Give it once.",
    Code.SECRET_GIVEN: "Put it into a column of the source: an option stays in the shell's history.",
    Code.MAPPING_FILE_UNREADABLE: "Check --mapping; `nexudus-import map` writes such a file.",
    Code.MAPPING_FILE_NOT_UTF8: "Save it as UTF-8.",
    Code.MAPPING_FILE_SYNTAX: "Correct that line.",
    Code.MAPPING_FILE_INVALID: "Correct the mapping file; `nexudus-import fields` lists the fields.",
    Code.FILE_EXISTS: "--force writes it anew; -o names another file.",
    Code.FILE_NOT_WRITTEN: "Give another -o.",
    Code.FILE_UNNAMED: "Say with -o where the mapping goes.",
    Code.TEMPLATE_FORM: "End its name in .xlsx or .csv.",
}
RUNS: dict[Code, str | tuple[str, ...]] = {
    Code.RUN_NOT_FOUND: "`nexudus-import runs` lists them.",
    Code.RUN_AMBIGUOUS: "`nexudus-import runs` lists them.",
    Code.RUN_BUSY: "Wait for it, or stop it first.",
    Code.RUN_COMPLETE: "Its reports are in {report_dir}; `nexudus-import report` writes them again.",
    Code.RUN_PRUNED: "What it created is still known, and skipped when it is imported again.",
    Code.RUN_OF_SANDBOX: "To try it, start `nexudus-import sandbox` and run with --base-url.",
    Code.REPORTS_OVER_SOURCE: _ANOTHER_REPORT_DIR,
    Code.REPORTS_FOLDER: _ANOTHER_REPORT_DIR,
    Code.REPORTS_NOT_WRITTEN: "Make room or give another --report-dir, then `nexudus-import report {run_id}`.",
    Code.UNDO_REPORTS_NOT_WRITTEN: "Make room, then undo the run again: nothing is done twice.",
    Code.REPORTS_HOMELESS: "Name a folder with --report-dir, or set HOME or XDG_DATA_HOME.",
    Code.REPORTS_NOT_REMOVED: "Let this user write there, then prune again.",
    Code.ROW_NOT_IN_DOUBT: "`nexudus-import show {run_id}` says how its rows stand.",
    Code.RECORD_TAKEN: "Check the Id; nothing was settled.",
    Code.SETTLEMENTS_UNREADABLE: "Give the {expected} of the run, filled in and saved as CSV (UTF-8).",
    Code.SETTLEMENT_UNCLEAR: "The column {column} takes the record's Id, or the word {missing}.",
    Code.SETTLEMENT_SOURCE: "It has: {sources}.",
    Code.LEDGER_LOCATION: "Check --ledger.",
    Code.LEDGER_HOMELESS: "Name the ledger with --ledger, or set HOME or XDG_DATA_HOME.",
    Code.LEDGER_NOT_OPENED: (
        "Check --ledger; for PostgreSQL install nexudus-import[postgresql] and give postgresql+psycopg://…"
    ),
    Code.LEDGER_TOO_OLD: "Move it away and keep it, or name another one with --ledger.",
    Code.LEDGER_TOO_NEW: "Update nexudus-import, or name another file with --ledger.",
    Code.ENGINE_NOT_INSTALLED: "Install nexudus-import[dask,postgresql], or leave --engine out.",
    Code.ENGINE_NEEDS_POSTGRESQL: (
        "Name a database with --ledger postgresql+psycopg://…; `nexudus-import ledger copy` moves a file there."
    ),
    Code.ENGINE_OUT_OF_REACH: "Leave --scheduler out, so that the workers are on this machine.",
    Code.CLUSTER_UNREACHABLE: f"Check --scheduler and its workers; then {_RESUME}.",
    Code.CLUSTER_BROKEN: f"See the workers' logs; then {_RESUME}.",
    Code.WORKER_DIFFERS: f"Install the same nexudus-import[dask,postgresql] on each worker; then {_RESUME}.",
    Code.LEDGER_MISSING: "Check the first of the two names.",
    Code.LEDGER_NOT_EMPTY: "Name a database or a file that is new; two ledgers cannot be made one.",
    Code.LEDGER_COPY_DIFFERS: "Nothing was kept of the copy. Please report it, with the version.",
    Code.RUN_TAKEN_UP: _and_emergency_report("`nexudus-import runs` lists the runs and who works on them."),
    Code.LEDGER_GONE: _and_emergency_report(
        "Bring the file back from where it went, then `nexudus-import resume --last`."
    ),
    Code.LEDGER_NOT_WRITTEN: _and_emergency_report(
        "Make room or bring the database back, then `nexudus-import resume --last`; nothing is lost."
    ),
}
STOPPED: dict[Code, str | tuple[str, ...]] = {
    Code.TARGET_UNREACHABLE: f"{_RESUME} when it is back.",
    Code.TARGET_SILENT: "Check --base-url and the network, then try again.",
    Code.NOT_THE_ENDPOINT: f"Check --base-url, and what stands between here and there; then {_RESUME}.",
    Code.TARGET_ELSEWHERE: "Check --base-url, and what stands between here and there.",
    Code.LISTING_UNREADABLE: f"Try again later: {_RESUME}; --existing ignore does without.",
    Code.ROWS_UNANSWERED: f"{_RESUME}.",
    Code.ROWS_REFUSED_ALIKE: (
        "Correct the cause, then `nexudus-import resume --last --retry rejected` sends these rows again and goes on. "
        "--stop-after 0 stops for no number of refusals."
    ),
    Code.TOO_MANY_ERRORS: f"See the report; {_RESUME}, and --max-errors says how many are allowed.",
    Code.THROTTLED: "Wait for the quota to renew, then `nexudus-import resume --last`.",
    Code.BUDGET_SPENT: f"{_RESUME}; or leave --on-quota at wait.",
    Code.SITTING_OVER: f"{_RESUME}.",
    Code.STOPPED_ON_REQUEST: f"{_RESUME}.",
    Code.DECLINED: (
        "Run {resumed} stands as it did; --yes goes ahead without asking.",
        "There is nothing to resume; --yes goes ahead without asking.",
    ),
    Code.UNDO_DECLINED: "--yes goes ahead without asking.",
    Code.UNDO_UNANSWERED: "Undo the run again when it is back: what is undone stays undone.",
    Code.ROWS_INVALID: "Correct the rows in rejected.*; or leave --require-valid out to send the valid ones.",
    Code.INBOX_NOT_FOUND: "Check the inbox that was named.",
    Code.INBOX_BUSY: "The next start takes what is left; --lock wait waits instead.",
    Code.INBOX_FOLDER: "Give another --done-dir; `failed` stands beside it.",
    Code.INBOX_FILE_STAYS: ("Let this user write both folders. Until then each start finds its rows, and skips them."),
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
}
CHECKED: dict[Code, str | tuple[str, ...]] = {
    Code.RUN_UNFINISHED: _SHOW,
    Code.ROWS_REFUSED: _SHOW,
    Code.ROWS_IN_DOUBT: _SHOW,
    Code.EVERY_CALL_REFUSED: (
        "Sign in again with `nexudus-import login`; else have the user given EmailAccount roles."
    ),
    Code.PROBE_CREATED: "Delete that record there, and use --read-only.",
    Code.CLOCK_IMPLAUSIBLE: "Set the clock of this machine, if it is the wrong one.",
    Code.CLOCK_APART: (
        "Runs cope with that; an authenticator's codes from this machine may be refused. Set its clock."
    ),
    Code.BUDGET_EMPTY: "The next call is due in {wait}; a run waits by itself, unless --on-quota is stop.",
    Code.CHECKED_ROWS_INVALID: "`nexudus-import validate` with the same file and options lists everything.",
}
HINTS = PROGRAM | SETTINGS | SIGNING_IN | SOURCES | COLUMNS | RUNS | STOPPED | CHECKED
FOR_NOTICES = {"header-row": " with --header-row N", "encoding": " with --encoding"}
"""How to say otherwise than a notice does, by its code; stands right behind its message."""
PRUNED_ALL_THE_SAME = {"IN_DOUBT": ": `resume` or `settle` it first", "OPEN": "; --unfinished forgets it"}
"""What to do about a run that is kept, by the name of the reason; stands right behind it."""
NEEDS_NONE = {
    Code.NO_RUN: "the message says all",
    Code.RUN_OVERDUE: "the message says all",
    Code.SETTING_OUT_OF_BOUNDS: "only a program in Python meets it, and the message says what is allowed",
    Code.NOTHING_TO_IMPORT: "only a program in Python meets it",
    Code.NOT_A_SOURCE: "only a program in Python meets it",
    Code.FRAME_WITHOUT_COLUMNS: "only a program in Python meets it",
    Code.FRAME_LEVELS: "only a program in Python meets it, and the message says how to mend it",
    Code.FRAME_CELL: "only a program in Python meets it, and the message says what a cell can be",
    Code.RUN_NOT_ENDED: "only a program in Python meets it, and the message says what to call",
    Code.ROWS_TAKEN: "only a program in Python meets it, and the message says what to call",
}
"""Codes without a hint, and why."""
