"""From text to the endpoint's types, a column at a time: what converts, and which cells do not.

Conversion comes before the Pandera schemas and apart from them (see `schemas.rules`). Vectorised throughout; a text
that stands in many cells is looked at once, and only cells that fail one by one.
May import `schemas`, `addresses`, `arrow_text`, `exact_text`, `garbled` and `mapping.value_kinds`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.intake.mapping.value_kinds import forms_of
from pipeline.intake.validation.addresses import is_address
from pipeline.intake.validation.arrow_text import arrow_text, few_distinct, positions_of
from pipeline.intake.validation.exact_text import doubtful
from pipeline.intake.validation.garbled import garbled
from pipeline.intake.validation.said import Said
from pipeline.model.finding_codes import FindingCode
from schemas.endpoint import FALSE_WORDS, TRUE_WORDS, Field, FieldType, Shape
from schemas.rules import out_of_range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_BOOLEANS = pa.array([*TRUE_WORDS, *FALSE_WORDS], pa.large_string())

_NO_DATE = "is not a date that can be read (ISO 8601 or an Excel date)"
_INTEGER = re.compile(r"([+-]?[0-9]+)(\.0*)?")
_APOSTROPHES = ("'", "\u2019")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}\.000")  # in many countries that is how a thousand is written
_LAST_PORT = 65535
_SHORTENED = re.compile(r"[+-]?[0-9]([.,][0-9]+)?E\+[0-9]{2,}")  # as spreadsheet programs show many digits
_MINUS = {ord("\u2212"): "-", ord("\uff0d"): "-"}
# Digits in groups of three, or with a decimal comma; and in groups that commas part.
_GROUPED = re.compile(r"[+-]?([0-9]{1,3}([.' \u2019\u00a0\u202f][0-9]{3})+(,0+)?|[0-9]+,0+)")
_COMMA_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+")
# The longest run of digits that a 64-bit integer holds for certain.
_SAFE_DIGITS = 18
# More digits than any width holds, and fewer than Python refuses to convert.
_TOO_MANY_DIGITS = 1_000

# The form in which dates are sent; most files hold it already.
_AS_SENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
# A whole date, in the extended or the basic format. pandas alone would also take "now", "2026" and "2026/1/2".
_ISO_8601 = (
    r"^[0-9]{4}(-[0-9]{2}-[0-9]{2}|[0-9]{4})"
    r"([T ][0-9]{2}(:?[0-9]{2}(:?[0-9]{2}([.,][0-9]+)?)?)? ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$"
)
# Microseconds: one finer moment would narrow the years that pandas can hold for the whole column.
_FRACTION, _MICROSECONDS = r"[.,]([0-9]{1,6})[0-9]*", r".\1"

# Excel counts days from here; 1900 counts as a leap year there, so days before March 1900 are off, and not meant.
_EXCEL_EPOCH = pd.Timestamp("1899-12-30", tz="UTC")
_EXCEL_SERIAL = r"^[0-9]{4,6}(\.[0-9]+)?$"
_EXCEL_DAYS = (25_569, 73_050)  # 1970 to 2099: what would be an earlier or a later date is another number


@dataclass(frozen=True, kw_only=True)
class Converted:
    """A typed column.

    Attributes:
        values: n cells of the field's type in `schemas.rules.DTYPES`; blank and unconvertible ones are `NA`.
        failures: Position of each cell that did not convert, with what is wrong with it.
        doubts: Position of each cell that is sent as it stands though it was not understood.
    """

    values: Any
    failures: Mapping[int, Said]
    doubts: Mapping[int, Said]


def convert(field: Field, column: pd.Series[str], *, transformed: bool = False) -> Converted:
    """Converts a column of trimmed text to a field's type.

    Args:
        field: Whose type and shape it is to have.
        column: n cells of text (Arrow); blank is "".
        transformed: Whether a mapping has changed it: then no transform is suggested for numbers.
    """
    text = arrow_text(column)
    text = pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text)
    few = few_distinct(text)
    if few is None:
        return _converted(field, text, transformed=transformed)
    return _spread(_converted(field, few.dictionary, transformed=transformed), few.indices)


def _spread(found: Converted, indices: pa.Array) -> Converted:
    """What was found of different texts, for all n cells: each has the index of its text, or null where it is blank."""
    places = pc.fill_null(indices, -1).to_numpy(zero_copy_only=False)
    return Converted(
        values=found.values.take(places, allow_fill=True),
        failures=_spread_said(found.failures, places),
        doubts=_spread_said(found.doubts, places),
    )


def _spread_said(said: Mapping[int, Said], places: NDArray[np.int64]) -> Mapping[int, Said]:
    if not said:
        return said
    return {int(one): said[int(places[one])] for one in np.flatnonzero(np.isin(places, list(said)))}


def _converted(field: Field, text: pa.Array, *, transformed: bool) -> Converted:
    found = _typed(field, text, transformed=transformed)
    unread = [*found.failures, *(one for one, (code, _) in found.doubts.items() if code is FindingCode.DATE_NOT_READ)]
    marked = {one: cell[1:] for one in unread if (cell := text[one].as_py()).startswith(_APOSTROPHES)}
    return _without_apostrophes(field, found, marked, transformed=transformed) if marked else found


def _typed(field: Field, text: pa.Array, *, transformed: bool) -> Converted:
    if field.type is FieldType.INTEGER:
        return _integers(field, text, transformed=transformed)
    return _booleans(field, text) if field.type is FieldType.BOOLEAN else _strings(field, text)


def _without_apostrophes(field: Field, found: Converted, marked: Mapping[int, str], *, transformed: bool) -> Converted:
    """What was found, but for cells that mean something without the apostrophe that marks text in spreadsheet programs.

    Args:
        field: Whose column it is.
        found: What was found with the apostrophes.
        marked: The text behind it of each cell that was not understood, by position.
        transformed: Whether a mapping has changed the column.
    """
    alone = _typed(field, pa.array(marked.values(), pa.large_string()), transformed=transformed)
    read = {
        one: place
        for place, one in enumerate(marked)
        if place not in alone.failures and alone.doubts.get(place, (None, ""))[0] is not FindingCode.DATE_NOT_READ
    }
    values = found.values.copy()
    for one, place in read.items():
        values[one] = alone.values[place]
    said = {one: (FindingCode.APOSTROPHE, f"is read without its apostrophe, as {marked[one]}") for one in read}
    doubts = {**found.doubts, **said, **{one: alone.doubts[at] for one, at in read.items() if at in alone.doubts}}
    failures = {one: why for one, why in found.failures.items() if one not in read}
    return Converted(values=values, failures=failures, doubts=doubts)


def _integers(field: Field, text: pa.Array, *, transformed: bool) -> Converted:
    plain = pc.and_(pc.ascii_is_decimal(text), pc.less_equal(pc.binary_length(text), _SAFE_DIGITS))
    numbers = pc.cast(pc.if_else(plain, text, pa.scalar(None, text.type)), pa.int64())
    values = pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False).copy()
    mask = pc.is_null(numbers).to_numpy(zero_copy_only=False).copy()
    failures: dict[int, Said] = {}
    doubts: dict[int, Said] = {}
    for position in positions_of(pc.invert(plain)):
        written = text[position].as_py()
        plainly = _in_plain_digits(written)
        number = _integer(field, plainly)
        if isinstance(number, tuple):
            code, message = number
            failures[position] = (code, message if transformed else message + _transform_hint(field, plainly))
            continue
        values[position], mask[position] = number, False
        if plainly != written:
            doubts[position] = FindingCode.READ_AS_NUMBER, f"is read as {number}"
        elif _THOUSANDS.fullmatch(written) and (field.shape is not Shape.PORT or number * 1000 <= _LAST_PORT):
            told = f"is read as {number}, not as {written.replace('.', '')}"
            doubts[position] = FindingCode.READ_AS_NUMBER, told
    return Converted(values=pd.arrays.IntegerArray(values, mask), failures=failures, doubts=doubts)


def _in_plain_digits(text: str) -> str:
    """The number with digits of any script as ours."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in text.translate(_MINUS))


def _integer(field: Field, text: str) -> int | Said:
    """A cell that is not digits only: a sign, `993.0`, the name of an enum's value, a long number; or what is wrong."""
    written = _INTEGER.fullmatch(text)
    if written:
        low, high = -(2**63), 2**63 - 1
        number = int(written[1]) if len(text) < _TOO_MANY_DIGITS else high + 1
        return number if low <= number <= high else (FindingCode.OUT_OF_RANGE, out_of_range(field))
    by_name = {name.casefold(): number for name, number in field.choices.items()}
    if text.casefold() in by_name:
        return by_name[text.casefold()]
    if field.choices:
        names = ", ".join(field.choices)
        return FindingCode.NOT_AN_INTEGER, f"is not an integer or one of {names}; {_translated(field)}"
    return FindingCode.NOT_AN_INTEGER, "is not an integer"


def _transform_hint(field: Field, text: str) -> str:
    """How a mapping reads a number of another country; what has become of one whose digits are lost."""
    if _SHORTENED.fullmatch(text):
        return ", but one that a spreadsheet program has shortened: take all its digits from where it came from"
    if _COMMA_GROUPED.fullmatch(text):
        transform = '{regex = ",", replace = ""}'
    elif _GROUPED.fullmatch(text):
        transform = '"decimal_comma"'
    else:
        return ""
    return f"; [transforms] {field.name} = [{transform}] in a mapping file reads it"


def _translated(field: Field) -> str:
    """How a person translates a value that only other systems know."""
    return f"[values.{field.name}] in a mapping file translates it"


def _booleans(field: Field, text: pa.Array) -> Converted:
    index = pc.index_in(pc.utf8_lower(text), value_set=_BOOLEANS)
    unknown = pc.and_(pc.is_valid(text), pc.is_null(index))
    message = f"is not a boolean (true/false, yes/no, y/n, 1/0, on/off); {_translated(field)}"
    mask = pc.is_null(index).to_numpy(zero_copy_only=False).copy()
    values = pc.less(pc.fill_null(index, 0), len(TRUE_WORDS)).to_numpy(zero_copy_only=False).copy()
    return Converted(
        values=pd.arrays.BooleanArray(values, mask),
        failures=dict.fromkeys(positions_of(unknown), (FindingCode.NOT_A_BOOLEAN, message)),
        doubts={},
    )


def _strings(field: Field, text: pa.Array) -> Converted:
    broken = pc.match_substring(text, "\x00")  # JSON can carry it, but no database keeps it
    failures = dict.fromkeys(positions_of(broken), (FindingCode.NUL_CHARACTER, "holds a NUL character"))
    if failures:
        text = pc.if_else(broken, pa.scalar(None, text.type), text)
    if field.shape is not Shape.DATE_TIME:
        doubts = {} if field.secret else _doubts(field, text)
        return Converted(values=_string_column(text), failures=failures, doubts=doubts)
    moments = _moments(text)
    known = pc.is_valid(moments)
    unread = pc.and_(pc.is_valid(text), pc.invert(known))
    doubts = {at: (FindingCode.DATE_NOT_READ, _not_read(field, text[at].as_py())) for at in positions_of(unread)}
    return Converted(values=_string_column(pc.if_else(known, moments, text)), failures=failures, doubts=doubts)


def _not_read(field: Field, text: str) -> str:
    """What is said of a date, with the forms that read it."""
    forms = forms_of(text)
    if not forms:
        return f"{_NO_DATE}; write it as 2026-05-01 or 2026-05-01 08:00"
    other = f' (or "{forms[1]}", where the month comes first)' if len(forms) > 1 else ""
    transform = f'[transforms] {field.name} = [{{date = "{forms[0]}"}}]'
    return f"{_NO_DATE}; {transform} in a mapping file reads dates of that form{other}"


def _doubts(field: Field, text: pa.Array) -> dict[int, Said]:
    """What is odd about the text; about what is no address anyway only that is said, elsewhere.

    What was damaged is said as that: damage puts odd signs into text.
    """
    doubts = {**dict(doubtful(field.shape, text)), **dict(garbled(text))}
    if field.shape is not Shape.EMAIL:
        return doubts
    return {position: said for position, said in doubts.items() if is_address(text[position].as_py())}


def _string_column(text: pa.Array) -> Any:
    return pd.array(text, dtype="string[pyarrow]")


def _moments(text: pa.Array) -> pa.Array:
    """ISO 8601 in UTC with Z for each cell that is ISO 8601 or an Excel serial number; null for the others.

    Source: the API's examples of dates; a sibling endpoint stores an offset's UTC value without saying so, hence
    UTC. A time without an offset is taken as UTC.
    """
    as_sent = pc.fill_null(pc.match_substring_regex(text, _AS_SENT), fill_value=False)
    filled = pc.is_valid(text)
    others = pc.and_(filled, pc.invert(as_sent)) if _all_exist(text.filter(as_sent)) else filled
    if not pc.any(others).as_py():
        return text
    return pc.replace_with_mask(text, others, _parsed(text.filter(others)))


def _all_exist(moments: pa.Array) -> bool:
    """Whether the calendar has all of these moments: 30 February has the right form too."""
    try:
        pc.cast(moments, pa.timestamp("s", "UTC"))
    except pa.ArrowInvalid:
        return False
    return True


def _parsed(text: pa.Array) -> pa.Array:
    format_utc = pc.if_else(pc.match_substring_regex(text, _ISO_8601), text, pa.scalar(None, text.type))
    format_utc = pc.replace_substring_regex(format_utc, _FRACTION, _MICROSECONDS)
    parsed = pd.to_datetime(
        pd.Series(format_utc.to_pylist(), dtype="object"), format="ISO8601", utc=True, errors="coerce"
    )
    serial = pc.match_substring_regex(text, _EXCEL_SERIAL)
    days = pc.cast(pc.if_else(serial, text, pa.scalar(None, text.type)), pa.float64()).to_pandas()
    days = days.where(days.between(*_EXCEL_DAYS))
    dates = _EXCEL_EPOCH + pd.to_timedelta((days * 86_400).round(), unit="s")
    return _written(parsed.astype("datetime64[us, UTC]").fillna(dates.astype("datetime64[us, UTC]")))


def _written(moments: pd.Series[pd.Timestamp]) -> pa.Array:
    moments = moments.where(moments.dt.year.between(1, 9999))  # an offset may lead out of what four digits can say
    whole = moments.dt.strftime("%Y-%m-%dT%H:%M:%S")
    odd = moments.dt.microsecond > 0
    fraction = moments.dt.strftime(".%f").str.rstrip("0").where(odd, "")
    return pa.array((whole + fraction + "Z").where(moments.notna(), None), pa.large_string(), from_pandas=True)
