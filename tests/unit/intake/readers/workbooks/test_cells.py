"""Cells of workbooks of all formats become the text that means them; what holds no value is a finding."""

import datetime as dt

import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from tests.support.tables import findings_of, opened, rows_of, written
from tests.support.workbooks import (
    DATE,
    DATE_AND_TIME,
    DIV,
    NA,
    WRITERS,
    number_cell,
    ods_row,
    ods_sheet,
    ods_text,
    raw_ods,
    raw_xlsx,
    rewrite,
    text_cell,
    worksheet,
    xlsx,
)

MOMENT = dt.datetime.fromisoformat("2026-01-02T03:04:05")
UNSTORED = "the cell holds a formula without a stored value: open the file in a spreadsheet program and save it"
every_format = pytest.mark.parametrize("kind", sorted(WRITERS))


def error(row, column, text):
    return (row, column, "error-cell", f"is an error cell ({text})", text)


def unstored(row, column):
    return (row, column, "formula-without-value", UNSTORED, None)


# -- values ------------------------------------------------------------------------------------------------------

VALUES = [
    ("007", "007"),
    ("  x ", "  x "),
    ("NA", "NA"),
    ("null", "null"),
    ("1.50", "1.50"),
    ("-0", "-0"),
    ("line 1\nline 2", "line 1\nline 2"),
    ("Zürich 東京 😀", "Zürich 東京 😀"),
    ("true", "true"),
    ("2026-01-02 03:04:05", "2026-01-02 03:04:05"),
    ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
    ("9007199254740993", "9007199254740993"),
    (993, "993"),
    (993.0, "993"),
    (-5, "-5"),
    (0, "0"),
    (993.5, "993.5"),
    (0.1 + 0.2, "0.3"),
    (29.020000000000003, "29.02"),
    (12345678901, "12345678901"),
    (999999999999999, "999999999999999"),
    (True, "true"),
    (False, "false"),
    (MOMENT, "2026-01-02T03:04:05"),
    (dt.date(2026, 1, 2), "2026-01-02"),
    (dt.date(1900, 3, 1), "1900-03-01"),
    (dt.time(3, 4, 5), "03:04:05"),
]


@pytest.mark.parametrize(
    ("days", "shown"),
    [(1.25, "30:00:00"), (1, "24:00:00"), (-5, "-120:00:00"), (58.5, "1404:00:00"), (0.5, "12:00:00")],
)
def test_a_duration_of_days_is_no_date(tmp_path, days, shown):
    path = tmp_path / "a.xlsx"
    xlsx(path, {"S": [["a"], [days]]}, lambda book: setattr(book["S"]["A2"], "number_format", "[h]:mm:ss"))
    assert list(rows_of(opened(path)).values()) == [[shown]]


@every_format
def test_cells_become_the_text_that_means_them(tmp_path, kind):
    table = opened(written(tmp_path, kind, [["name", "value"], *(["x", value] for value, _ in VALUES)]))
    assert rows_of(table) == {row: ["x", text] for row, (_, text) in enumerate(VALUES, start=2)}
    assert findings_of(table) == []


@every_format
def test_same_accounts_as_csv_give_the_same_frames(tmp_path, kind):
    rows = [
        ["BusinessId", "DisplayName", "Active", "IncomingServerPort", "LastCheckTime"],
        [1, "Zürich", True, 993.0, "2026-01-02T03:04:05Z"],
        [2, "007", False, 587, None],
        [],
        [3, "NA", None, 25, "2026-01-02"],
    ]
    path = tmp_path / "accounts.csv"
    path.write_text(
        "BusinessId,DisplayName,Active,IncomingServerPort,LastCheckTime\n1,Zürich,true,993,2026-01-02T03:04:05Z\n"
        "2,007,false,587,\n\n3,NA,,25,2026-01-02\n",
        encoding="utf-8",
    )
    (expected,) = opened(path).batches()
    (found,) = opened(written(tmp_path, kind, rows)).batches()
    assert found.rows == expected.rows == [2, 3, 5]
    assert found.defects == expected.defects == ()
    assert found.frame.equals(expected.frame)
    assert (found.frame.dtypes == expected.frame.dtypes).all()


@every_format
def test_blank_rows_are_counted_and_passed_over(tmp_path, kind):
    table = opened(written(tmp_path, kind, [["a", "b"], [None, None], ["1", None], [" ", ""], ["x", "y"]]))
    assert rows_of(table) == {3: ["1", ""], 5: ["x", "y"]}
    assert findings_of(table) == []


@every_format
def test_a_table_may_begin_anywhere(tmp_path, kind):
    rows = [[], [], [None, None, "a", "b"], [None, None, "1", 2], [None, None, NA, 4]]
    table = opened(written(tmp_path, kind, rows))
    assert (table.header, table.header_row) == (("a", "b"), 3)
    assert rows_of(table) == {4: ["1", "2"], 5: ["#N/A", "4"]}
    assert findings_of(table) == [error(5, 0, "#N/A")]


@every_format
def test_rows_of_many_batches_can_be_read_again_and_at_the_same_time(tmp_path, kind):
    table = opened(written(tmp_path, kind, [["a"], *([f"v{n}"] for n in range(2, 25_000)), [NA]]))
    sizes = [len(batch.rows) for batch in table.batches()]
    assert len(sizes) > 1
    assert sum(sizes) == 24_999
    pairs = list(zip(table.batches(), table.batches(), strict=True))
    assert all(one.rows == other.rows and one.frame.equals(other.frame) for one, other in pairs)
    assert [row for one, _ in pairs for row in one.rows] == list(range(2, 25_001))
    assert findings_of(table) == [error(25_000, 0, "#N/A")]


@pytest.mark.parametrize(
    ("properties", "first_day"), [("", dt.date(1899, 12, 30)), ('date1904="1"', dt.date(1904, 1, 1))]
)
def test_dates_of_both_ways_of_counting_days(tmp_path, properties, first_day):
    day = (dt.date(2026, 1, 2) - first_day).days
    cells = [
        number_cell(day, style=DATE),
        number_cell(day + 0.5, style=DATE_AND_TIME),
        number_cell(0.25, style=DATE_AND_TIME),
        number_cell(day),
        '<c t="d"><v>2026-01-02T03:04:05</v></c>',
    ]
    header = "".join(text_cell(name) for name in "abcde")
    raw_xlsx(
        tmp_path / "a.xlsx",
        {"A": worksheet(f"<row>{header}</row><row>{''.join(cells)}</row>")},
        properties=properties,
    )
    table = opened(tmp_path / "a.xlsx")
    assert rows_of(table) == {2: ["2026-01-02", "2026-01-02T12:00:00", "06:00:00", str(day), "2026-01-02T03:04:05"]}


def test_numbers_of_many_digits_are_exact(tmp_path):
    numbers = ["9007199254740993", "123456789012345678901234567890", "1.23456789012345E+17", "-1E+21", "1.5E+300"]
    texts = [*numbers[:2], "123456789012345000", f"-{10**21}", str(15 * 10**299)]
    row = "".join(number_cell(number) for number in numbers) + "<c><f>1</f><v>9007199254740993</v></c>"
    header = "".join(text_cell(name) for name in "abcdef")
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(f"<row>{header}</row><row>{row}</row>")})
    assert rows_of(opened(tmp_path / "a.xlsx")) == {2: [*texts, "9007199254740993"]}


def test_numbers_of_many_digits_are_exact_in_ods(tmp_path):
    number = '<table:table-cell office:value-type="float" office:value="{0}"><text:p>{0}</text:p></table:table-cell>'
    cells = [number.format(one) for one in ("9007199254740993", "1.23456789012345E+017", "12.5")]
    raw_ods(tmp_path / "a.ods", ods_sheet("A", ods_row(*(ods_text(n) for n in "abc")), ods_row(*cells)))
    assert rows_of(opened(tmp_path / "a.ods")) == {2: ["9007199254740993", "123456789012345000", "12.5"]}


SHOWN = [
    (7, "00000", "00007"),
    (123456, "00000", "123456"),
    (0, "000", "000"),
    (42, '"K-"0000', "K-0042"),
    (49, '"+"0', "+49"),
    (5551234, "000\\-0000", "555-1234"),
    (7, "[$-407]00000;[Red]-00000", "00007"),
    (7, '"<&>"00', "<&>07"),
    # Formats that tell how a number looks, and numbers that such a format shows otherwise, stay the number.
    (7, "0", "7"),
    (7, "0.00", "7"),
    (7, '0" pieces"', "7"),
    (7, "#,##0", "7"),
    (0.5, "00%", "0.5"),
    (7.5, "00000", "7.5"),
    (-7, "00000", "-7"),
    ("7", "00000", "7"),
]


@pytest.mark.parametrize(("value", "number_format", "text"), SHOWN)
def test_a_number_that_is_shown_with_more_than_its_digits_means_what_is_shown(tmp_path, value, number_format, text):
    def change(book):
        book["A"]["B2"] = value
        book["A"]["B2"].number_format = number_format

    xlsx(tmp_path / "a.xlsx", {"A": [["a", "b", "c"], [1, None, 993]]}, change)
    assert rows_of(opened(tmp_path / "a.xlsx")) == {2: ["1", text, "993"]}


def test_a_number_that_is_shown_with_leading_zeros_in_ods(tmp_path):
    number = '<table:table-cell office:value-type="float" office:value="{}"><text:p>{}</text:p></table:table-cell>'
    cells = [number.format(*one) for one in (("7", "00007"), ("7", "0.07"), ("0.5", "00"), ("7", "08"))]
    raw_ods(tmp_path / "a.ods", ods_sheet("A", ods_row(*(ods_text(n) for n in "abcd")), ods_row(*cells)))
    assert rows_of(opened(tmp_path / "a.ods")) == {2: ["00007", "7", "0.5", "7"]}


def test_text_in_several_fonts_and_links_count_by_their_text(tmp_path):
    bold = TextBlock(InlineFont(b=True), "bold ")

    def change(book):
        sheet = book["A"]
        sheet["A2"] = CellRichText("plain ", bold, "plain")
        sheet["B2"] = "desk@example.com"
        sheet["B2"].hyperlink = "mailto:other@example.com"

    xlsx(tmp_path / "a.xlsx", {"A": [["a", "b"]]}, change)
    assert rows_of(opened(tmp_path / "a.xlsx")) == {2: ["plain bold plain", "desk@example.com"]}


def test_shared_strings_with_phonetic_readings_and_escapes(tmp_path):
    shared = (
        '<si><r><t>東</t></r><r><rPr><b/></rPr><t xml:space="preserve">京 </t></r><rPh sb="0" eb="1">'
        "<t>ひがし</t></rPh></si>"
        "<si><t>a_x0041_b &amp; c</t></si><si><t>a</t></si>"
    )
    rows = '<row><c t="s"><v>2</v></c><c t="s"><v>2</v></c></row><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(rows)}, shared=shared)
    assert rows_of(opened(tmp_path / "a.xlsx")) == {2: ["東京 ", "aAb & c"]}


def test_what_ods_writes_as_elements_of_text(tmp_path):
    noted = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>a note</text:p></office:annotation>'
        "<text:p>one</text:p><text:p>two</text:p></table:table-cell>"
    )
    cells = [
        ods_text('a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d'),
        ods_text('<text:span>in </text:span>spans, <text:a xlink:href="mailto:q@r.s">linked</text:a>'),
        noted,
        '<table:table-cell office:value-type="percentage" office:value="0.12"><text:p>12 %</text:p></table:table-cell>',
        '<table:table-cell office:value-type="currency" office:value="5"><text:p>€ 5</text:p></table:table-cell>',
        '<table:table-cell office:value-type="time" office:time-value="PT27H04M05.50S"/>',
    ]
    raw_ods(tmp_path / "a.ods", ods_sheet("A", ods_row(*(ods_text(n) for n in "abcdef")), ods_row(*cells)))
    assert rows_of(opened(tmp_path / "a.ods")) == {
        2: ["a   b\tc\nd", "in spans, linked", "one\ntwo", "0.12", "5", "27:04:05.5"]
    }


# -- error cells -------------------------------------------------------------------------------------------------


@every_format
def test_error_cells_are_findings_in_their_places(tmp_path, kind):
    rows = [["a", "b", "c"], ["1", NA, "3"], [None, None, None], [DIV, "2", NA], ["4", "5", "6"]]
    table = opened(written(tmp_path, kind, rows))
    assert rows_of(table) == {2: ["1", "#N/A", "3"], 4: ["#DIV/0!", "2", "#N/A"], 5: ["4", "5", "6"]}
    assert findings_of(table) == [error(2, 1, "#N/A"), error(4, 0, "#DIV/0!"), error(4, 2, "#N/A")]


@every_format
def test_a_row_of_nothing_but_an_error_is_a_row(tmp_path, kind):
    table = opened(written(tmp_path, kind, [["a", "b"], [NA, None]]))
    assert rows_of(table) == {2: ["#N/A", ""]}
    assert findings_of(table) == [error(2, 0, "#N/A")]


@every_format
def test_text_that_looks_like_an_error_is_text(tmp_path, kind):
    table = opened(written(tmp_path, kind, [["a", "b"], ["#N/A", NA]]))
    assert rows_of(table) == {2: ["#N/A", "#N/A"]}
    assert findings_of(table) == [error(2, 1, "#N/A")]


@every_format
def test_errors_of_other_sheets_are_not_counted(tmp_path, kind):
    sheets = {"Accounts": [["a"], ["1"]], "Other": [["a"], [NA]]}
    assert findings_of(opened(written(tmp_path, kind, sheets), sheets=("Accounts",))) == []
    assert findings_of(opened(written(tmp_path, kind, sheets), sheets=("Other",))) == [error(2, 0, "#N/A")]


def test_error_cells_beyond_column_z(tmp_path):
    header, row = [f"h{n}" for n in range(30)], [f"v{n}" for n in range(30)]
    table = opened(written(tmp_path, "xlsx", [header, [*row[:27], NA, *row[28:]]]))
    assert findings_of(table) == [error(2, 27, "#N/A")]


@pytest.mark.parametrize("text", ["#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#PYTHON!"])
def test_errors_of_newer_programs_do_not_cost_the_sheet(tmp_path, text):
    rows = f'<row>{text_cell("a")}{text_cell("b")}</row><row><c t="e"><f>x</f><v>{text}</v></c>{text_cell("2")}</row>'
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(rows)})
    table = opened(tmp_path / "a.xlsx")
    assert rows_of(table) == {2: [text, "2"]}
    assert findings_of(table) == [error(2, 0, text)]


def test_errors_as_libreoffice_writes_them(tmp_path):
    numeric = 'table:formula="of:=1/0" office:value-type="float" office:value="0" calcext:value-type="error"'
    textual = 'table:formula="of:=X" office:value-type="string" office:string-value="" calcext:value-type="error"'
    cells = [f"<table:table-cell {numeric}><text:p>#DIV/0!</text:p></table:table-cell>"]
    cells += [
        f"<table:table-cell {textual}><text:p>Err:502</text:p></table:table-cell>",
        f"<table:table-cell {textual}/>",
    ]
    raw_ods(tmp_path / "a.ods", ods_sheet("A", ods_row(*(ods_text(n) for n in "abc")), ods_row(*cells)))
    table = opened(tmp_path / "a.ods")
    assert rows_of(table) == {2: ["#DIV/0!", "Err:502", "#ERROR!"]}
    assert findings_of(table) == [error(2, 0, "#DIV/0!"), error(2, 1, "Err:502"), error(2, 2, "#ERROR!")]


def test_repeated_and_covered_cells_of_ods(tmp_path):
    error_cell = (
        '<table:table-cell office:value-type="string" calcext:value-type="error" table:number-columns-repeated="2">'
        "<text:p>#N/A</text:p></table:table-cell>"
    )
    rows = [
        ods_row(*(ods_text(name) for name in "abcd")),
        ods_row('<table:table-cell table:number-columns-repeated="4"/>', attributes='table:number-rows-repeated="2"'),
        ods_row(ods_text("x"), "<table:covered-table-cell/>", error_cell, attributes='table:number-rows-repeated="2"'),
    ]
    raw_ods(tmp_path / "a.ods", ods_sheet("A", *rows))
    table = opened(tmp_path / "a.ods")
    assert rows_of(table) == {4: ["x", "", "#N/A", "#N/A"], 5: ["x", "", "#N/A", "#N/A"]}
    assert findings_of(table) == [error(row, column, "#N/A") for row in (4, 5) for column in (2, 3)]


# -- formulas ----------------------------------------------------------------------------------------------------


def test_formulas_count_by_the_value_they_had(tmp_path):
    path = tmp_path / "accounts.xlsx"
    xlsx(path, {"Accounts": [["a", "b", "c"], [2, "=A2*21", "=1/0"]]})

    def computed(text):
        text = text.replace('<c r="B2"><f>A2*21</f><v /></c>', '<c r="B2"><f>A2*21</f><v>42</v></c>')
        return text.replace('<c r="C2"><f>1/0</f><v /></c>', '<c r="C2" t="e"><f>1/0</f><v>#DIV/0!</v></c>')

    rewrite(path, "xl/worksheets/sheet1.xml", computed)
    table = opened(path)
    assert rows_of(table) == {2: ["2", "42", "#DIV/0!"]}
    assert findings_of(table) == [error(2, 2, "#DIV/0!")]


@pytest.mark.parametrize(
    "cell",
    [
        "<c><f>1+1</f></c>",
        "<c><f>1+1</f><v/></c>",
        "<c><f>1+1</f><v></v></c>",
        '<c t="n"><f>1+1</f><v /></c>',
        '<c t="e"><f>1/0</f><v/></c>',
        '<c t="str"><f>"x"</f></c>',
        '<c s="1"><f t="shared" si="0"/></c>',
        '<c><f t="array" ref="A2">A1:A9&gt;1</f><v/></c>',
    ],
)
def test_a_formula_without_a_stored_value_is_a_finding(tmp_path, cell):
    raw_xlsx(
        tmp_path / "a.xlsx",
        {"A": worksheet(f"<row>{text_cell('a')}{text_cell('b')}</row><row>{cell}{text_cell('x')}</row>")},
    )
    table = opened(tmp_path / "a.xlsx")
    assert rows_of(table) == {2: ["", "x"]}
    assert findings_of(table) == [unstored(2, 0)]


@pytest.mark.parametrize("value", ["<v></v>", "<v/>"])
def test_a_formula_whose_value_is_the_empty_text_is_blank(tmp_path, value):
    cell = f'<c t="str"><f>IF(1,"","x")</f>{value}</c>'
    raw_xlsx(
        tmp_path / "a.xlsx",
        {"A": worksheet(f"<row>{text_cell('a')}{text_cell('b')}</row><row>{cell}{text_cell('x')}</row>")},
    )
    table = opened(tmp_path / "a.xlsx")
    assert rows_of(table) == {2: ["", "x"]}
    assert findings_of(table) == []


def test_a_row_of_nothing_but_formulas_without_values_is_a_row(tmp_path):
    xlsx(tmp_path / "a.xlsx", {"A": [["a", "b"], ["=1", "=2"], ["x", "=3"]]})
    table = opened(tmp_path / "a.xlsx")
    assert rows_of(table) == {2: ["", ""], 3: ["x", ""]}
    assert findings_of(table) == [unstored(2, 0), unstored(2, 1), unstored(3, 1)]


def test_formulas_of_ods(tmp_path):
    stored = '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>'
    empty = '<table:table-cell office:value-type="string" table:formula="of:=&quot;&quot;" office:string-value=""/>'
    cells = [stored, empty, '<table:table-cell table:formula="of:=IF([.A1]>1;1;2)"/>']
    raw_ods(tmp_path / "a.ods", ods_sheet("A", ods_row(*(ods_text(n) for n in "abc")), ods_row(*cells)))
    table = opened(tmp_path / "a.ods")
    assert rows_of(table) == {2: ["2", "", ""]}
    assert findings_of(table) == [unstored(2, 2)]


# -- as other programs write it ----------------------------------------------------------------------------------


def test_elements_with_a_prefix(tmp_path):
    part = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        '<x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c><x:c r="B1" t="inlineStr"><x:is><x:t>b'
        '</x:t></x:is></x:c></x:row><x:row r="2"><x:c r="A2"><x:f>1+1</x:f></x:c><x:c r="B2" t="e"><x:v>#SPILL!</x:v>'
        '</x:c></x:row><x:row r="3"><x:c r="A3"><x:v>9007199254740993</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    raw_xlsx(tmp_path / "a.xlsx", {"A": part})
    table = opened(tmp_path / "a.xlsx")
    assert rows_of(table) == {2: ["", "#SPILL!"], 3: ["9007199254740993", ""]}
    assert findings_of(table) == [unstored(2, 0), error(2, 1, "#SPILL!")]


def test_rows_and_cells_out_of_order_stand_where_their_references_say(tmp_path):
    rows = f'<row r="3">{text_cell("3", "B3")}</row><row r="1">{text_cell("b", "B1")}{text_cell("a", "A1")}</row>'
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(rows)})
    table = opened(tmp_path / "a.xlsx")
    assert table.header == ("a", "b")
    assert rows_of(table) == {3: ["", "3"]}


def test_the_strict_form_of_office_open_xml(tmp_path):
    path = tmp_path / "a.xlsx"
    xlsx(path, {"A": [["a"], ["1"]]})
    for part in ("_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"):
        rewrite(
            path,
            part,
            lambda text: text.replace(
                "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                "http://purl.oclc.org/ooxml/spreadsheetml/main",
            ).replace(
                "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                "http://purl.oclc.org/ooxml/officeDocument/relationships",
            ),
        )
    assert rows_of(opened(path)) == {2: ["1"]}


def test_numbers_in_scientific_notation(tmp_path):
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(f"<row>{text_cell('a')}</row><row>{number_cell('1E3')}</row>")})
    assert rows_of(opened(tmp_path / "a.xlsx")) == {2: ["1000"]}
