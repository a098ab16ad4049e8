"""Secrets reach workers by their environment, and by nothing else: who signs in, and the ledger with its password.

May import `operations.connection`, for its type only.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.operations.connection import Connection

_LEDGER = "NEXUDUS_IMPORT_LEDGER"


def ledger_here(without_password: str) -> str:
    """Where a worker finds the ledger: as its environment says, else where the leading process does.

    Args:
        without_password: The URL that the leading process told.
    """
    return os.environ.get(_LEDGER) or without_password


def of_workers(connection: Connection) -> dict[str, str]:
    """What workers on this machine need to know: who we are and where the ledger is."""
    who = connection.credentials
    given = {
        "NEXUDUS_TOKEN": who.token,
        "NEXUDUS_TOKEN_FILE": str(who.token_file.absolute()) if who.token_file is not None else None,
        "NEXUDUS_USERNAME": who.username,
        "NEXUDUS_PASSWORD": who.password,
        "NEXUDUS_TOTP": who.totp,
        "NEXUDUS_AUTH": "basic" if who.is_basic else None,
        _LEDGER: connection.ledger,
    }
    return {name: value for name, value in given.items() if value}


@contextlib.contextmanager
def environment(given: Mapping[str, str]) -> Iterator[None]:
    """What processes that are started meanwhile find in their environment, those that are started anew included."""
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
