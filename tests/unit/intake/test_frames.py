"""DataFrames as sources: cells as a workbook's, rows as a spreadsheet counts them, nothing left out without a word."""

import datetime as dt
from decimal import Decimal
from enum import Enum

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.errors import ConfigurationError, SourceError
from pipeline.intake.frames import cell_text, keep_frame
from pipeline.intake.readers import open_table
from pipeline.intake.sources import identify
from pipeline.model.config import ReadOptions

MOMENT = dt.datetime.fromisoformat("2026-01-02T03:04:05")


class Server(str, Enum):  # noqa: UP042 - its str() is another than its text
    IMAP = "Imap"


def opened(frame, **options):
    return open_table(identify(1, "DataFrame", keep_frame("DataFrame", frame)), ReadOptions(**options))


def rows_of(table):
    return {
        row: cells
        for batch in table.batches()
        for row, cells in zip(batch.rows, batch.frame.to_numpy().tolist(), strict=True)
    }


# -- values ------------------------------------------------------------------------------------------------------

IN_WORKBOOKS = [
    ("007", "007"),
    ("  x ", "  x "),
    ("NA", "NA"),
    ("line 1\nline 2", "line 1\nline 2"),
    ("Zürich 東京 😀", "Zürich 東京 😀"),
    (993, "993"),
    (993.0, "993"),
    (-5, "-5"),
    (993.5, "993.5"),
    (0.1 + 0.2, "0.3"),
    (29.020000000000003, "29.02"),
    (999999999999999, "999999999999999"),
    (True, "true"),
    (False, "false"),
    (MOMENT, "2026-01-02T03:04:05"),
    (dt.datetime.fromisoformat("2026-01-02"), "2026-01-02"),
    (dt.date(2026, 1, 2), "2026-01-02"),
    (dt.time(3, 4, 5), "03:04:05"),
    (None, ""),
]


def test_a_cell_becomes_the_text_that_it_becomes_in_a_workbook(tmp_path):
    values = [value for value, _ in IN_WORKBOOKS]
    frame = pd.DataFrame({"name": "x", "value": pd.Series(values, dtype=object)})
    book = openpyxl.Workbook()
    for row in (["name", "value"], *(["x", value] for value in values)):
        book.active.append(row)
    book.save(tmp_path / "same.xlsx")
    in_workbook = rows_of(open_table(identify(1, "same.xlsx", tmp_path / "same.xlsx"), ReadOptions()))
    assert rows_of(opened(frame)) == in_workbook
    assert [cells[1] for cells in in_workbook.values()] == [text for _, text in IN_WORKBOOKS]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9007199254740993, "9007199254740993"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
        (-0.0, "0"),
        (Decimal("993.0"), "993"),
        (Decimal("993.50"), "993.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12345678901234567.25"), "12345678901234567.25"),
        (np.float32(0.1), "0.1"),
        (np.int8(5), "5"),
        (np.bool_(True), "true"),
        (np.datetime64("2026-01-02T03:04:05"), "2026-01-02T03:04:05"),
        (np.datetime64("NaT"), ""),
        (pd.Timestamp(MOMENT), "2026-01-02T03:04:05"),
        (pd.Timestamp("2026-01-02", tz="Europe/Paris"), "2026-01-02T00:00:00+01:00"),
        (float("nan"), ""),
        (Decimal("NaN"), ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        (Server.IMAP, "Imap"),
    ],
)
def test_values_that_no_workbook_holds(value, text):
    assert cell_text(value) == text


def test_columns_of_every_type_of_pandas():
    frame = pd.DataFrame(
        {
            "text": pd.array(["a", None], dtype="string"),
            "whole": pd.array([993, None], dtype="Int64"),
            "numpy": [993.0, float("nan")],
            "flag": pd.array([True, None], dtype="boolean"),
            "moment": pd.to_datetime(["2026-01-02 03:04:05", None]),
            "kind": pd.Categorical(["Imap", None]),
            "arrow": pd.array([Decimal("1.50"), None], dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
        }
    )
    frame.loc[1, "text"] = "b"
    assert rows_of(opened(frame)) == {
        2: ["a", "993", "993", "true", "2026-01-02T03:04:05", "Imap", "1.5"],
        3: ["b", "", "", "", "", "", ""],
    }


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ([1], "holds a value of the type list, which no cell can hold"),
        (pd.Timedelta("1h"), "holds a value of the type Timedelta, which no cell can hold"),
        (b"x", "holds a value of the type bytes, which no cell can hold"),
        ("a\ud83d", "holds text with a half of a character (a lone surrogate)"),
    ],
)
def test_what_no_cell_can_hold_is_refused_with_its_place(value, what):
    frame = pd.DataFrame({"Name": ["a", "b"], "Port": pd.Series(["993", value], dtype=object)})
    with pytest.raises(SourceError) as refused:
        keep_frame("March", frame)
    allowed = "a cell is text, a number, a date or a boolean"
    assert refused.value.message == f"March, row 3, column Port: {what}; {allowed}."
    assert refused.value.facts == {"source": "March", "row": 3, "column": "column Port"}


# -- rows and columns --------------------------------------------------------------------------------------------


def test_rows_are_counted_from_the_header_and_blank_ones_are_passed_over():
    table = opened(pd.DataFrame({" Name ": ["a", None, " ", "b"], None: ["", None, "", "c"]}))
    assert (table.header, table.header_row, table.notices, table.part) == (("Name", ""), 1, (), None)
    assert rows_of(table) == {2: ["a", ""], 5: ["b", "c"]}


def test_rows_are_counted_on_from_batch_to_batch():
    frame = pd.DataFrame({"n": range(25_000)})
    frame.loc[9_998:10_002, "n"] = None
    assert rows_of(opened(frame)) == {n + 2: [str(n)] for n in range(25_000) if not 9_998 <= n <= 10_002}


def test_labels_of_rows_are_columns_unless_they_are_mere_numbers():
    frame = pd.DataFrame({"EmailAddress": ["a", "b", "c"], "Port": [1, 2, 3]})
    assert opened(frame[frame["Port"] != 2]).header == ("EmailAddress", "Port")
    assert rows_of(opened(frame[frame["Port"] != 2])) == {2: ["a", "1"], 3: ["c", "3"]}
    assert rows_of(opened(frame.set_index("EmailAddress"))) == {2: ["a", "1"], 3: ["b", "2"], 4: ["c", "3"]}
    assert opened(pd.DataFrame({"Port": [1]}, index=["a"])).header == ("index", "Port")


def test_several_columns_of_one_name_all_stay():
    table = opened(pd.DataFrame([["a", "b"]], columns=["Name", "Name"]))
    assert table.header == ("Name", "Name")
    assert rows_of(table) == {2: ["a", "b"]}


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame(), "DataFrame: has no columns; a DataFrame is to have one for each field."),
        (
            pd.DataFrame([[1]], columns=[["a"], ["b"]]),
            "DataFrame: its columns have names of several levels; frame.columns.map(' '.join) gives them one.",
        ),
    ],
)
def test_a_frame_that_is_no_table_is_refused(frame, message):
    with pytest.raises(SourceError) as refused:
        keep_frame("DataFrame", frame)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("name", "option"),
    [("sheet", {"sheets": ("a",)}), ("header-row", {"header_row": 1}), ("encoding", {"encoding": "utf-8"})],
)
def test_options_for_files_are_refused(name, option):
    with pytest.raises(ConfigurationError, match=rf"^DataFrame: is a DataFrame and has no {name.replace('-', ' ')}"):
        opened(pd.DataFrame({"a": ["b"]}), **option)


def test_an_arrow_file_of_another_program_is_refused_in_words(tmp_path):
    pd.DataFrame({"a": ["b"]}).to_feather(tmp_path / "a.arrow")
    with pytest.raises(SourceError, match=r"^a\.arrow: is an Arrow file that this program has not written"):
        open_table(identify(1, "a.arrow", tmp_path / "a.arrow"), ReadOptions())


# -- the file ----------------------------------------------------------------------------------------------------


def test_the_same_frame_has_the_same_content_in_a_private_file_of_its_own():
    frame = pd.DataFrame({"a": ["x", None], "b": [1.5, 2.0]})
    paths = [keep_frame("DataFrame", frame) for _ in range(2)]
    assert paths[0] != paths[1]
    assert identify(1, "a", paths[0]).sha256 == identify(1, "a", paths[1]).sha256
    assert [path.stat().st_mode & 0o777 for path in (*paths, paths[0].parent)] == [0o600, 0o600, 0o700]
    other = identify(1, "a", keep_frame("DataFrame", frame.replace("x", "y")))
    assert other.sha256 != identify(1, "a", paths[0]).sha256


def test_a_frame_that_cannot_be_kept_leaves_no_file(monkeypatch):
    kept = keep_frame("DataFrame", pd.DataFrame({"a": ["x"]}))
    monkeypatch.setattr("pipeline.intake.frames.write_frame", lambda out, *_: out.write(b"secret") and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        keep_frame("DataFrame", pd.DataFrame({"a": ["x"]}))
    assert list(kept.parent.iterdir()) == [kept]
