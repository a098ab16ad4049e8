"""The codes of findings: what scripts tell them apart by, while words may change. Imports nothing of the project."""

from __future__ import annotations

from enum import StrEnum


class FindingCode(StrEnum):
    """One kind of finding each; a code that was released keeps its meaning."""

    # Cells.
    REQUIRED = "required"
    BLANK = "blank"
    NOT_AN_INTEGER = "not-an-integer"
    OUT_OF_RANGE = "out-of-range"
    NOT_A_BOOLEAN = "not-a-boolean"
    NUL_CHARACTER = "nul-character"
    DATE_NOT_READ = "date-not-read"
    READ_AS_NUMBER = "read-as-number"
    APOSTROPHE = "apostrophe"
    NOT_AN_ADDRESS = "not-an-address"
    NOT_A_PORT = "not-a-port"
    UNLISTED_VALUE = "unlisted-value"
    NOT_A_HOST = "not-a-host"
    LOOK_ALIKE = "look-alike"
    GARBLED = "garbled"
    WRITTEN_IN_CODES = "written-in-codes"
    ERROR_TEXT = "error-text"
    TEXT_FORMULA = "text-formula"
    INVISIBLE_ENDS = "invisible-ends"
    INVISIBLE_INSIDE = "invisible-inside"
    REPEATED_KEY = "repeated-key"
    ERROR_CELL = "error-cell"
    FORMULA_WITHOUT_VALUE = "formula-without-value"
    ENCODING = "encoding"

    # Rows.
    RAGGED = "ragged"
    QUOTES_REPAIRED = "quotes-repaired"
    QUOTES_BROKEN = "quotes-broken"
    UNCLOSED_QUOTE = "unclosed-quote"
    WHOLE_ROW = "whole-row"
    SECOND_HEADER = "second-header"
    TOTAL = "total"
    FOOTNOTE = "footnote"
    TITLE = "title"
    RULE = "rule"
    STRAY = "stray"
    ZEROS = "zeros"
    END_OF_FILE = "end-of-file"

    # Sources.
    HEADER_ROW = "header-row"
    SHEET_CHOSEN = "sheet-chosen"
    SHEETS_LEFT_OUT = "sheets-left-out"
    SHEET_THAT_FITS = "sheet-that-fits"
    FILES_LEFT_OUT = "files-left-out"
    HIDDEN_ROWS = "hidden-rows"
    HIDDEN_COLUMNS = "hidden-columns"
    MERGED_CELLS = "merged-cells"
    FORMULAS_NOT_CALCULATED = "formulas-not-calculated"
    COLUMNS_WITHOUT_HEADER = "columns-without-header"
    COLUMNS_NOT_IMPORTED = "columns-not-imported"

    # The endpoint.
    REFUSED = "refused"


MEANINGS = {
    FindingCode.REQUIRED: "A cell that the endpoint requires is blank.",
    FindingCode.BLANK: "A cell is blank that newer pages of the documentation require.",
    FindingCode.NOT_AN_INTEGER: "A cell holds no integer, nor the name of a documented value.",
    FindingCode.OUT_OF_RANGE: "An integer does not fit into the field's width.",
    FindingCode.NOT_A_BOOLEAN: "A cell holds neither of the words for true and false.",
    FindingCode.NUL_CHARACTER: "A cell holds a NUL character.",
    FindingCode.DATE_NOT_READ: "A date was not understood.",
    FindingCode.READ_AS_NUMBER: "A number had digits of another script, or might be a thousand.",
    FindingCode.APOSTROPHE: "A value had the apostrophe before it that marks text in spreadsheet programs.",
    FindingCode.NOT_AN_ADDRESS: "A cell does not look like an e-mail address.",
    FindingCode.NOT_A_PORT: "A number is not a port between 1 and 65535.",
    FindingCode.UNLISTED_VALUE: "A number is none of the documented values.",
    FindingCode.NOT_A_HOST: "A cell does not look like the name of a host.",
    FindingCode.LOOK_ALIKE: "An address or a host has letters that only look like the usual ones.",
    FindingCode.GARBLED: "Text was read in a wrong encoding before it came, or has lost letters.",
    FindingCode.WRITTEN_IN_CODES: "Text is written in the codes of web pages, links, programs or mails.",
    FindingCode.ERROR_TEXT: "A cell holds the text that a spreadsheet program writes for an error.",
    FindingCode.TEXT_FORMULA: 'A text was written as a formula such as ="007".',
    FindingCode.INVISIBLE_ENDS: "Characters that cannot be seen were taken off a cell's ends.",
    FindingCode.INVISIBLE_INSIDE: "Characters that cannot be seen stand inside a cell where each one counts.",
    FindingCode.REPEATED_KEY: "The row has the key of an earlier row.",
    FindingCode.ERROR_CELL: "A workbook's cell holds an error such as #N/A.",
    FindingCode.FORMULA_WITHOUT_VALUE: "A workbook's cell holds a formula without a stored value.",
    FindingCode.ENCODING: "The encoding of a file, a row or a cell was guessed, or bytes do not belong to it.",
    FindingCode.RAGGED: "A row has more or fewer cells than the header.",
    FindingCode.QUOTES_REPAIRED: "Quotation marks in a quoted cell are not written twice; it was read all the same.",
    FindingCode.QUOTES_BROKEN: "Quotation marks leave open where a row's cells end.",
    FindingCode.UNCLOSED_QUOTE: "A quotation mark of the row is never closed.",
    FindingCode.WHOLE_ROW: "A cell holds a whole row, or the row's cells are not set apart as the header's are.",
    FindingCode.SECOND_HEADER: "A line repeats the header, or looks like a second line of it.",
    FindingCode.TOTAL: "A line looks like a total.",
    FindingCode.FOOTNOTE: "A line looks like a note.",
    FindingCode.TITLE: "A line looks like the title of a section.",
    FindingCode.RULE: "A line is drawn in the table.",
    FindingCode.STRAY: "A line holds nothing below a header.",
    FindingCode.ZEROS: "The rest of the file is zeros.",
    FindingCode.END_OF_FILE: "A line is the end-of-file mark of an old program.",
    FindingCode.HEADER_ROW: "The header was found below other lines.",
    FindingCode.SHEET_CHOSEN: "A sheet other than the first was taken.",
    FindingCode.SHEETS_LEFT_OUT: "Sheets with rows are not imported.",
    FindingCode.SHEET_THAT_FITS: "Another sheet than the one taken names fields.",
    FindingCode.FILES_LEFT_OUT: "Files of an archive are not imported.",
    FindingCode.HIDDEN_ROWS: "Hidden rows are imported like the others.",
    FindingCode.HIDDEN_COLUMNS: "Hidden columns are imported like the others.",
    FindingCode.MERGED_CELLS: "Merged cells have a value in the first of them only.",
    FindingCode.FORMULAS_NOT_CALCULATED: "The workbook was never calculated.",
    FindingCode.COLUMNS_WITHOUT_HEADER: "Columns that hold something have no header.",
    FindingCode.COLUMNS_NOT_IMPORTED: "Columns are no fields of the endpoint.",
    FindingCode.REFUSED: "The endpoint refused the value; the words are its own.",
}
