"""Workbooks as spreadsheet programs and libraries write them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import xlwt

from tests.support.case_files.packages import (
    CURRENCY,
    DATE,
    MOMENT,
    PERCENT,
    TEXT,
    ZIP_CODE,
    Xml,
    formula,
    number,
    ods,
    ods_cell,
    ods_sheet,
    ods_typed,
    rows_xml,
    sheet,
    xlsx,
    zipped,
)
from tests.support.case_files.rows import HEADER, Row, desk, table
from tests.support.workbooks import compound_file

_TWO = table(desk(0), desk(1))
_PLAIN = sheet(_TWO)
_NOTES = sheet([["How to fill in"], ["One row for each account"]])


def _book(rows: list[Row] | str, **how: str) -> bytes:
    return xlsx({"Accounts": sheet(rows, **how)})


def _values(header: str, *cells: object) -> bytes:
    """A row for each value of one more column."""
    return _book(table(*([*desk(n), value] for n, value in enumerate(cells)), more=[header]))


def _merged(*references: str) -> str:
    cells = "".join(f'<mergeCell ref="{reference}"/>' for reference in references)
    return f'<mergeCells count="{len(references)}">{cells}</mergeCells>'


def _rich(*runs: str) -> Xml:
    parts = "".join(f'<r><rPr><b/></rPr><t xml:space="preserve">{run}</t></r>' for run in runs)
    return Xml(f'<c r="{{}}" t="inlineStr"><is>{parts}<rPh sb="0" eb="1"><t>デスク</t></rPh></is></c>')


def _shared(index: int) -> Xml:
    return Xml(f'<c r="{{}}" t="s"><v>{index}</v></c>')


def _error(text: str) -> Xml:
    return Xml(f'<c r="{{}}" t="e"><v>{text}</v></c>')


def _compound(**streams: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book"
        compound_file(path, streams)
        return path.read_bytes()


def _xls(sheets: dict[str, list[Row]], hidden: str = "", dates_1904: bool = False) -> bytes:
    book = xlwt.Workbook()
    book.dates_1904 = dates_1904
    for name, rows in sheets.items():
        page = book.add_sheet(name)
        page.visibility = int(name == hidden)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                page.write(r, c, xlwt.Formula(value[1:]) if str(value).startswith("=") else value)
    with tempfile.TemporaryDirectory() as folder:
        book.save(str(Path(folder) / "book.xls"))
        return (Path(folder) / "book.xls").read_bytes()


_CHART = '<chartsheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
_MACROS = (
    '<xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" '
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></xm:macrosheet>'
)
_PREFIXED = _PLAIN.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=").replace("x:x:", "x:")

_ANNOTATED = Xml(
    '<table:table-cell office:value-type="string"><office:annotation><dc:creator>Anna</dc:creator>'
    "<text:p>note</text:p></office:annotation><text:p>De<text:span>sk</text:span><text:s/>0</text:p></table:table-cell>"
)

_VALUES = ods_sheet(
    "Accounts",
    table(
        [
            *desk(0),
            ods_typed("date", 'office:date-value="2026-10-31T14:05:00"', "31.10.26"),
            True,
        ],
        [
            *desk(1),
            ods_typed("date", 'office:date-value="2026-10-31"', "31.10.26"),
            False,
        ],
        [
            *desk(2),
            ods_typed("percentage", 'office:value="0.5"', "50 %"),
            "ja",
        ],
        [
            *desk(3),
            ods_typed("string", 'calcext:value-type="error"', "#N/A"),
        ],
        [*desk(4), Xml('<table:table-cell table:formula="of:=[.A1]"/>')],
        more=["LastCheckTime", "Active"],
    ),
)

FILES: dict[str, bytes] = {
    # Sheets.
    "book_numbers_export.xlsx": xlsx(
        {
            "Export Summary": sheet([["This document was exported from Numbers."], ["Sheet 1 - Table 1"]]),
            "Table 1": _PLAIN,
        }
    ),
    "book_cover_and_lists.xlsx": xlsx(
        {"Read me": _NOTES, "Accounts": _PLAIN, "Lists": sheet([["IncomingServerType"], ["Imap"]])}
    ),
    "book_very_hidden.xlsx": xlsx({"Old": _PLAIN, "New": sheet(table(desk(2)))}, states={"Old": "veryHidden"}),
    "book_all_hidden_but_notes.xlsx": xlsx({"Notes": _NOTES, "Accounts": _PLAIN}, states={"Accounts": "hidden"}),
    "book_chart_and_macros.xlsm": xlsx(
        {"Chart": _CHART, "Macros": _MACROS, "Accounts": _PLAIN}, kinds={"Chart": "chartsheet", "Macros": "macrosheet"}
    ),
    "book_several_fit.xlsx": xlsx({"Berlin": _PLAIN, "Zurich": sheet(table(desk(2)))}),
    "book_no_rows_at_all.xlsx": xlsx({"Sheet1": sheet([]), "Sheet2": sheet([])}),
    "book_header_only.xlsx": _book([HEADER]),
    "book_header_only_but_hidden.xlsx": xlsx(
        {"New": sheet([HEADER]), "Accounts 2026": _PLAIN}, states={"Accounts 2026": "hidden"}
    ),
    "book_few_columns_but_hidden.xlsx": xlsx(
        {"Names": sheet([row[1:3] for row in _TWO]), "Accounts": _PLAIN}, states={"Accounts": "hidden"}
    ),
    "book_two_of_one_table.xlsx": _book(
        [*table(desk(0)), [], ["Domains"], ["Domain", "Owner"], ["example.com", "Anna"]]
    ),
    # Places.
    "book_table_at_d8.xlsx": xlsx({"Accounts": sheet(_TWO, first_row=8, first_column=4)}),
    "book_title_and_two_headers.xlsx": _book(
        [["Mail accounts"], [None, None, None, "Incoming", None, None, "Outgoing"], *_TWO],
        after=_merged("A1:K1", "D2:F2", "G2:I2"),
    ),
    "book_filtered.xlsx": _book(
        rows_xml(table(*(desk(n) for n in range(4))), hidden=(3, 5)),
        after='<autoFilter ref="A1:K5"><filterColumn colId="0"/></autoFilter>',
    ),
    "book_hidden_rows.xlsx": _book(rows_xml(table(*(desk(n) for n in range(3))), hidden=(2,))),
    "book_hidden_columns.xlsx": _book(_TWO, before='<cols><col min="4" max="5" hidden="1"/></cols>'),
    "book_grouped_blank_rows.xlsx": _book(
        rows_xml(_TWO)
        + "".join(f'<row r="{r}" s="1" customFormat="1"><c r="A{r}" s="1"/></row>' for r in range(4, 400))
    ),
    "book_remarks_beside.xlsx": _book([HEADER, [*desk(0), None, "ask Anna"], desk(1)]),
    "book_merged_businesses.xlsx": _book([HEADER, desk(0), [None, *desk(1)[1:]]], after=_merged("A2:A3")),
    "book_excel_table.xlsx": _book(_TWO, after='<tableParts count="1"><tablePart r:id="rId1"/></tableParts>'),
    "book_protected_sheet.xlsx": _book(_TWO, after='<sheetProtection sheet="1" password="CC1A"/>'),
    "book_no_references.xlsx": _book(rows_xml(_TWO).replace(" r=", " x=")),
    "book_no_dimension_far_column.xlsx": _book(rows_xml(_TWO) + '<row r="4"><c r="ZZ4"><v>1</v></c></row>'),
    # Cells.
    "book_errors.xlsx": _book(
        table(
            desk(0, _error("#N/A")),
            desk(1, EmailAddress=_error("#REF!")),
            desk(2, IncomingServerPort=_error("#VALUE!")),
            desk(3, formula("1/0", "#DIV/0!", "e")),
            desk(4),
        )
    ),
    "book_formulas.xlsx": _book(
        table(
            desk(0, formula('"Desk "&0', "Desk 0", "str"), IncomingServerPort=formula("990+3", 993)),
            desk(1, formula('"Desk "&1')),
            desk(2, formula('""', "", "str")),
            desk(3),
        )
    ),
    "book_only_formulas.xlsx": _book([HEADER, [formula('"x"') for _ in HEADER], desk(1)]),
    "book_csv_in_one_column.xlsx": _book([[",".join(map(str, row))] for row in _TWO]),
    "book_field_numbers.xlsx": _book([HEADER, list(range(1, len(HEADER) + 1)), desk(0)]),
    "book_header_only_beside.xlsx": xlsx({"New": sheet([HEADER]), "Accounts": _PLAIN}),
    "book_annotation.ods": ods(ods_sheet("Accounts", table(desk(0, _ANNOTATED), desk(1)))),
    "book_dates_1900.xlsx": _values(
        "LastCheckTime", number(46326, DATE), number("46326.586805556", MOMENT), "31.10.2026", 46326
    ),
    "book_dates_1904.xlsx": xlsx(
        {
            "Accounts": sheet(
                table([*desk(0), number(44864, DATE)], [*desk(1), number("44864.5", MOMENT)], more=["LastCheckTime"])
            )
        },
        properties='date1904="1"',
    ),
    "book_iso_dates.xlsx": _values(
        "LastCheckTime", Xml('<c r="{}" t="d"><v>2026-10-31T14:05:00</v></c>'), "2026-10-31"
    ),
    "book_formats.xlsx": _book(
        table(
            desk(
                0, number("0.5", PERCENT), IncomingServerPort=number(993, CURRENCY), BusinessId=number(1000, ZIP_CODE)
            ),
            desk(1, "007", BusinessId=Xml(f'<c r="{{}}" s="{TEXT}" t="inlineStr"><is><t>01000</t></is></c>')),
            desk(2, number("1E3", 0), IncomingServerPort=number("993.0", 0)),
            desk(3, IncomingServerPort=number("992.9999999999999", 0)),
            desk(4, IncomingServerPort=number("993.5", 0)),
        )
    ),
    "book_many_digits.xlsx": _book(
        table(
            desk(0, number(1234567890123456789, 0)),
            desk(1, "1234567890123456789012"),
            desk(2, number("1.2345678901234567E+19", 0)),
            desk(3, BusinessId=number(9007199254740993, 0)),
            desk(4, BusinessId="'1000"),
        )
    ),
    "book_rich_text.xlsx": xlsx(
        {"Accounts": sheet(table(desk(0, _rich("De", "sk", " 0")), desk(1, _shared(0)), desk(2, _shared(1))))},
        shared='<si><r><t>Desk</t></r><r><rPr><b/></rPr><t xml:space="preserve"> 1</t></r></si>'
        "<si><t>Desk_x000D_2 &amp; more_x005F_x</t></si>",
    ),
    "book_links.xlsx": _book(
        _TWO,
        after='<hyperlinks><hyperlink ref="C2" r:id="rId1"/><hyperlink ref="C3" location="A1"/></hyperlinks>',
    ),
    "book_booleans.xlsx": _values("Active", True, False, "TRUE", 1, "WAHR", formula("TRUE()", 1, "b")),
    "book_blank_texts.xlsx": _book(table(desk(0, ""), desk(1, "   "), desk(2, " Desk 2 "), desk(3, "Desk\n3"))),
    "book_text_errors.xlsx": _book(table(desk(0, "#N/A"), desk(1))),
    # Programs.
    "book_strict.xlsx": xlsx({"Accounts": _PLAIN}, strict=True),
    "book_prefixed_names.xlsx": xlsx({"Accounts": _PREFIXED}),
    "book_comments_and_pictures.xlsx": xlsx(
        {"Accounts": _PLAIN},
        more={
            "xl/comments1.xml": "<comments/>",
            "xl/media/image1.png": b"\x89PNG\r\n",
            "docProps/app.xml": "<Properties/>",
        },
    ),
    "book_locked.xlsx": _compound(EncryptedPackage=b"\0" * 64, EncryptionInfo=b"\4\0\4\0"),
    "book_cut.xlsx": xlsx({"Accounts": _PLAIN})[:1500],
    "book_no_sheet_part.xlsx": zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}),
    "book_broken_xml.xlsx": xlsx({"Accounts": _PLAIN[:-60]}),
    "book_97.xls": _xls({"Accounts": _TWO}),
    # xlwt calculates nothing.
    "book_97_formulas.xls": _xls(
        {
            "Notes": [["How to fill in"]],
            "Accounts": table(
                [*desk(0, '="Desk "&0'), ""],
                [*desk(1, IncomingServerPort="=990+3"), ""],
                [*desk(2), '=LOWER("DESK@example.com")'],
                ["=A2", *[""] * len(HEADER)],
                more=["ReplyToEmail"],
            ),
        }
    ),
    "book_97_hidden.xls": _xls({"Old": table(desk(9)), "Accounts": _TWO}, hidden="Old"),
    "book_97_1904.xls": _xls({"Accounts": _TWO}, dates_1904=True),
    "book_message_called.xls": _compound(__properties_version1_0=b"\0" * 32).replace(
        "_version1_0".encode("utf-16-le"), "_version1.0".encode("utf-16-le")
    ),
    "book_libreoffice.ods": ods(ods_sheet("Notes", [["How to fill in"]]) + ods_sheet("Accounts", _TWO)),
    "book_covered.ods": ods(
        ods_sheet(
            "Accounts",
            [
                [
                    ods_typed("string", 'table:number-columns-spanned="11"', "Mail"),
                    Xml('<table:covered-table-cell table:number-columns-repeated="10"/>'),
                ],
                *_TWO,
            ],
        )
    ),
    "book_values.ods": ods(_VALUES),
    # SheetJS, and what formats XML for people to read.
    "book_indented.ods": ods(_VALUES.replace("><", ">\n  <")),
    "book_repeated.ods": ods(
        ods_sheet(
            "Accounts",
            [HEADER],
            after='<table:table-row table:number-rows-repeated="3">'
            + "".join(map(ods_cell, desk(0)))
            + "</table:table-row>",
        )
    ),
    "book_filtered.ods": ods(
        ods_sheet(
            "Accounts",
            _TWO,
            after='<table:table-row table:visibility="filter">'
            + "".join(map(ods_cell, desk(2)))
            + "</table:table-row>",
        )
    ),
}
