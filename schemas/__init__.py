"""The API's endpoints, one module each, found by their constant `ENDPOINT`.

What lives here knows the documentation pages and nothing of files, networks or reports.
It never imports `pipeline`.
"""

import pkgutil
from importlib import import_module

from schemas.endpoint import Endpoint

_SHARED = {"describe", "endpoint", "rules", "words"}


def endpoints() -> dict[str, Endpoint]:
    """Every endpoint that has a module in this package, by its name."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if m.name not in _SHARED]
    found = [import_module(f"schemas.{name}").ENDPOINT for name in names]
    return {endpoint.name: endpoint for endpoint in found}
