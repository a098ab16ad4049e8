"""Which sheets are read, and what is said of the others."""

import openpyxl
import pytest

from pipeline.cli.hints import hint_of
from pipeline.errors import ConfigurationError, SourceError
from tests.support.tables import all_opened, findings_of, notices_of, opened, rows_of, written
from tests.support.workbooks import (
    WRITERS,
    ods_row,
    ods_sheet,
    ods_text,
    raw_ods,
    raw_xlsx,
    text_rows,
    worksheet,
    xlsx,
)

every_format = pytest.mark.parametrize("kind", sorted(WRITERS))
TABLE, COVER, LIST = [["a", "b"], ["1", "2"]], [["Instructions"], ["Fill in"]], [["x", "y"], ["1", "2"]]
SHEETS = {"Notes": COVER, "Accounts": TABLE, "1": [["a"], ["third"]], "Empty": []}
UNNAMED = {"First": LIST, "Second": [["v", "w"], ["3", "4"]]}


def hide(name):
    return lambda book: setattr(book[name], "sheet_state", "hidden")


@every_format
def test_the_only_sheet_needs_no_word(tmp_path, kind):
    table = opened(written(tmp_path, kind, TABLE))
    assert rows_of(table) == {2: ["1", "2"]}
    assert (table.part, table.notices) == (None, ())


@every_format
def test_the_sheet_that_names_fields_is_taken_and_said(tmp_path, kind):
    table = opened(written(tmp_path, kind, {"Cover": COVER, "Data": TABLE, "More": LIST}))
    assert rows_of(table) == {2: ["1", "2"]}
    assert table.part == "Data"
    assert notices_of(table) == [
        ("sheet-chosen", "sheet 'Data' was taken: it is the only one that names fields"),
        ("sheets-left-out", "not imported: sheet 'Cover' (2 rows), sheet 'More' (2 rows)"),
    ]


def test_an_empty_sheet_is_passed_over(tmp_path):
    table = opened(written(tmp_path, "xlsx", {"Empty": [], "Data": LIST}))
    assert rows_of(table) == {2: ["1", "2"]}
    assert notices_of(table) == [("sheet-chosen", "sheet 'Data' was taken: it is the only one that holds anything")]


def test_without_fields_the_first_sheet_that_holds_anything_is_taken(tmp_path):
    table = opened(written(tmp_path, "xlsx", {"Empty": [], **UNNAMED}))
    assert table.part == "First"
    assert notices_of(table) == [
        ("sheet-chosen", "sheet 'First' was taken: it is the first one that holds anything"),
        ("sheets-left-out", "not imported: sheet 'Second' (2 rows)"),
    ]


def test_several_sheets_that_could_be_meant_are_asked_for(tmp_path):
    path = written(tmp_path, "xlsx", {"North": TABLE, "Cover": COVER, "South": TABLE})
    with pytest.raises(ConfigurationError, match="several sheets could be meant: 1 'North', 3 'South'") as caught:
        opened(path)
    assert hint_of(caught.value).startswith("Say which with --sheet NAME")
    assert "--sheet all" in hint_of(caught.value)


def test_a_list_of_allowed_values_is_not_meant(tmp_path):
    table = opened(written(tmp_path, "xlsx", {"Lists": [["d"], ["yes"]], "Data": [["a", "b", "c"], ["1", "2", "3"]]}))
    assert table.part == "Data"


def test_a_visible_sheet_comes_before_a_hidden_one(tmp_path):
    xlsx(tmp_path / "a.xlsx", {"old": [["a", "b"], ["0", "0"]], "Data": TABLE}, hide("old"))
    table = opened(tmp_path / "a.xlsx")
    assert rows_of(table) == {2: ["1", "2"]}
    assert notices_of(table) == [
        ("sheet-chosen", "sheet 'Data' was taken: it is the only visible one that names fields"),
        ("sheets-left-out", "not imported: hidden sheet 'old' (2 rows)"),
    ]


def test_a_visible_sheet_that_names_nothing_comes_before_a_hidden_one_that_does(tmp_path):
    xlsx(tmp_path / "a.xlsx", {"old": TABLE, "Data": LIST}, hide("old"))
    assert opened(tmp_path / "a.xlsx").part == "Data"


@pytest.mark.parametrize("taken", [[["a", "b"]], [["a", "x"], ["1", "2"]], LIST])
def test_a_hidden_sheet_that_fits_better_than_the_one_taken_is_named(tmp_path, taken):
    xlsx(tmp_path / "a.xlsx", {"Data": taken, "old": [["a", "b", "c"], ["1", "2", "3"]]}, hide("old"))
    table = opened(tmp_path / "a.xlsx")
    assert table.part == "Data"
    assert ("sheet-that-fits", "hidden sheet 'old' names fields") in notices_of(table)


def test_a_hidden_sheet_that_fits_no_better_is_only_left_out(tmp_path):
    for name, hidden in (("a", TABLE), ("b", TABLE[:1]), ("c", LIST)):
        xlsx(tmp_path / f"{name}.xlsx", {"Data": TABLE, "old": hidden}, hide("old"))
        assert [code for code, _ in notices_of(opened(tmp_path / f"{name}.xlsx"))] == ["sheets-left-out"]


def test_a_hidden_sheet_is_read_where_the_visible_ones_are_empty(tmp_path):
    xlsx(tmp_path / "a.xlsx", {"Empty": [], "Data": TABLE}, hide("Data"))
    table = opened(tmp_path / "a.xlsx")
    assert rows_of(table) == {2: ["1", "2"]}
    assert notices_of(table) == [
        ("sheet-chosen", "hidden sheet 'Data' was taken: it is the only one that holds anything")
    ]


def test_very_hidden_sheets_are_hidden(tmp_path):
    sheets = {"old": worksheet(text_rows(["a", "b"], ["0", "0"])), "Data": worksheet(text_rows(["a", "b"], ["1", "2"]))}
    raw_xlsx(tmp_path / "a.xlsx", sheets, states={"old": "veryHidden"})
    assert opened(tmp_path / "a.xlsx").part == "Data"


def test_hidden_sheets_of_ods(tmp_path):
    style = (
        '<style:style style:name="h" style:family="table"><style:table-properties table:display="false"/></style:style>'
    )
    rows = [ods_row(ods_text("a"), ods_text("b")), ods_row(ods_text("1"), ods_text("2"))]
    sheets = ods_sheet("old", *rows, attributes='table:style-name="h"') + ods_sheet("Data", *rows)
    raw_ods(tmp_path / "a.ods", sheets, styles=style)
    table = opened(tmp_path / "a.ods")
    assert table.part == "Data"
    assert ("sheets-left-out", "not imported: hidden sheet 'old' (2 rows)") in notices_of(table)


# -- asked for ---------------------------------------------------------------------------------------------------


@every_format
def test_a_sheet_is_found_by_name_or_number(tmp_path, kind):
    path = written(tmp_path, kind, SHEETS)
    tables = {sheet: opened(path, sheets=(sheet,)) for sheet in ("Notes", "Accounts", "2", "1")}
    assert {sheet: rows_of(table)[2][0] for sheet, table in tables.items()} == {
        "Notes": "Fill in",
        "Accounts": "1",
        "2": "1",
        "1": "third",
    }
    assert {code for table in tables.values() for code, _ in notices_of(table)} == {"sheets-left-out"}


@every_format
def test_an_unknown_sheet_is_refused_with_those_there_are(tmp_path, kind):
    path = written(tmp_path, kind, SHEETS)
    kept = opened(path, sheets=("1",))
    for sheet in ("accounts", "0", "5", "-1", "²"):
        with pytest.raises(ConfigurationError, match=f"accounts.{kind}: has no sheet {sheet!r}") as caught:
            opened(path, sheets=(sheet,))
        assert hint_of(caught.value) == "It has: 1 'Notes', 2 'Accounts', 3 '1', 4 'Empty'."
    assert rows_of(kept) == {2: ["third"]}


def test_several_sheets_are_read_in_the_order_asked_for(tmp_path):
    tables = all_opened(written(tmp_path, "xlsx", SHEETS), sheets=("1", "Accounts", "3"))
    assert [one.part for one in tables] == ["1", "Accounts"]
    assert [rows_of(one) for one in tables] == [{2: ["third"]}, {2: ["1", "2"]}]
    assert [notices_of(one) for one in tables] == [
        [("sheets-left-out", "not imported: sheet 'Notes' (2 rows)")],
        [],
    ]


def test_all_sheets_are_those_that_name_fields(tmp_path):
    tables = all_opened(written(tmp_path, "xlsx", SHEETS), sheets=("all",))
    assert [one.part for one in tables] == ["Accounts", "1"]


def test_all_leaves_hidden_sheets_out_and_says_so(tmp_path):
    xlsx(tmp_path / "a.xlsx", {"old": TABLE, "North": TABLE, "South": TABLE}, hide("old"))
    first, second = all_opened(tmp_path / "a.xlsx", sheets=("all",))
    assert (first.part, second.part) == ("North", "South")
    assert notices_of(first) == [("sheets-left-out", "not imported: hidden sheet 'old' (2 rows)")]


def test_all_takes_every_visible_sheet_where_none_names_fields(tmp_path):
    assert [one.part for one in all_opened(written(tmp_path, "xlsx", UNNAMED), sheets=("all",))] == ["First", "Second"]


def test_a_sheet_that_is_called_all_is_one(tmp_path):
    assert [one.part for one in all_opened(written(tmp_path, "xlsx", {"all": TABLE, "b": TABLE}), sheets=("all",))] == [
        "all"
    ]


def test_an_empty_sheet_has_no_header(tmp_path):
    with pytest.raises(SourceError, match="no header was found in sheet 'Empty'"):
        opened(written(tmp_path, "xlsx", SHEETS), sheets=("Empty",))


@every_format
def test_an_empty_workbook_has_no_header(tmp_path, kind):
    with pytest.raises(SourceError, match="no header was found in sheet 'Sheet1'"):
        opened(written(tmp_path, kind, {"Sheet1": []}))


@pytest.mark.parametrize("number", [2, 7])
def test_a_header_row_that_is_blank_or_missing_is_refused(tmp_path, number):
    with pytest.raises(SourceError, match=f"no header was found in row {number} of sheet 'Accounts'"):
        opened(written(tmp_path, "xlsx", [["a"], [None], ["1"]]), header_row=number)


@every_format
@pytest.mark.parametrize(("option", "value"), [("delimiter", ";"), ("encoding", "utf-8")])
def test_options_of_text_files_are_refused(tmp_path, kind, option, value):
    with pytest.raises(ConfigurationError, match=f"accounts.{kind}: is a workbook and has no {option}"):
        opened(written(tmp_path, kind, SHEETS), **{option: value})


# -- sheets that cannot be read ----------------------------------------------------------------------------------


def test_charts_are_no_sheets_of_cells(tmp_path):
    book = openpyxl.Workbook()
    book.create_chartsheet("Chart", 0)
    book.active = 1
    sheet = book["Sheet"]
    sheet["A1"], sheet["A2"] = "a", "#REF!"
    sheet["A2"].data_type = "e"
    book.save(tmp_path / "a.xlsx")
    table = opened(tmp_path / "a.xlsx")
    assert findings_of(table) == [(2, 0, "error-cell", "is an error cell (#REF!)", "#REF!")]
    assert notices_of(table) == [("sheet-chosen", "sheet 'Sheet' was taken: it is the only one that holds anything")]


BROKEN = worksheet('<row><c t="s"><v>7</v></c></row>')  # there is no such shared string


def test_a_broken_sheet_does_not_keep_another_from_being_read(tmp_path):
    raw_xlsx(tmp_path / "a.xlsx", {"Old": BROKEN, "Data": worksheet(text_rows(["a"], ["1"]))})
    table = opened(tmp_path / "a.xlsx")
    assert rows_of(table) == {2: ["1"]}
    assert ("sheets-left-out", "not imported: sheet 'Old' (cannot be read)") in notices_of(table)


@pytest.mark.parametrize("asked", [(), ("Data",)])
def test_a_broken_sheet_is_refused_by_its_name(tmp_path, asked):
    raw_xlsx(tmp_path / "a.xlsx", {"Data": BROKEN, "Cover": worksheet(text_rows(["Instructions"]))})
    with pytest.raises(SourceError, match="sheet 'Data' cannot be read"):
        opened(tmp_path / "a.xlsx", sheets=asked)
