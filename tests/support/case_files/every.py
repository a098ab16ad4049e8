"""All hard files that are made, by their names."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import tests.support.case_files as package


def all_files() -> dict[str, bytes]:
    """Name to content; each module that has `FILES` adds its own."""
    modules = (
        import_module(f"{package.__name__}.{m.name}")
        for m in pkgutil.iter_modules(package.__path__)
        if m.name != "__main__"
    )
    found: dict[str, bytes] = {}
    for module in modules:
        for name, content in getattr(module, "FILES", {}).items():
            assert name not in found, name
            found[name] = content
    return found
