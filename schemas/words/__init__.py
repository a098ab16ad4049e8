"""How other systems name an endpoint's fields and values, in several languages: one module an endpoint.

Plain data, found by the endpoint's name; an endpoint without a module has none. It never imports `pipeline`.
"""

from importlib import import_module
from importlib.util import find_spec

from schemas.words.vocabulary import Vocabulary


def vocabulary_of(endpoint: str) -> Vocabulary:
    """The words for an endpoint's fields and values."""
    if find_spec(f"{__name__}.{endpoint}") is None:
        return Vocabulary()
    found: Vocabulary = import_module(f"{__name__}.{endpoint}").VOCABULARY
    return found
