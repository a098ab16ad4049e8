"""From text to the endpoint's types, a column at a time: what converts, and which cells do not.

Conversion comes before the Pandera schemas and apart from them (see `schemas.rules`). Vectorised throughout;
only cells that fail are looked at one by one.
May import `schemas` and `pipeline.model`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.endpoint import Field, FieldType, Shape
from schemas.rules import out_of_range

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TRUE = ("true", "yes", "y", "1", "on")
_FALSE = ("false", "no", "n", "0", "off")
_BOOLEANS = pa.array([*_TRUE, *_FALSE])

_INTEGER = r"^[+-]?[0-9]+(\.0*)?$"
_INTEGER_TAIL = r"\.0*$"
# The longest run of digits that a 64-bit integer holds for certain.
_SAFE_DIGITS = 18

# Excel counts days from here; 1900 counts as a leap year there, so days before March 1900 are off, and not meant.
_EXCEL_EPOCH = pd.Timestamp("1899-12-30", tz="UTC")
_EXCEL_SERIAL = r"^[0-9]{4,6}(\.[0-9]+)?$"
_EXCEL_DAYS = (10_000, 200_000)  # 1927 to 2447: a plain year such as 2026 is no serial number


@dataclass(frozen=True, kw_only=True)
class Converted:
    """A typed column.

    Attributes:
        values: n cells of the field's type in `schemas.rules.DTYPES`; blank and unconvertible ones are `NA`.
        failures: Position of each cell that did not convert, with what is wrong with it.
        doubts: Position of each cell that is sent as it stands though it was not understood.
    """

    values: Any
    failures: Mapping[int, str]
    doubts: Mapping[int, str]


def convert(field: Field, column: pd.Series[str]) -> Converted:
    """Converts a column of trimmed text to a field's type.

    Args:
        field: Whose type and shape it is to have.
        column: n cells of text (Arrow); blank is "".
    """
    text = _arrow(column)
    text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    return _CONVERTERS[field.type](field, text)


def _arrow(column: pd.Series[str]) -> pa.Array:
    array = pa.array(column, pa.string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _positions(mask: pa.Array) -> list[int]:
    positions: list[int] = np.flatnonzero(pc.fill_null(mask, fill_value=False).to_numpy(zero_copy_only=False)).tolist()
    return positions


def _integers(field: Field, text: pa.Array) -> Converted:
    matches = pc.match_substring_regex(text, _INTEGER)
    digits = pc.replace_substring_regex(text, _INTEGER_TAIL, "")
    digits = pc.utf8_ltrim(digits, "+")
    plain = pc.and_(matches, pc.less_equal(pc.utf8_length(digits), _SAFE_DIGITS))
    numbers = pc.cast(pc.if_else(plain, digits, pa.scalar(None, pa.string())), pa.int64())
    failures: dict[int, str] = {}
    rescued: dict[int, int] = {}
    for position in _positions(pc.invert(plain)):
        number = _integer(field, text[position].as_py(), digits[position].as_py(), matches[position].as_py())
        if isinstance(number, str):
            failures[position] = number
        else:
            rescued[position] = number
    values = pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False).copy()
    mask = pc.is_null(numbers).to_numpy(zero_copy_only=False).copy()
    for position, number in rescued.items():
        values[position], mask[position] = number, False
    return Converted(values=pd.arrays.IntegerArray(values, mask), failures=failures, doubts={})


def _integer(field: Field, text: str, digits: str, matches: bool) -> int | str:
    """A cell that is not plainly an integer: the name of an enum's value, a very long number, or what is wrong."""
    if matches:
        low, high = -(2**63), 2**63 - 1
        number = int(digits) if len(digits) < 40 else high + 1
        return number if low <= number <= high else out_of_range(field)
    by_name = {name.casefold(): number for name, number in field.choices.items()}
    if text.casefold() in by_name:
        return by_name[text.casefold()]
    names = f" or one of {', '.join(field.choices)}" if field.choices else ""
    return f"is not an integer{names}"


def _booleans(_field: Field, text: pa.Array) -> Converted:
    index = pc.index_in(pc.utf8_lower(text), value_set=_BOOLEANS)
    unknown = pc.and_(pc.is_valid(text), pc.is_null(index))
    message = "is not a boolean (true/false, yes/no, y/n, 1/0, on/off)"
    mask = pc.is_null(index).to_numpy(zero_copy_only=False).copy()
    values = pc.less(pc.fill_null(index, 0), len(_TRUE)).to_numpy(zero_copy_only=False).copy()
    return Converted(
        values=pd.arrays.BooleanArray(values, mask),
        failures=dict.fromkeys(_positions(unknown), message),
        doubts={},
    )


def _strings(field: Field, text: pa.Array) -> Converted:
    if field.shape is not Shape.DATE_TIME:
        return Converted(values=_string_column(text), failures={}, doubts={})
    moments = _moments(text)
    known = pc.is_valid(moments)
    unread = pc.and_(pc.is_valid(text), pc.invert(known))
    message = "is not a date that can be read (ISO 8601 or an Excel date); it is sent as it stands"
    return Converted(
        values=_string_column(pc.if_else(known, moments, text)),
        failures={},
        doubts=dict.fromkeys(_positions(unread), message),
    )


def _string_column(text: pa.Array) -> Any:
    return pd.array(text, dtype="string[pyarrow]")


def _moments(text: pa.Array) -> pa.Array:
    """ISO 8601 in UTC with Z for each cell that is ISO 8601 or an Excel serial number; null for the others.

    Source: the API's examples of dates; a sibling endpoint stores an offset's UTC value without saying so, hence
    UTC. A time without an offset is taken as UTC.
    """
    if text.null_count == len(text):
        return text
    parsed = pd.to_datetime(pd.Series(text.to_pylist(), dtype="object"), format="ISO8601", utc=True, errors="coerce")
    serial = pc.fill_null(pc.match_substring_regex(text, _EXCEL_SERIAL), fill_value=False)
    if pc.any(serial).as_py():
        days = pd.to_numeric(pd.Series(pc.if_else(serial, text, None).to_pylist(), dtype="object"), errors="coerce")
        days = days.where(days.between(*_EXCEL_DAYS))
        dates = _EXCEL_EPOCH + pd.to_timedelta((days * 86_400).round(), unit="s")
        parsed = parsed.where(~serial.to_numpy(zero_copy_only=False), dates.astype(parsed.dtype))
    whole = parsed.dt.strftime("%Y-%m-%dT%H:%M:%S")
    fraction = parsed.dt.microsecond
    odd = fraction > 0
    if odd.any():
        whole = whole.where(~odd, whole + parsed.dt.strftime(".%f").str.rstrip("0"))
    return pa.array((whole + "Z").where(parsed.notna(), None), pa.string(), from_pandas=True)


_CONVERTERS: dict[FieldType, Callable[[Field, pa.Array], Converted]] = {
    FieldType.INTEGER: _integers,
    FieldType.BOOLEAN: _booleans,
    FieldType.STRING: _strings,
}
