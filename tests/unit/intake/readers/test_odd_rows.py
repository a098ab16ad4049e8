"""Lines of a table that are no rows: each is one finding that says what it looks like."""

import pyarrow as pa
import pytest

from pipeline.intake.readers import open_table
from pipeline.intake.readers.odd_rows import find_odd_rows
from pipeline.intake.sources import identify
from pipeline.model.config import ReadOptions

HEADER = ("Id", "Name", "Address", "Port")
GOOD = ["1", "Desk", "desk@example.com", "993"]


def found(*rows, first_row=20, apart=()):
    """Position and code of each finding; rows stand below one another but for those set apart by a blank one."""
    numbers, number = [], first_row
    for position in range(len(rows)):
        number += 2 if position in apart else 1
        numbers.append(number)
    columns = [pa.array(column, pa.large_string()) for column in zip(*rows, strict=True)]
    return [(d.position, d.code) for d in find_odd_rows(columns, numbers, HEADER, 1)]


@pytest.mark.parametrize("word", ["Total", "TOTAL:", "Grand total", "Summe", "Gesamt", "Somme", "Totale", "Total 4"])
def test_a_total(word):
    assert found(GOOD, [word, "4", "", ""]) == [(1, "total")]


@pytest.mark.parametrize(
    "text",
    ["* exported by the old system", "Note: not for sale", "Exported on Monday by the old system", "// end", "† left"],
)
def test_a_footnote(text):
    assert found(GOOD, [text, "", "", ""]) == [(1, "footnote")]


def test_a_few_words_apart_from_the_rows_are_a_footnote():
    assert found(GOOD, ["End of list", "", "", ""], apart={1}) == [(1, "footnote")]


def test_a_header_that_comes_again():
    assert found(GOOD, list(HEADER), GOOD) == [(1, "second-header")]


@pytest.mark.parametrize(
    "row",
    [["(number)", "(text)", "(text)", "(port)"], ["number", "text", "", "[port]"], ["required", "optional", "", ""]],
)
def test_a_line_of_units_right_below_the_header(row):
    assert found(row, GOOD, first_row=1) == [(0, "second-header")]
    assert found(GOOD, GOOD, GOOD, row, first_row=20) == []


@pytest.mark.parametrize(
    "row",
    [
        ["1", "2", "3", "4"],
        ["0", "1", "2", "3"],
        ["01", "02", "03", "04"],
        ["1.", "2.", "3.", "4."],
        ["Column1", "Column2", "Column3", "Column4"],
        ["A", "B", "C", "D"],
        ["a", "b", "c", "d"],
    ],
)
def test_a_line_that_numbers_the_columns_right_below_the_header(row):
    assert found(row, GOOD, first_row=1) == [(0, "second-header")]
    assert found(GOOD, GOOD, GOOD, row, first_row=20) == []


@pytest.mark.parametrize(
    "row",
    [
        ["1", "2", "desk@example.com", "4"],
        ["1", "2", "3", ""],
        ["2", "3", "4", "5"],
        ["1", "2", "4", "3"],
        ["Desk 1", "User 2", "Box 3", "Port 4"],
        ["AB", "C", "D", "E"],
        ["1", "1", "1", "1"],
    ],
)
def test_numbers_that_do_not_count_the_columns_may_be_a_row(row):
    assert found(row, GOOD, first_row=1) == []


WIDE_HEADER = ("Id", "Name", "Address", "Server", "Port", "User", "Password", "Uid", "Errors")


@pytest.mark.parametrize(
    ("row", "is_one"),
    [
        (["int32", "varchar(100)", "varchar(100)", "varchar(50)", "int32", "varchar(50)", "varchar(50)"], True),
        (["int32", "varchar(100)", "varchar(100)", "varchar(50)", "993", "varchar(50)", "varchar(50)"], False),
        (["house1", "house1", "desk1@example.com", "imap1", "imap1", "desk1", "desk1"], False),
        (["house1", "house1", "imap1.example.com", "imap1", "imap1", "desk1", "desk1"], False),
        (["house1", "Desk 1", "mail1", "imap1", "port1", "desk1", "pass1"], False),
    ],
)
def test_a_line_of_types_with_numbers_in_them(row, is_one):
    columns = [pa.array([cell], pa.large_string()) for cell in [*row, row[0], row[0]]]
    defects = find_odd_rows(columns, [2], WIDE_HEADER, 1)
    assert [d.code for d in defects] == ["second-header"] * is_one


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_a_whole_row_in_one_cell(sign):
    whole = sign.join(GOOD)
    assert found(GOOD, [whole, "", "", ""], [f"{whole}{sign}", "", "", ""]) == [(1, "whole-row"), (2, "whole-row")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Questions? anna@example.com, HR, Berlin, Germany", "footnote"),
        ("Exported;by;Anna;2026 in Berlin", "footnote"),
        ("1,Desk,desk@example.com", None),
        ("desk@example.com", None),
    ],
)
def test_a_cell_with_commas_is_not_always_a_whole_row(text, code):
    assert found(GOOD, [text, "", "", ""], apart={1}) == [(1, code)] * (code is not None)


@pytest.mark.parametrize(
    "row",
    [
        ["", "Total Fitness", "total@example.com", "993"],
        ["5", "", "", ""],
        ["", "", "desk@example.com", ""],
        ["", "Desk", "", ""],
        ["1", "Name", "desk@example.com", "993"],
    ],
)
def test_what_may_be_a_row_is_left_alone(row):
    assert found(GOOD, row, GOOD) == []


def test_a_narrow_table_is_left_alone():
    columns = [pa.array(["Total", "* note"], pa.large_string()), pa.array(["", ""], pa.large_string())]
    assert find_odd_rows(columns, [2, 3], ["Name", "Address"], 1) == []


# -- in text files -----------------------------------------------------------------------------------------------


def opened(folder, *lines):
    path = folder / "accounts.csv"
    path.write_bytes("\n".join([",".join(HEADER), ",".join(GOOD), *lines, ""]).encode())
    return open_table(identify(1, "accounts.csv", path), ReadOptions())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Total,1,,", "looks like a total ('Total'), not like a row: delete it"),
        ("* by the old system", "looks like a note ('* by the old system'), not like a row: delete it"),
        (
            "2;b;b@example.com;1",
            (
                "holds a whole row in one cell, its values set apart by ';': split it into cells as the header is, "
                "without quotation marks around the whole row"
            ),
        ),
        ("\x1a", "is the end-of-file mark of an old program (Ctrl-Z), not a row: delete it"),
        (",".join(HEADER), "repeats the header: it is not a row of the table; delete the line"),
    ],
)
def test_one_finding_a_line_however_many_cells_it_has(tmp_path, line, message):
    (batch,) = opened(tmp_path, line, "2,Desk 2,desk2@example.com,993").batches()
    assert batch.rows == [2, 3, 4]
    ((defect),) = batch.defects
    assert (batch.rows[defect.position], defect.message, defect.column) == (3, message, None)
    assert defect.cells == (None if line.count(",") == 3 else (line,))


def test_files_put_behind_one_another_are_read_but_for_their_headers(tmp_path):
    table = opened(
        tmp_path, ",".join(HEADER), "2,b,b@example.com,1", "\ufeff" + ",".join(HEADER), "3,c,c@example.com,2"
    )
    (batch,) = table.batches()
    assert [batch.rows[d.position] for d in batch.defects] == [3, 5]
    assert {d.code for d in batch.defects} == {"second-header"}
    assert batch.frame[1].tolist() == ["Desk", "Name", "b", "Name", "c"]
