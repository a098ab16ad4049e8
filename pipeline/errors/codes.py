"""The codes of errors: what scripts and programs tell them apart by, while words may change.

`docs/errors.md` is made of this list, of where each code is raised and of `cli.hints`. May import `exit_codes`.
"""

from enum import StrEnum
from typing import Self

from pipeline.errors.exit_codes import ExitCode as Exit


class Code(StrEnum):
    """One kind of error each; a code that was released keeps its meaning.

    Attributes:
        exit_code: How a command ends for it.
        meaning: What has happened, in one sentence.
    """

    exit_code: Exit
    meaning: str

    def __new__(cls, value: str, exit_code: Exit, meaning: str) -> Self:
        """A code of that text."""
        one = str.__new__(cls, value)
        one._value_, one.exit_code, one.meaning = value, exit_code, meaning
        return one

    # The program itself.
    DEFECT = "defect", Exit.DEFECT, "A mistake in this program."
    ROW_DEFECT = "row-defect", Exit.DEFECT, "A mistake in this program, at one row; the run ended in good order."
    COUNTS_DIFFER = "counts-differ", Exit.DEFECT, "The rows that were read and those in the ledger do not add up."
    ILLEGAL_TRANSITION = "illegal-transition", Exit.DEFECT, "A row was about to take a status that may not follow."
    INSTALLATION_INCOMPLETE = "installation-incomplete", Exit.DEFECT, "Something that this program needs is missing."
    NAME_IN_THE_WAY = "name-in-the-way", Exit.USAGE, "A file of the same name as a part of this program is found first."
    OUTPUT_NOT_WRITTEN = "output-not-written", Exit.USAGE, "What a command prints cannot be written where it goes."
    USAGE = "usage", Exit.USAGE, "An option or an argument of the command line is wrong."
    INTERRUPTED = "interrupted", Exit.STOPPED, "A command was interrupted outside of a run at work."
    STOPPED_ON_REQUEST = "stopped-on-request", Exit.STOPPED, "Ctrl-C, SIGTERM or a program stopped the run."

    # Settings.
    BASE_URL_INVALID = "base-url-invalid", Exit.USAGE, "The base URL is not an http(s) URL."
    BASE_URL_UNSAFE = "base-url-unsafe", Exit.USAGE, "Plain http to another machine: the token would travel in clear."
    BASE_URL_WITH_PASSWORD = "base-url-with-password", Exit.USAGE, "The base URL holds a user name or a password."
    PROXY_INVALID = "proxy-invalid", Exit.USAGE, "The proxy that the environment names is not an http(s) URL."
    CERTIFICATES_INVALID = "certificates-invalid", Exit.USAGE, "The certificates that are to be trusted cannot be used."
    CONFIG_FILE_MISSING = "config-file-missing", Exit.USAGE, "A profile was asked for, and there is no settings file."
    CONFIG_FILE_UNREADABLE = "config-file-unreadable", Exit.USAGE, "The settings file cannot be read."
    CONFIG_FILE_SYNTAX = "config-file-syntax", Exit.USAGE, "The settings file is not TOML."
    VARIABLE_UNKNOWN = "variable-unknown", Exit.USAGE, "An environment variable is nearly, but not quite, an option's."
    CONFIG_FILE_INVALID = "config-file-invalid", Exit.USAGE, "The settings file holds something that is no option."
    PROFILE_UNKNOWN = "profile-unknown", Exit.USAGE, "The settings file has no such profile."
    PROFILE_NO_TABLE = "profile-no-table", Exit.USAGE, "A profile of the settings file is not a table of options."
    SETTING_UNFIT = "setting-unfit", Exit.USAGE, "A value of the settings file, or of the environment, does not fit."
    SETTING_NOT_BOOLEAN = "setting-not-boolean", Exit.USAGE, "A value of the settings file is neither true nor false."
    SETTING_OUT_OF_BOUNDS = "setting-out-of-bounds", Exit.USAGE, "A setting of a configuration in Python is too much."
    LIMITS_FILE_UNREADABLE = "limits-file-unreadable", Exit.USAGE, "The file of rate limits cannot be read."
    LIMITS_FILE_SYNTAX = "limits-file-syntax", Exit.USAGE, "The file of rate limits is not TOML."
    LIMITS_FILE_INVALID = "limits-file-invalid", Exit.USAGE, "The file of rate limits holds something else."
    CHANGES_UNREHEARSED = "changes-unrehearsed", Exit.USAGE, "A run that would change records cannot be rehearsed."
    SANDBOX_NOT_LOCAL = "sandbox-not-local", Exit.USAGE, "The sandbox was to serve other machines."
    PORT_UNAVAILABLE = "port-unavailable", Exit.USAGE, "The sandbox cannot have the port."

    # Signing in.
    HALF_A_SIGN_IN = (
        "half-a-sign-in",
        Exit.SIGN_IN,
        "The environment has a user name without a password, or the reverse.",
    )
    NOT_SIGNED_IN = "not-signed-in", Exit.SIGN_IN, "There are no credentials."
    NOBODY_TO_ASK = "nobody-to-ask", Exit.SIGN_IN, "Credentials were to be typed, and there is no terminal."
    AUTH_UNKNOWN = "auth-unknown", Exit.USAGE, "The way to sign in is neither `token` nor `basic`."
    USER_CONTRADICTED = "user-contradicted", Exit.USAGE, "The environment names another user than is signed in."
    TOKEN_INVALID = "token-invalid", Exit.SIGN_IN, "What was given holds no token."
    TOKEN_LATE = "token-late", Exit.SIGN_IN, "There was no new token when calls were refused with the old one."
    TOKEN_FILE_EMPTY = "token-file-empty", Exit.SIGN_IN, "The token file is empty."
    TOKEN_FILE_UNREADABLE = "token-file-unreadable", Exit.USAGE, "The token file cannot be read."
    PASSWORD_WRONG = "password-wrong", Exit.SIGN_IN, "The user name or the password is wrong."
    PASSWORD_MISTYPED = "password-mistyped", Exit.SIGN_IN, "What was typed was not accepted."
    PASSWORD_OUTDATED = "password-outdated", Exit.SIGN_IN, "The password has to be changed first."
    TOTP_NEEDED = "totp-needed", Exit.SIGN_IN, "The user has two-factor authentication, and no code was given."
    TOTP_WRONG = "totp-wrong", Exit.SIGN_IN, "The code of the second factor is wrong or too old."
    SIGN_IN_REFUSED = "sign-in-refused", Exit.SIGN_IN, "The target does not let this program or this user sign in."
    SIGN_IN_UNSUPPORTED = "sign-in-unsupported", Exit.SIGN_IN, "The target does not understand how we sign in."
    SIGN_IN_UNAVAILABLE = "sign-in-unavailable", Exit.SIGN_IN, "The target's sign-in is out of order."
    SIGN_IN_NO_TOKEN = "sign-in-no-token", Exit.SIGN_IN, "The sign-in was answered without a token."
    SIGN_IN_EXPIRED = "sign-in-expired", Exit.SIGN_IN, "The sign-in that was kept has ended."
    SIGN_IN_BUSY = "sign-in-busy", Exit.STOPPED, "Another process has been renewing the sign-in for minutes."
    SIGN_IN_NOT_KEPT = "sign-in-not-kept", Exit.USAGE, "The sign-in cannot be kept."
    SIGN_IN_UNREADABLE = "sign-in-unreadable", Exit.USAGE, "The file of sign-ins cannot be read."
    SIGN_IN_FOLDER = "sign-in-folder", Exit.USAGE, "The folder of sign-ins cannot be written."
    KEYRING_STUCK = "keyring-stuck", Exit.USAGE, "The system's keyring does not delete a sign-in."
    USER_REFUSED = "user-refused", Exit.SIGN_IN, "The target refuses the user or the token."
    ROLE_MISSING = "role-missing", Exit.SIGN_IN, "The user lacks a role."
    ROLE_LACKED = "role-lacked", Exit.SIGN_IN, "The user lacks a role, as was seen before a run."
    UNDO_ROLE_MISSING = "undo-role-missing", Exit.SIGN_IN, "The user lacks the role to take back what the run did."

    # Sources.
    SOURCE_UNNAMED = "source-unnamed", Exit.USAGE, "The name of a source is empty."
    SOURCE_NOT_FOUND = "source-not-found", Exit.SOURCE, "No file has the name or matches the pattern."
    SOURCE_UNREADABLE = "source-unreadable", Exit.SOURCE, "The system does not let the file be read."
    STANDARD_INPUT_GONE = "standard-input-gone", Exit.SOURCE, "What a run read from standard input is no longer kept."
    SOURCE_BROKEN_OFF = "source-broken-off", Exit.SOURCE, "The file could not be read to its end."
    SOURCE_EMPTY = "source-empty", Exit.SOURCE, "The file has no content."
    SOURCE_IS_FOLDER = "source-is-folder", Exit.SOURCE, "A folder stands where a file is meant."
    SOURCE_TWICE = "source-twice", Exit.USAGE, "A file was named twice."
    SOURCE_CHANGED = "source-changed", Exit.SOURCE, "A file has changed since the run read it."
    SOURCE_NOT_OF_RUN = "source-not-of-run", Exit.SOURCE, "A file is not what the run read."
    SEVERAL_FILES = "several-files", Exit.USAGE, "A folder or pattern stands for several files where one is needed."
    FOLDER_WITHOUT_TABLES = "folder-without-tables", Exit.SOURCE, "The folder holds no file that can be read."
    NO_ROWS = "no-rows", Exit.SOURCE, "There is a header, but no row below it."
    HEADER_NOT_FOUND = "header-not-found", Exit.SOURCE, "No row of the text file names the columns."
    SHEET_HEADER_NOT_FOUND = "sheet-header-not-found", Exit.SOURCE, "No row of the sheet names the columns."
    OPTION_UNFIT = "option-unfit", Exit.USAGE, "An option was given that this kind of source does not have."
    DELIMITER_UNFIT = "delimiter-unfit", Exit.USAGE, "The delimiter cannot stand between cells."
    ENCODING_UNKNOWN = "encoding-unknown", Exit.USAGE, "There is no encoding of that name."
    ENCODING_WRONG = "encoding-wrong", Exit.SOURCE, "The file is not text in the encoding that was given."
    ENCODING_NOT_FOUND = "encoding-not-found", Exit.SOURCE, "The file is not text in any encoding that is known."
    FOREIGN_DOCUMENT = "foreign-document", Exit.SOURCE, "The file is a document of another kind."
    FOREIGN_SPREADSHEET = "foreign-spreadsheet", Exit.SOURCE, "The file is a table as web page or XML."
    FOREIGN_ARCHIVE = "foreign-archive", Exit.SOURCE, "The file is an archive that cannot be looked into."
    FOREIGN_ARROW = "foreign-arrow", Exit.SOURCE, "The file is an Arrow file that this program has not written."
    OPEN_FILE_MARK = "open-file-mark", Exit.SOURCE, "The file is a spreadsheet program's mark, not a table."
    ARCHIVE_NOT_ONE_FILE = "archive-not-one-file", Exit.SOURCE, "The archive holds no file, or none that is text."
    FILE_OF_ZEROS = "file-of-zeros", Exit.SOURCE, "The file holds zeros only."
    ARCHIVE_DAMAGED = "archive-damaged", Exit.SOURCE, "The archive cannot be read."
    ARCHIVE_LOCKED = "archive-locked", Exit.SOURCE, "The archive is protected by a password."
    ARCHIVE_NOT_TEXT = "archive-not-text", Exit.SOURCE, "The file in the archive is not text."
    UNPACKS_TOO_LARGE = "unpacks-too-large", Exit.SOURCE, "The file would unpack to more bytes than are allowed."
    WORKBOOK_FALSE = "workbook-false", Exit.SOURCE, "The file has the name of a workbook and is none."
    WORKBOOK_DAMAGED = "workbook-damaged", Exit.SOURCE, "The workbook is damaged."
    WORKBOOK_LOCKED = "workbook-locked", Exit.SOURCE, "The workbook is protected by a password."
    WORKBOOK_TOO_OLD = "workbook-too-old", Exit.SOURCE, "The workbook is of Excel 4 or older."
    WORKBOOK_FAR_CELL = "workbook-far-cell", Exit.SOURCE, "A cell far from the table makes a sheet too large."
    WORKBOOK_WITHOUT_SHEETS = "workbook-without-sheets", Exit.SOURCE, "The workbook has no sheets."
    OFFICE_DOCUMENT = "office-document", Exit.SOURCE, "The file is an office document other than a workbook."
    APPLE_DOCUMENT = "apple-document", Exit.SOURCE, "The file is a document of Numbers, Pages or Keynote."
    SHEET_UNKNOWN = "sheet-unknown", Exit.USAGE, "The workbook or archive has no sheet or file of that name or number."
    SHEET_DAMAGED = "sheet-damaged", Exit.SOURCE, "The sheet cannot be read."
    SEVERAL_SHEETS = "several-sheets", Exit.USAGE, "Several sheets of a workbook could be meant."
    SEVERAL_TABLES = "several-tables", Exit.USAGE, "A mapping was asked for several tables at once."
    NOTHING_TO_IMPORT = "nothing-to-import", Exit.USAGE, "A program gave neither a file nor a DataFrame."
    NOT_A_SOURCE = "not-a-source", Exit.USAGE, "A program gave something that is neither a file nor a DataFrame."
    FRAME_WITHOUT_COLUMNS = "frame-without-columns", Exit.SOURCE, "The DataFrame has no columns."
    FRAME_LEVELS = "frame-levels", Exit.SOURCE, "The DataFrame's columns have names of several levels."
    FRAME_CELL = "frame-cell", Exit.SOURCE, "A cell of the DataFrame holds what no table of text can hold."

    # Columns and fields.
    COLUMNS_MISSING = "columns-missing", Exit.SOURCE, "A required field has no column, or a header is ambiguous."
    COLUMNS_UNKNOWN = "columns-unknown", Exit.USAGE, "A mapping names a column that the source does not have."
    GUESS_REFUSED = "guess-refused", Exit.SOURCE, "Something was guessed or passed over, and that was not allowed."
    FIELD_UNKNOWN = "field-unknown", Exit.USAGE, "The endpoint has no such field."
    FIELD_TWICE = "field-twice", Exit.USAGE, "A field was given two columns."
    GIVEN_TWICE = "given-twice", Exit.USAGE, "A column or a field's value was given twice."
    SECRET_GIVEN = "secret-given", Exit.USAGE, "A secret was to be the value of all rows."
    MAPPING_FILE_UNREADABLE = "mapping-file-unreadable", Exit.USAGE, "The mapping file cannot be read."
    MAPPING_FILE_NOT_UTF8 = "mapping-file-not-utf8", Exit.USAGE, "The mapping file is not UTF-8 text."
    MAPPING_FILE_SYNTAX = "mapping-file-syntax", Exit.USAGE, "The mapping file is not TOML."
    MAPPING_FILE_INVALID = "mapping-file-invalid", Exit.USAGE, "The mapping file says what does not fit the endpoint."

    # Files that are written for a person.
    FILE_EXISTS = "file-exists", Exit.USAGE, "The file is there already."
    FILE_NOT_WRITTEN = "file-not-written", Exit.USAGE, "The file cannot be written."
    FILE_UNNAMED = "file-unnamed", Exit.USAGE, "Standard input has no name to call the mapping file by."
    TEMPLATE_FORM = "template-form", Exit.USAGE, "The name of the template says no form."

    # Runs and their reports.
    RUN_NOT_FOUND = "run-not-found", Exit.USAGE, "The ledger knows no such run."
    RUN_AMBIGUOUS = "run-ambiguous", Exit.USAGE, "Several runs have a name that begins so."
    RUN_BUSY = "run-busy", Exit.USAGE, "Another process works on the run."
    RUN_COMPLETE = "run-complete", Exit.USAGE, "The run has nothing left to resume."
    RUN_PRUNED = "run-pruned", Exit.USAGE, "The rows of the run are forgotten."
    RUN_OF_SANDBOX = "run-of-sandbox", Exit.USAGE, "The run's target was an embedded sandbox, which is gone."
    RUN_NOT_ENDED = "run-not-ended", Exit.USAGE, "A program asked for the result of a run that goes on."
    ROWS_TAKEN = "rows-taken", Exit.USAGE, "A program took the rows of a run a second time."
    REPORTS_OVER_SOURCE = "reports-over-source", Exit.USAGE, "The reports would overwrite a source."
    REPORTS_FOLDER = "reports-folder", Exit.USAGE, "The folder of the reports cannot be written."
    REPORTS_CUT_OFF = "reports-cut-off", Exit.STOPPED, "A run has ended, but somebody ended the writing of its reports."
    REPORTS_NOT_WRITTEN = "reports-not-written", Exit.USAGE, "The reports could not be written to their end."
    UNDO_REPORTS_NOT_WRITTEN = (
        "undo-reports-not-written",
        Exit.USAGE,
        "The reports of what was taken back could not be written.",
    )
    REPORTS_HOMELESS = "reports-homeless", Exit.USAGE, "There is no place for reports."
    REPORTS_NOT_REMOVED = "reports-not-removed", Exit.USAGE, "Old reports cannot be removed."

    # Rows in doubt, settled by a person.
    ROW_NOT_IN_DOUBT = "row-not-in-doubt", Exit.USAGE, "The row is not in doubt, or is not one of the run's."
    RECORD_TAKEN = "record-taken", Exit.USAGE, "The record belongs to another row."
    SETTLEMENTS_UNREADABLE = "settlements-unreadable", Exit.SOURCE, "The file with a person's word cannot be read."
    SETTLEMENT_UNCLEAR = "settlement-unclear", Exit.SOURCE, "A line of that file says neither an Id nor `missing`."
    SETTLEMENT_SOURCE = "settlement-source", Exit.USAGE, "The run has no source of that name."

    # The ledger.
    LEDGER_LOCATION = "ledger-location", Exit.USAGE, "The ledger's location is neither a path nor a database URL."
    LEDGER_HOMELESS = "ledger-homeless", Exit.USAGE, "There is no place for the ledger."
    LEDGER_NOT_OPENED = "ledger-not-opened", Exit.USAGE, "The ledger cannot be opened."
    LEDGER_NOT_THERE = "ledger-not-there", Exit.USAGE, "There is no ledger at that place."
    LEDGER_UNREACHABLE = "ledger-unreachable", Exit.STOPPED, "The ledger's database does not answer."
    LEDGER_TOO_OLD = "ledger-too-old", Exit.USAGE, "The ledger was made before the first release."
    LEDGER_TOO_NEW = "ledger-too-new", Exit.USAGE, "A newer version wrote the ledger."
    LEDGER_GONE = "ledger-gone", Exit.STOPPED, "The ledger's file is no longer where it was."
    ENGINE_NOT_INSTALLED = "engine-not-installed", Exit.USAGE, "Dask, or what it needs, is not installed."
    ENGINE_NEEDS_POSTGRESQL = "engine-needs-postgresql", Exit.USAGE, "Dask's workers cannot share a SQLite ledger."
    ENGINE_OUT_OF_REACH = "engine-out-of-reach", Exit.USAGE, "Workers elsewhere cannot reach what is in this process."
    CLUSTER_UNREACHABLE = "cluster-unreachable", Exit.STOPPED, "The Dask cluster cannot be reached or has no workers."
    CLUSTER_BROKEN = "cluster-broken", Exit.STOPPED, "The Dask cluster gave up the work it was given."
    WORKER_DIFFERS = "worker-differs", Exit.STOPPED, "A Dask worker has another version, or lacks a part."
    LEDGER_MISSING = "ledger-missing", Exit.USAGE, "There is no ledger to copy from."
    LEDGER_NOT_EMPTY = "ledger-not-empty", Exit.USAGE, "The ledger to copy to is not empty."
    LEDGER_COPY_DIFFERS = "ledger-copy-differs", Exit.DEFECT, "The copy of a ledger is not what was copied."
    RUN_TAKEN_UP = "run-taken-up", Exit.STOPPED, "The ledger was away, and another process has taken up the run."
    LEDGER_NOT_WRITTEN = "ledger-not-written", Exit.STOPPED, "The ledger cannot be written."

    # Why a run stopped early.
    TARGET_UNREACHABLE = "target-unreachable", Exit.STOPPED, "The target cannot be reached in the midst of a run."
    TARGET_SILENT = "target-silent", Exit.STOPPED, "The target does not answer at the start."
    NOT_THE_ENDPOINT = "not-the-endpoint", Exit.STOPPED, "What answers is not the endpoint."
    TARGET_ELSEWHERE = "target-elsewhere", Exit.STOPPED, "What answers is not the endpoint, as was seen before a run."
    NOT_LOOKED_UP = "not-looked-up", Exit.STOPPED, "What exists could not be looked up, so that nothing was begun."
    LISTING_UNREADABLE = "listing-unreadable", Exit.STOPPED, "The target does not list what exists there."
    ROWS_UNANSWERED = "rows-unanswered", Exit.STOPPED, "Too many rows one after another had no readable answer."
    ROWS_REFUSED_ALIKE = "rows-refused-alike", Exit.STOPPED, "Too many rows one after another were refused alike."
    TOO_MANY_ERRORS = "too-many-errors", Exit.STOPPED, "More rows could not be imported than was allowed."
    THROTTLED = "throttled", Exit.STOPPED, "The target has throttled every call for minutes."
    BUDGET_SPENT = "budget-spent", Exit.STOPPED, "The budget of calls is spent, and was not to be waited for."
    SITTING_OVER = "sitting-over", Exit.STOPPED, "The time that was given is over."
    DECLINED = "declined", Exit.STOPPED, "Nobody said yes to what was about to be sent."
    UNDO_DECLINED = "undo-declined", Exit.STOPPED, "Nobody said yes to what was about to be taken back."
    UNDO_UNANSWERED = "undo-unanswered", Exit.STOPPED, "The target does not answer while a run is taken back."
    ROWS_INVALID = "rows-invalid", Exit.ROWS_REFUSED, "Rows are invalid, and all were required to be valid."

    # The inbox.
    INBOX_NOT_FOUND = "inbox-not-found", Exit.SOURCE, "There is no such file or folder."
    INBOX_BUSY = "inbox-busy", Exit.STOPPED, "Another start is at work on the inbox."
    INBOX_FOLDER = "inbox-folder", Exit.USAGE, "The folder for files that are done cannot be made or written."
    INBOX_FILE_STAYS = "inbox-file-stays", Exit.USAGE, "A file was imported and cannot be moved."

    # Who is told.
    NOTIFY_MISSING = "notify-missing", Exit.USAGE, "Apprise, which tells people, is not installed."
    NOTIFY_URL = "notify-url", Exit.USAGE, "An address to tell people at is not one that Apprise knows."
    HEARTBEAT_URL = "heartbeat-url", Exit.USAGE, "The address of the dead man's switch is not an http one."
    PROGRAM_UNREADABLE = "program-unreadable", Exit.USAGE, "The program to start at the end cannot be read."
    PROGRAM_MISSING = "program-missing", Exit.USAGE, "No program is named that could be started at the end."
    METRICS_MISSING = "metrics-missing", Exit.USAGE, "prometheus-client, which writes metrics, is not installed."

    # What a look at the newest run finds.
    NO_RUN = "no-run", Exit.STOPPED, "The ledger has no run like that."
    RUN_OVERDUE = "run-overdue", Exit.STOPPED, "The newest run is longer ago than was allowed."
    START_WENT_WRONG = "start-went-wrong", Exit.STOPPED, "The last start ended with another exit code than 0, this one."
    RUN_UNFINISHED = "run-unfinished", Exit.STOPPED, "The newest run stopped or was killed before its end."
    ROWS_REFUSED = "rows-refused", Exit.ROWS_REFUSED, "Rows of the newest run are invalid, rejected or failed."
    ROWS_IN_DOUBT = "rows-in-doubt", Exit.IN_DOUBT, "Rows of the newest run are in doubt."

    # What `check` finds beside these.
    EVERY_CALL_REFUSED = "every-call-refused", Exit.SIGN_IN, "The target refuses every call that was tried."
    PROBE_CREATED = "probe-created", Exit.STOPPED, "The target created a record from an empty object."
    CLOCK_IMPLAUSIBLE = "clock-implausible", Exit.STOPPED, "The target's clock is more than a day off."
    CLOCK_APART = "clock-apart", Exit.OK, "The target's clock and this machine's differ by minutes."
    BUDGET_EMPTY = "budget-empty", Exit.STOPPED, "No call that changes something is left for now."
    CHECKED_ROWS_INVALID = "checked-rows-invalid", Exit.ROWS_REFUSED, "Rows of the file are not valid."
