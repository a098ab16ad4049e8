"""What can be done with a field's text before it is checked: the transforms of a mapping, a column at a time.

Each takes and gives Arrow text; a blank cell stays blank, and one that a transform does not fit stays as it is.
May import pandas, pyarrow and `model`; must know nothing of fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from pipeline.model.mapping import Transform

_TEXT = pa.large_string()

# 1.234 and 1 234,5 and 1'234 and 993,0, as they are written where the comma is the decimal mark.
_DECIMAL_COMMA = r"^[+-]?([0-9]{1,3}([.' \x{2019}\x{00a0}\x{202f}][0-9]{3})+|[0-9]+)(,[0-9]+)?$"
_THOUSANDS = r"[.' \x{2019}\x{00a0}\x{202f}]"

# Name <a@b>, where nothing before the bracket is an address as well; mailto:a@b?subject=x; a@b, and a@b.
_ADDRESS_STEPS = (
    (r"^[^<@]*<\s*([^<>\s]+@[^<>\s]+)\s*>[\s,;.]*$", r"\1"),
    (r"^(?i:mailto:)\s*([^?]*)(\?.*)?$", r"\1"),
    (r"^([^@\s,;]+@[^@\s,;]*[^@\s,;.])[\s,;.]+$", r"\1"),
)


def apply_transforms(text: pa.Array, transforms: Sequence[Transform]) -> pa.Array:
    """Applies transforms one after another, in the normal form that `transform_forms` gives them."""
    for transform in transforms:
        done = pc.utf8_trim_whitespace(_BY_NAME[str(transform["name"])](text, transform))
        text = pc.if_else(pc.equal(text, ""), text, done)
    return text


def translate(text: pa.Array, translations: Mapping[str, str]) -> pa.Array:
    """Puts translations in place of the values that have one, whatever their case."""
    keys = pa.array(translations, _TEXT)
    found = pc.index_in(pc.utf8_lower(text), value_set=pc.utf8_lower(keys))
    return pc.coalesce(pc.take(pa.array(translations.values(), _TEXT), found), text)


def fill(pieces: Sequence[str | pa.Array], rows: int) -> pa.Array:
    """Puts a template's text together; blank where all of its columns are.

    Args:
        pieces: Texts that are the same in each row, and columns of trimmed text.
        rows: How many rows there are.
    """
    columns = [piece for piece in pieces if not isinstance(piece, str)]
    whole = [pa.repeat(pa.scalar(piece, _TEXT), rows) if isinstance(piece, str) else piece for piece in pieces]
    filled = pc.not_equal(pc.binary_join_element_wise(*columns, pa.scalar("", _TEXT)), "")
    joined = pc.binary_join_element_wise(*whole, pa.scalar("", _TEXT))
    return pc.if_else(filled, pc.utf8_trim_whitespace(joined), pa.scalar("", _TEXT))


def _decimal_comma(text: pa.Array, _: Transform) -> pa.Array:
    plain = pc.replace_substring(pc.replace_substring_regex(text, _THOUSANDS, ""), ",", ".")
    return pc.if_else(pc.match_substring_regex(text, _DECIMAL_COMMA), plain, text)


def _address(text: pa.Array, _: Transform) -> pa.Array:
    for pattern, replacement in _ADDRESS_STEPS:
        text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, pattern, replacement))
    return text


def _split(text: pa.Array, transform: Transform) -> pa.Array:
    parts = pc.split_pattern(text, str(transform["by"]))
    place = int(transform["take"]) - 1
    return pc.binary_join(pc.list_slice(parts, place, place + 1), pa.scalar("", _TEXT))


def _regex(text: pa.Array, transform: Transform) -> pa.Array:
    return pc.replace_substring_regex(text, str(transform["pattern"]), str(transform["replace"]))


def _date(text: pa.Array, transform: Transform) -> pa.Array:
    encoded = text.dictionary_encode()
    known = encoded.dictionary
    form = str(transform["format"])
    moments = pd.to_datetime(
        pd.Series(known.to_pylist(), dtype="object"), format=form, errors="coerce", utc="%z" in form
    )
    written = pa.array(_in_utc(moments, transform.get("timezone")), _TEXT, from_pandas=True)
    return pc.take(pc.coalesce(written, known), encoded.indices)


def _in_utc(moments: pd.Series[Any], timezone: str | int | None) -> list[str | None]:
    """ISO 8601 in UTC. A time that comes twice when clocks are set back counts as the first of the two."""
    moments = moments.where(moments.dt.year.between(2, 9998))  # no zone may carry one out of the calendar
    if moments.dt.tz is None:
        first = pd.Series(True, index=moments.index)
        zone = str(timezone or "UTC")
        moments = moments.dt.tz_localize(zone, ambiguous=first.to_numpy(), nonexistent="shift_forward")
    texts = moments.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return [text if isinstance(text, str) else None for text in texts]


_BY_NAME: dict[str, Callable[[pa.Array, Transform], pa.Array]] = {
    "trim": lambda text, _: text,
    "lower": lambda text, _: pc.utf8_lower(text),
    "upper": lambda text, _: pc.utf8_upper(text),
    "decimal_comma": _decimal_comma,
    "address": _address,
    "date": _date,
    "split": _split,
    "regex": _regex,
}
