"""What is said of the sheet that is read: rows above the header, what is hidden or merged, columns without a name."""

import pytest

from tests.support.tables import notices_of, opened, rows_of, written
from tests.support.workbooks import (
    number_cell,
    ods_row,
    ods_sheet,
    ods_text,
    raw_ods,
    raw_xlsx,
    text_rows,
    worksheet,
    xlsx,
)

TABLE = [["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]


def xlsx_table(folder, rows, change=None):
    xlsx(folder / "a.xlsx", {"A": rows}, change)
    return opened(folder / "a.xlsx")


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_rows_above_the_header(tmp_path, kind):
    table = opened(written(tmp_path, kind, [["List of desks"], [], *TABLE]))
    assert (table.header_row, sorted(rows_of(table))) == (3, [4, 5, 6])
    ((code, message),) = notices_of(table)
    assert code == "header-row"
    assert message.startswith("row 3 is read as the header; not imported from above it: row 1 ('List of desks')")


def test_rows_above_the_header_that_was_given_are_no_news(tmp_path):
    path = written(tmp_path, "xlsx", [["List of desks"], *TABLE])
    assert notices_of(opened(path, header_row=2)) == []


def test_a_merged_title(tmp_path):
    table = xlsx_table(tmp_path, [["List of desks"], *TABLE], lambda book: book["A"].merge_cells("A1:C1"))
    assert [code for code, _ in notices_of(table)] == ["header-row"]


def test_merged_cells_in_the_table(tmp_path):
    table = xlsx_table(tmp_path, TABLE, lambda book: book["A"].merge_cells("B2:B4"))
    assert rows_of(table) == {2: ["1", "2", "3"], 3: ["4", "", "6"], 4: ["7", "", "9"]}
    assert notices_of(table) == [
        ("merged-cells", "merged cells count by their first cell, the others are blank: B2:B4")
    ]


def test_header_cells_that_are_two_rows_high(tmp_path):
    def merge(book):
        for column in "ABC":
            book["A"].merge_cells(f"{column}1:{column}2")

    table = xlsx_table(tmp_path, [TABLE[0], [None] * 3, *TABLE[1:]], merge)
    assert list(rows_of(table)) == [3, 4, 5]
    assert notices_of(table) == []


def test_merged_cells_beside_the_table_are_not_mentioned(tmp_path):
    table = xlsx_table(tmp_path, TABLE, lambda book: book["A"].merge_cells("F2:F4"))
    assert notices_of(table) == []


def hide_rows(*numbers):
    def change(book):
        for number in numbers:
            book["A"].row_dimensions[number].hidden = True

    return change


def test_hidden_rows_are_imported_and_said(tmp_path):
    table = xlsx_table(tmp_path, TABLE, hide_rows(2, 4, 90))
    assert sorted(rows_of(table)) == [2, 3, 4]
    assert notices_of(table) == [("hidden-rows", "rows are hidden and are imported like the others: 2, 4")]
    assert table.notices[0].row == 2


def test_rows_that_a_filter_hides(tmp_path):
    def change(book):
        hide_rows(3)(book)
        book["A"].auto_filter.ref = "A1:C4"
        book["A"].auto_filter.add_filter_column(0, ["1", "7"])

    assert notices_of(xlsx_table(tmp_path, TABLE, change)) == [
        ("hidden-rows", "rows are hidden by a filter; they are imported like the others: 3")
    ]


def test_a_filter_that_hides_nothing_is_not_mentioned(tmp_path):
    def change(book):
        book["A"].auto_filter.ref = "A1:C4"

    assert notices_of(xlsx_table(tmp_path, TABLE, change)) == []


def test_hidden_rows_without_values_are_not_mentioned(tmp_path):
    assert notices_of(xlsx_table(tmp_path, TABLE, hide_rows(*range(5, 40)))) == []


def test_hidden_columns_are_imported_and_said(tmp_path):
    def change(book):
        book["A"].column_dimensions["B"].hidden = True
        book["A"].column_dimensions["Z"].hidden = True

    table = xlsx_table(tmp_path, TABLE, change)
    assert rows_of(table)[2] == ["1", "2", "3"]
    assert notices_of(table) == [("hidden-columns", "columns are hidden and are imported like the others: B")]


def test_hidden_rows_and_columns_of_a_table_that_begins_further_in(tmp_path):
    def change(book):
        hide_rows(5)(book)
        book["A"].column_dimensions["D"].hidden = True

    table = xlsx_table(tmp_path, [[], [], *([None, None, *row] for row in TABLE)], change)
    assert notices_of(table) == [
        ("hidden-rows", "rows are hidden and are imported like the others: 5"),
        ("hidden-columns", "columns are hidden and are imported like the others: D"),
    ]


def test_what_is_hidden_and_merged_in_ods(tmp_path):
    column = "<table:table-column/>"
    hidden = '<table:table-column table:visibility="collapse"/>'
    header = ods_row(*(ods_text(name) for name in "abc"))
    spanning = ods_text("1", 'table:number-rows-spanned="2" table:number-columns-spanned="1"')
    rows = [
        ods_row(spanning, ods_text("2"), ods_text("3"), attributes='table:visibility="filter"'),
        ods_row(
            "<table:covered-table-cell/>", ods_text("5"), ods_text("6"), attributes='table:number-rows-repeated="2"'
        ),
        ods_row(ods_text("7"), ods_text("8"), ods_text("9"), attributes='table:visibility="collapse"'),
    ]
    raw_ods(tmp_path / "a.ods", ods_sheet("A", column, hidden, column, header, *rows))
    table = opened(tmp_path / "a.ods")
    assert sorted(rows_of(table)) == [2, 3, 4, 5]
    assert notices_of(table) == [
        ("hidden-rows", "rows are hidden by a filter; they are imported like the others: 2, 5"),
        ("hidden-columns", "columns are hidden and are imported like the others: B"),
        ("merged-cells", "merged cells count by their first cell, the others are blank: A2:A3"),
    ]


# -- columns without a header ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_values_right_of_the_last_header(tmp_path, kind):
    rows = [["a", "b"], ["1", "2"], ["3", "4", None, "see below"], ["5", "6", " ", "x"]]
    table = opened(written(tmp_path, kind, rows))
    assert table.header == ("a", "b")
    assert rows_of(table) == {2: ["1", "2"], 3: ["3", "4"], 4: ["5", "6"]}
    assert notices_of(table) == [("columns-without-header", "columns without a header are not imported: D")]
    assert (table.notices[0].row, table.notices[0].value) == (3, "see below")


def test_values_below_a_blank_header_between_others(tmp_path):
    table = xlsx_table(tmp_path, [["a", None, "c"], ["1", "2", "3"]])
    assert table.header == ("a", "", "c")
    assert rows_of(table) == {2: ["1", "2", "3"]}
    assert notices_of(table) == [("columns-without-header", "columns without a header are not imported: B")]


def test_a_stray_cell_in_the_last_column_does_not_widen_the_table(tmp_path):
    rows = "".join(f"<row>{number_cell(n)}{number_cell(n)}</row>" for n in range(300))
    far = '<row r="302"><c r="XFD302" t="inlineStr"><is><t>x</t></is></c></row>'
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(text_rows(["a", "b"]) + rows + far)})
    table = opened(tmp_path / "a.xlsx")
    assert {len(batch.frame.columns) for batch in table.batches()} == {2}
    assert notices_of(table) == [("columns-without-header", "columns without a header are not imported: XFD")]


def test_blank_columns_without_a_header_are_not_mentioned(tmp_path):
    table = xlsx_table(tmp_path, [["a", None, "c", None], ["1", " ", "3", "  "]])
    assert notices_of(table) == []


# -- formulas that nobody has calculated -------------------------------------------------------------------------


def test_formulas_whose_values_a_program_made_up_are_mentioned(tmp_path):
    rows = text_rows(["a"]) + "<row><c><f>1+1</f><v>0</v></c></row>"
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(rows)}, calculation='<calcPr fullCalcOnLoad="1"/>')
    ((code, message),) = notices_of(opened(tmp_path / "a.xlsx"))
    assert code == "formulas-not-calculated"
    assert message.endswith("open it in a spreadsheet program and save it")


def test_a_workbook_without_formulas_may_want_to_be_calculated(tmp_path):
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(text_rows(["a"], ["1"]))}, calculation='<calcPr fullCalcOnLoad="1"/>')
    assert notices_of(opened(tmp_path / "a.xlsx")) == []


def test_formulas_that_a_spreadsheet_program_has_calculated_are_not_mentioned(tmp_path):
    rows = text_rows(["a"]) + "<row><c><f>1+1</f><v>2</v></c></row>"
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(rows)}, calculation='<calcPr calcId="191029"/>')
    assert notices_of(opened(tmp_path / "a.xlsx")) == []


def test_formulas_without_a_value_are_findings_and_not_mentioned_again(tmp_path):
    xlsx(tmp_path / "a.xlsx", {"A": [["a"], ["=1+1"]]})
    assert notices_of(opened(tmp_path / "a.xlsx")) == []
