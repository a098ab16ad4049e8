"""What every reader in `pipeline/readers/` must keep to; a new module is picked up by itself.

A new reader needs one entry in `SAMPLES`: how to write the same table in its format.
"""

import csv
import gzip
import io
import zipfile

import openpyxl
import pyarrow as pa
import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from pipeline.errors import Code, ConfigurationError, ImportFailure, SourceError
from pipeline.intake.readers import formats, open_table
from pipeline.intake.readers.frame import write_frame
from pipeline.intake.sources import identify
from pipeline.model.config import ReadOptions

HEADER = ["BusinessId", "Display Name", "EmailAddress", "Other"]
ROWS = [
    HEADER,
    ["1", "Zürich 東京", "a@b.c", "007"],
    ["", "", "", ""],
    ["2", "NA", " x ", ""],
    ["3", 'say "hi"', "line 1\nline 2", "null"],
    ["", "", "", ""],
    ["4", "", "", "=1"],
]
CELLS = {number: row for number, row in enumerate(ROWS, start=1) if number > 1 and any(row)}


def csv_bytes(rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def write_csv(path, rows):
    path.write_bytes(csv_bytes(rows))


def write_gz(path, rows):
    path.write_bytes(gzip.compress(csv_bytes(rows)))


def write_xlsx(path, rows):
    book = openpyxl.Workbook()
    for r, row in enumerate(rows, start=1):
        for c, value in enumerate(row, start=1):
            if value:
                book.active.cell(r, c, value).data_type = "s"
    book.save(path)


def write_xls(path, rows):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Accounts")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value:
                sheet.write(r, c, value)
    book.save(str(path))


def write_ods(path, rows):
    book = OpenDocumentSpreadsheet()
    table = Table(name="Accounts")
    for row in rows:
        line = TableRow()
        for value in row:
            cell = TableCell(valuetype="string") if value else TableCell()
            for text in value.split("\n") if value else ():
                cell.addElement(P(text=text))
            line.addElement(cell)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(str(path))


def write_zip(path, rows):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("accounts.csv", csv_bytes(rows))


def write_arrow(path, rows):
    columns = [pa.array(column, pa.large_string()) for column in zip(*rows[1:], strict=True)]
    with path.open("wb") as out:
        write_frame(out, rows[0], columns or [pa.array([], pa.large_string())] * len(rows[0]))


SAMPLES = {
    "archive": {"csv.zip": write_zip},
    "delimited": {"csv": write_csv, "csv.gz": write_gz},
    "frame": {"arrow": write_arrow},
    "workbook": {"xlsx": write_xlsx, "xlsm": write_xlsx, "xls": write_xls, "ods": write_ods},
}
every_reader = pytest.mark.parametrize("reader", formats(), ids=lambda one: one.__name__.rpartition(".")[2])
every_sample = pytest.mark.parametrize(
    ("reader", "suffix"),
    [(one, suffix) for one in formats() for suffix in SAMPLES.get(one.__name__.rpartition(".")[2], ())],
    ids=lambda one: one if isinstance(one, str) else one.__name__.rpartition(".")[2],
)


every_file = pytest.mark.parametrize(  # but DataFrames, whose header cannot stand anywhere else
    ("reader", "suffix"),
    [
        (one, suffix)
        for one in formats()
        for suffix in SAMPLES.get(one.__name__.rpartition(".")[2], ())
        if suffix != "arrow"
    ],
    ids=lambda one: one if isinstance(one, str) else one.__name__.rpartition(".")[2],
)


def sample(folder, reader, suffix, rows=ROWS):
    path = folder / f"accounts.{suffix}"
    SAMPLES[reader.__name__.rpartition(".")[2]][suffix](path, rows)
    return path


def opened(path, **options):
    return open_table(identify(1, path.name, path), ReadOptions(**options))


@every_reader
def test_every_reader_has_a_sample(reader):
    assert reader.__name__.rpartition(".")[2] in SAMPLES


def test_readers_are_asked_in_an_order_that_leaves_no_doubt():
    priorities = [reader.PRIORITY for reader in formats()]
    assert priorities == sorted(set(priorities))


@every_sample
def test_a_sample_is_taken_by_its_own_reader(tmp_path, reader, suffix):
    path = sample(tmp_path, reader, suffix)
    head = path.read_bytes()[:4096]
    assert next(one for one in formats() if one.accepts(path, head)) is reader


@every_sample
def test_every_format_gives_the_same_table(tmp_path, reader, suffix):
    table = opened(sample(tmp_path, reader, suffix))
    assert (table.header, table.header_row) == (tuple(HEADER), 1)
    found = {
        row: cells
        for batch in table.batches()
        for row, cells in zip(batch.rows, batch.frame.to_numpy().tolist(), strict=True)
    }
    assert found == CELLS


@every_sample
def test_row_numbers_ascend_and_frames_are_all_text(tmp_path, reader, suffix):
    rows = [HEADER, *([str(n), "x", "y", "z"] for n in range(5_100))]
    table = opened(sample(tmp_path, reader, suffix, rows))
    numbers = []
    for batch in table.batches():
        assert len(batch.rows) == len(batch.frame) > 0
        assert list(batch.frame.columns) == list(range(len(HEADER)))
        assert {str(dtype) for dtype in batch.frame.dtypes} == {"string"}
        assert not batch.frame.isna().to_numpy().any()
        assert list(batch.frame.index) == list(range(len(batch.rows)))
        assert all(type(row) is int for row in batch.rows)
        assert batch.defects == ()
        numbers += batch.rows
    assert numbers == list(range(2, 5_102))


@every_sample
def test_batches_can_be_read_again_and_left_in_the_middle(tmp_path, reader, suffix):
    table = opened(sample(tmp_path, reader, suffix))
    abandoned = table.batches()
    next(abandoned)
    abandoned.close()
    once, again = ([batch.frame.to_numpy().tolist() for batch in table.batches()] for _ in range(2))
    assert once == again == [list(CELLS.values())]


@every_file
def test_header_row_is_obeyed(tmp_path, reader, suffix):
    table = opened(sample(tmp_path, reader, suffix, [["Accounts", "", "", ""], ["", "", "", ""], *ROWS]), header_row=3)
    assert (table.header, table.header_row) == (tuple(HEADER), 3)
    assert [row for batch in table.batches() for row in batch.rows] == [row + 2 for row in CELLS]


@every_sample
def test_a_header_alone_has_no_batches(tmp_path, reader, suffix):
    assert list(opened(sample(tmp_path, reader, suffix, [HEADER])).batches()) == []


@every_file
def test_a_header_row_that_is_not_there_is_refused(tmp_path, reader, suffix):
    with pytest.raises(SourceError, match=rf"^accounts\.{suffix}: no header was found in row 99"):
        opened(sample(tmp_path, reader, suffix), header_row=99)


@every_sample
def test_options_that_do_not_fit_are_refused(tmp_path, reader, suffix):
    path = sample(tmp_path, reader, suffix)
    option = {"sheets": ("nowhere",)} if suffix.startswith("csv") else {"delimiter": ","}
    with pytest.raises(ConfigurationError) as refused:
        opened(path, **option)
    # The files in a .zip count as its sheets: there the option fits, and names none of them.
    assert refused.value.code is (Code.SHEET_UNKNOWN if suffix.endswith("zip") else Code.OPTION_UNFIT)


@every_sample
def test_damaged_files_are_refused_or_read_but_never_a_defect(tmp_path, reader, suffix):
    whole = sample(tmp_path, reader, suffix).read_bytes()
    path = tmp_path / f"damaged.{suffix}"
    for length in range(1, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:length])
        try:
            rows = [row for batch in opened(path).batches() for row in batch.rows]
        except ImportFailure as refused:
            assert refused.message.startswith(path.name)  # noqa: PT017 - either end is a good one
        else:
            assert rows == sorted(set(rows))
