"""Takes Dask's profiler out of workers whose Python it can freeze.

It looks at the frames of all threads many times a second. Before Python 3.11.9 that can wait for a lock for ever whose
owner waits for it (python/cpython, issues 106883 and 116969), and with it everything in that process.
May import Dask.
"""

from __future__ import annotations

import sys
from typing import Any

from distributed import WorkerPlugin

_MENDED = (3, 11, 9)
_CALLBACKS = ("profile", "profile-cycle")


class Unprofiled(WorkerPlugin):  # type: ignore[misc]  # Dask has no types
    """Set up in each worker that a cluster has or gets."""

    name = "nexudus-import-unprofiled"
    idempotent = True

    def setup(self, worker: Any) -> None:
        """Takes the profiler out, where it may do harm."""
        for name in _CALLBACKS if sys.version_info < _MENDED else ():
            callback = worker.periodic_callbacks.pop(name, None)
            if callback is not None:
                callback.stop()
