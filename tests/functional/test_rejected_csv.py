"""`rejected.csv`: the source's own rows, to be corrected and sent again."""

import codecs
import csv
import io
import os
import stat
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.faults import Faults
from tests.support.command_line import account, accounts, call, read_csv, report_in, run_into, summary, write_csv

HEADER = list(account(1))


ODD = [
    "00",
    'The "Desk", lower\r\nfloor ',
    "desk1@cowork.example",
    " imap ",
    "0993",
    "in;a",
    "smtp",
    "587",
    "=1+1",
    "-0",
    "x",
]


def written(rows, encoding="utf-8", delimiter=","):
    """The bytes of a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def corrected(path, column, value, **how):
    """What somebody makes of a `rejected.csv` in a spreadsheet program: one column is right now."""
    header, *rows = read_csv(path, **how)
    place = header.index(column)
    return [header, *([*row[:place], value, *row[place + 1 :]] for row in rows)]


class TestRejectedCsv:
    def test_has_the_cells_of_the_source_as_they_are_and_the_reasons_behind_them(self):
        Path("a.csv").write_bytes(written([HEADER, ODD, list(account(2).values())]))
        call("validate", "a.csv", "--report-dir", "out")
        header, row = read_csv("out/rejected.csv")
        assert header == [*HEADER, "Import Row", "Import Errors"]
        assert row[:-2] == ODD
        assert row[-2] == "2"
        assert row[-1].startswith("ErrorCount: ")

    def test_is_byte_for_byte_the_source_up_to_the_reason(self):
        Path("a.csv").write_bytes(written([HEADER, ODD]))
        call("validate", "a.csv", "--report-dir", "out")
        source = Path("a.csv").read_bytes().removesuffix(b"\r\n").split(b"\r\n", 1)
        first, second = Path("out/rejected.csv").read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\r\n", 1)
        assert first == source[0] + b",Import Row,Import Errors"
        assert second.startswith(source[1] + b",2,")

    def test_is_readable_by_its_owner_only(self, target):
        Path("out").mkdir()
        Path("out/rejected.csv").touch(mode=0o644)
        write_csv("a.csv", [account(1, ErrorCount="x"), account(2)])
        run_into(target, "a.csv")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in Path("out").iterdir()}
        assert modes == dict.fromkeys(
            ("report.html", "rejected.csv", "created.csv", "errors.csv", "report.json"), 0o600
        )

    def test_corrections_made_in_place_are_set_aside_when_the_reports_are_written_again(self):
        write_csv("a.csv", [account(1, ErrorCount="x")])
        call("validate", "a.csv", "--report-dir", "out")
        written_first = Path("out/rejected.csv").read_bytes()
        later = Path("out/report.json").stat().st_mtime + 60
        Path("out/rejected.csv").write_bytes(b"corrected")
        os.utime("out/rejected.csv", (later, later))
        result = call("validate", "a.csv", "--report-dir", "out")
        assert Path("out/corrected-1-rejected.csv").read_bytes() == b"corrected"
        assert Path("out/rejected.csv").read_bytes() == written_first
        assert "rejected.csv was changed after it was written: kept as " in result.stderr

    def test_can_be_corrected_and_given_to_run_as_it_is_and_once_more(self, target):
        write_csv("a.csv", [account(1), account(2, ErrorCount="x", LastMessageId="y")])
        assert run_into(target, "a.csv").exit_code == ExitCode.ROWS_REFUSED
        Path("b.csv").write_bytes(written(corrected("out/rejected.csv", "ErrorCount", "0"), "utf-8-sig"))
        assert run_into(target, "b.csv").exit_code == ExitCode.ROWS_REFUSED
        assert report_in()["Summary"] == summary(RowsRead=1, Invalid=1)
        header = read_csv("out/rejected.csv")[0]
        assert header.count("Import Errors") == 1
        Path("c.csv").write_bytes(written(corrected("out/rejected.csv", "LastMessageId", "0"), "utf-8-sig"))
        assert run_into(target, "c.csv").exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=1, Created=1)
        assert sorted(r["DisplayName"] for r in target.store.records()) == ["Desk 1", "Desk 2"]

    def test_ragged_rows_stay_as_they_are_and_stay_refused(self, target):
        good, short, long = list(account(1).values()), list(account(2).values())[:5], [*account(3).values(), "more"]
        Path("a.csv").write_bytes(written([HEADER, good, short, long]))
        run_into(target, "a.csv")
        assert report_in()["Summary"] == summary(RowsRead=3, Created=1, Invalid=2)
        rows = read_csv("out/rejected.csv")[1:]
        assert [row[:-1] for row in rows] == [[*short, "3"], [*long, "4"]]
        Path("b.csv").write_bytes(Path("out/rejected.csv").read_bytes())
        assert run_into(target, "b.csv").exit_code == ExitCode.ROWS_REFUSED
        assert report_in()["Summary"] == summary(RowsRead=2, Invalid=2)
        assert len(target.store) == 1

    def test_there_is_one_for_each_source_that_has_such_rows(self, target):
        write_csv("a.csv", [account(1, ErrorCount="x")])
        write_csv("b.csv", [account(2)])
        write_csv("c.csv", [account(3, Colour="red", ErrorCount="y")])
        run_into(target, "a.csv", "b.csv", "c.csv")
        assert sorted(p.name for p in Path("out").glob("rejected*")) == ["rejected-1.csv", "rejected-3.csv"]
        assert read_csv("out/rejected-1.csv")[1][1] == "Desk 1"
        assert read_csv("out/rejected-3.csv")[0] == [*HEADER, "Colour", "Import Row", "Import Errors"]

    def test_those_of_an_earlier_run_do_not_stay_behind(self, target):
        write_csv("a.csv", [account(1, ErrorCount="x")])
        write_csv("b.csv", [account(2, ErrorCount="x")])
        write_csv("c.csv", [account(3)])
        run_into(target, "a.csv", "b.csv")
        run_into(target, "a.csv")
        assert sorted(p.name for p in Path("out").glob("rejected*")) == ["rejected.csv"]
        run_into(target, "c.csv")
        assert sorted(p.name for p in Path("out").glob("rejected*")) == []

    def test_the_header_stands_where_header_row_says(self, target):
        Path("a.csv").write_bytes(
            b"Accounts of May\r\n\r\n" + written([HEADER, list(account(1, ErrorCount="x").values())])
        )
        run_into(target, "a.csv", "--header-row", "3")
        assert [e["Row"] for e in report_in()["Errors"]] == [4]
        lines = read_csv("out/rejected.csv")
        assert (lines[:2], lines[2]) == ([[], []], [*HEADER, "Import Row", "Import Errors"])
        Path("b.csv").write_bytes(written(corrected_below(lines), "utf-8-sig"))
        assert run_into(target, "b.csv", "--header-row", "3").exit_code == 0
        assert len(target.store) == 1

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_text_of_any_encoding_and_delimiter_goes_around(self, target, encoding, delimiter):
        bad = list(account(1, DisplayName="Café | Größe; 5 €, oben", ErrorCount="x").values())
        Path("a.csv").write_bytes(written([HEADER, bad], encoding, delimiter))
        run_into(target, "a.csv")
        assert read_csv("out/rejected.csv", delimiter=delimiter)[1][:-2] == bad
        rows = corrected("out/rejected.csv", "ErrorCount", "0", delimiter=delimiter)
        Path("b.csv").write_bytes(written(rows, "utf-8-sig", delimiter))
        assert run_into(target, "b.csv").exit_code == 0
        assert target.store.records()[0]["DisplayName"] == "Café | Größe; 5 €, oben"

    @pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-16-le"])
    def test_the_options_that_read_the_source_read_it_too(self, target, encoding):
        bad = list(account(1, DisplayName="Größe", ErrorCount="x").values())
        Path("a.csv").write_bytes(written([HEADER, bad], encoding, ";"))
        options = ("--encoding", encoding, "--delimiter", "semicolon")
        run_into(target, "a.csv", *options)
        Path("b.csv").write_bytes(Path("out/rejected.csv").read_bytes())
        assert run_into(target, "b.csv", *options, "--set", "ErrorCount=0").exit_code == 0
        assert target.store.records()[0]["DisplayName"] == "Größe"

    def test_row_numbers_are_those_of_the_first_file_however_often_rows_are_corrected(self, target):
        write_csv("a.csv", [account(1), account(2, ErrorCount="x"), account(3), account(4, ErrorCount="x")])
        run_into(target, "a.csv")
        assert [row[-2] for row in read_csv("out/rejected.csv")] == ["Import Row", "3", "5"]
        Path("b.csv").write_bytes(Path("out/rejected.csv").read_bytes())
        run_into(target, "b.csv")
        assert [row[-2] for row in read_csv("out/rejected.csv")] == ["Import Row", "3", "5"]
        assert report_in()["Warnings"] == []

    @pytest.mark.parametrize("missing", [1, 2, 3])
    def test_a_row_that_lacks_cells_never_comes_to_fit_by_those_that_are_added(self, target, missing):
        header = [*HEADER, "ReplyToEmail", "LastCheckTime", "Active"]
        short = [*account(1).values(), "", "", ""][:-missing]
        Path("a.csv").write_bytes(written([header, short]))
        for _ in range(4):
            assert run_into(target, "a.csv").exit_code == ExitCode.ROWS_REFUSED
            assert read_csv("out/rejected.csv")[1][:-1] == [*short, "2"]
            Path("a.csv").write_bytes(Path("out/rejected.csv").read_bytes())
        assert len(target.store) == 0

    def test_a_compressed_source_and_standard_input(self, target):
        content = written([HEADER, list(account(1, ErrorCount="x").values())])
        run_into(target, "-", given=content)
        assert read_csv("out/rejected.csv")[1][1] == "Desk 1"

    def test_rejected_rows_are_among_them(self, target):
        target.faults = Faults(refusals=1)
        write_csv("a.csv", accounts(2))
        run_into(target, "a.csv")
        target.faults = Faults()
        assert [row[1] for row in read_csv("out/rejected.csv")] == ["DisplayName", "Desk 1", "Desk 2"]
        Path("b.csv").write_bytes(Path("out/rejected.csv").read_bytes())
        assert run_into(target, "b.csv").exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=2, Created=2)


def corrected_below(lines):
    """The file with the header in row 3, whose row has a good last cell now."""
    return [*lines[:3], [*lines[3][:10], "0", *lines[3][11:]]]
