"""Text files: delimiters, line ends, blank and ragged rows, quotation marks, row numbers."""

import csv
import gzip
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigurationError, SourceError
from pipeline.intake.readers import delimited, open_table, parsing
from pipeline.intake.readers.base import ragged
from pipeline.intake.sources import identify
from pipeline.model.config import ReadOptions

UNCLOSED = "has a quotation mark that is never closed: take it out, or close the cell with another one"
BROKEN = "has quotation marks that leave open where its cells end: write each one inside a quoted cell twice"
REPAIRED = "has quotation marks inside a quoted cell that are not written twice; the cell is read as "


def opened(folder, content, name="accounts.csv", **options):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_table(identify(1, name, path), ReadOptions(**options))


def rows_of(table):
    """Row number to cells, in order."""
    found = {}
    for batch in table.batches():
        cells = batch.frame.to_numpy().tolist()
        for row, values in zip(batch.rows, cells, strict=True):
            assert row not in found
            found[row] = values
    return found


def findings_of(table):
    """Row number, message and the source's own cells of each finding about a whole row."""
    return [
        (batch.rows[defect.position], defect.message, defect.cells)
        for batch in table.batches()
        for defect in batch.defects
    ]


@pytest.fixture
def small_blocks(monkeypatch):
    """A batch every few rows, so that rows meet the edges of blocks."""
    monkeypatch.setattr(delimited, "CHUNK_BYTES", 64)
    monkeypatch.setattr(parsing, "MAX_ROW_BYTES", 96)


# -- layout ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_by_itself(tmp_path, delimiter):
    table = opened(tmp_path, f"a{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n")
    assert (table.delimiter, table.header) == (delimiter, ("a", "b", "c"))
    assert rows_of(table) == {2: ["1", "2", "3"]}


def test_delimiter_is_the_one_that_fits_the_rows_not_the_one_that_is_more_frequent(tmp_path):
    table = opened(tmp_path, "name;note\nx;a,b,c,d\ny;e,f\n")
    assert (table.delimiter, table.header) == (";", ("name", "note"))


def test_delimiter_inside_quotation_marks_does_not_count(tmp_path):
    table = opened(tmp_path, '"a,b,c";d\n"1,2,3";4\n')
    assert rows_of(table) == {2: ["1,2,3", "4"]}


def test_given_delimiter_wins_over_the_one_that_fits(tmp_path):
    table = opened(tmp_path, "a,b;c\n1,2;3\n", delimiter=";")
    assert table.header == ("a,b", "c")


def test_any_ascii_character_can_be_given_as_delimiter(tmp_path):
    assert rows_of(opened(tmp_path, "a^b\n1^2\n", delimiter="^")) == {2: ["1", "2"]}


@pytest.mark.parametrize("delimiter", ["", ",,", "§", '"', "\n", "\r", "\0"])
def test_unfit_delimiter_is_refused(tmp_path, delimiter):
    with pytest.raises(ConfigurationError, match=r"The delimiter .* cannot stand between cells"):
        opened(tmp_path, "a,b\n1,2\n", delimiter=delimiter)


def test_one_column_needs_no_delimiter(tmp_path):
    assert rows_of(opened(tmp_path, "Email\na@b.c\n\nd@e.f\n")) == {2: ["a@b.c"], 4: ["d@e.f"]}


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"'])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separator_line_is_obeyed_and_is_no_row(tmp_path, line, end):
    table = opened(tmp_path, end.join([line, "a,x;b", "1;2", ""]))
    assert (table.delimiter, table.header, table.header_row) == (";", ("a,x", "b"), 1)
    assert rows_of(table) == {2: ["1", "2"]}


def test_separator_line_keeps_the_numbers_of_ragged_rows(tmp_path):
    table = opened(tmp_path, "sep=,\na,b\n1,2\n3\n4,5\n")
    assert rows_of(table) == {2: ["1", "2"], 3: ["3", ""], 4: ["4", "5"]}
    assert findings_of(table) == [(3, "has 1 cell where the header has 2", ("3",))]


def test_header_cells_are_trimmed(tmp_path):
    assert opened(tmp_path, " a , b \n1,2\n").header == ("a", "b")


def test_header_may_span_lines_and_is_one_row(tmp_path):
    table = opened(tmp_path, '"first\nline",b\n1,2\n')
    assert table.header == ("first\nline", "b")
    assert rows_of(table) == {2: ["1", "2"]}


def test_blank_rows_above_the_header_are_counted(tmp_path):
    table = opened(tmp_path, "\n,\na,b\n1,2\n")
    assert table.header_row == 3
    assert rows_of(table) == {4: ["1", "2"]}


def test_title_rows_above_the_header_are_passed_over_with_header_row(tmp_path):
    table = opened(tmp_path, "Accounts of 2026\nby us,on,Monday\n\na,b\n1,2\n", header_row=4)
    assert (table.header, table.header_row) == (("a", "b"), 4)
    assert rows_of(table) == {5: ["1", "2"]}
    assert findings_of(table) == []


@pytest.mark.parametrize("number", [2, 9])
def test_header_row_that_is_blank_or_missing_is_refused(tmp_path, number):
    with pytest.raises(SourceError, match=f"no header was found in row {number}"):
        opened(tmp_path, "a,b\n\n1,2\n", header_row=number)


def test_a_file_of_blanks_has_no_header(tmp_path):
    with pytest.raises(SourceError, match="no header was found in the file"):
        opened(tmp_path, "\n  \n\n")


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "a,b\r\n\r\n", "a,b\n,\n \n"])
def test_header_only_yields_no_row(tmp_path, content):
    table = opened(tmp_path, content)
    assert table.header == ("a", "b")
    assert list(table.batches()) == []


def test_sheet_of_a_text_file_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="is a text file and has no sheets"):
        opened(tmp_path, "a,b\n1,2\n", sheets=("1",))


# -- rows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False], ids=["closed", "open"])
def test_line_ends_of_all_systems(tmp_path, end, last):
    content = end.join(["a,b", "1,2", "", '"x","y"', "3,4"]) + (end if last else "")
    assert rows_of(opened(tmp_path, content)) == {2: ["1", "2"], 4: ["x", "y"], 5: ["3", "4"]}


def test_blank_rows_are_counted_and_passed_over(tmp_path):
    table = opened(tmp_path, "a,b\n\n1,2\n,\n \t, \n3,4\n\n\n5,6\n\n")
    assert rows_of(table) == {3: ["1", "2"], 6: ["3", "4"], 9: ["5", "6"]}
    assert findings_of(table) == []


def test_blank_rows_of_another_width_are_no_findings(tmp_path):
    table = opened(tmp_path, "a,b\n,,,\n1,2\n , , \n")
    assert rows_of(table) == {3: ["1", "2"]}
    assert findings_of(table) == []


def test_quoted_line_breaks_count_as_one_row(tmp_path):
    table = opened(tmp_path, 'a,b\n"x\ny\nz",1\n"p\r\nq",2\n3,4\n')
    assert rows_of(table) == {2: ["x\ny\nz", "1"], 3: ["p\r\nq", "2"], 4: ["3", "4"]}
    assert findings_of(table) == []


def test_quotation_marks_are_undone(tmp_path):
    table = opened(tmp_path, 'a,b\n"say ""hi""",5" pipe\n"",x\n')
    assert rows_of(table) == {2: ['say "hi"', '5" pipe'], 3: ["", "x"]}
    assert findings_of(table) == []


def test_a_cell_with_lines_delimiters_and_quotation_marks_is_no_finding(tmp_path):
    note = 'Café "Orléans", 2\nÉtage 2, left'
    content = 'a,b,c,d\n1,"' + note.replace('"', '""') + '",3,4\n'
    table = opened(tmp_path, content)
    assert rows_of(table) == {2: ["1", note, "3", "4"]}
    assert findings_of(table) == []


@pytest.mark.parametrize("text", ["NA", "N/A", "null", "NULL", "None", "nan", "NaN", "007", "+1", "1e5", "true", "-0"])
def test_words_and_numbers_stay_the_text_they_are(tmp_path, text):
    table = opened(tmp_path, f"a,b\n{text},x\n{text},\n")
    assert rows_of(table) == {2: [text, "x"], 3: [text, ""]}


def test_cells_keep_their_blanks_at_the_ends(tmp_path):
    assert rows_of(opened(tmp_path, "a,b\n x ,\ty\n")) == {2: [" x ", "\ty"]}


def test_a_nul_is_text_like_any_other(tmp_path):
    assert rows_of(opened(tmp_path, "a,b\n1,x\0y\n")) == {2: ["1", "x\0y"]}


def test_frames_are_all_text_named_by_index(tmp_path):
    (batch,) = opened(tmp_path, "a,b\n1,true\n").batches()
    assert list(batch.frame.columns) == [0, 1]
    assert [str(dtype) for dtype in batch.frame.dtypes] == ["string", "string"]
    assert list(batch.frame.index) == [0]


def test_rows_can_be_read_again(tmp_path):
    table = opened(tmp_path, "a,b\n1,2\n3\n")
    assert rows_of(table) == rows_of(table) == {2: ["1", "2"], 3: ["3", ""]}


def test_rows_can_be_abandoned(tmp_path):
    batches = opened(tmp_path, "a,b\n" + "1,2\n" * 50_000).batches()
    assert next(batches).rows[0] == 2
    batches.close()


# -- ragged rows -------------------------------------------------------------------------------------------------


def test_ragged_rows_keep_their_places(tmp_path):
    table = opened(tmp_path, "a,b,c\n1\n1,2,3\n1,2,3,4\n4,5,6\n7,8\n")
    assert rows_of(table) == {
        2: ["1", "", ""],
        3: ["1", "2", "3"],
        4: ["1", "2", "3"],
        5: ["4", "5", "6"],
        6: ["7", "8", ""],
    }
    assert findings_of(table) == [
        (2, "has 1 cell where the header has 3", ("1",)),
        (4, "has 4 cells where the header has 3", ("1", "2", "3", "4")),
        (6, "has 2 cells where the header has 3", ("7", "8")),
    ]


def test_ragged_rows_between_blank_ones(tmp_path):
    table = opened(tmp_path, "a,b\n\n1\n\n\n2,3,4\n\n5,6\n")
    assert list(rows_of(table)) == [3, 6, 8]
    assert [row for row, _, _ in findings_of(table)] == [3, 6]


def test_every_row_ragged(tmp_path):
    table = opened(tmp_path, "a,b,c\n" + "".join(f"{n},x\n" for n in range(2, 7)))
    assert rows_of(table) == {n: [str(n), "x", ""] for n in range(2, 7)}
    assert findings_of(table) == [(n, "has 2 cells where the header has 3", (str(n), "x")) for n in range(2, 7)]


def test_delimiters_that_end_the_header_and_no_row_are_no_cells(tmp_path):
    table = opened(tmp_path, "a,b,c,,\n1,2,3\n\n4\n5,6,7\n")
    assert table.header == ("a", "b", "c")
    assert rows_of(table) == {2: ["1", "2", "3"], 4: ["4", "", ""], 5: ["5", "6", "7"]}
    assert findings_of(table) == [(4, "has 1 cell where the header has 3", ("4",))]


@pytest.mark.parametrize("row", ["1,2,3,4,5", "1,2,3,,", "1,2,3,"])
def test_delimiters_at_the_end_of_the_header_are_cells_where_a_row_has_them(tmp_path, row):
    table = opened(tmp_path, f"a,b,c,,\n{row}\n1,2,3\n")
    assert table.header == ("a", "b", "c", "", "")
    assert (3, "has 3 cells where the header has 5", ("1", "2", "3")) in findings_of(table)


def test_every_row_ragged_over_many_blocks_comes_in_many_batches(tmp_path, small_blocks):
    table = opened(tmp_path, "a,b,c\n" + "".join(f"{n},x\n" for n in range(2, 402)))
    assert list(rows_of(table)) == list(range(2, 402))
    assert max(len(batch.rows) for batch in table.batches()) < 100


def test_ragged_rows_around_the_edges_of_blocks(tmp_path, small_blocks):
    expected = {n: [str(n), "x", ""] if n % 3 == 0 else [str(n), "x", "y"] for n in range(2, 300)}
    content = "a,b,c\n" + "".join(f"{n},x\n" if n % 3 == 0 else f"{n},x,y\n" for n in range(2, 300))
    table = opened(tmp_path, content)
    assert list(rows_of(table).items()) == list(expected.items())
    assert [row for row, _, _ in findings_of(table)] == [n for n in expected if n % 3 == 0]


def test_title_rows_longer_than_a_block(tmp_path, small_blocks):
    table = opened(tmp_path, "title\n" * 60 + "a,b,c\n1,2,3\n4\n", header_row=61)
    assert rows_of(table) == {62: ["1", "2", "3"], 63: ["4", "", ""]}


CELLS = st.sampled_from(["a", "b c", "", " ", "NA", 'q"u', "l1\nl2", "d,d", "007"])
RECORDS = st.lists(st.lists(CELLS, max_size=5), max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(records=RECORDS, end=st.sampled_from(["\n", "\r\n", "\r"]), closed=st.booleans())
def test_rows_and_numbers_are_those_of_the_csv_module(tmp_path, small_blocks, records, end, closed):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows([["a", "b", "c"], *records])
    content = text.getvalue() if closed else text.getvalue().removesuffix(end)
    expected = {
        number: ([*cells, "", "", ""][:3], len(cells) < 3 or any(cell.strip() for cell in cells[3:]))
        for number, cells in enumerate(csv.reader(io.StringIO(content, newline="")), start=1)
        if number > 1 and any(cell.strip() for cell in cells)
    }
    table = opened(tmp_path, content, delimiter=",")
    refused = {row for row, _, _ in findings_of(table)}
    assert {row: (cells, row in refused) for row, cells in rows_of(table).items()} == expected


# -- quotation marks that are never closed -----------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("row", "cells"),
    [('4,"5,6', ("4", '"5', "6")), ('4,5,"6', ("4", "5", '"6')), ('"4,5,6', ('"4', "5", "6"))],
    ids=["middle", "last", "first"],
)
def test_unclosed_quotation_mark_costs_its_own_row_only(tmp_path, row, cells, end):
    table = opened(tmp_path, end.join(["a,b,c", "1,2,3", row, "7,8,9", "10,11,12", ""]))
    assert rows_of(table) == {2: ["1", "2", "3"], 3: list(cells), 4: ["7", "8", "9"], 5: ["10", "11", "12"]}
    assert findings_of(table) == [(3, UNCLOSED, cells)]


def test_unclosed_quotation_mark_at_the_end_of_the_file(tmp_path):
    table = opened(tmp_path, 'a,b,c\n1,2,3\n4,5,"6')
    assert findings_of(table) == [(3, UNCLOSED, ("4", "5", '"6'))]


@pytest.mark.parametrize(
    "later",
    ['4,"five",6', '"4","five","6"', '4,"",6', '4,"fi""ve",6', '4,"two\nlines",6'],
)
def test_unclosed_quotation_mark_that_a_later_row_would_close(tmp_path, later):
    table = opened(tmp_path, f'a,b,c\n1,"two,3\n{later}\n7,8,9\n', delimiter=",")
    found = rows_of(table)
    assert (found[2], found[max(found)]) == (["1", '"two', "3"], ["7", "8", "9"])
    assert findings_of(table)[0] == (2, UNCLOSED, ("1", '"two', "3"))


def test_unclosed_quotation_mark_before_a_row_that_seems_to_close_it(tmp_path):
    table = opened(tmp_path, 'a,b,c\n1,2,"3\n4,5,6"\n7,8,9\n')
    assert rows_of(table) == {2: ["1", "2", '"3'], 3: ["4", "5", '6"'], 4: ["7", "8", "9"]}
    stray = "has quotation marks inside a quoted cell that are not written twice; the cell is read as '6\"'"
    assert findings_of(table) == [(2, UNCLOSED, ("1", "2", '"3')), (3, stray, None)]


@pytest.mark.parametrize("column", [0, 1, 3])
@pytest.mark.parametrize("between", [0, 1, 5])
def test_unclosed_quotation_mark_that_a_stray_one_in_the_same_column_would_close(tmp_path, column, between):
    def line(row, mark="{}"):
        cells = [f"{name}{row}" for name in "abcde"]
        cells[column] = mark.format(cells[column])
        return cells

    rows = [line(2, '"{}'), *(line(n) for n in range(3, 3 + between)), line(3 + between, '{}"'), line(4 + between)]
    table = opened(tmp_path, "\n".join(",".join(row) for row in [list("ABCDE"), *rows]) + "\n", delimiter=",")
    assert rows_of(table) == dict(enumerate(rows, start=2))
    assert [(row, message.split(":")[0][:40]) for row, message, _ in findings_of(table)] == [
        (2, UNCLOSED.split(":", maxsplit=1)[0][:40]),
        (3 + between, "has quotation marks inside a quoted cell"),
    ]


@pytest.mark.parametrize("cell", ["two\nlines, one comma", "a, b, c\nd, e, f", "a\nb,\n,c,d", "a,b,c,d\n,,,\nz"])
def test_a_text_of_several_lines_is_no_swallowed_rows(tmp_path, cell):
    table = opened(tmp_path, f'A,B,C,D,E\n1,"{cell}",3,4,5\n6,7,8,9,10\n')
    assert list(rows_of(table).values()) == [["1", cell, "3", "4", "5"], ["6", "7", "8", "9", "10"]]
    assert findings_of(table) == []


def test_unclosed_quotation_mark_before_a_lot_of_text(tmp_path, small_blocks):
    table = opened(tmp_path, "a,b,c\n" + "1,2,3\n" * 30 + '1\n4,"5,6\n' + "7,8,9\n" * 100)
    assert list(rows_of(table)) == list(range(2, 134))
    assert findings_of(table) == [
        (32, "has 1 cell where the header has 3", ("1",)),
        (33, UNCLOSED, ("4", '"5', "6")),
    ]


def test_a_quoted_cell_over_many_blocks_stays_one_cell(tmp_path, small_blocks, monkeypatch):
    monkeypatch.setattr(parsing, "MAX_ROW_BYTES", 4096)
    note = "line, of a note\n" * 100
    table = opened(tmp_path, f'a,b\n1,2\n3,"{note}"\n5,6\n', delimiter=",")
    assert rows_of(table) == {2: ["1", "2"], 3: ["3", note], 4: ["5", "6"]}
    assert findings_of(table) == []


# -- quotation marks that are not doubled ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ('"Desk "big" 1"', 'Desk "big" 1'),
        ('"Desk \\"big\\" 1"', 'Desk "big" 1'),
        ('"\\"big\\""', '"big"'),
        ('"5" pipe"', '5" pipe'),
        ('"say ""hi"" to "him" now"', 'say "hi" to "him" now'),
        ('"Desk \\"big, red\\" 1"', 'Desk "big, red" 1'),
    ],
)
@pytest.mark.parametrize("quoted", [False, True], ids=["plain neighbours", "quoted neighbours"])
def test_text_with_badly_escaped_quotation_marks_is_read_as_meant_with_a_warning(tmp_path, cell, meant, quoted):
    before, after = ('"1"', '"3, 4"') if quoted else ("1", "3")
    table = opened(tmp_path, f"a,b,c\n{before},{cell},{after}\n4,5,6\n", delimiter=",")
    assert rows_of(table) == {2: ["1", meant, after.strip('"')], 3: ["4", "5", "6"]}
    assert findings_of(table) == [(2, REPAIRED + repr(meant), None)]
    ((batch, defect),) = [(batch, one) for batch in table.batches() for one in batch.defects]
    assert (defect.warning, defect.value, defect.code, batch.rows[defect.position]) == (
        True,
        meant,
        "quotes-repaired",
        2,
    )


@pytest.mark.parametrize("row", ['1,"Desk "A", "B"",3', '"un"x,2,3', '1,"a" "b",c",3'])
def test_quotation_marks_that_can_be_read_in_several_ways_are_a_finding(tmp_path, row):
    table = opened(tmp_path, f"a,b,c\n{row}\n4,5,6\n", delimiter=",")
    assert list(rows_of(table)) == [2, 3]
    ((at, message, cells),) = findings_of(table)
    assert (at, message in {BROKEN, UNCLOSED}, cells) == (2, True, tuple(row.split(",")))


@pytest.mark.parametrize("row", ["1,2,3,", "1,2,3,,, ", "1,2,3,\t"])
def test_surplus_blank_cells_are_no_finding(tmp_path, row):
    table = opened(tmp_path, f"a,b,c\n{row}\n4,5,6\n{row}\n")
    assert rows_of(table) == {2: ["1", "2", "3"], 3: ["4", "5", "6"], 4: ["1", "2", "3"]}
    assert findings_of(table) == []


def test_single_quotation_marks_are_undone_where_the_header_shows_them(tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text("'Id','Name'\n'1','O''Hara, Jim'\n'2','O'Brien'\n")
    table = open_table(identify(1, "accounts.csv", path), ReadOptions(), lambda cells: sum(c == "Name" for c in cells))
    assert (table.header, rows_of(table)) == (("Id", "Name"), {2: ["1", "O'Hara, Jim"], 3: ["2", "O'Brien"]})
    assert findings_of(table) == [(3, REPAIRED + '"O\'Brien"', None)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.data())
def test_one_unclosed_quotation_mark_never_loses_a_row_silently(tmp_path, data):
    rows, width = data.draw(st.integers(2, 10)), data.draw(st.integers(3, 6))
    texts = [[f"r{n:02}c{m}" for m in range(width)] for n in range(rows)]
    cells = [[f'"{cell}"' if data.draw(st.booleans()) else cell for cell in row] for row in texts]
    at, column = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, width - 1))
    cells[at][column] = '"' + texts[at][column]
    header = ",".join(f"h{m}" for m in range(width))
    table = opened(tmp_path, "\n".join([header, *(",".join(row) for row in cells), ""]), delimiter=",")
    refused = {row for row, _, _ in findings_of(table)}
    good = [[c.strip() for c in cells] for row, cells in rows_of(table).items() if row not in refused]
    assert [row for row in texts if row in good] == good
    assert refused or good == texts


def test_words_of_a_ragged_row_without_lines():
    defect = ragged(4, ["a", "b"], 3)
    assert (defect.position, defect.column, defect.message, defect.cells) == (
        4,
        None,
        "has 2 cells where the header has 3",
        ("a", "b"),
    )


# -- compressed --------------------------------------------------------------------------------------------------


def test_compressed_file_is_read_whatever_its_name(tmp_path):
    table = opened(tmp_path, gzip.compress("a;b\né;2\n".encode("cp1252")), name="accounts.dat")
    assert rows_of(table) == {2: ["é", "2"]}


def test_compressed_file_of_several_members_is_read_to_its_end(tmp_path):
    table = opened(tmp_path, gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n"), name="accounts.csv.gz")
    assert rows_of(table) == {2: ["1", "2"], 3: ["3", "4"]}


def test_cut_off_compressed_file_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"accounts\.csv\.gz: cannot be read"):
        opened(tmp_path, gzip.compress(b"a,b\n1,2\n" * 1000)[:-20], name="accounts.csv.gz")


def test_damaged_compressed_file_is_refused(tmp_path):
    content = bytearray(gzip.compress(b"a,b\n1,2\n" * 1000))
    content[15] ^= 0xFF
    with pytest.raises(SourceError, match=r"accounts\.csv\.gz: cannot be read"):
        opened(tmp_path, bytes(content), name="accounts.csv.gz")


@pytest.mark.parametrize("sign", ["§", "é", "\r", "\0"])
def test_a_separator_line_that_names_no_delimiter_is_passed_over(tmp_path, sign):
    table = opened(tmp_path, f"sep={sign}\na;b\n1;2\n")
    assert list(rows_of(table).values()) == [["1", "2"]]
