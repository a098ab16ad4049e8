"""A file of texts by name that only its owner can read, for systems without a keyring.

May import `private_files` and `errors`. Must know nothing of what the texts say.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path

from pipeline.errors import Code, ConfigurationError
from pipeline.private_files import make_private_folder, open_private

_OWNER_ONLY = 0o600


class SignInFile:
    """Texts by name, in one file. Who writes holds a lock: see `SignIns`.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def read(self, name: str) -> str | None:
        """The text of that name.

        Raises:
            ConfigurationError: The file cannot be read, or is not what this program writes.
        """
        return self._all().get(name)

    def write(self, name: str, text: str) -> None:
        """Keeps a text, on disk when this returns.

        Raises:
            ConfigurationError: The file that is there cannot be read.
            OSError: The new one cannot be written.
        """
        self._replace(self._all() | {name: text})

    def delete(self, name: str) -> bool:
        """Forgets a text, and with the last one the file; returns whether there was one.

        Raises:
            ConfigurationError: The file cannot be read.
            OSError: It cannot be written.
        """
        found = self._all()
        if found.pop(name, None) is None:
            return False
        if found:
            self._replace(found)
        else:
            self._path.unlink()
        return True

    def _all(self) -> dict[str, str]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is damaged"
            raise self._unreadable(str(reason)) from error
        if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
            raise self._unreadable("it is damaged")
        self._protect()
        return found

    def _unreadable(self, reason: str) -> ConfigurationError:
        message, path = f"{self._path}: cannot be read ({reason}).", str(self._path)
        return ConfigurationError(Code.SIGN_IN_UNREADABLE, message, path=path, reason=reason)

    def _protect(self) -> None:
        """Takes others' permissions away, such as those of a copy out of a backup."""
        if sys.platform != "win32" and self._path.stat().st_mode & 0o077:
            self._path.chmod(_OWNER_ONLY)

    def _replace(self, texts: dict[str, str]) -> None:
        """Puts the new file in the place of the old one at once: whoever reads meanwhile finds one of the two."""
        make_private_folder(self._path.parent)
        new = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        try:
            with open_private(new, "utf-8") as stream:
                json.dump(texts, stream)
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(self._path)
        finally:
            new.unlink(missing_ok=True)
