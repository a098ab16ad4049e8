"""A DataFrame becomes a source: its cells become the text that a workbook's cells would, kept in a file of its own.

May import `kept`, `readers.frame`, `sources`, `model` and `errors`; pandas only when there is a frame.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from numbers import Integral
from typing import TYPE_CHECKING, Any

from pipeline.errors import Code, SourceError
from pipeline.intake.kept import new_copy
from pipeline.intake.readers.frame import SUFFIX, write_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

_DIGITS = ".15g"
"""As many digits as a spreadsheet keeps: 0.1 + 0.2 is 0.3."""


def keep_frame(label: str, frame: pd.DataFrame) -> Path:
    """Writes a frame into a file that only its owner may read.

    Args:
        label: What messages call the frame.
        frame: n rows x k columns; labels of rows that are more than numbers are columns as well.

    Raises:
        SourceError: It has no columns, or a cell that a table of text cannot hold.
    """
    whole = _with_named_index(frame)
    if not whole.columns.size:
        message = f"{label}: has no columns; a DataFrame is to have one for each field."
        raise SourceError(Code.FRAME_WITHOUT_COLUMNS, message, source=label)
    if whole.columns.nlevels > 1:
        message = f"{label}: its columns have names of several levels; frame.columns.map(' '.join) gives them one."
        raise SourceError(Code.FRAME_LEVELS, message, source=label)
    header = ["" if _is_missing(name) else str(name).strip() for name in whole.columns]
    columns = [_text(whole.iloc[:, index], _Place(label, header[index], index)) for index in range(len(header))]
    with new_copy(SUFFIX) as (path, stream):
        write_frame(stream, header, columns)
    return path


def _with_named_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, with the labels of its rows as its first columns unless they are mere numbers."""
    import pandas as pd

    index = frame.index
    if index.nlevels == 1 and index.name is None and pd.api.types.is_integer_dtype(index.dtype):
        return frame
    if not len(index) and index.nlevels == 1 and index.name is None:
        return frame
    return frame.reset_index(allow_duplicates=True)


class _Place:
    """Where a column stands, for messages."""

    def __init__(self, label: str, name: str, index: int) -> None:
        self._label = label
        self._name = f"column {name}" if name else f"column {index + 1}"

    def refusal(self, position: int, what: str) -> SourceError:
        """The error for a cell."""
        row = position + 2
        message = f"{self._label}, row {row}, {self._name}: {what}; a cell is text, a number, a date or a boolean."
        return SourceError(Code.FRAME_CELL, message, source=self._label, row=row, column=self._name)


def _text(column: pd.Series[Any], place: _Place) -> pa.Array:
    """The column as n cells of text; blank where a value is missing."""
    import pyarrow as pa

    texts = list(_texts(column, place))
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        broken = next(position for position, text in enumerate(texts) if not _is_unicode(text))
        raise place.refusal(broken, "holds text with a half of a character (a lone surrogate)") from None


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _texts(column: pd.Series[Any], place: _Place) -> Iterator[str]:
    for position, value in enumerate(column.array):
        text = cell_text(value)
        if text is None:
            raise place.refusal(position, f"holds a value of the type {type(value).__name__}, which no cell can hold")
        yield text


def cell_text(value: object) -> str | None:
    """A value as the text of a workbook's cell that holds it; `None` where no cell can.

    Args:
        value: As a DataFrame holds it, numpy's own types among them.
    """
    if isinstance(value, str):
        return str.__str__(value)  # its characters, even where it is a member of an enum
    if _is_missing(value):
        return ""
    if isinstance(value, Decimal):
        return _plain(value)
    for kinds, written in _WRITTEN:
        if isinstance(value, kinds):
            return written(value)
    return _numpy_text(value)


def _is_missing(value: object) -> bool:
    import pandas as pd

    if isinstance(value, Decimal):
        return value.is_nan()
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _numpy_text(value: object) -> str | None:
    """Numpy's scalars that are no numbers of Python's, by their nearest value in Python."""
    import numpy as np
    import pandas as pd

    if isinstance(value, np.datetime64):
        return cell_text(pd.Timestamp(value))
    if isinstance(value, np.floating):  # not float64, which is one: by its own shortest digits, 0.1 stays 0.1
        return cell_text(float(str(value)))
    if isinstance(value, np.bool_):
        return cell_text(bool(value))
    return None


def _float_text(value: float) -> str:
    if value.is_integer():
        return str(int(value))
    return _plain(Decimal(format(value, _DIGITS)))


def _plain(value: Decimal) -> str:
    """Digits without an exponent and without zeros at their end."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _moment_text(value: dt.datetime) -> str:
    """ISO 8601; a moment at midnight that names no zone is a date, as in a spreadsheet."""
    text = value.isoformat()
    return text.removesuffix("T00:00:00") if value.tzinfo is None else text


_WRITTEN: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (bool, lambda value: "true" if value else "false"),
    (Integral, lambda value: str(int(value))),
    (float, _float_text),
    (dt.datetime, _moment_text),
    (dt.date, dt.date.isoformat),
    (dt.time, dt.time.isoformat),
)
"""How values of each kind are written; the first that fits, since a boolean is an integer and a moment is a date."""
