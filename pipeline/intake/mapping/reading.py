"""The `[reading]` table of a mapping file: how that kind of file is read.

May import `pipeline.model`, `readers` and `mapping.names`.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pipeline.intake.mapping.names import nearest
from pipeline.intake.readers.detect import can_delimit
from pipeline.model.config import ReadOptions

KEYS = ("delimiter", "encoding", "header_row", "sheet")
DELIMITER_WORDS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}
"""Delimiters that are hard to type or to see."""


def reading_options(table: Mapping[str, object], say: Callable[[str, str], None]) -> ReadOptions:
    """The options that a table gives.

    Args:
        table: The table.
        say: Told of each mistake: the key, and what is wrong with it.
    """
    for key in table:
        if key not in KEYS:
            hint = nearest(key, KEYS)
            say(key, f"{key!r} is not an option of reading; " + (f"the nearest is {hint!r}" if hint else _ALL))
    texts = {key: _text(key, table.get(key), say) for key in ("delimiter", "encoding", "sheet")}
    encoding = texts["encoding"]
    if encoding is not None and not _is_known(encoding):
        say("encoding", f'encoding = {encoding!r} is not known; write it as "utf-8" or "windows-1252"')
    row = table.get("header_row")
    if row is not None and (not isinstance(row, int) or isinstance(row, bool) or row < 1):
        say("header_row", f"header_row = {row!r}: is the number of a row, from 1")
        row = None
    delimiter = texts["delimiter"]
    delimiter = DELIMITER_WORDS.get(delimiter, delimiter) if delimiter else None
    if delimiter and not can_delimit(delimiter):
        say("delimiter", f'delimiter = {delimiter!r} cannot stand between cells; write it as ";" or "tab"')
    return ReadOptions(
        sheets=(texts["sheet"],) if texts["sheet"] else (),
        header_row=row if isinstance(row, int) else None,
        delimiter=delimiter,
        encoding=encoding,
    )


_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_TEXTS = (".csv", ".tsv", ".tab", ".txt", ".gz", "-")  # but no .zip, whose files are named as sheets are


def first_given(given: ReadOptions, below: ReadOptions, files: Sequence[str]) -> ReadOptions:
    """The options that a person gives before those of a mapping file.

    A mapping file is for a workbook and for the `rejected.csv` made of it alike: its sheet is no matter of the one, nor
    its delimiter and encoding of the other, nor any of it of a DataFrame.

    Args:
        given: What the person says.
        below: What the mapping file says.
        files: What the person calls the files; none where all rows come from DataFrames.
    """
    has_workbook = not all(name.lower().endswith(_TEXTS) for name in files)
    has_text = not all(name.lower().endswith(_WORKBOOKS) for name in files)
    return replace(
        given,
        sheets=given.sheets or (below.sheets if has_workbook else ()),
        header_row=given.header_row or (below.header_row if files else None),
        delimiter=given.delimiter or (below.delimiter if has_text else None),
        encoding=given.encoding or (below.encoding if has_text else None),
    )


_ALL = f"there are {', '.join(KEYS)}"


def _text(key: str, value: object, say: Callable[[str, str], None]) -> str | None:
    if value is None or (isinstance(value, str) and value):
        return value
    if key == "sheet" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    say(key, f"{key} = {value!r}: is not text")
    return None


def _is_known(encoding: str) -> bool:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return False
    return True
