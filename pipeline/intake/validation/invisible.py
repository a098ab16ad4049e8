r"""Characters that cannot be seen: no-break and zero-width spaces, marks of direction, soft hyphens, control codes.

At the ends of a cell they come from copying and are taken off, with a warning; inside an address, a host or a key they
make another one of it, which is refused; inside a user name, which may be anything, they are a warning.
One look at a column's bytes tells whether it has any.
May import `arrow_text`, `text_formulas`, `mapping`, `model` and `schemas`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.intake.validation.arrow_text import arrow_text, is_printable_ascii
from pipeline.intake.validation.text_formulas import unwrapped
from pipeline.model.finding_codes import FindingCode
from pipeline.model.findings import REDACTED
from schemas.endpoint import FieldType, Shape

if TYPE_CHECKING:
    from pipeline.intake.mapping.plan import ColumnPlan
    from schemas.endpoint import Endpoint, Field

# Letters and marks that show nothing: fillers of Korean and Khmer, the blank of Braille, choices of a sign's form.
_BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u2800\u3164\ufe00-\ufe0f\uffa0"
_INVISIBLE = rf"[\p{{Cf}}\p{{Zl}}\p{{Zp}}{_BLANKS}]|[^ \P{{Zs}}]|[^\t\n\r\x{{00}}\P{{Cc}}]"
_BLANK_LETTERS = re.compile(f"[{_BLANKS}]")
_OF_EMOJI = re.compile("[\ufe0f\ufe0e\U000e0020-\U000e007f]")  # at the end of a name they belong to it
_SPACES = frozenset(" \t\n\r\x00")  # of which the last is a finding of its own
_EXACT_SHAPES = frozenset({Shape.EMAIL, Shape.HOST, Shape.PORT, Shape.DATE_TIME})


@dataclass(frozen=True, kw_only=True, slots=True)
class Unseen:
    """A cell with characters that cannot be seen.

    Attributes:
        position: Of its row.
        name: Its field.
        code: Which kind.
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
        column = arrow_text(frame[index])
        found = [] if is_printable_ascii(column) else [*_found(endpoint, endpoint.field(name), column)]
        found += _formulas(endpoint.field(name), column)
        texts = {position: text for position, text, _ in found}
        if texts:
            cells = [texts.get(position, cell) for position, cell in enumerate(column.to_pylist())]
            changed[index] = pd.array(cells, dtype="string[pyarrow]")
        unseen += [one for *_, said in found for one in said]
    if not changed:
        return frame, unseen
    return pd.DataFrame({index: changed.get(index, frame[index]) for index in frame.columns}, copy=False), unseen


def _found(endpoint: Endpoint, field: Field, column: pa.Array) -> Iterator[tuple[int, str, list[Unseen]]]:
    """Position, text and findings of each cell that has invisible characters."""
    for position in pc.indices_nonzero(pc.match_substring_regex(column, _INVISIBLE)).to_pylist():
        raw = column[position].as_py()
        text = _trimmed(raw)
        yield position, text, list(_said(endpoint, field, position, raw, text))


def _said(endpoint: Endpoint, field: Field, position: int, raw: str, text: str) -> Iterator[Unseen]:
    begin = raw.index(text) if text else len(raw)
    ends = raw[:begin] + raw[begin + len(text) :]
    if has_invisible(ends):
        shown = made_visible(ends if field.secret else raw)
        message = f"had characters at its ends that cannot be seen; they are taken off: '{shown}'"
        yield Unseen(position=position, name=field.name, code=FindingCode.INVISIBLE_ENDS, message=message, warning=True)
    is_exact = _is_exact(endpoint, field)
    if (is_exact or field.shape is Shape.USER_NAME) and has_invisible(text):
        message = f"holds characters that cannot be seen: '{made_visible(text)}'"
        yield Unseen(
            position=position, name=field.name, code=FindingCode.INVISIBLE_INSIDE, message=message, warning=not is_exact
        )


def _formulas(field: Field, column: pa.Array) -> Iterator[tuple[int, str, list[Unseen]]]:
    """Position, text and finding of each cell that is a text dressed as a formula."""
    for position, text in unwrapped(column):
        message = f"is written as a formula that only holds a text; read as {REDACTED if field.secret else repr(text)}"
        code = FindingCode.TEXT_FORMULA
        yield position, text, [Unseen(position=position, name=field.name, code=code, message=message, warning=True)]


def _is_exact(endpoint: Endpoint, field: Field) -> bool:
    """Whether a character more makes something else of a field's value."""
    return field.name in endpoint.key or field.shape in _EXACT_SHAPES or field.type is not FieldType.STRING


def _trimmed(text: str) -> str:
    begin, end = 0, len(text)
    while begin < end and _comes_off(text[begin]):
        begin += 1
    while end > begin and _comes_off(text[end - 1]):
        end -= 1
    return text[begin:end]


def _comes_off(sign: str) -> bool:
    return sign.isspace() or (_is_invisible(sign) and not _OF_EMOJI.match(sign))


def _is_invisible(sign: str) -> bool:
    if sign in _SPACES:
        return False
    return unicodedata.category(sign) in {"Cc", "Cf", "Zs", "Zl", "Zp"} or bool(_BLANK_LETTERS.match(sign))


def has_invisible(text: str) -> bool:
    """Whether a character of the text cannot be seen."""
    return any(map(_is_invisible, text))


def made_visible(text: str) -> str:
    r"""The text with its invisible characters as `\u200b`."""
    return "".join(f"\\u{ord(sign):04x}" if _is_invisible(sign) else sign for sign in text)
