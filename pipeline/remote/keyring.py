"""The system's keyring as a place for texts: used where the `keyring` extra is installed and the system has one.

May import `keyring`, where it is there. Must know nothing of what the texts say.
"""

from __future__ import annotations

import logging
from typing import Any

_SERVICE = "nexudus-import"
_LEAST_PRIORITY = 1
"""What `keyring` itself recommends: below it are backends that refuse everything, forget it, or keep it in clear."""

_log = logging.getLogger(__name__)


class KeyringUnusable(Exception):
    """The keyring does not take a text: it is locked, refuses, or has no room for one so long."""


class SystemKeyring:
    """The system's keyring.

    Args:
        backend: One of the `keyring` package's.
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def __str__(self) -> str:
        return f"the system's keyring ({self._backend.name})"

    def read(self, name: str) -> str | None:
        """The text of that name; `None` where there is none, or the keyring does not say."""
        try:
            found = self._backend.get_password(_SERVICE, name)
        except Exception as error:  # noqa: BLE001 - each backend raises what its system raises
            _log.warning("%s cannot be read (%s); going on without it.", self, type(error).__name__)
            return None
        return found if isinstance(found, str) else None

    def write(self, name: str, text: str) -> None:
        """Keeps a text.

        Raises:
            KeyringUnusable: It is not kept.
        """
        try:
            self._backend.set_password(_SERVICE, name, text)
        except Exception as error:
            raise KeyringUnusable(type(error).__name__) from error

    def delete(self, name: str) -> bool:
        """Forgets a text; returns whether there was one.

        Raises:
            KeyringUnusable: It is there still.
        """
        if self.read(name) is None:
            return False
        try:
            self._backend.delete_password(_SERVICE, name)
        except Exception as error:
            raise KeyringUnusable(type(error).__name__) from error
        return True


def system_keyring() -> SystemKeyring | None:
    """The system's keyring; `None` where the package is not installed or finds none worth the name."""
    try:
        import keyring

        backend = keyring.get_keyring()
        is_real = backend.priority >= _LEAST_PRIORITY
    except Exception as error:  # noqa: BLE001 - a keyring that cannot even be asked for is none
        _log.debug("no keyring: %s", type(error).__name__)
        return None
    return SystemKeyring(backend) if is_real else None
