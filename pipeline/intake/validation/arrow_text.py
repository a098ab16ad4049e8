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
