"""`rejected.xlsx`: a workbook's own rows, to be corrected in a spreadsheet program and sent again."""

import datetime as dt
import json
import os
import stat
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from pipeline.errors import ExitCode
from pipeline.intake.readers import open_table
from pipeline.intake.sources import identify
from pipeline.model.config import ReadOptions
from pipeline.sandbox.faults import Faults
from tests.support.command_line import account, by_key, call, report_in, run_into, stub, summary, write_csv
from tests.support.workbooks import NA, WRITERS

HEADER = [*account(1), "Opened", "LastCheckTime"]
MOMENT = dt.datetime(2026, 5, 1, 8, 30)  # noqa: DTZ001 - a workbook knows no zones
BAD = "FFFFC7CE"
ONE_OF_17 = 1
"""A seed by which the sandbox refuses one of its first 17 calls."""


def row(number, **changed):
    """A row's cells, with a leading zero in it, a date and a moment."""
    given = {
        "IncomingServerPort": 993,
        "OutgoingServerPort": 587,
        "IncomingServerUsername": f"00{number}",
        "LastMessageId": 0,
        "ErrorCount": 0,
        "Opened": dt.date(2026, 4, 30),
        "LastCheckTime": MOMENT,
    }
    cells = dict.fromkeys(HEADER, "") | account(number, BusinessId=number) | given | changed
    return [cells[name] for name in HEADER]


def save(name, sheets, formats=None):
    """A workbook of these sheets; `formats` shows columns as a person has set them."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for cells in rows:
            sheet.append([None if cell == "" else cell for cell in cells])
        for header, shown in (formats or {}).items():
            for cell in next(sheet.iter_cols(HEADER.index(header) + 1, HEADER.index(header) + 1, 2)):
                cell.number_format = shown
    book.save(name)


def cells_of(path, sheet=0):
    """The rows of a sheet as dictionaries of cells, by header."""
    first, *rows = openpyxl.load_workbook(path).worksheets[sheet].iter_rows()
    return [dict(zip((cell.value for cell in first), cells, strict=True)) for cells in rows]


def correct(path, values):
    """Types values into cells, by their references, and saves the file."""
    book = openpyxl.load_workbook(path)
    for place, value in values.items():
        book.worksheets[0][place].value = value
    book.save(path)


def place(path, header, line):
    """The reference of a cell."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return next(cell.coordinate for cell in sheet[line] if sheet.cell(1, cell.column).value == header)


def looks(cell):
    """Whether a cell is marked as bad, and its note."""
    return cell.fill.start_color.rgb == BAD, cell.comment.text if cell.comment else None


def columns_of_bad_cells(cells):
    return [header for header, cell in cells.items() if looks(cell)[0]]


class TestStory:
    def test_twenty_rows_of_which_four_do_not_make_it_are_all_created_once(self, target):
        rows = [row(n) for n in range(1, 21)]
        rows[3] = row(4, IncomingServerPort="99x")
        rows[8] = row(9, DisplayName="", ErrorCount="none")
        rows[14] = row(15, EmailAddress="")
        save("a.xlsx", {"Accounts": [HEADER, *rows]})
        target.faults = Faults(refusals=1 / 17, seed=ONE_OF_17)
        assert run_into(target, "a.xlsx").exit_code == ExitCode.ROWS_REFUSED
        assert report_in()["Summary"] == summary(RowsRead=20, Created=16, Invalid=3, Rejected=1, Warnings=1)
        [refused] = [e["Row"] for e in report_in()["Errors"] if e["Status"] == "rejected"]
        found = {cells["Import Row"].value: line for line, cells in enumerate(cells_of("out/rejected.xlsx"), start=2)}
        assert list(found) == sorted([5, 10, 16, refused])
        target.faults = Faults()
        path = Path("out/rejected.xlsx").rename("corrected.xlsx")
        correct(
            path,
            {
                place(path, "IncomingServerPort", found[5]): 993,
                place(path, "DisplayName", found[10]): "Desk 9",
                place(path, "ErrorCount", found[10]): 0,
                place(path, "EmailAddress", found[16]): "desk15@cowork.example",
            },
        )
        assert run_into(target, path).exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=4, Created=4, Warnings=1)
        assert [w["Message"] for w in report_in()["Warnings"]] == ["Not imported: Opened"]
        run_into(target, "a.xlsx")
        assert (report_in()["Summary"]["Skipped"], report_in()["Summary"]["Created"]) == (17, 0)
        assert [sent_of(record) for record in by_key(target)] == [arrives(number) for number in range(1, 21)]

    def test_given_back_uncorrected_it_is_refused_for_the_same_reasons(self, target):
        rows = [row(1, IncomingServerPort="99x"), row(2), row(3, LastMessageId=0.5, Opened=NA), row(4, DisplayName=NA)]
        WRITERS["xlsx"](Path("a.xlsx"), {"Accounts": [HEADER, *rows]})
        run_into(target, "a.xlsx")
        first = [(e["Response"], cells["Import Row"].value) for e, cells in told_and_kept()]
        assert [number for _, number in first] == [2, 4, 5]
        for _ in range(2):
            Path("out/rejected.xlsx").rename("b.xlsx")
            run_into(target, "b.xlsx")
            assert [(e["Response"], cells["Import Row"].value) for e, cells in told_and_kept()] == first
        assert len(target.store) == 1


def told_and_kept():
    return zip(report_in()["Errors"], cells_of("out/rejected.xlsx"), strict=True)


def arrives(number):
    """What of a row must be seen at the target."""
    typed = {"IncomingServerPort": 993, "OutgoingServerPort": 587, "LastMessageId": 0, "ErrorCount": 0}
    texts = {"IncomingServerUsername": f"00{number}", "LastCheckTime": "2026-05-01T08:30:00Z"}
    return account(number, BusinessId=number) | typed | texts


def sent_of(record):
    return {name: record[name] for name in arrives(1)}


class TestCells:
    def test_are_those_of_the_source_in_type_and_format(self):
        shown = {"BusinessId": "#,##0", "DisplayName": "@", "Opened": "dd/mm/yyyy", "LastCheckTime": "d mmm yy hh:mm"}
        texts = row(2, DisplayName="007", OutgoingServer="2026-05-01", IncomingServerUsername="12")
        rows = [row(1), texts, row(1234567, ErrorCount="x")]
        save("a.xlsx", {"Accounts": [HEADER, *rows]}, shown)
        call("validate", "a.xlsx", "--report-dir", "out", "--set", "LastMessageId=x")
        book, source = openpyxl.load_workbook("out/rejected.xlsx"), openpyxl.load_workbook("a.xlsx")
        kept, given = book["Accounts"], source["Accounts"]
        assert [cell.value for cell in kept[1]] == [*HEADER, "Import Row", "Import Errors"]
        assert kept.freeze_panes == "A2"
        for line in (2, 3, 4):
            for cell in given[line]:
                same = kept[cell.coordinate]
                assert (same.value, same.data_type) == (cell.value, cell.data_type)
                if cell.value is not None:
                    assert same.number_format == cell.number_format

    def test_bad_ones_are_coloured_and_say_why(self):
        save("a.xlsx", {"Accounts": [HEADER, row(1, IncomingServerPort="99x", EmailAddress="")]})
        call("validate", "a.xlsx", "--report-dir", "out")
        [cells] = cells_of("out/rejected.xlsx")
        assert columns_of_bad_cells(cells) == ["EmailAddress", "IncomingServerPort"]
        assert looks(cells["EmailAddress"]) == (True, "EmailAddress: is a required field")
        assert cells["IncomingServerPort"].comment.text.startswith("IncomingServerPort: ")
        assert looks(cells["DisplayName"]) == (False, None)
        why = cells["Import Errors"].value
        assert why.startswith("EmailAddress: is a required field; IncomingServerPort: ")

    def test_refusals_of_the_endpoint_are_marked_in_the_column_that_the_source_calls_so(self):
        header = ["Mail" if name == "EmailAddress" else name for name in HEADER]
        save("a.xlsx", {"Accounts": [header, row(1), row(2)]})

        def answer(body):
            if "desk2@" not in body:
                return json.dumps({"Value": {"Id": 7}, "WasSuccessful": True})
            error = {"PropertyName": "emailAddress", "Message": "=is taken", "AttemptedValue": None}
            return json.dumps({"Message": "no", "Value": None, "Errors": [error], "WasSuccessful": False})

        with stub(200, answer) as server:
            run_into(server, "a.xlsx", "--map", "Mail=EmailAddress")
        assert report_in()["Summary"] == summary(RowsRead=2, Created=1, Rejected=1, Warnings=1)
        [cells] = cells_of("out/rejected.xlsx")
        assert columns_of_bad_cells(cells) == ["Mail"]
        assert looks(cells["Mail"]) == (True, "emailAddress: =is taken")
        assert cells["Import Row"].value == 3

    def test_a_refusal_of_no_cell_marks_the_reason(self, target):
        target.faults = Faults(refusals=1)
        save("a.xlsx", {"Accounts": [HEADER, row(1)]})
        run_into(target, "a.xlsx")
        [cells] = cells_of("out/rejected.xlsx")
        assert columns_of_bad_cells(cells) == ["Import Errors"]

    def test_any_text_is_read_again_as_it_was_and_is_nothing_else(self):
        odd = [
            "=1+1",
            "+49 30",
            "-x",
            "@x",
            "https://cowork.example",
            "'007",
            "1e5",
            " a\r\nb\t",
            "_x0041_",
            "TRUE",
            "#N/A",
        ]
        odd += [
            "true",
            "993.0",
            "12345678901234567890",
            "2026-05-01",
            "0.30000000000000004",
            "\x01",
            "é€😀",
            "x" * 32_767,
        ]
        with xlsxwriter.Workbook("a.xlsx") as book:
            sheet = book.add_worksheet()
            for line, cells in enumerate([HEADER, *(row(1, DisplayName=text, ErrorCount="x") for text in odd)]):
                for column, value in enumerate(cells):
                    sheet.write_string(line, column, str(value))
        call("validate", "a.xlsx", "--report-dir", "out")
        assert texts_in("out/rejected.xlsx") == texts_in("a.xlsx")
        assert texts_in("a.xlsx")["DisplayName"] == odd
        kept = openpyxl.load_workbook("out/rejected.xlsx").active
        assert {cell.data_type for cell in kept["B"]} == {"s"}

    @pytest.mark.parametrize("kind", ["xls", "ods", "xlsx"])
    def test_any_value_is_read_again_as_it_was(self, kind):
        moment = dt.datetime(2026, 5, 1, 23, 59, 59)  # noqa: DTZ001 - a workbook knows no zones
        odd = [
            0,
            -1,
            993.0,
            0.5,
            0.1 + 0.2,
            1e-7,
            1e15,
            123456789012345,
            True,
            False,
            "007",
            "7",
            moment,
            dt.date(1999, 1, 1),
        ]
        odd += [dt.time(8, 30), dt.datetime(2026, 5, 1), "2026-05-01T00:00:00", "2026-02-31"]  # noqa: DTZ001 - likewise
        rows = [row(1, DisplayName=value, ErrorCount="x") for value in odd]
        WRITERS[kind](Path(f"a.{kind}"), {"Accounts": [HEADER, *rows]})
        call("validate", f"a.{kind}", "--report-dir", "out")
        assert len(texts_in("out/rejected.xlsx")["DisplayName"]) == len(odd)
        assert texts_in("out/rejected.xlsx") == texts_in(f"a.{kind}")

    def test_a_text_that_is_too_long_for_a_cell_is_an_error_that_says_so(self):
        WRITERS["ods"](Path("a.ods"), {"Accounts": [HEADER, row(1, DisplayName="x" * 32_768, ErrorCount="x")]})
        call("validate", "a.ods", "--report-dir", "out")
        [cells] = cells_of("out/rejected.xlsx")
        assert (cells["DisplayName"].value, cells["DisplayName"].data_type) == ("=#N/A", "f")
        assert "too long for a cell of this file" in cells["DisplayName"].comment.text
        assert call("validate", "out/rejected.xlsx", "--set", "ErrorCount=0").exit_code == ExitCode.ROWS_REFUSED


def texts_in(path):
    """What readers make of a workbook's own columns."""
    table = open_table(identify(1, str(path), Path(path)), ReadOptions())
    [batch] = table.batches()
    return {name: batch.frame[column].tolist() for column, name in enumerate(table.header) if name in HEADER}


class TestFile:
    def test_is_readable_by_its_owner_only_and_nothing_else_is_left(self):
        save("a.xlsx", {"Accounts": [[*HEADER, "GoogleAccessToken"], [*row(1, ErrorCount="x"), "s3cret"]]})
        Path("out").mkdir()
        Path("out/rejected.xlsx").touch(mode=0o644)
        call("validate", "a.xlsx", "--report-dir", "out")
        assert stat.S_IMODE(Path("out/rejected.xlsx").stat().st_mode) == 0o600
        assert cells_of("out/rejected.xlsx")[0]["GoogleAccessToken"].value == "s3cret"
        assert [path.name for path in Path("out").iterdir() if path.name.startswith(("rejected", ".rejected"))] == [
            "rejected.xlsx"
        ]

    def test_corrections_made_in_place_are_set_aside_when_the_reports_are_written_again(self):
        save("a.xlsx", {"Accounts": [HEADER, row(1, ErrorCount="x")]})
        call("validate", "a.xlsx", "--report-dir", "out")
        later = Path("out/report.json").stat().st_mtime + 60
        Path("out/rejected.xlsx").write_bytes(b"corrected")
        os.utime("out/rejected.xlsx", (later, later))
        result = call("validate", "a.xlsx", "--report-dir", "out")
        assert Path("out/corrected-1-rejected.xlsx").read_bytes() == b"corrected"
        assert cells_of("out/rejected.xlsx")[0]["ErrorCount"].value == "x"
        assert "rejected.xlsx was changed after it was written: kept as " in result.stderr

    def test_one_of_an_earlier_run_does_not_stay_behind(self):
        save("a.xlsx", {"Accounts": [HEADER, row(1, ErrorCount="x")]})
        call("validate", "a.xlsx", "--report-dir", "out")
        write_csv("b.csv", [account(1, ErrorCount="x")])
        call("validate", "b.csv", "--report-dir", "out")
        assert [path.name for path in Path("out").glob("rejected*")] == ["rejected.csv"]

    def test_there_is_one_for_each_workbook_beside_those_of_text_files(self, target):
        save("a.xlsx", {"Accounts": [HEADER, row(1, ErrorCount="x")]})
        write_csv("b.csv", [account(2, ErrorCount="x")])
        save("c.xlsx", {"Accounts": [HEADER, row(3, ErrorCount="x")]})
        run_into(target, "a.xlsx", "b.csv", "c.xlsx")
        assert sorted(p.name for p in Path("out").glob("rejected*")) == [
            "rejected-1.xlsx",
            "rejected-2.csv",
            "rejected-3.xlsx",
        ]
        assert cells_of("out/rejected-3.xlsx")[0]["DisplayName"].value == "Desk 3"

    @pytest.mark.parametrize("sheets", [("North", "South"), ("2", "3"), ("all",)])
    def test_the_options_that_found_the_sheets_find_them_again(self, target, sheets):
        options = [word for sheet in sheets for word in ("--sheet", sheet)]
        good, bad = [HEADER, row(1), row(2)], [HEADER, row(3), row(4, DisplayName="")]
        save("a.xlsx", {"Notes": [["Nothing"]], "North": good, "South": bad})
        assert run_into(target, "a.xlsx", *options).exit_code == ExitCode.ROWS_REFUSED
        assert len(target.store) == 3
        path = Path("out/rejected.xlsx").rename("b.xlsx")
        book = openpyxl.load_workbook(path)
        assert [cell.value for cell in book["North"][1]] == [cell.value for cell in book["South"][1]]
        assert book["North"].max_row == 1
        book["South"]["B2"].value = "Desk 4"
        book.save(path)
        assert run_into(target, path, *options).exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=1, Created=1, Warnings=2)
        assert [record["DisplayName"] for record in by_key(target)] == [f"Desk {n}" for n in range(1, 5)]

    def test_the_header_stands_where_header_row_says(self, target):
        save("a.xlsx", {"Accounts": [["Accounts of May"], [], HEADER, row(1, DisplayName="")]})
        run_into(target, "a.xlsx", "--header-row", "3")
        path = Path("out/rejected.xlsx").rename("b.xlsx")
        book = openpyxl.load_workbook(path)
        assert [cell.value for cell in book.active[3]][:2] == HEADER[:2]
        book.active["B4"].value = "Desk 1"
        book.save(path)
        assert run_into(target, path, "--header-row", "3").exit_code == 0

    @pytest.mark.parametrize("kind", ["xls", "ods"])
    def test_of_older_and_open_formats_it_has_plain_values(self, target, kind):
        path = Path(f"a.{kind}")
        WRITERS[kind](path, {"Accounts": [HEADER, row(1, ErrorCount="x"), row(2)]})
        run_into(target, path)
        [cells] = cells_of("out/rejected.xlsx")
        assert (cells["BusinessId"].value, cells["IncomingServerUsername"].value) == (1, "001")
        assert cells["LastCheckTime"].value == MOMENT
        corrected = Path("out/rejected.xlsx").rename("b.xlsx")
        correct(corrected, {place(corrected, "ErrorCount", 2): 0})
        assert run_into(target, corrected).exit_code == 0
        assert [sent_of(record) for record in by_key(target)] == [arrives(1), arrives(2)]

    def test_what_comes_next_names_it(self, target):
        save("a.xlsx", {"Accounts": [HEADER, row(1, ErrorCount="x")]})
        assert "correct the rows in out/rejected.xlsx" in run_into(target, "a.xlsx").stdout
        assert f"nexudus-import run {Path.cwd()}/out/rejected.xlsx" in Path("out/report.html").read_text(
            encoding="utf-8"
        )
