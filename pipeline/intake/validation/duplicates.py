"""Which rows repeat the key of an earlier row, over sources of any length.

Sixteen bytes a row instead of a set of strings: 64-bit hashes in sorted runs that merge as they double. Two
different keys share a hash once in tens of millions of files of a million rows; it would cost a needless warning,
no more: whether a row is sent is decided by the ledger, on the keys themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.model.rows import folded_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MIXER = np.uint64(0x9E3779B97F4A7C15)
_MOST_MERGED = 500_000
"""Longer runs stay as they are: merging takes as much memory again as what is merged."""
_ROW_BITS = 40  # enough for any row number; the source's number stands above them


class DuplicateKeys:
    """Remembers the keys of a run.

    Args:
        key: The fields that make up the key, at least one.
        labels: What the person called each source, by its number.
    """

    def __init__(self, key: tuple[str, ...], labels: Mapping[int, str]) -> None:
        self._key = key
        self._labels = labels
        self._runs: list[tuple[NDArray[np.uint64], NDArray[np.int64]]] = []

    def find(
        self, source: int, rows: list[int], typed: pd.DataFrame, passed_over: Collection[int]
    ) -> Iterator[tuple[int, str]]:
        """Position and message of each row whose key an earlier row had; remembers the others.

        Args:
            source: The batch's source.
            rows: n row numbers.
            typed: n rows x fields; rows that lack a part of the key are passed over.
            passed_over: Positions of rows whose cells cannot be trusted.
        """
        if any(name not in typed for name in self._key):
            return
        whole = typed[list(self._key)].notna().all(axis=1).to_numpy(copy=True)
        whole[list(passed_over)] = False
        positions = np.flatnonzero(whole)
        hashes = self._hashes(typed.iloc[positions])
        places = np.array(rows, dtype=np.int64)[positions] + (source << _ROW_BITS)
        unique, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        earliest = np.minimum(self._seen(unique), places[first])
        for index in np.flatnonzero(earliest[inverse] != places):
            yield int(positions[index]), self._message(source, int(earliest[inverse[index]]))
        self._remember(unique, earliest, places[first])

    def _hashes(self, typed: pd.DataFrame) -> NDArray[np.uint64]:
        mixed = np.zeros(len(typed), dtype=np.uint64)
        for name in self._key:
            mixed = (mixed * _MIXER) ^ _column_hashes(typed[name])
        return mixed

    def _seen(self, unique: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The place at which each hash was first seen; the largest number where it was not."""
        places = np.full(len(unique), np.iinfo(np.int64).max)
        for hashes, firsts in self._runs:
            at = np.searchsorted(hashes, unique)
            at[at == len(hashes)] = 0
            hit = hashes[at] == unique
            places[hit] = firsts[at[hit]]
        return places

    def _remember(self, unique: NDArray[np.uint64], earliest: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        new = earliest == places
        if not new.any():
            return
        run = unique[new], places[new]
        while self._runs and len(self._runs[-1][0]) <= min(2 * len(run[0]), _MOST_MERGED):
            hashes, firsts = self._runs.pop()
            at = np.searchsorted(hashes, run[0])
            run = np.insert(hashes, at, run[0]), np.insert(firsts, at, run[1])
        self._runs.append(run)

    def _message(self, source: int, place: int) -> str:
        first_source, row = place >> _ROW_BITS, place & ((1 << _ROW_BITS) - 1)
        where = "" if first_source == source else f" of {self._labels[first_source]}"
        return f"repeats row {row}{where} (same {' and '.join(self._key)})"


def _column_hashes(column: pd.Series[str]) -> NDArray[np.uint64]:
    """A hash of each of a column's folded cells."""
    if pd.api.types.is_integer_dtype(column):
        return column.to_numpy(dtype=np.int64).view(np.uint64) * _MIXER
    texts = np.array(folded_values(column.tolist()), dtype=object)
    return pd.util.hash_array(texts, categorize=False)
