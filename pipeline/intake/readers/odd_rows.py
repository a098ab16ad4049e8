"""Rows of a table that are none: totals, footnotes, a header that comes again, a line of units or numbers below it.

Each gets one finding that says what it looks like, in place of one for every field that it lacks; the same for text
files and workbooks. What might be a row is left alone. Vectorised: only rows with few cells, or with a header's, are
looked at. May import `detect`, `shown` and `model.sources`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from pipeline.intake.readers.detect import DELIMITERS
from pipeline.intake.readers.shown import shortened, shown_delimiter
from pipeline.model.finding_codes import FindingCode
from pipeline.model.sources import REPORT_COLUMNS, Defect

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_LEAST_COLUMNS = 4
"""In a narrower table a row with few cells may well be meant."""

_MANY_COLUMNS = 8
"""In so wide a table a row with one word or a few numbers is surely none."""

_UNITS_WITHIN_ROWS = 3

_TOTAL = re.compile(
    r"(grand |sub[ -]?|over-?all )?(totals?|sum|count|average|summe|gesamt(summe|zahl)?|insgesamt|anzahl|somme|"
    r"suma|totale|totaal|aantal|total g[ée]n[ée]ral)\b.{0,20}",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"([*†‡#•§]|//|--|note\b|notes\b|source\b|n\.?b\.?\b|hinweis\b|remarque\b).*", re.IGNORECASE | re.DOTALL
)
_COUNT = re.compile(
    r"\(?[0-9][0-9.,]* (rows?|records?|entries|lines?|accounts?|users?|zeilen?|datens[äa]tze?|lignes?|filas?|righe"
    r"|rijen)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_RULE = re.compile(r"[-=+_*~#.:|\u2500-\u257f\u2014\s]+")
_NUMBERS = re.compile(r"[+-]?[0-9][0-9.,' \u00a0\u202f]*[%€$£]?")
_END_OF_FILE = "\x1a"
_SENTENCE = re.compile(r"\S+(\s+\S+){3,}|.*[.:!?]", re.DOTALL)
_OF_VALUES = re.compile(r"[0-9@]")
_VALUE = re.compile(r"\S*[@0-9]\S*")
_NUMBERED = re.compile(r"([^0-9]*)([0-9]{1,4})([^0-9]*)")
_NEVER_IN_A_TYPE = re.compile(r"@|^[^a-zA-Z]|\w\.\w")
_UNIT = re.compile(
    r"[(\[<{].*[)\]>}]"
    r"|(e\.? ?g\.?|ex\.|examples?:?|z\. ?b\.|beispiel:?|p\. ?ej\.|par ex\.|exemple ?:?)\s.*"
    r"|text|string|number|integer|int|bool(ean)?|date(time)?|yes/no|host|port|required|optional|mandatory",
    re.IGNORECASE | re.DOTALL,
)


def find_odd_rows(
    columns: Sequence[pa.Array], rows: Sequence[int], header: Sequence[str], header_row: int
) -> list[Defect]:
    """One finding for each row that is none.

    Args:
        columns: k columns x n cells of text.
        rows: The rows' n numbers.
        header: The k header cells, trimmed; blank where a column has none.
        header_row: The row they stand in.
    """
    named = [index for index, name in enumerate(header) if name and name not in REPORT_COLUMNS]
    if len(named) < _LEAST_COLUMNS or not rows:
        return []
    filled, repeated = _counts(columns, named, header)
    likely = (filled <= len(named) // 2) | (repeated > 1)
    likely |= _array(rows) <= header_row + _UNITS_WITHIN_ROWS
    likely |= _as_long_as(columns, named[:_LEAST_COLUMNS], header)
    found: list[Defect] = []
    for position in likely.nonzero()[0].tolist():
        cells = [columns[index][position].as_py().strip() for index in named]
        if not any(cells):  # what there is stands below a blank header
            cells[0] = next(filter(None, (column[position].as_py().strip() for column in columns)), "")
        apart = rows[position] > (rows[position - 1] if position else header_row) + 1
        near = rows[position] <= header_row + _UNITS_WITHIN_ROWS
        what = _what(cells, [header[index] for index in named], apart=apart, near=near)
        if what:
            code, message = what
            found.append(Defect(position=position, code=code, message=message))
    return found


def _array(numbers: Sequence[int]) -> NDArray[np.int64]:
    import numpy as np

    return np.asarray(numbers, dtype=np.int64)


def _counts(columns: Sequence[Any], named: Sequence[int], header: Sequence[str]) -> tuple[Any, Any]:
    """Of each row, how many named cells are not empty, and how many repeat the header's."""
    import numpy as np
    import pyarrow.compute as pc

    filled = np.zeros(len(columns[0]), dtype=np.int64)
    repeated = np.zeros(len(columns[0]), dtype=np.int64)
    for index in named:
        filled += pc.not_equal(columns[index], "").to_numpy(zero_copy_only=False)
        repeated += pc.equal(columns[index], header[index]).to_numpy(zero_copy_only=False)
    return filled, repeated


def _as_long_as(columns: Sequence[Any], some: Sequence[int], header: Sequence[str]) -> Any:
    """Rows whose cells have the lengths of the header's: it may come again in capitals."""
    import numpy as np
    import pyarrow.compute as pc

    alike = np.ones(len(columns[0]), dtype=bool)
    for index in some:
        lengths = pc.binary_length(columns[index]).to_numpy(zero_copy_only=False)
        alike &= lengths == len(header[index].encode())
    return alike


def _what(cells: Sequence[str], header: Sequence[str], *, apart: bool, near: bool) -> tuple[FindingCode, str] | None:
    """The code and the message for a row that is none."""
    texts = [cell for cell in cells if cell]
    if not texts:
        return FindingCode.STRAY, "holds nothing below a header, only what stands beside the table: delete it"
    same = sum(cell.casefold() == name.casefold() for cell, name in zip(cells, header, strict=True))
    if same * 2 > len(texts) > 1:
        return FindingCode.SECOND_HEADER, "repeats the header: it is not a row of the table; delete the line"
    if all(map(_RULE.fullmatch, texts)) and (near or len(texts[0]) > 2):
        return FindingCode.RULE, "is a line drawn in the table, not a row: delete it"
    if near and _continues_header(cells, texts):
        return FindingCode.SECOND_HEADER, "looks like a second line of the header, not like a row: delete it"
    if not 0 < len(texts) <= len(header) // 2:
        return None
    return _what_is_whole(texts, len(header)) or _what_is_short(texts, apart=apart) or _what_is_lonely(cells, texts)


def _continues_header(cells: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether a line right below the header holds units, types, examples, or words only, as in a second language."""
    if len(texts) > 1 and all(_UNIT.fullmatch(one) for one in texts):
        return True
    if len(texts) < len(cells):
        return False
    return _counts_columns(texts) or (len(texts) >= _MANY_COLUMNS and _tells_of_columns(texts))


def _counts_columns(texts: Sequence[str]) -> bool:
    """Whether they number the columns: 1, 2, 3 or 0, 1, 2, bare or as in "Column1"; or A, B, C."""
    if "".join(texts).upper() == ascii_uppercase[: len(texts)]:
        return True
    parts = [_NUMBERED.fullmatch(text) for text in texts]
    numbers = [int(part[2]) for part in parts if part]
    around = {(part[1], part[3]) for part in parts if part}
    return len(around) == 1 and numbers in (list(range(len(texts))), list(range(1, len(texts) + 1)))


def _tells_of_columns(texts: Sequence[str]) -> bool:
    """Whether a line has a word, a type or a number, such as the most characters, for each column and no value."""
    return _are_words(texts) or _are_types(texts) or all(map(_NUMBERS.fullmatch, texts))


def _are_words(texts: Sequence[str]) -> bool:
    return not any(map(_OF_VALUES.search, texts))


def _are_types(texts: Sequence[str]) -> bool:
    """Whether they are names such as `int32` and `varchar(100)`, of which a table has few; accounts hold numbers."""
    return len(set(texts)) * 2 <= len(texts) and not any(map(_NEVER_IN_A_TYPE.search, texts))


def _what_is_whole(texts: Sequence[str], width: int) -> tuple[FindingCode, str] | None:
    """A row that was quoted as a whole, or whose cells are set apart by another sign than the header's."""
    signs = (sign for sign in DELIMITERS if len(texts) == 1 and _sets_row_apart(sign, texts[0], width))
    sign = next(signs, None)
    if sign is None:
        return None
    return FindingCode.WHOLE_ROW, (
        f"holds a whole row in one cell, its values set apart by {shown_delimiter(sign)}: split it into cells as the "
        "header is, without quotation marks around the whole row"
    )


def _sets_row_apart(sign: str, text: str, width: int) -> bool:
    """Whether a text has as many values as a row, an address among them; in a sentence a blank follows each comma."""
    values = text.split(sign)
    together = sum(not value.startswith(" ") for value in values[1:])
    return together >= width - 1 and any("@" in value for value in values)


def _what_is_short(texts: Sequence[str], *, apart: bool) -> tuple[FindingCode, str] | None:
    first = texts[0]
    if texts == [_END_OF_FILE]:
        return FindingCode.END_OF_FILE, "is the end-of-file mark of an old program (Ctrl-Z), not a row: delete it"
    if not first.strip("\0"):
        return (
            FindingCode.ZEROS,
            "holds zeros only: the program that wrote the file did not finish, and rows may be missing",
        )
    if _TOTAL.fullmatch(first):
        return FindingCode.TOTAL, f"looks like a total ({shortened(first)!r}), not like a row: delete it"
    if len(texts) == 1 and _is_note(first, apart=apart):
        return FindingCode.FOOTNOTE, f"looks like a note ({shortened(first)!r}), not like a row: delete it"
    return None


def _what_is_lonely(cells: Sequence[str], texts: Sequence[str]) -> tuple[FindingCode, str] | None:
    """What stands in a wide table nearly alone: the title of a section, or totals without a word."""
    if len(cells) < _MANY_COLUMNS:
        return None
    if len(texts) == 1 and cells[0] and not _OF_VALUES.search(cells[0]):
        return (
            FindingCode.TITLE,
            f"looks like a title ({shortened(cells[0])!r}), not like a row: delete it, or fill in the rest",
        )
    if not cells[0] and all(map(_NUMBERS.fullmatch, texts)):
        return FindingCode.TOTAL, f"looks like a total ({shortened(texts[0])!r}), not like a row: delete it"
    return None


def _is_note(text: str, *, apart: bool) -> bool:
    if _NOTE.fullmatch(text) or _COUNT.fullmatch(text):
        return True
    return not _VALUE.fullmatch(text) and (apart or bool(_SENTENCE.fullmatch(text)))
