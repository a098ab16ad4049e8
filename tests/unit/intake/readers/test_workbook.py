"""Workbooks of all four formats: cells keep their meaning, errors are findings, sheets are found."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

from pipeline.errors import ConfigurationError, SourceError
from pipeline.intake.readers import open_table, workbook
from pipeline.intake.readers.workbook import as_text
from pipeline.intake.sources import identify
from pipeline.model.config import ReadOptions

MOMENT = dt.datetime.fromisoformat("2026-01-02T03:04:05")
MIDNIGHT = dt.datetime.fromisoformat("2026-01-02")


class Error(str):
    """The text of an error cell."""

    __slots__ = ()


NA, DIV = Error("#N/A"), Error("#DIV/0!")
_XLS_CODES = {NA: 0x2A, DIV: 0x07}
_XLS_FORMATS = {dt.datetime: "yyyy-mm-dd hh:mm:ss", dt.date: "yyyy-mm-dd", dt.time: "hh:mm:ss"}


def xlsx(path, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for r, row in enumerate(rows, start=1):
            for c, value in enumerate(row, start=1):
                if value is not None:
                    cell = sheet.cell(r, c, str(value) if isinstance(value, Error) else value)
                    if isinstance(value, str) and not value.startswith("="):  # openpyxl guesses from the text
                        cell.data_type = "e" if isinstance(value, Error) else "s"
    book.save(path)


def xls(path, sheets):
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, Error):
                    sheet.row(r).set_cell_error(c, _XLS_CODES[value])
                elif type(value) in _XLS_FORMATS:
                    sheet.write(r, c, value, xlwt.easyxf(num_format_str=_XLS_FORMATS[type(value)]))
                elif value is not None:
                    sheet.write(r, c, value)
    book.save(str(path))


def ods(path, sheets):
    book = OpenDocumentSpreadsheet()
    for name, rows in sheets.items():
        table = Table(name=name)
        for row in rows:
            line = TableRow()
            for value in row:
                line.addElement(_ods_cell(value))
            table.addElement(line)
        book.spreadsheet.addElement(table)
    book.save(str(path))
    _mark_errors(path)


def _ods_cell(value):
    if value is None:
        return TableCell()
    if isinstance(value, bool):
        return TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    if isinstance(value, int | float):
        return TableCell(valuetype="float", value=value)
    if isinstance(value, dt.date):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, dt.time):
        return TableCell(valuetype="time", timevalue=value.strftime("PT%HH%MM%SS"))
    cell = TableCell(valuetype="string", stylename="error" if isinstance(value, Error) else None)
    cell.addElement(P(text=value))
    return cell


def _mark_errors(path):
    """As LibreOffice marks them; odfpy knows no such attribute."""
    rewrite(path, "content.xml", lambda text: text.replace('table:style-name="error"', 'calcext:value-type="error"'))
    namespace = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    rewrite(
        path,
        "content.xml",
        lambda text: text.replace("<office:document-content", f"<office:document-content {namespace}"),
    )


def rewrite(path, part, change):
    """Updater the text of one part of a zipped workbook."""
    source = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content.decode()).encode() if name == part else content)


WRITERS = {"xlsx": xlsx, "xlsm": xlsx, "xls": xls, "ods": ods}
every_format = pytest.mark.parametrize("kind", sorted(WRITERS))


def opened(folder, kind, sheets, **options):
    path = folder / f"accounts.{kind}"
    WRITERS[kind](path, sheets if isinstance(sheets, dict) else {"Accounts": sheets})
    return reopened(path, **options)


def reopened(path, **options):
    return open_table(identify(1, path.name, path), ReadOptions(**options))


def rows_of(table):
    return {
        row: cells
        for batch in table.batches()
        for row, cells in zip(batch.rows, batch.frame.to_numpy().tolist(), strict=True)
    }


def findings_of(table):
    return [(batch.rows[d.position], d.column, d.message, d.value) for batch in table.batches() for d in batch.defects]


# -- cells -------------------------------------------------------------------------------------------------------


@every_format
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("007", "007"),
        ("  x ", "  x "),
        ("NA", "NA"),
        ("null", "null"),
        ("1.50", "1.50"),
        ("line 1\nline 2", "line 1\nline 2"),
        ("Zürich 東京", "Zürich 東京"),
        ("true", "true"),
        (993, "993"),
        (993.0, "993"),
        (-5, "-5"),
        (0, "0"),
        (993.5, "993.5"),
        (12345678901, "12345678901"),
        (True, "true"),
        (False, "false"),
        (MOMENT, "2026-01-02T03:04:05"),
        (MIDNIGHT, "2026-01-02T00:00:00"),
    ],
    ids=repr,
)
def test_cells_become_the_text_that_means_them(tmp_path, kind, value, text):
    table = opened(tmp_path, kind, [["name", "value"], ["x", value]])
    (found,) = rows_of(table)[2][1:]
    assert found.removesuffix("T00:00:00") == text.removesuffix("T00:00:00")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("x", "x"),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (3.0, "3"),
        (-0.0, "0"),
        (3.25, "3.25"),
        (1e15, "1000000000000000"),
        (MOMENT.replace(microsecond=500_000), "2026-01-02T03:04:05.500000"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (dt.time(3, 4), "03:04:00"),
        (dt.timedelta(hours=30), "1 day, 6:00:00"),
    ],
    ids=repr,
)
def test_text_of_each_type_of_cell(cell, text):
    assert as_text(cell) == text


@every_format
def test_blank_rows_are_counted_and_passed_over(tmp_path, kind):
    table = opened(tmp_path, kind, [["a", "b"], [None, None], ["1", None], [" ", ""], ["x", "y"]])
    assert rows_of(table) == {3: ["1", ""], 5: ["x", "y"]}
    assert findings_of(table) == []


@every_format
def test_table_that_does_not_start_in_the_first_cell(tmp_path, kind):
    rows = [[], [], [None, None, "a", "b"], [None, None, "1", 2], [None, None, NA, 4]]
    table = opened(tmp_path, kind, rows)
    assert table.header_row == 3
    assert {row: cells[-2:] for row, cells in rows_of(table).items()} == {4: ["1", "2"], 5: ["#N/A", "4"]}
    ((row, column, message, _),) = findings_of(table)
    assert (row, table.header[column], message) == (5, "a", "is an error cell (#N/A)")


@every_format
def test_title_rows_are_passed_over_with_header_row(tmp_path, kind):
    table = opened(tmp_path, kind, [["Accounts of 2026"], [], ["a", "b"], ["1", "2"]], header_row=3)
    assert (table.header, table.header_row) == (("a", "b"), 3)
    assert rows_of(table) == {4: ["1", "2"]}


@every_format
def test_header_only_yields_no_row(tmp_path, kind):
    table = opened(tmp_path, kind, [["a", "b"]])
    assert table.header == ("a", "b")
    assert list(table.batches()) == []


@every_format
def test_rows_of_many_batches_can_be_read_again(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(workbook, "BATCH_ROWS", 3)
    table = opened(tmp_path, kind, [["a"], *([f"v{n}"] for n in range(2, 12)), [NA]])
    assert [len(batch.rows) for batch in table.batches()] == [3, 3, 3, 2]
    assert list(rows_of(table)) == list(range(2, 13))
    assert findings_of(table) == [(12, 0, "is an error cell (#N/A)", "#N/A")]


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
    (expected,) = reopened(path).batches()
    (found,) = opened(tmp_path, kind, rows).batches()
    assert found.rows == expected.rows == [2, 3, 5]
    assert found.defects == expected.defects == ()
    assert found.frame.equals(expected.frame)
    assert (found.frame.dtypes == expected.frame.dtypes).all()


# -- error cells -------------------------------------------------------------------------------------------------


@every_format
def test_error_cells_are_findings_in_their_places(tmp_path, kind):
    rows = [["a", "b", "c"], ["1", NA, "3"], [None, None, None], [DIV, "2", NA], ["4", "5", "6"]]
    table = opened(tmp_path, kind, rows)
    assert rows_of(table) == {2: ["1", "#N/A", "3"], 4: ["#DIV/0!", "2", "#N/A"], 5: ["4", "5", "6"]}
    assert findings_of(table) == [
        (2, 1, "is an error cell (#N/A)", "#N/A"),
        (4, 0, "is an error cell (#DIV/0!)", "#DIV/0!"),
        (4, 2, "is an error cell (#N/A)", "#N/A"),
    ]


@every_format
def test_a_row_of_nothing_but_an_error_is_a_row(tmp_path, kind):
    table = opened(tmp_path, kind, [["a", "b"], [NA, None]])
    assert rows_of(table) == {2: ["#N/A", ""]}
    assert findings_of(table) == [(2, 0, "is an error cell (#N/A)", "#N/A")]


@every_format
def test_text_that_looks_like_an_error_is_text(tmp_path, kind):
    table = opened(tmp_path, kind, [["a", "b"], ["#N/A", NA]])
    assert rows_of(table) == {2: ["#N/A", "#N/A"]}
    assert findings_of(table) == [(2, 1, "is an error cell (#N/A)", "#N/A")]


@every_format
def test_errors_of_other_sheets_are_not_counted(tmp_path, kind):
    sheets = {"Accounts": [["a"], ["1"]], "Other": [["a"], [NA]]}
    assert findings_of(opened(tmp_path, kind, sheets)) == []
    assert findings_of(opened(tmp_path, kind, sheets, sheet="Other")) == [(2, 0, "is an error cell (#N/A)", "#N/A")]


def test_error_cells_of_a_workbook_with_a_chart_sheet(tmp_path):
    book = openpyxl.Workbook()
    book.create_chartsheet("Chart", 0)
    book.active = 1
    sheet = book["Sheet"]
    sheet["A1"], sheet["A2"] = "a", "#REF!"
    sheet["A2"].data_type = "e"
    book.save(tmp_path / "accounts.xlsx")
    table = reopened(tmp_path / "accounts.xlsx", sheet="Sheet")
    assert findings_of(table) == [(2, 0, "is an error cell (#REF!)", "#REF!")]


def test_error_cells_beyond_column_z(tmp_path):
    row = [str(n) for n in range(30)]
    table = opened(tmp_path, "xlsx", [row, [*row[:27], NA, *row[28:]]])
    assert findings_of(table) == [(2, 27, "is an error cell (#N/A)", "#N/A")]


def test_error_cells_of_a_sheet_whose_cells_have_no_references(tmp_path):
    path = tmp_path / "accounts.xlsx"
    xlsx(path, {"Accounts": [["a", "b"], ["1", NA]]})

    def without_references(text):
        for reference in ("A1", "B1", "A2", "B2", "1", "2"):
            text = text.replace(f' r="{reference}"', "")
        return text

    rewrite(path, "xl/worksheets/sheet1.xml", without_references)
    assert findings_of(reopened(path)) == [(2, 1, "is an error cell (#N/A)", "#N/A")]


def test_error_cells_of_repeated_and_covered_cells_in_ods(tmp_path):
    book = OpenDocumentSpreadsheet()
    table = Table(name="Accounts")
    header, gap, line = TableRow(), TableRow(numberrowsrepeated=2), TableRow(numberrowsrepeated=2)
    for name in "abcd":
        header.addElement(_ods_cell(name))
    gap.addElement(TableCell(numbercolumnsrepeated=4))
    for cell in (_ods_cell("x"), CoveredTableCell(), _ods_cell(NA)):
        line.addElement(cell)
    line.childNodes[-1].setAttribute("numbercolumnsrepeated", "2")
    for row in (header, gap, line):
        table.addElement(row)
    book.spreadsheet.addElement(table)
    path = tmp_path / "accounts.ods"
    book.save(str(path))
    _mark_errors(path)
    found = reopened(path)
    assert rows_of(found) == {4: ["x", "", "#N/A", "#N/A"], 5: ["x", "", "#N/A", "#N/A"]}
    assert [(row, column) for row, column, _, _ in findings_of(found)] == [(4, 2), (4, 3), (5, 2), (5, 3)]


# -- formulas ----------------------------------------------------------------------------------------------------


def test_formulas_count_by_the_value_they_had(tmp_path):
    path = tmp_path / "accounts.xlsx"
    xlsx(path, {"Accounts": [["a", "b", "c"], [2, "=A2*21", "=1/0"]]})

    def computed(text):
        text = text.replace('<c r="B2"><f>A2*21</f><v /></c>', '<c r="B2"><f>A2*21</f><v>42</v></c>')
        return text.replace('<c r="C2"><f>1/0</f><v /></c>', '<c r="C2" t="e"><f>1/0</f><v>#DIV/0!</v></c>')

    rewrite(path, "xl/worksheets/sheet1.xml", computed)
    table = reopened(path)
    assert rows_of(table) == {2: ["2", "42", "#DIV/0!"]}
    assert findings_of(table) == [(2, 2, "is an error cell (#DIV/0!)", "#DIV/0!")]


# -- sheets ------------------------------------------------------------------------------------------------------

SHEETS = {"Notes": [["n"], ["first"]], "Accounts": [["a"], ["second"]], "1": [["b"], ["third"]], "Empty": []}


@every_format
@pytest.mark.parametrize(
    ("sheet", "cell"), [(None, "first"), ("Notes", "first"), ("Accounts", "second"), ("2", "second"), ("1", "third")]
)
def test_sheet_is_the_first_or_found_by_name_or_number(tmp_path, kind, sheet, cell):
    assert rows_of(opened(tmp_path, kind, SHEETS, sheet=sheet)) == {2: [cell]}


@every_format
@pytest.mark.parametrize("sheet", ["accounts", "0", "5", "-1", "²"])
def test_unknown_sheet_is_refused_with_those_there_are(tmp_path, kind, sheet):
    with pytest.raises(ConfigurationError, match=f"--sheet {sheet}: accounts.{kind} has no such sheet") as caught:
        opened(tmp_path, kind, SHEETS, sheet=sheet)
    assert caught.value.advice == "It has: 1 'Notes', 2 'Accounts', 3 '1', 4 'Empty'."


@every_format
def test_empty_sheet_has_no_header(tmp_path, kind):
    with pytest.raises(SourceError, match="no header was found in sheet 'Empty'"):
        opened(tmp_path, kind, SHEETS, sheet="Empty")


@every_format
@pytest.mark.parametrize("number", [2, 7])
def test_header_row_that_is_blank_or_missing_is_refused(tmp_path, kind, number):
    with pytest.raises(SourceError, match=f"no header was found in row {number} of sheet 'Accounts'"):
        opened(tmp_path, kind, [["a"], [None], ["1"]], header_row=number)


@every_format
@pytest.mark.parametrize(("option", "value"), [("delimiter", ";"), ("encoding", "utf-8")])
def test_options_of_text_files_are_refused(tmp_path, kind, option, value):
    with pytest.raises(ConfigurationError, match=f"--{option}: accounts.{kind} is a workbook and has none"):
        opened(tmp_path, kind, SHEETS, **{option: value})


# -- files -------------------------------------------------------------------------------------------------------


@every_format
def test_workbook_is_known_by_its_content_whatever_its_name(tmp_path, kind):
    WRITERS[kind](tmp_path / f"book.{kind}", {"Accounts": [["a"], ["1"]]})
    path = (tmp_path / f"book.{kind}").rename(tmp_path / "accounts.csv")
    assert rows_of(reopened(path)) == {2: ["1"]}


@every_format
def test_cut_off_workbook_is_refused(tmp_path, kind):
    path = tmp_path / f"accounts.{kind}"
    WRITERS[kind](path, {"Accounts": [["a"], ["1"]]})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(SourceError, match=rf"accounts\.{kind}: is not a workbook that can be read"):
        reopened(path)


def test_workbook_with_a_damaged_sheet_is_refused(tmp_path):
    path = tmp_path / "accounts.xlsx"
    xlsx(path, {"Accounts": [["a"], ["1"]]})
    rewrite(path, "xl/worksheets/sheet1.xml", lambda text: text[: len(text) // 2])
    with pytest.raises(SourceError, match="is not a workbook that can be read"):
        reopened(path)


def test_workbook_with_a_password_is_refused(tmp_path, monkeypatch):
    import python_calamine

    def locked(_path):
        raise python_calamine.PasswordError("Workbook is password protected")

    path = tmp_path / "accounts.xlsx"
    xlsx(path, {"Accounts": [["a"], ["1"]]})
    monkeypatch.setattr(python_calamine.CalamineWorkbook, "from_path", locked)
    with pytest.raises(SourceError, match="is protected by a password") as caught:
        reopened(path)
    assert caught.value.advice == "Save a copy without a password."
