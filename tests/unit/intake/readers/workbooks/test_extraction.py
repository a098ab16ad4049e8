"""Files that are no good workbooks are refused in words that a person knows; nothing is printed, nothing dies."""

import struct
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from pipeline.cli.hints import hint_of
from pipeline.errors import Code, SourceError
from pipeline.intake.readers import workbook
from pipeline.intake.readers.workbooks.package import UnreadableError
from pipeline.intake.readers.workbooks.process import extracted
from tests.support.tables import opened, rows_of, written
from tests.support.workbooks import (
    WRITERS,
    compound_file,
    number_cell,
    ods_row,
    ods_sheet,
    ods_text,
    raw_ods,
    raw_xlsx,
    rewrite,
    text_cell,
    text_rows,
    worksheet,
    xlsx,
)

CASES = Path(__file__).parents[4] / "files" / "cases"
RESAVE = "Open it in a spreadsheet program and save it again, as .xlsx or CSV."
every_format = pytest.mark.parametrize("kind", sorted(WRITERS))


def refused(path, **options):
    """Message and advice; the message begins with the file's name."""
    with pytest.raises(SourceError) as caught:
        opened(path, **options)
    assert caught.value.message.startswith(f"{path.name}: ")
    return caught.value.message.removeprefix(f"{path.name}: "), hint_of(caught.value)


def is_taken(path):
    return workbook.accepts(path, path.read_bytes()[:4096])


# -- known by content --------------------------------------------------------------------------------------------


@every_format
def test_a_workbook_is_known_by_its_content_whatever_its_name(tmp_path, kind):
    path = written(tmp_path, kind, [["a"], ["1"]])
    for name in ("accounts.csv", "accounts.xls", "accounts.xlsx", "accounts.ods", "accounts"):
        path = path.rename(tmp_path / name)
        assert rows_of(opened(path)) == {2: ["1"]}


@pytest.mark.parametrize(
    "content",
    [b"a,b\n1,2\n", b"<html><table><tr><td>a</td></tr></table></html>", b"<?xml version='1.0'?><Workbook/>", b""],
)
@pytest.mark.parametrize("name", ["accounts.xls", "accounts.xlsx", "accounts.ods"])
def test_what_is_only_called_a_workbook_is_none(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert not is_taken(tmp_path / name)


def test_a_zip_of_other_files_is_none(tmp_path):
    path = tmp_path / "accounts.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("accounts.csv", "a,b\n1,2\n")
        archive.writestr("folder/more.csv", "a,b\n1,2\n")
    assert not is_taken(path)
    path.write_bytes(path.read_bytes()[:60])
    assert not is_taken(path)


def test_a_damaged_zip_is_a_workbook_by_its_first_part_or_its_name(tmp_path):
    path = written(tmp_path, "xlsx", [["a"], ["1"]])
    path.write_bytes(path.read_bytes()[:200])
    assert is_taken(path)
    assert is_taken(path.rename(tmp_path / "accounts.bin"))
    (tmp_path / "accounts.xlsx").write_bytes(b"PK\3\4" + bytes(100))
    assert is_taken(tmp_path / "accounts.xlsx")


# -- other documents ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "what"),
    [("word/document.xml", "a Word document"), ("ppt/presentation.xml", "a PowerPoint presentation")],
)
def test_other_documents_of_office(tmp_path, part, what):
    path = tmp_path / "accounts.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, "<x/>")
    assert refused(path) == (
        f"is {what}, not a workbook.",
        "Copy the table in it into a workbook, or save it as CSV.",
    )


@pytest.mark.parametrize(
    ("stream", "what"),
    [
        ("WordDocument", "a Word document"),
        ("PowerPoint Document", "a PowerPoint presentation"),
        ("__properties_version1.0", "an Outlook message"),
    ],
)
def test_other_documents_of_office_97(tmp_path, stream, what):
    compound_file(tmp_path / "accounts.xls", {stream: "a Workbook in which to write".encode("utf-16-le")})
    assert refused(tmp_path / "accounts.xls")[0] == f"is {what}, not a workbook."


@pytest.mark.parametrize(("kind", "what"), [("text", "a text document"), ("presentation", "a presentation")])
def test_other_documents_of_libreoffice(tmp_path, kind, what):
    raw_ods(tmp_path / "accounts.ods", "", kind=f"application/vnd.oasis.opendocument.{kind}")
    assert refused(tmp_path / "accounts.ods")[0] == f"is {what} of LibreOffice or OpenOffice, not a workbook."


def test_a_document_of_numbers(tmp_path):
    path = tmp_path / "accounts.numbers"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Index/Document.iwa", b"\0")
    message, advice = refused(path)
    assert "Numbers" in message
    assert advice == "Export it from there as Excel or CSV."


def test_some_other_compound_file(tmp_path):
    compound_file(tmp_path / "accounts.xls", {"Drawing": b"x"})
    assert refused(tmp_path / "accounts.xls") == (
        "is not a workbook that can be read (it is a file of some other program, or damaged).",
        RESAVE,
    )


def test_a_workbook_of_excel_4(tmp_path):
    (tmp_path / "accounts.xls").write_bytes(b"\x09\x04\x06\x00\x00\x00\x10\x00\x00\x00" + bytes(100))
    assert refused(tmp_path / "accounts.xls")[0] == "is a workbook of Excel 4 or older, which cannot be read."


# -- passwords ---------------------------------------------------------------------------------------------------

LOCKED = ("the workbook is protected by a password.", "Save a copy without a password.")


@pytest.mark.parametrize("name", ["accounts.xlsx", "accounts.xls", "accounts.csv"])
def test_a_workbook_with_a_password(tmp_path, name):
    compound_file(tmp_path / name, {"EncryptionInfo": bytes(100), "EncryptedPackage": bytes(9000)})
    assert refused(tmp_path / name) == LOCKED


@pytest.mark.parametrize("before", [b"", struct.pack("<HH", 0x86, 0)])
def test_an_excel_97_workbook_with_a_password(tmp_path, before):
    records = struct.pack("<HH", 0x809, 16) + struct.pack("<HH", 0x600, 5) + bytes(12)
    records += before + struct.pack("<HH", 0x2F, 54) + bytes(54)
    compound_file(tmp_path / "accounts.xls", {"Workbook": records + bytes(5000)})
    assert refused(tmp_path / "accounts.xls") == LOCKED


def test_an_ods_with_a_password(tmp_path):
    raw_ods(tmp_path / "accounts.ods", "", encrypted=True)
    assert refused(tmp_path / "accounts.ods") == LOCKED


def test_an_archive_whose_parts_are_encrypted(tmp_path):
    path = written(tmp_path, "xlsx", [["a"], ["1"]])
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\1\2")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\1\2", at + 1)
    path.write_bytes(content)
    assert refused(path) == LOCKED


# -- damaged -----------------------------------------------------------------------------------------------------


@every_format
@pytest.mark.parametrize("share", [3, 1.1])
def test_a_workbook_that_was_cut_off(tmp_path, kind, share):
    path = written(tmp_path, kind, [["a"], *([f"v{n}"] for n in range(500))])
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size / share)])
    message, advice = refused(path)
    assert message.startswith("is not a workbook that can be read (")
    assert advice == RESAVE


def test_a_workbook_with_a_damaged_sheet(tmp_path):
    path = written(tmp_path, "xlsx", [["a"], ["1"]])
    rewrite(path, "xl/worksheets/sheet1.xml", lambda text: text[: len(text) // 2])
    assert refused(path)[0] == "sheet 'Accounts' cannot be read (it is damaged)."


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_workbook_with_a_damaged_list_of_sheets(tmp_path, part):
    path = written(tmp_path, "xlsx", [["a"], ["1"]])
    rewrite(path, part, lambda text: text[: len(text) // 2])
    assert refused(path)[0] == "is not a workbook that can be read (its list of sheets is missing or damaged)."


def test_an_ods_with_damaged_content(tmp_path):
    path = written(tmp_path, "ods", [["a"], ["1"]])
    rewrite(path, "content.xml", lambda text: text[: len(text) // 2])
    assert refused(path)[0].startswith("is not a workbook that can be read (")


def test_an_archive_with_the_name_and_nothing_of_a_workbook(tmp_path):
    path = tmp_path / "accounts.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    assert refused(path)[0] == "is not a workbook that can be read (it holds no sheets)."


@pytest.mark.parametrize("name", ["ptgexp-truncated-operand.xls"])
def test_what_makes_the_library_panic_is_refused_and_nothing_is_printed(name, capfd):
    message, advice = refused(CASES / name)
    assert message.startswith("is not a workbook that can be read (")
    assert advice == RESAVE
    assert capfd.readouterr() == ("", "")


def test_an_old_workbook_whose_count_of_texts_is_wrong_is_read(capfd):
    table = opened(CASES / "gh548_incorrect_sst_unique_count.xls", header_row=16)
    assert table.header[:3] == ("Code", "System", "Type 1 Departments - Major A&E")
    assert rows_of(table)[19][:3] == [
        "QOX",
        "NHS Bath And North East Somerset, Swindon And Wiltshire Integrated Care Board",
        "18359",
    ]
    assert capfd.readouterr() == ("", "")


# -- too large ---------------------------------------------------------------------------------------------------


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_does(tmp_path):
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(text_rows(["a"], ["1"]) + " " * 3_000_000)})
    assert (tmp_path / "a.xlsx").stat().st_size < 10_000
    message, advice = refused(tmp_path / "a.xlsx", max_unpacked=2_000_000)
    assert message == "would unpack to 3 MB, above the 2 MB allowed."
    assert "--max-unpacked 4MB" in advice
    assert rows_of(opened(tmp_path / "a.xlsx", max_unpacked=4_000_000)) == {2: ["1"]}


def test_a_workbook_that_hides_how_much_it_unpacks_to_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    raw_xlsx(path, {"A": worksheet(text_rows(["a"], ["1"]) + " " * 30_000_000)})
    with zipfile.ZipFile(path) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    told = path.read_bytes().replace(struct.pack("<I", part.file_size), struct.pack("<I", 1000))
    path.write_bytes(told)
    assert refused(path)[0].startswith("is not a workbook that can be read (Bad CRC-32")


def test_pictures_in_a_workbook_do_not_count(tmp_path):
    path = written(tmp_path, "xlsx", [["a"], ["1"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(9_000_000))
    assert rows_of(opened(path, max_unpacked=1_000_000)) == {2: ["1"]}


def far(reference):
    return worksheet(text_rows(["a"], ["1"]) + f'<row r="{reference[3:]}">{text_cell("x", reference)}</row>')


@pytest.mark.parametrize(
    "dimension", ["", '<dimension ref="A1"/>', '<dimension ref="A1:B2"/>', '<dimension ref="A1:XFD1048576"/>']
)
def test_a_stray_cell_far_from_the_table_is_named(tmp_path, dimension):
    part = far("XFD1048576").replace("<sheetData>", f"{dimension}<sheetData>")
    raw_xlsx(tmp_path / "a.xlsx", {"A": part})
    message, advice = refused(tmp_path / "a.xlsx")
    assert message == "sheet 'A' reaches to cell XFD1048576: 17,179,869,184 cells, too many to read."
    assert advice.startswith("Delete what stands in XFD1048576, far from the table")


def test_two_stray_cells_far_from_the_table_are_both_named(tmp_path):
    rows = f'<row r="2">{text_cell("x", "XFD2")}</row><row r="1048576">{text_cell("x", "A1048576")}</row>'
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(rows)})
    assert "reaches to cell XFD2 and A1048576" in refused(tmp_path / "a.xlsx")[0]


def test_a_declared_size_that_no_cell_reaches_to_is_no_matter(tmp_path):
    part = worksheet(text_rows(["a"], ["1"]), before='<dimension ref="A1:XFD1048576"/>')
    raw_xlsx(tmp_path / "a.xlsx", {"A": part})
    assert rows_of(opened(tmp_path / "a.xlsx")) == {2: ["1"]}


def test_formatted_blank_cells_far_from_the_table_are_no_matter(tmp_path):
    rows = text_rows(["a"], ["1"]) + '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(rows)})
    assert rows_of(opened(tmp_path / "a.xlsx")) == {2: ["1"]}


def test_a_blank_far_below_the_table_is_no_row(tmp_path):
    rows = text_rows(["a"], ["1"]) + f'<row r="1048576">{text_cell(" ", "A1048576")}</row>'
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(rows)})
    assert rows_of(opened(tmp_path / "a.xlsx")) == {2: ["1"]}


def test_a_row_far_below_the_others_keeps_its_number(tmp_path):
    rows = text_rows(["a"], ["1"]) + f'<row r="1048576">{number_cell(7, "A1048576")}</row>'
    raw_xlsx(tmp_path / "a.xlsx", {"A": worksheet(rows)})
    assert rows_of(opened(tmp_path / "a.xlsx")) == {2: ["1"], 1_048_576: ["7"]}


@pytest.mark.parametrize(
    "rows",
    [
        ods_row(
            ods_text("x", 'table:number-columns-repeated="16384"'), attributes='table:number-rows-repeated="1048576"'
        ),
        ods_row(
            '<table:table-cell table:number-columns-repeated="16384"/>',
            attributes='table:number-rows-repeated="1048575"',
        )
        + ods_row('<table:table-cell table:number-columns-repeated="16383"/>', ods_text("x")),
    ],
)
def test_a_stray_cell_of_ods_far_from_the_table_is_named(tmp_path, rows):
    raw_ods(tmp_path / "a.ods", ods_sheet("A", rows))
    assert refused(tmp_path / "a.ods")[0].startswith("sheet 'A' reaches to cell XFD1048576: 17,179,869,184 cells")


def test_the_blank_rows_that_end_every_ods_are_no_matter(tmp_path):
    blank = '<table:table-cell table:number-columns-repeated="16383"/>'
    rows = [ods_row(ods_text(text), blank) for text in ("a", "1")]
    filler = ods_row(f"{blank}<table:table-cell/>", attributes='table:number-rows-repeated="1048574"')
    raw_ods(tmp_path / "a.ods", ods_sheet("A", *rows, filler))
    assert rows_of(opened(tmp_path / "a.ods")) == {2: ["1"]}


# -- the process that reads --------------------------------------------------------------------------------------


@pytest.fixture
def dying(tmp_path, monkeypatch):
    """Has every process that is to read a workbook die at once, from when it is called."""

    def die():
        program = tmp_path / "python"
        program.write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))

    return die


def test_a_process_that_dies_is_a_file_that_cannot_be_read(tmp_path, dying):
    path = written(tmp_path, "xlsx", [["a"], ["1"]])
    dying()
    assert refused(path) == ("is not a workbook that can be read (it is damaged, or too large to hold).", RESAVE)


def test_a_process_that_takes_too_long_is_ended(tmp_path):
    path = written(tmp_path, "xlsx", [["a"], ["1"]])
    with pytest.raises(UnreadableError, match=r"^could not be read within 0 seconds$") as caught:
        extracted(path, max_unpacked=1 << 20, seconds_at_least=0)
    assert caught.value.code is Code.WORKBOOK_DAMAGED


def test_nothing_is_left_on_the_disk(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    table = opened(written(tmp_path, "xlsx", [["a"], ["1"]]))
    assert list(folder.iterdir()) == []
    assert rows_of(table) == {2: ["1"]}


def test_a_workbook_is_read_once_as_long_as_somebody_reads_it(tmp_path, dying):
    path = written(tmp_path, "xlsx", [["a"], ["1"]])
    first = opened(path)
    dying()
    assert rows_of(opened(path)) == rows_of(first)
    del first
    refused(path)


def test_a_workbook_that_has_changed_is_read_anew(tmp_path):
    path = written(tmp_path, "xlsx", [["a"], ["1"]])
    first = opened(path)
    xlsx(path, {"Accounts": [["a"], ["2"]]})
    assert rows_of(opened(path)) == {2: ["2"]}
    assert rows_of(first) == {2: ["1"]}
