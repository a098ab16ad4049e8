"""Loads a compiled library in a thread that lasts as long as the process.

May import nothing of the project.
"""

from __future__ import annotations

import importlib
import threading


def load_for_good(name: str) -> None:
    """Imports a module; elsewhere than in the main thread it does so in a thread that never ends.

    pyreqwest's allocator takes the thread that loads it for the process's main one: once that has ended, the next
    thread that comes crashes the process. Seen with 0.15.1, where a worker or a notebook loaded it in the thread of
    its first import and made a second one in another.

    Args:
        name: The module.

    Raises:
        ImportError: It cannot be imported.
    """
    if threading.current_thread() is threading.main_thread():
        importlib.import_module(name)
        return
    is_loaded = threading.Event()
    threading.Thread(target=_load_and_stay, args=(name, is_loaded), name=f"keeps {name} loaded", daemon=True).start()
    is_loaded.wait()
    importlib.import_module(name)  # says why, where it could not be


def _load_and_stay(name: str, is_loaded: threading.Event) -> None:
    try:
        importlib.import_module(name)
    except ImportError:
        return  # raised again for the one who asked
    finally:
        is_loaded.set()
    threading.Event().wait()
