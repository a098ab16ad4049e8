"""The file in which the text of a workbook's sheets passes from the process that reads it to the one that needs it.

For each sheet a stream of Arrow batches, then an index in JSON, then the index's length. Written once, front to back;
read in any order, a batch at a time. May import nothing of the project.
"""

from __future__ import annotations

import io
import json
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from threading import Lock

    import pyarrow as pa

ROW = "row"
"""The column that holds row numbers; the others are named by their index."""

_BATCH_ROWS = 10_000
_LENGTH_BYTES = 8


def write_sheet(out: IO[bytes], rows: pa.Array, columns: Sequence[pa.Array]) -> None:
    """Appends a sheet.

    Args:
        out: Where to.
        rows: n row numbers.
        columns: k columns x n cells of text.
    """
    import pyarrow as pa

    table = pa.Table.from_arrays([rows, *columns], [ROW, *map(str, range(len(columns)))])
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(out, table.schema, options=options) as stream:
        stream.write_table(table, max_chunksize=_BATCH_ROWS)


def write_index(out: IO[bytes], index: Mapping[str, Any]) -> None:
    """Ends the file."""
    text = json.dumps(index).encode()
    out.write(text + len(text).to_bytes(_LENGTH_BYTES, "little"))
    out.flush()


def read_index(file: IO[bytes]) -> dict[str, Any] | None:
    """What `write_index` wrote, `None` where the file has no end."""
    size = file.seek(0, io.SEEK_END)
    if size < _LENGTH_BYTES:
        return None
    file.seek(size - _LENGTH_BYTES)
    length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    if not 0 < length <= size - _LENGTH_BYTES:
        return None
    file.seek(size - _LENGTH_BYTES - length)
    try:
        index = json.loads(file.read(length))
    except ValueError:
        return None
    return index if isinstance(index, dict) else None


def read_sheet(file: IO[bytes], lock: Lock, offset: int) -> Iterator[pa.RecordBatch]:
    """The batches of a sheet.

    Args:
        file: The whole spool; several sheets may be read at the same time.
        lock: Held while the file's position is used.
        offset: Where the sheet begins.
    """
    import pyarrow as pa

    with pa.ipc.open_stream(pa.PythonFile(_Cursor(file, lock, offset), mode="r")) as stream:
        yield from stream


class _Cursor(io.RawIOBase):
    """A place of its own in a file that others read as well."""

    def __init__(self, file: IO[bytes], lock: Lock, offset: int) -> None:
        self._file = file
        self._lock = lock
        self._at = offset

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        with self._lock:
            self._file.seek(self._at)
            found = self._file.read(size)
        self._at += len(found)
        return found
