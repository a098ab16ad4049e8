"""Columns of text as Arrow arrays, looked at as a whole. May import nothing of the project."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def arrow_text(column: pd.Series[str]) -> pa.Array:
    """A column's n cells as one array."""
    array = pa.array(column, pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


_SAMPLE_CELLS = 256
_CELLS_PER_TEXT = 4
"""How often each text must come, on average, for it to be worth to look for different ones."""


def few_distinct(text: pa.Array) -> pa.DictionaryArray | None:
    """An array as its different texts and the index of each cell's one; `None` where most cells differ."""
    sample = text.slice(0, _SAMPLE_CELLS)
    if pc.count_distinct(sample).as_py() * _CELLS_PER_TEXT > len(sample):
        return None
    encoded = text.dictionary_encode()
    return encoded if len(encoded.dictionary) * _CELLS_PER_TEXT <= len(text) else None


def holds_any(text: pa.Array, *signs: bytes) -> bool:
    """Whether an array's bytes hold any of some signs; those around it in its buffer count too."""
    buffer: Any = text.buffers()[2]
    content = buffer.to_pybytes() if buffer else b""
    return any(sign in content for sign in signs)


def positions_of(mask: pa.Array) -> list[int]:
    """Where n booleans are true; null is not."""
    found: list[int] = np.flatnonzero(pc.fill_null(mask, fill_value=False).to_numpy(zero_copy_only=False)).tolist()
    return found


def is_printable_ascii(text: pa.Array) -> bool:
    """Whether all bytes of an array are ASCII that can be seen, or blanks; those around it in its buffer count too."""
    buffer: Any = text.buffers()[2]
    if buffer is None or len(buffer) == 0:
        return True
    signs = np.frombuffer(buffer, np.uint8)
    return bool(signs.max() < 0x7F and signs.min() >= 0x20)
