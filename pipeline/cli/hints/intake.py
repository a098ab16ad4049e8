"""What to do next about sources, their columns and mapping files. May import `errors`."""

from __future__ import annotations

from pipeline.errors import Code

_SAVE_AGAIN = "Open it in a spreadsheet program and save it again, as .xlsx or CSV."


def _or_moved(text: str) -> tuple[str, ...]:
    """What to do about a source; one of a run that is taken up may have moved since."""
    return f"{text} If it has moved since run {{run_id}} read it, `--source PATH` names its new place.", text


HINTS: dict[Code, str | tuple[str, ...]] = {
    # Sources.
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
    # Columns and fields.
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
    # Files that are written for a person.
    Code.FILE_EXISTS: "--force writes it anew; -o names another file.",
    Code.FILE_NOT_WRITTEN: "Give another -o.",
    Code.TEMPLATE_FORM: "End its name in .xlsx or .csv.",
}
FOR_NOTICES = {"header-row": " with --header-row N", "encoding": " with --encoding"}
"""How to say otherwise than a notice does, by its code; stands right behind its message."""
