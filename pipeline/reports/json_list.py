"""Lists on disk: a million rows do not need a million rows of memory."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from typing import IO, Any

_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


class JsonList:
    """A list of JSON objects on disk, until the file that it belongs in is written."""

    def __init__(self) -> None:
        self._stream: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by pour_into
        self._empty = True

    def add(self, item: Mapping[str, Any]) -> None:
        """Adds an object."""
        self._stream.write(("\n" if self._empty else ",\n") + _ENCODE(item))
        self._empty = False

    def pour_into(self, stream: IO[str]) -> None:
        """Writes the objects, separated by commas, and drops the list."""
        self._stream.seek(0)
        shutil.copyfileobj(self._stream, stream)
        self._stream.close()
