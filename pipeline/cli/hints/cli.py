"""What to do next about what the command line itself finds wrong. May import `errors`."""

from __future__ import annotations

from pipeline.errors import Code

_LIMITS = 'Each limit is [[limit]] with calls = 60, seconds = 60 and, if it counts all calls, scope = "all".'

HINTS: dict[Code, str | tuple[str, ...]] = {
    # The program itself.
    Code.DEFECT: "Run it again with --verbose and report the traceback, without the data. Nothing sent is lost.",
    Code.INSTALLATION_INCOMPLETE: "Install it again, in an environment of its own: see the README.",
    Code.NAME_IN_THE_WAY: (
        "Rename it, or start nexudus-import from another folder and without PYTHONPATH: as the installed command "
        "it does not look into the folder you are in."
    ),
    Code.OUTPUT_NOT_WRITTEN: (
        "Make room, or send it elsewhere. Nothing else is lost: `nexudus-import runs` shows what was done."
    ),
    Code.USAGE: "See --help.",
    Code.INTERRUPTED: "If rows were being sent: `nexudus-import runs` shows what can be resumed.",
    # Settings.
    Code.CONFIG_FILE_MISSING: "Write {expected}, or name the file with --config.",
    Code.CONFIG_FILE_UNREADABLE: "Check --config.",
    Code.CONFIG_FILE_SYNTAX: "Correct that line.",
    Code.VARIABLE_UNKNOWN: "Correct its name, or take it out: what it says would not count.",
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
    Code.SANDBOX_NOT_LOCAL: "Use 127.0.0.1.",
    Code.PORT_UNAVAILABLE: "Choose another --port, or 0 for any free one.",
    # Signing in.
    Code.NOBODY_TO_ASK: ("Set NEXUDUS_USERNAME and NEXUDUS_PASSWORD (and NEXUDUS_TOTP), or call it on a terminal."),
    # Sources.
    Code.SEVERAL_FILES: "Name one of them.",
    # Files that are written for a person.
    Code.FILE_UNNAMED: "Say with -o where the mapping goes.",
    Code.LEDGER_NOT_THERE: "Check --ledger: the first run that names it makes it.",
}
