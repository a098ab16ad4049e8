r"""Characters that cannot be seen: no-break and zero-width spaces, marks of direction, soft hyphens.

At the ends of a cell they come from copying and are taken off, with a warning; inside an address, a host or a key they
make another one of it, which is refused. One look at a column's bytes tells whether it has any.
May import `mapping` and `schemas`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.finding_codes import FindingCode
from schemas.endpoint import FieldType, Shape

if TYPE_CHECKING:
    from pipeline.intake.mapping.plan import ColumnPlan
    from schemas.endpoint import Endpoint, Field

_INVISIBLE = r"[\p{Cf}\p{Zl}\p{Zp}]|[^ \P{Zs}]"
_EXACT_SHAPES = frozenset({Shape.EMAIL, Shape.HOST, Shape.PORT, Shape.DATE_TIME})


@dataclass(frozen=True, kw_only=True, slots=True)
class Unseen:
    """A cell with characters that cannot be seen.

    Attributes:
        position: Of its row.
        name: Its field.
        code: Which of both.
        message: What was taken off, or what is wrong.
        warning: Whether it is usable without them.
    """

    position: int
    name: str
    code: FindingCode
    message: str
    warning: bool


def take_off(endpoint: Endpoint, plan: ColumnPlan, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Unseen]]:
    """Takes invisible characters off the ends of the cells that fields come from.

    Args:
        endpoint: Whose fields they are.
        plan: Where each field's text comes from.
        frame: n rows x source columns, all text (Arrow).

    Returns:
        The frame, changed where there was something to take off, and what to say about it.
    """
    changed: dict[Any, Any] = {}
    unseen: list[Unseen] = []
    for name, index in plan.cells:
        column = _arrow(frame[index])
        if _is_ascii(column):
            continue
        found = [*_found(endpoint, endpoint.field(name), column)]
        texts = {position: text for position, text, _ in found}
        if texts:
            cells = [texts.get(position, cell) for position, cell in enumerate(column.to_pylist())]
            changed[index] = pd.array(cells, dtype="string[pyarrow]")
        unseen += [one for *_, said in found for one in said]
    if not changed:
        return frame, unseen
    return pd.DataFrame({index: changed.get(index, frame[index]) for index in frame.columns}, copy=False), unseen


def _arrow(column: pd.Series[str]) -> pa.Array:
    array = pa.array(column, pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _is_ascii(column: pa.Array) -> bool:
    """Whether the column's bytes are all ASCII; those around it in the same buffer count as well."""
    text = column.buffers()[2]
    return text is None or len(text) == 0 or bool(np.frombuffer(text, np.uint8).max() < 0x80)


def _found(endpoint: Endpoint, field: Field, column: pa.Array) -> Iterator[tuple[int, str, list[Unseen]]]:
    """Position, text and findings of each cell that has invisible characters."""
    for position in pc.indices_nonzero(pc.match_substring_regex(column, _INVISIBLE)).to_pylist():
        raw = column[position].as_py()
        text = _trimmed(raw)
        yield position, text, list(_said(endpoint, field, position, raw, text))


def _said(endpoint: Endpoint, field: Field, position: int, raw: str, text: str) -> Iterator[Unseen]:
    begin = raw.index(text) if text else len(raw)
    ends = raw[:begin] + raw[begin + len(text) :]
    if not ends.isascii():
        shown = made_visible(ends if field.secret else raw)
        message = f"had characters at its ends that cannot be seen; they are taken off: '{shown}'"
        yield Unseen(position=position, name=field.name, code=FindingCode.INVISIBLE_ENDS, message=message, warning=True)
    if _is_exact(endpoint, field) and has_invisible(text):
        message = f"holds characters that cannot be seen: '{made_visible(text)}'"
        yield Unseen(
            position=position, name=field.name, code=FindingCode.INVISIBLE_INSIDE, message=message, warning=False
        )


def _is_exact(endpoint: Endpoint, field: Field) -> bool:
    """Whether a character more makes something else of a field's value."""
    return field.name in endpoint.key or field.shape in _EXACT_SHAPES or field.type is not FieldType.STRING


def _trimmed(text: str) -> str:
    begin, end = 0, len(text)
    while begin < end and (text[begin].isspace() or _is_invisible(text[begin])):
        begin += 1
    while end > begin and (text[end - 1].isspace() or _is_invisible(text[end - 1])):
        end -= 1
    return text[begin:end]


def _is_invisible(sign: str) -> bool:
    return not sign.isascii() and unicodedata.category(sign) in {"Cf", "Zs", "Zl", "Zp"}


def has_invisible(text: str) -> bool:
    """Whether a character of the text cannot be seen."""
    return any(map(_is_invisible, text))


def made_visible(text: str) -> str:
    r"""The text with its invisible characters as `\u200b`."""
    return "".join(f"\\u{ord(sign):04x}" if _is_invisible(sign) else sign for sign in text)
