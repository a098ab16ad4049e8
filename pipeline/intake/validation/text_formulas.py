"""Cells written as `="007"`, with which people and programs make a spreadsheet program keep a text as it is.

May import `arrow_text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.intake.validation.arrow_text import positions_of

_FORMULA = re.compile(r'\s*="((?:[^"]|"")*)"\s*')


def unwrapped(column: pa.Array) -> Iterator[tuple[int, str]]:
    """Position and text of each such cell.

    Args:
        column: n cells of text (Arrow).
    """
    begins = pc.starts_with(column, '="')
    if not pc.any(begins).as_py():
        return
    for position in positions_of(begins):
        if found := _FORMULA.fullmatch(column[position].as_py()):
            yield position, found[1].replace('""', '"')
